"""Another address for an account: wanted by whoever is signed in, and had when it was shown to be theirs."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.identity.codes import Purpose
from ...domain.identity.email import EmailAddress
from ...domain.identity.errors import CodeRefused, UserInvalid
from ...domain.identity.events import AccountUsed, CodeWanted
from ...domain.identity.user import User
from ...domain.shared.ids import UserId
from ..shared.failpoints import failpoint
from ..shared.ports import Clock, Ids
from .codes import Codes
from .ports import Credentials, Identity
from .secrets import hashed

BEFORE_COMMIT = failpoint("identity.before_move_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantAddress:
    user_id: UserId
    email: str


class MovingHandler:
    def __init__(self, identity: Identity, credentials: Credentials, codes: Codes, clock: Clock, ids: Ids) -> None:
        self._identity = identity
        self._credentials = credentials
        self._codes = codes
        self._clock = clock
        self._ids = ids

    async def want(self, command: WantAddress) -> None:
        """Send a code to the address that the user is to have; the one before stays until it is shown.

        Whether somebody else has an account there is not told: a mail goes to it or not. Wanted again, the last one
        counts. Raises `EmailRefused` and `UserInvalid`.
        """
        email = EmailAddress.read(command.email)
        may_mail = await self._codes.may_mail(email.key)
        async with self._identity.work() as work:
            user = await work.get(command.user_id)
            if email == user.email:
                raise UserInvalid("email", "this is the address of the account already")
            there = await work.by_email(email)
            if there is not None and there.id != user.id:
                return
            await work.want_address(user.id, email)
            if may_mail:
                await work.record(CodeWanted(occurrence=self._ids.new(), purpose=Purpose.MOVE, subject=user.id))

    async def move(self, code: str, *, device: str) -> User:
        """Have the address that the code came to; the one before is told. Raises `CodeRefused` and `EmailTaken`."""
        async with self._identity.work() as work:
            user_id = await work.use_code(hashed(code), Purpose.MOVE)
            wanted = None if user_id is None else await work.wanted_address(UserId(user_id))
            if user_id is None or wanted is None:
                raise CodeRefused
            user = await work.get(UserId(user_id))
            before = str(user.email)
            user.move(wanted, self._clock.now())
            await work.save(user)
            await work.moved(user.id)
            await work.note("identity.address_changed", f"user:{user.id}", actor=str(user.id), email=str(wanted))
            await work.record(
                AccountUsed(
                    occurrence=self._ids.new(), user_id=user.id, what="address_changed", device=device, email=before
                )
            )
            known = await work.known_by(user.id)
            BEFORE_COMMIT()
        await self._credentials.forget(known)
        return user
