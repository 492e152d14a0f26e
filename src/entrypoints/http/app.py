"""The application: routes, what they are given, and how their refusals look."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import License
from litestar.types import ASGIApp

from ... import __version__
from ...adapters.observability.metrics import HttpMetrics
from ..container import Application
from ..health import MetricsPage
from . import catalogue, imports, operations
from .access import actors, check_routes
from .cursors import Cursors
from .edge import Edge
from .problems import HANDLERS

_DESCRIPTION = """Creators' data in, figures anyone can recompute out.

Until there are accounts the API listens on 127.0.0.1 only and acts as one local operator; `organisation` names the
organisation that a request is about. Missing values are null, never 0. Refusals are RFC 9457 problems with a stable `code`.
"""


def create_app(application: Application) -> ASGIApp:
    """Return the ASGI application over *application*, or raise `UndeclaredPermission`."""
    return Edge(create_litestar(application), HttpMetrics(application.root.registry()))


def create_litestar(application: Application) -> Litestar:
    """Return the application without its edge; the API's description comes from here."""
    app = Litestar(
        route_handlers=[
            *operations.HANDLERS,
            Router("/api/v1", route_handlers=[*catalogue.HANDLERS, *imports.HANDLERS]),
        ],
        dependencies={
            **{name: _always(thing) for name, thing in _given(application).items()},
            "actor": Provide(actors(application), use_cache=False),
        },
        exception_handlers=HANDLERS,
        openapi_config=_description(),
        logging_config=None,
        request_max_body_size=1 << 20,
    )
    check_routes(app)
    return app


def _given(application: Application) -> dict[str, Any]:
    """What routes may ask for by name, beside the actor; none of it holds anything of a single request."""
    root = application.root
    return {
        "application": application,
        "settings": application.settings,
        "metrics_page": MetricsPage(application, root.registry()),
        "plugins": root.plugins(),
        "ids": root.ids(),
        "cursors": Cursors(root.collection.secrets().cursor_key()),
        "shelf": root.collection.shelf(),
        "request_import": root.collection.request_import(),
        "import_views": root.collection.views(),
    }


def _always(thing: Any) -> Provide:
    return Provide(lambda: thing, sync_to_thread=False, use_cache=True)


def _description() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Analisa",
        version=__version__,
        description=_DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/schema",
        render_plugins=[JsonRenderPlugin(path=["/openapi.json", "/"])],
        use_handler_docstrings=True,
    )
