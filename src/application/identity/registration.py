"""Making an account for oneself, showing that an address is one's own, and a forgotten password."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.identity.codes import Purpose
from ...domain.identity.email import EmailAddress
from ...domain.identity.errors import CodeRefused
from ...domain.identity.events import AccountUsed, CodeWanted
from ...domain.identity.password import checked
from ...domain.identity.user import User
from ...domain.shared.ids import UserId
from ..shared.failpoints import failpoint
from ..shared.ports import Clock, Ids
from .accounts import AccountsHandler
from .codes import Codes
from .errors import RegistrationClosed
from .ports import Identity, Passwords
from .secrets import hashed

BEFORE_COMMIT = failpoint("identity.before_registration_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    email: str
    name: str
    password: str
    locale: str
    device: str


class RegistrationHandler:
    def __init__(
        self,
        identity: Identity,
        passwords: Passwords,
        accounts: AccountsHandler,
        codes: Codes,
        clock: Clock,
        ids: Ids,
        *,
        open_to_all: bool,
    ) -> None:
        self._identity = identity
        self._passwords = passwords
        self._accounts = accounts
        self._codes = codes
        self._clock = clock
        self._ids = ids
        self._open = open_to_all

    @property
    def open_to_all(self) -> bool:
        return self._open

    async def register(self, command: Register) -> None:
        """Make an account, which is good when its address was shown to be theirs; a mail says how.

        Where the address has an account already, its owner is told by mail, and whoever asks learns nothing of it.
        Raises `RegistrationClosed`, `EmailRefused`, `UserInvalid` and `PasswordRefused`.
        """
        if not self._open:
            raise RegistrationClosed
        made = User.create(UserId(self._ids.new()), EmailAddress.read(command.email), name=command.name)
        made.edit(locale=command.locale)
        password = checked(command.password, about=(made.name, str(made.email)), common=self._passwords.common)
        made.password_hash = await self._passwords.hashed(password)
        may_mail = await self._codes.may_mail(made.email.key)
        async with self._identity.work() as work:
            there = await work.by_email(made.email)
            occurrence = self._ids.new()
            if there is None:
                await work.save(made)
                told: CodeWanted | AccountUsed = CodeWanted(
                    occurrence=occurrence, purpose=Purpose.VERIFY, subject=made.id
                )
            else:
                told = AccountUsed(
                    occurrence=occurrence, user_id=there.id, what="registered_again", device=command.device
                )
            if may_mail:
                await work.record(told)
            BEFORE_COMMIT()

    async def verify(self, code: str) -> User:
        """Show that an address is one's own; raises `CodeRefused`."""
        async with self._identity.work() as work:
            user_id = await work.use_code(hashed(code), Purpose.VERIFY)
            if user_id is None:
                raise CodeRefused
            user = await work.get(UserId(user_id))
            user.verified_at = user.verified_at or self._clock.now()
            await work.save(user)
        return user

    async def forgotten(self, email: str) -> None:
        """Send a mail with a code for a new password, if the address has an account; nobody is told whether."""
        address = EmailAddress.read(email)
        async with self._identity.work() as work:
            user = await work.by_email(address)
        if user is not None and not user.disabled:
            await self._codes.want(user, Purpose.RESET)
        else:
            await self._codes.may_mail(address.key)  # it takes as long

    async def reset(self, code: str, new: str, *, device: str) -> None:
        """Choose a new password by a code; all sessions end, and the address is shown to be theirs.

        Raises `CodeRefused`, and `PasswordRefused`, after which the code is as good as before.
        """
        async with self._identity.work() as work:
            user_id = await work.use_code(hashed(code), Purpose.RESET)
            if user_id is None:
                raise CodeRefused
            user = await work.get(UserId(user_id))
            password = checked(new, about=(user.name, str(user.email)), common=self._passwords.common)
        user.verified_at = user.verified_at or self._clock.now()
        await self._accounts.replace_password(user, await self._passwords.hashed(password), device=device)
