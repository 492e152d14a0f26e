"""Parameters that several routes share, each with its bounds, and how a route asks for what the container made."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias, TypeVar
from unicodedata import category

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter, SkipValidation
from litestar.routes import HTTPRoute

from ...application.analytics.views import MAX_PAGE
from .cursors import MAX_LENGTH

_CONTROLS: Final = frozenset({"Cc", "Cs"})
"""Control characters, and halves of surrogate pairs: PostgreSQL takes neither as text."""

T = TypeVar("T")
Wired: TypeAlias = NamedDependency[SkipValidation[T]]
"""A dependency by its parameter's name, typed as the port it answers; ports are protocols, which nothing can validate."""

Limit = FromQuery[Annotated[int, QueryParameter(ge=1, le=MAX_PAGE, description="Rows of a page")]]
Cursor = FromQuery[
    Annotated[str | None, QueryParameter(max_length=MAX_LENGTH, description="`next_cursor` of the page before")]
]
Network = FromQuery[
    Annotated[
        str | None, QueryParameter(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="Only this network, as `youtube`")
    ]
]
ProfileName = FromPath[
    Annotated[
        str,
        PathParameter(
            min_length=1,
            max_length=240,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="Which profile: `instagram:maria.silva`, by id or handle, or its number in this installation",
        ),
    ]
]


class KnownParameters:
    """Refuses query parameters that the route does not have, and such as are given twice or hold control characters.

    A misspelt filter that is passed over would show everything, as if it had been asked for.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    def learn(self, app: Litestar) -> None:
        """Take in what the routes of *app* ask for."""
        for route in app.routes:
            if isinstance(route, HTTPRoute):
                for method, (_, model) in route.route_handler_map.items():
                    names = frozenset(each.field_alias for each in model.expected_query_params)
                    self._known[method, route.path_format] = names

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        known = self._known[str(connection.scope.get("method")), connection.scope["path_template"]]
        seen: set[str] = set()
        for name, text in connection.query_params.multi_items():
            if name not in known:
                there = ", ".join(sorted(known)) or "none"
                raise _refused(name, f"this route has no such parameter; it has: {there}", "http.unknown_parameter")
            if name in seen:
                raise _refused(name, "the parameter is there twice; give it once", "http.repeated_parameter")
            if any(category(letter) in _CONTROLS for letter in text):
                raise _refused(name, "control characters are no part of it", "http.invalid_value")
            seen.add(name)


def _refused(name: str, message: str, code: str) -> ValidationException:
    told = {"source": "query", "key": name, "message": message, "code": code}
    return ValidationException(detail="a query parameter cannot be obeyed", extra=[told])
