"""Who may call what: every route names the permission that it needs, or says that it is open.

Until there are accounts the one local operator has every permission. The names are asked for all the same, so that no
route is ever added without one: such a route stops the start.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Litestar
from litestar.params import FromQuery, QueryParameter
from litestar.routes import HTTPRoute

from ...application.shared.actor import Actor
from ..container import Application

PERMISSION: Final = "permission"
OPEN: Final = "open"
"""The route shows nothing that belongs to anybody: health, the description of the API."""

PERMISSIONS: Final = frozenset(
    {
        "influencers.read",
        "influencers.write",
        "scores.read",
        "imports.read",
        "imports.create",
        "exports.read",
        "exports.create",
        "catalogue.read",
        "operations.read",
    }
)


class UndeclaredPermission(RuntimeError):
    """A route does not say what it needs."""


def needs(permission: str) -> dict[str, Any]:
    """Return the `opt` of a route that needs *permission*."""
    if permission != OPEN and permission not in PERMISSIONS:
        raise UndeclaredPermission(f"{permission} is not a permission; add it to PERMISSIONS")
    return {PERMISSION: permission}


def check_routes(app: Litestar) -> None:
    """Raise `UndeclaredPermission` when a route names no permission."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise UndeclaredPermission(f"{route.path} is no HTTP route and declares no permission")
        for handler in route.route_handlers:
            generated = handler.fn.__module__.startswith("litestar.")  # OPTIONS, and what answers for /schema/nowhere
            if PERMISSION not in handler.opt and not generated:
                raise UndeclaredPermission(f"{route.path} ({handler}) declares no permission: opt=needs(...)")


Organisation = Annotated[
    str | None,
    QueryParameter(max_length=100, description="The organisation that the request is about, by its short name"),
]


def actors(application: Application) -> Any:
    """Return the dependency that says who asks."""

    async def actor(organisation: FromQuery[Organisation] = None) -> Actor:
        return await application.actor(organisation)

    return actor
