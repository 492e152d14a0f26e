"""A second factor: codes of a device that a password alone does not give, and what to do when it is lost."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from ...domain.identity.errors import SecondFactorThere, SecondFactorWrong
from ...domain.identity.patience import Guessing
from ...domain.identity.user import User
from ...domain.shared.ids import UserId
from ..shared.failpoints import failpoint
from ..shared.ports import Clock
from .errors import WrongCredentials
from .ports import Credentials, Guesses, Identity, OneTimePasswords, Passwords
from .secrets import hashed, new_secret

FRESH: Final = timedelta(minutes=15)
"""For so long whoever showed who they are may do what is asked for again after that."""
RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 15
_DIGITS: Final = re.compile(r"\d{6}")

BEFORE_COMMIT = failpoint("identity.before_second_factor_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What an authenticator is told."""

    secret: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """Show again who one is."""

    user_id: UserId
    session_id: UUID
    password: str | None
    code: str | None


class SecondFactorsHandler:
    def __init__(
        self,
        identity: Identity,
        passwords: Passwords,
        guesses: Guesses,
        one_time: OneTimePasswords,
        credentials: Credentials,
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._passwords = passwords
        self._guesses = guesses
        self._one_time = one_time
        self._credentials = credentials
        self._clock = clock

    async def begin(self, user_id: UserId) -> Begun:
        """Make a secret for the user's authenticator; it counts when a code of it was shown. Raises `SecondFactorThere`."""
        secret = self._one_time.new_secret()
        async with self._identity.work() as work:
            user = await work.get(user_id)
            there = await work.factor(user_id)
            if there is not None and there.confirmed:
                raise SecondFactorThere
            await work.keep_factor(user_id, secret)
        return Begun(secret=secret, uri=self._one_time.uri(secret, str(user.email)))

    async def confirm(self, user_id: UserId, code: str) -> tuple[str, ...]:
        """Show that the authenticator has the secret, and return recovery codes, which nobody can be told again.

        Raises `SecondFactorThere`, `SecondFactorWrong` and `TooManyTries`.
        """
        tried = (Guessing.DEVICE, f"second factor of {user_id}")
        await self._guesses.take(tried)
        codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
        async with self._identity.work() as work:
            await work.get(user_id)  # one at a time
            factor = await work.factor(user_id)
            if factor is not None and factor.confirmed:
                raise SecondFactorThere
            step = None if factor is None else self._one_time.step_of(factor.secret, code, self._clock.now())
            if step is None:
                raise SecondFactorWrong
            await work.use_step(user_id, step)
            await work.confirm_factor(user_id)
            await work.add_recovery_codes(user_id, [hashed(each) for each in codes])
            await work.note("identity.second_factor_added", f"user:{user_id}", actor=str(user_id))
            BEFORE_COMMIT()
        await self._guesses.right(tried)
        return codes

    async def remove(self, user_id: UserId) -> None:
        """Do without a second factor from now on; removing none changes nothing."""
        async with self._identity.work() as work:
            if await work.factor(user_id) is not None:
                await work.forget_factor(user_id)
                await work.note("identity.second_factor_removed", f"user:{user_id}", actor=str(user_id))

    async def needed(self, user_id: UserId) -> bool:
        async with self._identity.work() as work:
            factor = await work.factor(user_id)
        return factor is not None and factor.confirmed

    async def right(self, user_id: UserId, code: str) -> bool:
        """Whether *code* is one of the authenticator, or a recovery code; either is good once."""
        async with self._identity.work() as work:
            factor = await work.factor(user_id)
            if factor is None or not factor.confirmed:
                return False
            if not _DIGITS.fullmatch(code):
                used = await work.use_recovery_code(user_id, hashed(_plain(code)))
                if used:
                    await work.note("identity.recovery_code_used", f"user:{user_id}", actor=str(user_id))
                return used
            step = self._one_time.step_of(factor.secret, code, self._clock.now())
            return step is not None and await work.use_step(user_id, step)

    async def step_up(self, command: StepUp) -> str | None:
        """Make the session fresh, and return the secret that a browser shows from now on; None where it shows none.

        The one before is good no more: whoever may have seen it gets nothing of what is allowed now. Raises `WrongCredentials`, `SecondFactorWrong` and `TooManyTries`.
        """
        tried = (Guessing.DEVICE, f"step up of {command.session_id}")
        await self._guesses.take(tried)
        async with self._identity.work() as work:
            user: User = await work.get(command.user_id)
        if not await self._passwords.right(command.password or "", user.password_hash):
            raise WrongCredentials
        if await self.needed(user.id) and not await self.right(user.id, command.code or ""):
            raise SecondFactorWrong
        await self._guesses.right(tried)
        async with self._identity.work() as work:
            secret = new_secret()
            made = await work.freshen(command.session_id, hashed(secret))
            await work.note("identity.stepped_up", f"session:{command.session_id}", actor=str(user.id))
        await self._credentials.forget(made.known)
        return secret if made.replaced else None


def _recovery_code() -> str:
    return base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()


def _plain(code: str) -> str:
    """A recovery code as it was made, however it was copied from paper."""
    return re.sub(r"[\s-]", "", code).lower()
