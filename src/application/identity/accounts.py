"""Accounts: made for somebody, and changed by their owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ...domain.identity.email import EmailAddress
from ...domain.identity.errors import EmailTaken, UserNotFound
from ...domain.identity.events import AccountUsed
from ...domain.identity.password import checked
from ...domain.identity.patience import Guessing
from ...domain.identity.user import User
from ...domain.shared.ids import OrganisationId, UserId
from ..shared.failpoints import failpoint
from ..shared.ports import Clock, Ids
from .errors import UserOutdated, WrongCredentials
from .ports import Credentials, Guesses, Identity, Passwords

BEFORE_COMMIT = failpoint("identity.before_account_commit")
BY_COMMAND: Final = "local operator"
"""Whoever runs commands on the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateUser:
    """Make an account, for an organisation; by whoever has the machine, who vouches for the address."""

    email: str
    name: str
    password: str
    organisation: OrganisationId
    role: str
    operator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditUser:
    """Change what is not None, if the account is still at *version*; None takes it as it is."""

    user_id: UserId
    version: int | None
    name: str | None = None
    locale: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """Choose another password; all other sessions end, for somebody may have opened them who knew the old one."""

    user_id: UserId
    session_id: UUID | None
    """The one in use, which goes on."""
    password: str
    """The one that is good now."""
    new: str
    device: str = ""
    """What the browser calls itself."""


class AccountsHandler:
    def __init__(
        self,
        identity: Identity,
        passwords: Passwords,
        guesses: Guesses,
        credentials: Credentials,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._clock = clock
        self._identity = identity
        self._passwords = passwords
        self._guesses = guesses
        self._credentials = credentials
        self._ids = ids

    async def create(self, command: CreateUser) -> User:
        """Raises `EmailRefused`, `UserInvalid`, `PasswordRefused` and `EmailTaken`."""
        email = EmailAddress.read(command.email)
        made = User.create(UserId(self._ids.new()), email, name=command.name, operator=command.operator)
        made.choose_password(await self._hashed(made, command.password))
        made.verified_at = self._clock.now()
        async with self._identity.work() as work:
            if await work.by_email(email) is not None:
                raise EmailTaken(str(email))
            (await work.roles(command.organisation)).permissions(command.role)
            await work.save(made)
            await work.give_role(made.id, command.organisation, command.role)
            await work.note(
                "identity.user_created",
                f"user:{made.id}",
                actor=BY_COMMAND,
                organisation=command.organisation,
                role=command.role,
            )
            BEFORE_COMMIT()
        return made

    async def join(self, user_id: UserId, organisation: OrganisationId, role: str) -> None:
        """Make the user a member; by whoever has the machine. Raises `RoleUnknown` and `LastOwner`."""
        async with self._identity.work() as work:
            (await work.roles(organisation)).permissions(role)
            await work.give_role(user_id, organisation, role)
            known = await work.known_by(user_id)
        await self._credentials.forget(known)

    async def named(self, email: str) -> User:
        """Return whose account it is, or raise `UserNotFound`."""
        async with self._identity.work() as work:
            user = await work.by_email(EmailAddress.read(email))
        if user is None:
            raise UserNotFound(email)
        return user

    async def get(self, user_id: UserId) -> User:
        async with self._identity.work() as work:
            return await work.get(user_id)

    async def edit(self, command: EditUser) -> User:
        """Raises `UserInvalid` and `UserOutdated`."""
        async with self._identity.work() as work:
            user = await work.get(command.user_id)
            if command.version not in {None, user.version}:
                raise UserOutdated(user.version)
            user.edit(name=command.name, locale=command.locale, time_zone=command.time_zone)
            await work.save(user)
            BEFORE_COMMIT()
        # Their sessions go on under the new name.
        await self._forget_all(user.id)
        return user

    async def change_password(self, command: ChangePassword) -> None:
        """Raises `WrongCredentials`, `TooManyTries` and `PasswordRefused`."""
        user = await self.get(command.user_id)
        tried = (Guessing.DEVICE, f"{user.email.key} {command.session_id}")
        await self._guesses.take(tried)
        if not await self._passwords.right(command.password, user.password_hash):
            raise WrongCredentials
        await self._guesses.right(tried)
        await self.set_password(user.id, command.new, but=command.session_id, device=command.device)

    async def set_password(self, user_id: UserId, new: str, *, but: UUID | None = None, device: str = "") -> None:
        """Give the user another password, and end their sessions *but* one; raises `PasswordRefused`."""
        user = await self.get(user_id)
        await self.replace_password(user, await self._hashed(user, new), but=but, device=device)

    async def replace_password(self, user: User, kept: str, *, but: UUID | None = None, device: str = "") -> None:
        """Let *kept* be the hash of the user's password, and what was shown with it hold: the address may be verified."""
        async with self._identity.work() as work:
            there = await work.get(user.id)
            there.choose_password(kept)
            there.verified_at = there.verified_at or user.verified_at
            await work.save(there)
            changed = AccountUsed(occurrence=self._ids.new(), user_id=user.id, what="password_changed", device=device)
            await work.record(changed)
            ended = await work.end_sessions(user.id, but=but)
            await work.note("identity.password_changed", f"user:{user.id}", actor=str(user.id), device=device)
            BEFORE_COMMIT()
        await self._credentials.forget(ended)

    async def disable(self, user_id: UserId, *, disabled: bool) -> None:
        """Let nobody sign in to the account any more, and end its sessions; or let them again."""
        async with self._identity.work() as work:
            user = await work.get(user_id)
            user.disabled = disabled
            user.version += 1
            await work.save(user)
            ended = await work.end_sessions(user_id) if disabled else ()
            what = "identity.user_disabled" if disabled else "identity.user_enabled"
            await work.note(what, f"user:{user_id}", actor=BY_COMMAND)
        await self._credentials.forget(ended)

    async def _hashed(self, user: User, password: str) -> str:
        taken = checked(password, about=(user.name, str(user.email)), common=self._passwords.common)
        return await self._passwords.hashed(taken)

    async def _forget_all(self, user_id: UserId) -> None:
        async with self._identity.work() as work:
            known = await work.known_by(user_id)
        await self._credentials.forget(known)
