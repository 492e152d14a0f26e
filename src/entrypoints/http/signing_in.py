"""The way in and out: a password for a session's cookie."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import JSONBody

from ...application.identity.outside import OutsideHandler
from ...application.identity.ports import SESSION as LIFE
from ...application.identity.registration import RegistrationHandler
from ...application.identity.signing_in import Opened, SessionsHandler, SignIn, SignInHandler
from .access import OPEN, SIGNED_IN, Called, csrf_of, needs
from .cookies import DEVICE, SESSION, Cookies
from .parameters import Wired
from .problems import refusals

DEVICE_KEPT: Final = timedelta(days=365)
_NEVER_KEPT: Final = {"cache-control": "no-store"}

Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


OneTimeCode = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9 -]+$")]


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody signs in with."""

    email: Email
    password: Password
    code: OneTimeCode | None = None
    """Of the authenticator, where the account has one; or a recovery code."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session is open, and its cookie is set."""

    name: str
    csrf_token: str
    """To be sent as `X-CSRF-Token` with everything that changes something."""


class SignInProvider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider outside that people sign in by."""

    provider: str
    name: str
    """To people."""


class SignInMethods(msgspec.Struct, frozen=True, kw_only=True):
    """How people sign in here."""

    password: bool
    registration: bool
    """Whether people make accounts for themselves."""
    providers: tuple[SignInProvider, ...]


@get("/auth/methods", operation_id="listSignInMethods", tags=["identity"], opt=needs(OPEN), responses=refusals())
async def methods(registration: Wired[RegistrationHandler], outside: Wired[OutsideHandler]) -> SignInMethods:
    """Show how people sign in here."""
    providers = tuple(SignInProvider(provider=key, name=name) for key, name in outside.names().items())
    return SignInMethods(password=True, registration=registration.open_to_all, providers=providers)


@post(
    "/auth/login",
    operation_id="signIn",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(401, 403, 415),
    status_code=200,
)
async def sign_in(
    request: Request[Any, Any, Any],
    sign_in_handler: Wired[SignInHandler],
    cookie_jar: Wired[Cookies],
    data: JSONBody[Credentials],
) -> Response[Session]:
    """Sign in. The session lives in an HttpOnly cookie; after some wrong passwords the next try has to wait."""
    address, program = program_of(request)
    opened = await sign_in_handler(
        SignIn(
            email=data.email,
            password=data.password,
            address=address,
            device=program,
            code=data.code,
            known_device=cookie_jar.read(request, DEVICE),
        )
    )
    told = Session(name=opened.user.name, csrf_token=csrf_of(opened.secret))
    return Response(told, cookies=cookies_of(request, cookie_jar, opened), headers=_NEVER_KEPT)


@post(
    "/auth/logout",
    operation_id="signOut",
    tags=["identity"],
    opt=needs(SIGNED_IN),
    responses=refusals(401),
    status_code=204,
)
async def sign_out(
    request: Request[Any, Any, Any], caller: Called, session_ends: Wired[SessionsHandler], cookie_jar: Wired[Cookies]
) -> Response[None]:
    """End the session."""
    assert caller.user_id is not None
    assert caller.session_id is not None
    await session_ends.end(caller.user_id, caller.session_id)
    return Response(None, cookies=[cookie_jar.made(request, SESSION, "", timedelta(), samesite="lax")])


def cookies_of(request: Request[Any, Any, Any], jar: Cookies, opened: Opened) -> list[Cookie]:
    """The cookies of a session that was opened, and of the device that it was opened on."""
    return [
        jar.made(request, SESSION, opened.secret, LIFE, samesite="lax"),
        jar.made(request, DEVICE, opened.device, DEVICE_KEPT, samesite="strict"),
    ]


def program_of(request: Request[Any, Any, Any]) -> tuple[str, str]:
    """Where the caller is, and what their program calls itself."""
    agent = request.headers.get("user-agent", "")
    return request.client.host if request.client else "", "".join(letter for letter in agent if letter.isprintable())[
        :200
    ]


HANDLERS: list[Any] = [methods, sign_in, sign_out]
