"""Signing in by a provider outside: there, back again, and which of them open one's account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Redirect

from ...application.identity.outside import Arrived, BeginOutside, OutsideHandler, Returned
from ...domain.shared.errors import AnalisaError
from .access import OPEN, SIGNED_IN, Called, csrf_of, needs
from .cookies import DEVICE, Cookies
from .parameters import Wired
from .people import user_of
from .problems import refusals
from .signing_in import OneTimeCode, Session, cookies_of, program_of

FLOW: Final = "analisa_flow"
_FLOW_KEPT: Final = timedelta(minutes=10)
_NEVER_KEPT: Final = {"cache-control": "no-store"}
_SAID: Final = "sign_in"

Provider = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Place = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^/")]
Word = Annotated[str | None, QueryParameter(max_length=4_000)]


class Going(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where in the app one is led back to."""

    return_to: Place = "/"


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser goes now."""

    address: str


class SecondFactorCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the authenticator, or a recovery code."""

    code: OneTimeCode


class LinkedProvider(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a provider that opens one's account."""

    provider: str
    email: str
    """As the provider told it when it was linked; empty where it did not."""
    linked_at: datetime
    used_at: datetime | None


class LinkedProviders(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[LinkedProvider, ...]


@post(
    "/auth/providers/{provider:str}",
    operation_id="beginProviderSignIn",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(404, 415, 422),
    status_code=200,
)
async def begin(
    request: Request[Any, Any, Any],
    provider: FromPath[Provider],
    outside: Wired[OutsideHandler],
    cookie_jar: Wired[Cookies],
    data: JSONBody[Going],
) -> Response[Way]:
    """Begin to sign in by a provider. The browser goes to `address`, and the provider leads it back."""
    return await _going(request, provider, outside, cookie_jar, data, None)


@post(
    "/me/providers/{provider:str}",
    operation_id="beginProviderLink",
    tags=["identity"],
    opt=needs(SIGNED_IN, fresh=True),
    responses=refusals(401, 404, 415, 422),
    status_code=200,
)
async def begin_link(
    request: Request[Any, Any, Any],
    provider: FromPath[Provider],
    caller: Called,
    outside: Wired[OutsideHandler],
    cookie_jar: Wired[Cookies],
    data: JSONBody[Going],
) -> Response[Way]:
    """Begin to link one's account with one at a provider, which opens it from then on."""
    return await _going(request, provider, outside, cookie_jar, data, user_of(caller))


async def _going(
    request: Request[Any, Any, Any], provider: str, outside: OutsideHandler, jar: Cookies, data: Going, user_id: Any
) -> Response[Way]:
    back = f"{jar.address(request)}/api/v1/auth/providers/{provider}/callback"
    address, secret = await outside.begin(
        BeginOutside(provider=provider, return_to=data.return_to, redirect_uri=back, user_id=user_id)
    )
    kept = jar.made(request, FLOW, secret, _FLOW_KEPT, samesite="lax")
    return Response(Way(address=address), cookies=[kept], headers=_NEVER_KEPT)


@get(
    "/auth/providers/{provider:str}/callback",
    operation_id="finishProviderSignIn",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(422),
    status_code=303,
)
async def finish(
    request: Request[Any, Any, Any],
    provider: FromPath[Provider],
    outside: Wired[OutsideHandler],
    cookie_jar: Wired[Cookies],
    shown_state: FromQuery[Annotated[str, QueryParameter(name="state", max_length=200)]] = "",
    code: FromQuery[Word] = None,
    error: FromQuery[Annotated[str | None, QueryParameter(max_length=200)]] = None,
    iss: FromQuery[Annotated[str | None, QueryParameter(max_length=500)]] = None,
) -> Redirect:
    """Where a provider leads people back to; they go on into the app.

    What became of it stands in the address there, as `sign_in`: `done`, `linked`, `second_factor`, or the code of a
    problem.
    """
    returned = _returned(request, cookie_jar, provider, state=shown_state, code=code, error=error, issuer=iss)
    flow = await outside.flow(returned)
    try:
        arrived = await outside.finish(flow, returned)
    except AnalisaError as problem:
        return _on(request, cookie_jar, Arrived(return_to=flow.return_to), problem.code)
    said = "done" if arrived.opened else "second_factor" if arrived.second_factor else "linked"
    return _on(request, cookie_jar, arrived, said)


@post(
    "/auth/providers/second-factor",
    operation_id="finishWithSecondFactor",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(401, 415, 422),
    status_code=200,
)
async def second_factor(
    request: Request[Any, Any, Any],
    outside: Wired[OutsideHandler],
    cookie_jar: Wired[Cookies],
    data: JSONBody[SecondFactorCode],
) -> Response[Session]:
    """Sign in with a code of the second factor, after a provider led one back; after a wrong one it is to be begun again."""
    returned = _returned(request, cookie_jar, "")
    opened = await outside.second_factor(returned.secret, data.code, returned)
    told = Session(name=opened.user.name, csrf_token=csrf_of(opened.secret))
    return Response(told, cookies=cookies_of(request, cookie_jar, opened), headers=_NEVER_KEPT)


@get(
    "/me/providers",
    operation_id="listMyProviders",
    tags=["identity"],
    opt=needs(SIGNED_IN),
    responses=refusals(401),
)
async def mine(caller: Called, outside: Wired[OutsideHandler]) -> LinkedProviders:
    """List the providers that open one's account."""
    links = await outside.links(user_of(caller))
    return LinkedProviders(
        items=tuple(
            LinkedProvider(provider=name, email=link.email, linked_at=link.linked_at, used_at=link.used_at)
            for name, link in links.items()
        )
    )


@delete(
    "/me/providers/{provider:str}",
    operation_id="unlinkProvider",
    tags=["identity"],
    opt=needs(SIGNED_IN, fresh=True),
    responses=refusals(401, 404, 409),
    status_code=204,
)
async def unlink(provider: FromPath[Provider], caller: Called, outside: Wired[OutsideHandler]) -> None:
    """Let a provider open one's account no more."""
    await outside.unlink(user_of(caller), provider)


def _returned(
    request: Request[Any, Any, Any],
    jar: Cookies,
    provider: str,
    *,
    state: str = "",
    code: str | None = None,
    error: str | None = None,
    issuer: str | None = None,
) -> Returned:
    address, program = program_of(request)
    return Returned(
        provider=provider,
        secret=jar.read(request, FLOW),
        state=state,
        code=code,
        error=error,
        issuer=issuer,
        address=address,
        device=program,
        known_device=jar.read(request, DEVICE),
    )


def _on(request: Request[Any, Any, Any], jar: Cookies, arrived: Arrived, said: str) -> Redirect:
    there = urlsplit(arrived.return_to)
    query = "&".join(filter(None, (there.query, urlencode({_SAID: said}))))
    kept = arrived.second_factor or ""
    flow = jar.made(request, FLOW, kept, _FLOW_KEPT if kept else timedelta(), samesite="lax")
    given = [] if arrived.opened is None else cookies_of(request, jar, arrived.opened)
    return Redirect(there._replace(query=query).geturl(), status_code=303, cookies=[flow, *given], headers=_NEVER_KEPT)


HANDLERS: list[Any] = [begin, begin_link, finish, second_factor, mine, unlink]
