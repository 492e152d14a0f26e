"""Who may call what: every route names the permission that it needs, or says that it is open.

Whoever calls shows a session's cookie or an API key. A route that names nothing stops the start, so that none is ever
added without.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, cast

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter, SkipValidation
from litestar.routes import HTTPRoute
from litestar.types import Scope

from ...application.identity.access_tokens import AccessTokens
from ...application.identity.errors import NoOrganisation, NotSignedIn, StepUpNeeded
from ...application.identity.ports import Caller, Credentials, Place
from ...application.identity.second_factors import FRESH
from ...application.identity.secrets import KEY, LONGEST, known_by, session_secret
from ...application.shared.actor import Actor, NotPermitted
from ...application.shared.ports import Clock
from ...application.shared.quotas import Ask, Quota, Quotas
from ...domain.identity.permissions import PERMISSIONS
from ..settings import Settings
from .cookies import SESSION, Cookies
from .limits import LEFT

PERMISSION: Final = "permission"
OPEN: Final = "open"
"""The route shows nothing that belongs to anybody: health, the description of the API, the way in."""
SIGNED_IN: Final = "signed_in"
"""The route is about the user themselves, whatever they may do where they belong."""
OPERATIONS: Final = "operations.read"
CSRF: Final = "X-CSRF-Token"
MAILS: Final = 0.01
"""The share of what a caller may ask for in a minute that may send mails to others."""
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FRESH: Final = "fresh"
_COST: Final = "cost"
_SHARE: Final = "share"
_CALLER: Final = "analisa.caller"


class UndeclaredPermission(RuntimeError):
    """A route does not say what it needs."""


class ForgedRequest(NotPermitted):
    """A change came with a session's cookie alone, as a page of somebody else's could send it."""

    code = "identity.csrf_token_missing"

    def __init__(self) -> None:
        super().__init__(f"a change by a session needs its {CSRF}, which signing in and GET /api/v1/me tell")


def needs(permission: str, *, fresh: bool = False, cost: int = 1, share: float = 1.0) -> dict[str, Any]:
    """Return the `opt` of a route that needs *permission*; *fresh* of a user who lately showed who they are.

    *cost* is how many plain requests it counts as; of what a caller may ask for in a minute no more than *share* may be it.
    """
    if permission not in {OPEN, SIGNED_IN} and permission not in PERMISSIONS:
        raise UndeclaredPermission(f"{permission} is not a permission; domain/identity/permissions.py has them")
    return {PERMISSION: permission, _FRESH: fresh, _COST: cost, _SHARE: share}


def check_routes(app: Litestar) -> None:
    """Raise `UndeclaredPermission` when a route names no permission."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise UndeclaredPermission(f"{route.path} is no HTTP route and declares no permission")
        for handler in route.route_handlers:
            generated = handler.fn.__module__.startswith("litestar.")  # OPTIONS, and what answers for /schema/nowhere
            if PERMISSION not in handler.opt and not generated:
                raise UndeclaredPermission(f"{route.path} ({handler}) declares no permission: opt=needs(...)")


def permissions_of(app: Litestar) -> dict[str, str]:
    """What each operation needs, by its id."""
    return {
        str(handler.operation_id): handler.opt[PERMISSION]
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if PERMISSION in handler.opt and handler.operation_id
    }


class Access:
    """The guard of every route: finds out who calls, and whether they may."""

    def __init__(
        self,
        credentials: Callable[[], Credentials],
        access_tokens: Callable[[], AccessTokens],
        scrape_token: Callable[[], str],
        cookies: Callable[[], Cookies],
        clock: Callable[[], Clock],
        quotas: Callable[[], Quotas],
        settings: Callable[[], Settings | None],
    ) -> None:
        limits = (settings() or Settings(home=Path(), signing_key_file=Path())).limits
        self._quotas = quotas
        self._per_caller = Quota(name="caller", per_minute=limits.per_caller, setting="ANALISA_MAX_PER_CALLER")
        self._per_organisation = Quota(
            name="organisation", per_minute=limits.per_organisation, setting="ANALISA_MAX_PER_ORGANISATION"
        )
        self._clock = clock
        self._credentials = credentials
        self._access_tokens = access_tokens
        self._scrape_token = scrape_token
        self._cookies = cookies

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        permission = handler.opt.get(PERMISSION, OPEN)
        if permission == OPEN or (permission == OPERATIONS and self._scrapes(connection)):
            return
        caller = await self._known(connection)
        scope = cast("dict[str, Any]", connection.scope)
        scope[_CALLER] = caller
        scope[LEFT] = await self._quotas().take(self._asks(caller, cast("HTTPRouteHandler", handler)))
        if permission == SIGNED_IN:
            if caller.user_id is None:
                raise NotPermitted("an API key is no user; sign in as one")
        elif caller.actor is None:
            raise NoOrganisation
        else:
            caller.actor.require(permission)
        if handler.opt.get(_FRESH) and not self._is_fresh(caller):
            raise StepUpNeeded

    def _asks(self, caller: Caller, handler: HTTPRouteHandler) -> Sequence[Ask]:
        who = str(caller.user_id) if caller.actor is None else caller.actor.caller
        cost, share = handler.opt.get(_COST, 1), handler.opt.get(_SHARE, 1.0)
        asks = [Ask(quota=self._per_caller, who=who, cost=cost)]
        if caller.actor is not None:
            asks.append(Ask(quota=self._per_organisation, who=str(caller.actor.organisation), cost=cost))
        if share < 1:
            asks.append(Ask(quota=self._of_route(share), who=f"{handler.operation_id} {who}", cost=1))
        return asks

    def _of_route(self, share: float) -> Quota:
        most = max(1, round(self._per_caller.per_minute * share))
        return Quota(name="route", per_minute=most, setting=f"{share:g} of {self._per_caller.setting}")

    def _is_fresh(self, caller: Caller) -> bool:
        return caller.fresh_at is None or self._clock().now() - caller.fresh_at <= FRESH

    def _scrapes(self, connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
        """Whether it is whoever collects metrics, who must be let in when PostgreSQL is away, of all times."""
        kind, _, shown = connection.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and bool(shown) and _same(shown, self._scrape_token())

    async def _known(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
        """Return who calls. What stands in `Authorization` counts, and no cookie beside it."""
        place = Place(connection.query_params.get("organisation"), connection.query_params.get("workspace"))
        shown = connection.headers.get("authorization")
        if shown is not None:
            kind, _, secret = shown.partition(" ")
            if kind.lower() != "bearer":
                raise NotSignedIn
            caller = await self._bearer(secret, place)
        else:
            session = self._cookies().read(connection, SESSION)
            if session is None:
                raise NotSignedIn
            if connection.scope.get("method") not in _READS and not _same(
                connection.headers.get(CSRF.lower(), ""), csrf_of(session)
            ):
                raise ForgedRequest
            caller = await self._credentials().session(known_by(session), place)
        if caller is None:
            raise NotSignedIn
        return caller

    async def _bearer(self, shown: str, place: Place) -> Caller | None:
        if shown.startswith(KEY) and len(shown) <= LONGEST:
            return await self._credentials().key(known_by(shown), place)
        claims = await self._access_tokens().read(shown)
        if claims is None:
            return None
        caller = await self._credentials().token(session_secret(claims.session_id).hex(), place)
        return caller if caller is not None and caller.user_id == claims.user_id else None


def csrf_of(secret: str) -> str:
    """The word that a page of ours sends along with a change; it follows from the session's secret, which no page sees."""
    return hmac.digest(secret.encode(), b"csrf", "sha256").hex()


def _same(shown: str, wanted: str) -> bool:
    return hmac.compare_digest(shown.encode(), wanted.encode())


Organisation = Annotated[
    str | None,
    QueryParameter(
        max_length=100,
        description="The organisation that the request is about, by its short name; the first that you joined without it",
    ),
]
Workspace = Annotated[
    str | None,
    QueryParameter(
        max_length=100,
        description="The workspace that the request is about, by its short name: of lists and saved searches only its own "
        "are there. All of the organisation without it, where you have a role there; else the first that you were let into",
    ),
]
Called = NamedDependency[SkipValidation[Caller]]


async def caller(scope: Scope) -> Caller:
    """Who calls, as the guard found out."""
    found: Caller = cast("dict[str, Any]", scope)[_CALLER]
    return found


async def actor(
    scope: Scope,
    organisation: FromQuery[Organisation] = None,  # noqa: ARG001  the guard has read them
    workspace: FromQuery[Workspace] = None,  # noqa: ARG001
) -> Actor:
    """For whom the caller acts."""
    found = (await caller(scope)).actor
    assert found is not None  # the guard lets nobody else in
    return found
