"""Making an account for oneself, showing that an address is one's own, and a forgotten password."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, post
from litestar.params import JSONBody

from ...application.identity.registration import Register, RegistrationHandler
from .access import OPEN, needs
from .parameters import Wired
from .people import Name
from .problems import refusals
from .signing_in import Email, Password, program_of

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who wants an account."""

    email: Email
    name: Name
    password: Password
    locale: Literal["pt-BR", "en"] = "pt-BR"


class Forgotten(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose password was forgotten."""

    email: Email


class ShownCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code of a mail."""

    code: Code


class Reset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code of a mail, and a password to come."""

    code: Code
    password: Password


class MailOnItsWay(msgspec.Struct, frozen=True, kw_only=True):
    """If there is anybody to write to, a mail is on its way."""

    state: str = "mail_on_its_way"


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """The address is shown to be theirs: they may sign in."""

    email: str


@post(
    "/auth/register",
    operation_id="register",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(415, 422),
    status_code=202,
)
async def register(
    request: Request[Any, Any, Any], registration: Wired[RegistrationHandler], data: JSONBody[NewAccount]
) -> Response[MailOnItsWay]:
    """Make an account. A mail says how to show that the address is one's own; whoever has one already is told by mail alone."""
    _, device = program_of(request)
    await registration.register(
        Register(email=data.email, name=data.name, password=data.password, locale=data.locale, device=device)
    )
    return Response(MailOnItsWay(), status_code=202)


@post(
    "/auth/verify",
    operation_id="verifyAddress",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(415, 422),
    status_code=200,
)
async def verify(registration: Wired[RegistrationHandler], data: JSONBody[ShownCode]) -> Verified:
    """Show, by the code of a mail, that an address is one's own."""
    return Verified(email=str((await registration.verify(data.code)).email))


@post(
    "/auth/password/forgotten",
    operation_id="forgetPassword",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(415, 422),
    status_code=202,
)
async def forgotten(registration: Wired[RegistrationHandler], data: JSONBody[Forgotten]) -> Response[MailOnItsWay]:
    """Ask for a mail with a code for a new password. Whether the address has an account is not told."""
    await registration.forgotten(data.email)
    return Response(MailOnItsWay(), status_code=202)


@post(
    "/auth/password/reset",
    operation_id="resetPassword",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(415, 422),
    status_code=204,
)
async def reset(
    request: Request[Any, Any, Any], registration: Wired[RegistrationHandler], data: JSONBody[Reset]
) -> None:
    """Choose a new password by the code of a mail; all sessions end."""
    await registration.reset(data.code, data.password, device=program_of(request)[1])


HANDLERS: list[Any] = [register, verify, forgotten, reset]
