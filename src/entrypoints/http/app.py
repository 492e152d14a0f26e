"""The application: routes, what they are given, and how their refusals look."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.types import ASGIApp

from ...adapters.observability.metrics import HttpMetrics
from ..container import Application
from ..health import MetricsPage
from . import catalogue, imports, influencers, operations, profiles, scores
from .access import actors, check_routes
from .closing import Closing
from .cursors import Cursors
from .description import configuration
from .edge import Edge
from .parameters import KnownParameters
from .problems import HANDLERS

MAX_BODY = 1 << 20
"""Bytes of a request body; the one route that takes files has limits of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What routes may ask for by name, beside the actor; none of it holds anything of a single request."""

    application: Any
    settings: Any
    metrics_page: Any
    plugins: Any
    ids: Any
    cursors: Any
    closing: Any
    shelf: Any
    request_import: Any
    import_views: Any
    influencer_views: Any
    profile_views: Any
    score_views: Any

    @classmethod
    def by(cls, application: Application, closing: Closing) -> Given:
        """Take it out of the container."""
        root = application.root
        return cls(
            application=application,
            settings=application.settings,
            metrics_page=MetricsPage(application, root.registry()),
            plugins=root.plugins(),
            ids=root.ids(),
            cursors=Cursors(root.collection.secrets().cursor_key()),
            closing=closing,
            shelf=root.collection.shelf(),
            request_import=root.collection.request_import(),
            import_views=root.collection.views(),
            influencer_views=root.analytics.influencer_views(),
            profile_views=root.analytics.profile_views(),
            score_views=root.analytics.score_views(),
        )

    @classmethod
    def nothing(cls) -> Given:
        """For an application that is only described, never called."""
        return cls(**dict.fromkeys(field.name for field in fields(cls)))


def create_app(application: Application, closing: Closing | None = None) -> ASGIApp:
    """Return the ASGI application over *application*, or raise `UndeclaredPermission`.

    Streams that go on by themselves end when *closing* begins.
    """
    given = Given.by(application, closing or Closing())
    return Edge(create_litestar(given), HttpMetrics(application.root.registry()))


def create_litestar(given: Given) -> Litestar:
    """Return the application without its edge."""
    known = KnownParameters()
    app = Litestar(
        route_handlers=[
            *operations.HANDLERS,
            Router(
                "/api/v1",
                route_handlers=[
                    *influencers.HANDLERS,
                    *profiles.HANDLERS,
                    *scores.HANDLERS,
                    *imports.HANDLERS,
                    *catalogue.HANDLERS,
                ],
            ),
        ],
        dependencies={
            **{field.name: _always(getattr(given, field.name)) for field in fields(given)},
            "actor": Provide(actors(given.application), use_cache=False),
        },
        guards=[known],
        exception_handlers=HANDLERS,
        openapi_config=configuration(),
        logging_config=None,
        request_max_body_size=MAX_BODY,
    )
    known.learn(app)
    check_routes(app)
    return app


def _always(thing: Any) -> Provide:
    return Provide(lambda: thing, sync_to_thread=False, use_cache=True)
