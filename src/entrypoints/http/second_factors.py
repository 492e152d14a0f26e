"""A second factor of one's own, and showing again who one is."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, post
from litestar.params import JSONBody

from ...application.identity.ports import SESSION as LIFE
from ...application.identity.second_factors import SecondFactorsHandler, StepUp
from .access import SIGNED_IN, Called, csrf_of, needs
from .cookies import SESSION, Cookies
from .parameters import Wired
from .people import user_of
from .problems import refusals
from .signing_in import OneTimeCode, Password

_NEVER_KEPT = {"cache-control": "no-store"}
SixDigits = Annotated[str, msgspec.Meta(min_length=6, max_length=6, pattern=r"^[0-9]{6}$")]


class Authenticator(msgspec.Struct, frozen=True, kw_only=True):
    """What an authenticator is told; it counts when a code of it was shown."""

    secret: str
    uri: str
    """For a picture that the authenticator reads."""


class FirstCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code of the authenticator."""

    code: SixDigits


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Codes for when the authenticator is lost, each good once; they are shown this once."""

    codes: tuple[str, ...]


class Shown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who one is, once more."""

    password: Password
    code: OneTimeCode | None = None


class SteppedUp(msgspec.Struct, frozen=True, kw_only=True):
    """Who one is was shown."""

    csrf_token: str | None
    """To be sent as `X-CSRF-Token` from now on; null where an access token was shown."""


@post(
    "/me/totp",
    operation_id="beginSecondFactor",
    tags=["identity"],
    opt=needs(SIGNED_IN, fresh=True),
    responses=refusals(401, 409),
    status_code=201,
)
async def begin(caller: Called, second_factors: Wired[SecondFactorsHandler]) -> Response[Authenticator]:
    """Begin to add an authenticator."""
    begun = await second_factors.begin(user_of(caller))
    return Response(Authenticator(secret=begun.secret, uri=begun.uri), status_code=201, headers=_NEVER_KEPT)


@post(
    "/me/totp/confirm",
    operation_id="confirmSecondFactor",
    tags=["identity"],
    opt=needs(SIGNED_IN, fresh=True),
    responses=refusals(401, 409, 415),
    status_code=200,
)
async def confirm(
    caller: Called, second_factors: Wired[SecondFactorsHandler], data: JSONBody[FirstCode]
) -> Response[RecoveryCodes]:
    """Show a code of the authenticator; from now on signing in needs one."""
    codes = await second_factors.confirm(user_of(caller), data.code)
    return Response(RecoveryCodes(codes=codes), headers=_NEVER_KEPT)


@delete(
    "/me/totp",
    operation_id="removeSecondFactor",
    tags=["identity"],
    opt=needs(SIGNED_IN, fresh=True),
    responses=refusals(401),
    status_code=204,
)
async def remove(caller: Called, second_factors: Wired[SecondFactorsHandler]) -> None:
    """Do without the authenticator from now on."""
    await second_factors.remove(user_of(caller))


@post(
    "/auth/step-up",
    operation_id="stepUp",
    tags=["identity"],
    opt=needs(SIGNED_IN),
    responses=refusals(401, 415),
    status_code=200,
)
async def step_up(
    request: Request[Any, Any, Any],
    caller: Called,
    second_factors: Wired[SecondFactorsHandler],
    cookie_jar: Wired[Cookies],
    data: JSONBody[Shown],
) -> Response[SteppedUp]:
    """Show again who one is: for 15 minutes roles, keys and exports may be given, as right after signing in.

    The session's cookie is another one from now on, and its `X-CSRF-Token` too; access tokens stay as they are.
    """
    assert caller.session_id is not None
    secret = await second_factors.step_up(
        StepUp(user_id=user_of(caller), session_id=caller.session_id, password=data.password, code=data.code)
    )
    if secret is None:
        return Response(SteppedUp(csrf_token=None), headers=_NEVER_KEPT)
    cookie = cookie_jar.made(request, SESSION, secret, LIFE, samesite="lax")
    return Response(SteppedUp(csrf_token=csrf_of(secret)), cookies=[cookie], headers=_NEVER_KEPT)


HANDLERS: list[Any] = [begin, confirm, remove, step_up]
