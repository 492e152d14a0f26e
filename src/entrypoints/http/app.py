"""The application: routes, what they are given, and how their refusals look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final, TypeAlias

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.types import ASGIApp

from ...adapters.files.secrets import SecretFiles
from ...adapters.observability.metrics import HttpMetrics
from ..container import Application
from ..health import MetricsPage
from . import (
    audit,
    catalogue,
    custom_fields,
    discovery,
    editing,
    exports,
    imports,
    influencers,
    invitations,
    keys,
    lists,
    members,
    merging,
    moving,
    niches,
    notes,
    notices,
    operations,
    organisations,
    outside,
    people,
    plan,
    profiles,
    receipts,
    registering,
    roles,
    saved_searches,
    scores,
    second_factors,
    signing_in,
    tokens,
    views,
    workspaces,
)
from .access import Access, actor, caller, check_routes
from .bodies import check_body
from .closing import Closing
from .cookies import Cookies
from .cursors import Cursors
from .description import configuration
from .edge import Edge
from .limits import RequestLimits
from .parameters import KnownParameters
from .problems import HANDLERS
from .representations import Representations

MAX_BODY = 1 << 20
"""Bytes of a request body; the one route that takes files has limits of its own."""


PLACES_BESIDE: Final = 2
"""So many more requests than there are connections for reading are worked on at once: those that ask nothing just then."""

Maker: TypeAlias = Callable[[], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What routes may ask for by name, beside the actor: made when it is first asked for, and then always the same.

    None of it holds anything of a single request.
    """

    application: Maker
    settings: Maker
    metrics_page: Maker
    plugins: Maker
    fresh_ids: Maker
    cursors: Maker
    closing: Maker
    shelf: Maker
    request_import: Maker
    import_views: Maker
    exports: Maker
    clock: Maker
    cache: Maker
    discovery: Maker
    edit_influencers: Maker
    repeatable_requests: Maker
    influencer_niches: Maker
    influencer_lists: Maker
    list_views: Maker
    influencer_notes: Maker
    note_views: Maker
    custom_fields: Maker
    field_views: Maker
    merge_influencers: Maker
    merge_views: Maker
    saved_searches: Maker
    saved_search_views: Maker
    credentials: Maker
    access_tokens: Maker
    token_grants: Maker
    scrape_token: Maker
    cookie_jar: Maker
    quotas: Maker
    sign_in_handler: Maker
    session_ends: Maker
    accounts: Maker
    address_changes: Maker
    own_organisations: Maker
    second_factors: Maker
    outside: Maker
    audit_views: Maker
    registration: Maker
    organisation_invitations: Maker
    known_people: Maker
    user_notices: Maker
    identity_views: Maker
    organisation_members: Maker
    organisation_roles: Maker
    brand_workspaces: Maker
    entitlements: Maker
    api_keys: Maker
    page_views: Maker
    influencer_views: Maker
    profile_views: Maker
    score_views: Maker
    issue_receipt: Maker
    signing_key: Maker

    @classmethod
    def by(cls, application: Application, closing: Closing) -> Given:
        """Take it out of the container, whose parts are loaded when the first of them is asked for."""

        def part(of: Callable[[Any], Any]) -> Maker:
            return lambda: of(application.root)

        return cls(
            application=lambda: application,
            settings=lambda: application.settings,
            metrics_page=lambda: MetricsPage(application, application.registry),
            plugins=part(lambda root: root.plugins()),
            fresh_ids=lambda: application.ids,
            cursors=part(lambda root: Cursors(root.collection.secrets().cursor_key())),
            closing=lambda: closing,
            shelf=part(lambda root: root.collection.shelf()),
            request_import=part(lambda root: root.collection.request_import()),
            import_views=part(lambda root: root.collection.views()),
            exports=part(lambda root: root.exporting.exports()),
            clock=lambda: application.clock,
            cache=lambda: application.cache,
            discovery=part(lambda root: root.analytics.discovery()),
            edit_influencers=part(lambda root: root.influencers.edit_influencers()),
            repeatable_requests=part(lambda root: root.repeatable_requests()),
            quotas=lambda: application.quotas,
            cookie_jar=cache(lambda: Cookies(application.settings.public_name)),
            scrape_token=cache(lambda: SecretFiles(application.settings.home / "secrets").scrape_token()),
            credentials=part(lambda root: root.identity.credentials()),
            access_tokens=part(lambda root: root.identity.access_tokens()),
            token_grants=part(lambda root: root.identity.tokens()),
            sign_in_handler=part(lambda root: root.identity.sign_in()),
            session_ends=part(lambda root: root.identity.sessions()),
            registration=part(lambda root: root.identity.registration()),
            organisation_invitations=part(lambda root: root.identity.invitations()),
            known_people=part(lambda root: root.notifications.people()),
            user_notices=part(lambda root: root.notifications.notices()),
            audit_views=part(lambda root: root.compliance.audit()),
            second_factors=part(lambda root: root.identity.factors()),
            outside=part(lambda root: root.identity.outside()),
            own_organisations=part(lambda root: root.identity.organisations()),
            address_changes=part(lambda root: root.identity.moving()),
            accounts=part(lambda root: root.identity.accounts()),
            identity_views=part(lambda root: root.identity.views()),
            organisation_members=part(lambda root: root.identity.members()),
            organisation_roles=part(lambda root: root.identity.roles()),
            brand_workspaces=part(lambda root: root.identity.workspaces()),
            entitlements=part(lambda root: root.identity.entitlements()),
            api_keys=part(lambda root: root.identity.keys()),
            influencer_niches=part(lambda root: root.influencers.niches()),
            influencer_lists=part(lambda root: root.influencers.lists()),
            list_views=part(lambda root: root.influencers.list_views()),
            influencer_notes=part(lambda root: root.influencers.notes()),
            note_views=part(lambda root: root.influencers.note_views()),
            custom_fields=part(lambda root: root.influencers.fields()),
            field_views=part(lambda root: root.influencers.note_views()),
            merge_influencers=part(lambda root: root.influencers.merging()),
            merge_views=part(lambda root: root.influencers.merge_views()),
            saved_searches=part(lambda root: root.analytics.saved_searches()),
            saved_search_views=part(lambda root: root.analytics.saved_search_views()),
            page_views=part(lambda root: root.analytics.page_views()),
            influencer_views=part(lambda root: root.analytics.influencer_views()),
            profile_views=part(lambda root: root.analytics.profile_views()),
            score_views=part(lambda root: root.analytics.score_views()),
            issue_receipt=part(lambda root: root.analytics.issue_receipt()),
            signing_key=part(lambda root: root.analytics.signer().verifier.pem),
        )

    @classmethod
    def nothing(cls) -> Given:
        """For an application that is only described, never called."""
        return cls(**{field.name: lambda: None for field in fields(cls)})


def create_app(application: Application, closing: Closing | None = None) -> ASGIApp:
    """Return the ASGI application over *application*, or raise `UndeclaredPermission`.

    Streams that go on by themselves end when *closing* begins.
    """
    given = Given.by(application, closing or Closing())
    limits = RequestLimits(application.settings.requests_per_minute)
    return Edge(
        Representations(create_litestar(given)),
        HttpMetrics(application.registry),
        limits,
        public=application.settings.public_name,
        places=application.settings.pool_readers + PLACES_BESIDE,
    )


def create_litestar(given: Given) -> Litestar:
    """Return the application without its edge."""
    known = KnownParameters()
    app = Litestar(
        route_handlers=[
            *operations.HANDLERS,
            tokens.key_set,
            Router(
                "/api/v1",
                route_handlers=[
                    *discovery.HANDLERS,
                    *influencers.HANDLERS,
                    *editing.HANDLERS,
                    *niches.HANDLERS,
                    *merging.HANDLERS,
                    *lists.HANDLERS,
                    *notes.HANDLERS,
                    *custom_fields.HANDLERS,
                    *saved_searches.HANDLERS,
                    *views.HANDLERS,
                    *profiles.HANDLERS,
                    *scores.HANDLERS,
                    *receipts.HANDLERS,
                    *imports.HANDLERS,
                    *exports.HANDLERS,
                    *catalogue.HANDLERS,
                    *signing_in.HANDLERS,
                    *tokens.HANDLERS,
                    *registering.HANDLERS,
                    *people.HANDLERS,
                    *moving.HANDLERS,
                    *organisations.HANDLERS,
                    *second_factors.HANDLERS,
                    *outside.HANDLERS,
                    *notices.HANDLERS,
                    *invitations.HANDLERS,
                    *audit.HANDLERS,
                    *members.HANDLERS,
                    *roles.HANDLERS,
                    *workspaces.HANDLERS,
                    *plan.HANDLERS,
                    *keys.HANDLERS,
                ],
            ),
        ],
        dependencies={
            **{field.name: _once(getattr(given, field.name)) for field in fields(given)},
            "actor": Provide(actor, use_cache=False),
            "caller": Provide(caller, use_cache=False),
        },
        guards=[
            known,
            Access(
                given.credentials,
                given.access_tokens,
                given.scrape_token,
                given.cookie_jar,
                given.clock,
                given.quotas,
                given.settings,
            ),
            check_body,
        ],
        exception_handlers=HANDLERS,
        openapi_config=configuration(),
        logging_config=None,
        request_max_body_size=MAX_BODY,
    )
    known.learn(app)
    check_routes(app)
    return app


def _once(make: Maker) -> Provide:
    return Provide(make, sync_to_thread=False, use_cache=True)
