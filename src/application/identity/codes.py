"""Codes by mail: somebody wants one, it is made when the mail is written, and it is good once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ...domain.identity.codes import Purpose
from ...domain.identity.errors import UserNotFound
from ...domain.identity.events import CodeWanted
from ...domain.identity.patience import Guessing
from ...domain.identity.user import User
from ...domain.shared.ids import UserId
from ..shared.ports import Ids
from .errors import TooManyTries
from .ports import Guesses, Identity
from .secrets import hashed, new_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCode:
    """A code, and for whom it is."""

    email: str
    name: str
    locale: str | None
    """None where whoever gets it has no account, and nobody knows what they speak."""
    code: str
    facts: Mapping[str, str]
    """What else the mail says: who invites, and where to."""


class Codes:
    def __init__(self, identity: Identity, guesses: Guesses, ids: Ids) -> None:
        self._identity = identity
        self._guesses = guesses
        self._ids = ids

    async def want(self, user: User, purpose: Purpose) -> None:
        """Let the user get a mail with a code; of many that somebody asks for, few are sent."""
        if await self.may_mail(user.email.key):
            async with self._identity.work() as work:
                await work.record(CodeWanted(occurrence=self._ids.new(), purpose=purpose, subject=user.id))

    async def may_mail(self, email_key: str) -> bool:
        """Whether one more mail may go to that address now; it counts."""
        try:
            await self._guesses.take((Guessing.MAIL, email_key))
        except TooManyTries:
            return False
        return True

    async def issue(self, occurrence: UUID, purpose: Purpose, subject: UUID) -> IssuedCode | None:
        """Make the code of an occurrence; made again, the one before is good no more. None where there is nobody any more."""
        code = new_secret()
        async with self._identity.work() as work:
            if purpose is Purpose.INVITE:
                invitation = await work.invitation(subject)
                if invitation is None:
                    return None
                await work.add_code(occurrence, hashed(code), purpose, user_id=None, invitation_id=subject)
                facts = {"organisation": invitation.organisation_name, "invited_by": invitation.invited_by}
                return IssuedCode(email=invitation.email, name="", locale=None, code=code, facts=facts)
            try:
                user = await work.get(UserId(subject))
            except UserNotFound:
                return None
            to = await work.wanted_address(user.id) if purpose is Purpose.MOVE else user.email
            if to is None:
                return None
            await work.add_code(occurrence, hashed(code), purpose, user_id=user.id, invitation_id=None)
        return IssuedCode(email=str(to), name=user.name, locale=user.locale, code=code, facts={})
