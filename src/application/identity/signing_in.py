"""Signing in and out: a password for a session, and what keeps others from guessing it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ...domain.identity.codes import Purpose
from ...domain.identity.email import EmailAddress
from ...domain.identity.errors import AddressUnverified, EmailRefused, SecondFactorNeeded, SecondFactorWrong
from ...domain.identity.events import AccountUsed
from ...domain.identity.password import LONGEST, normalised
from ...domain.identity.patience import Guessing
from ...domain.identity.user import User
from ...domain.shared.ids import UserId
from ..shared.failpoints import failpoint
from ..shared.ports import Ids
from .codes import Codes
from .errors import SessionNotFound, WrongCredentials
from .ports import Credentials, Guesses, Identity, Passwords
from .second_factors import SecondFactorsHandler
from .secrets import hashed, new_secret
from .views import IdentityViews

BEFORE_COMMIT = failpoint("identity.before_sign_in_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    email: str
    password: str
    address: str
    """Of the network, where the request came from."""
    device: str
    """What the browser calls itself."""
    known_device: str | None = None
    """The secret that this device was given when somebody signed in on it."""
    code: str | None = None
    """Of the second factor, or a recovery code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session, and the secrets that its owner's device keeps."""

    user: User
    session_id: UUID
    secret: str
    device: str


class SignInHandler:
    def __init__(
        self,
        identity: Identity,
        views: IdentityViews,
        passwords: Passwords,
        guesses: Guesses,
        codes: Codes,
        factors: SecondFactorsHandler,
        ids: Ids,
    ) -> None:
        self._factors = factors
        self._identity = identity
        self._codes = codes
        self._views = views
        self._passwords = passwords
        self._guesses = guesses
        self._ids = ids

    async def __call__(self, command: SignIn) -> Opened:
        """Open a session. Raises `WrongCredentials`, whatever of them is wrong, and `TooManyTries`."""
        user = await self.checked(command)
        return await self.open(user, address=command.address, program=command.device, known_device=command.known_device)

    async def checked(self, command: SignIn) -> User:
        """Return whose address and password these are.

        Raises as signing in does, `AddressUnverified`, `SecondFactorNeeded` and `SecondFactorWrong`.
        """
        try:
            email = EmailAddress.read(command.email)
        except EmailRefused:
            raise WrongCredentials from None
        device = None if command.known_device is None else hashed(command.known_device)
        known = device is not None and await self._views.knows_device(email, device)
        account = (Guessing.ACCOUNT, email.key)
        if known and device is not None:
            account = (Guessing.DEVICE, f"{email.key} {device.hex()}")
        tried = (account, (Guessing.ADDRESS, command.address))
        await self._guesses.take(*tried)
        user = await self._checked(email, command.password, command.address)
        if await self._factors.needed(user.id):
            if command.code is None:
                await self._guesses.right(*tried)
                raise SecondFactorNeeded
            if not await self._factors.right(user.id, command.code):
                raise SecondFactorWrong
        await self._guesses.right(*tried)
        if user.verified_at is None:
            await self._codes.want(user, Purpose.VERIFY)
            raise AddressUnverified(str(user.email))
        return user

    async def _checked(self, email: EmailAddress, typed: str, address: str) -> User:
        """Return the user, or raise; it takes as long whoever is asked for, and whatever is wrong."""
        async with self._identity.work() as work:
            user = await work.by_email(email)
        password = normalised(typed[: LONGEST + 1])
        kept = None if user is None or user.disabled or len(typed) > LONGEST else user.password_hash
        if not await self._passwords.right(password, kept) or user is None or kept is None:
            if user is not None:
                async with self._identity.work() as work:
                    await work.note("identity.sign_in_refused", f"user:{user.id}", actor="nobody", address=address)
            raise WrongCredentials
        if self._passwords.outdated(kept):
            user.password_hash = await self._passwords.hashed(password)
            async with self._identity.work() as work:
                there = await work.get(user.id)
                if there.password_hash == kept:
                    there.password_hash = user.password_hash
                    await work.save(there)
        return user

    async def open(
        self, user: User, *, address: str, program: str, known_device: str | None, by: str = "password"
    ) -> Opened:
        """Open a session for who has shown to be *user*, *by* whatever; its owner is told where the device is new."""
        known = known_device is not None and await self._views.knows_device(user.email, hashed(known_device))
        device = known_device if known and known_device is not None else new_secret()
        session_id, secret = self._ids.new(), new_secret()
        async with self._identity.work() as work:
            await work.begin_session(session_id, hashed(secret), user.id, device=program, address=address)
            await work.remember_device(user.id, hashed(device))
            await work.note(
                "identity.signed_in",
                f"session:{session_id}",
                actor=str(user.id),
                address=address,
                device=program,
                by=by,
            )
            if not known:
                await work.record(
                    AccountUsed(occurrence=session_id, user_id=user.id, what="signed_in_elsewhere", device=program)
                )
            BEFORE_COMMIT()
        return Opened(user=user, session_id=session_id, secret=secret, device=device)


class SessionsHandler:
    """Ends sessions: one of one's own, or all but the one in use."""

    def __init__(self, identity: Identity, credentials: Credentials) -> None:
        self._identity = identity
        self._credentials = credentials

    async def end(self, user_id: UserId, session_id: UUID) -> None:
        """Raises `SessionNotFound`."""
        async with self._identity.work() as work:
            ended = await work.end_sessions(user_id, only=session_id)
            if ended:
                await work.note("identity.session_ended", f"session:{session_id}", actor=str(user_id))
        if not ended:
            raise SessionNotFound(session_id)
        await self._credentials.forget(ended)

    async def end_others(self, user_id: UserId, *, but: UUID | None) -> int:
        async with self._identity.work() as work:
            ended = await work.end_sessions(user_id, but=but)
            if ended:
                await work.note("identity.sessions_ended", f"user:{user_id}", actor=str(user_id))
        await self._credentials.forget(ended)
        return len(ended)
