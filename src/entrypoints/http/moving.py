"""Another address for one's account."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.params import JSONBody

from ...application.identity.moving import MovingHandler, WantAddress
from .access import MAILS, OPEN, SIGNED_IN, Called, needs
from .parameters import Wired
from .people import user_of
from .problems import refusals
from .registering import MailOnItsWay, ShownCode, Verified
from .signing_in import Email, program_of


class AddressToCome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address that one's account is to have."""

    email: Email


@post(
    "/me/email",
    operation_id="wantAddress",
    tags=["identity"],
    opt=needs(SIGNED_IN, fresh=True, share=MAILS),
    responses=refusals(401, 415, 422),
    status_code=202,
)
async def want(
    caller: Called, address_changes: Wired[MovingHandler], data: JSONBody[AddressToCome]
) -> Response[MailOnItsWay]:
    """Ask for another address. A code goes to it, and until it is shown the one before stays."""
    await address_changes.want(WantAddress(user_id=user_of(caller), email=data.email))
    return Response(MailOnItsWay(), status_code=202)


@post(
    "/auth/email",
    operation_id="changeAddress",
    tags=["identity"],
    opt=needs(OPEN),
    responses=refusals(409, 415, 422),
    status_code=200,
)
async def move(
    request: Request[Any, Any, Any], address_changes: Wired[MovingHandler], data: JSONBody[ShownCode]
) -> Verified:
    """Have the address that the code came to. The one before is told by a mail, and codes that went to it are good no more."""
    user = await address_changes.move(data.code, device=program_of(request)[1])
    return Verified(email=str(user.email))


HANDLERS: list[Any] = [want, move]
