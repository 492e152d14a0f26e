"""Signing in by a provider outside, and linking one's account with it.

An account at a provider opens an account here that was linked with it, or was made by it. That a provider calls somebody
by an address that has an account here links nothing: the owner of the account does, signed in as before.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ...domain.identity.errors import AddressUnverified, SecondFactorWrong
from ...domain.identity.events import AccountUsed
from ...domain.identity.outside import OutsideIdentity, place_in_app
from ...domain.identity.patience import Guessing
from ...domain.identity.user import MAX_NAME, User
from ...domain.shared.ids import UserId
from ..shared.failpoints import failpoint
from ..shared.ports import Clock, Ids
from .errors import (
    AddressUnsure,
    FlowUnknown,
    LastWayIn,
    LinkFirst,
    ProviderRefused,
    RegistrationClosed,
    WrongCredentials,
)
from .ports import Guesses, Identity, IdentityWork
from .providers import Flow, Link, Providers
from .second_factors import SecondFactorsHandler
from .secrets import following, hashed, new_secret
from .signing_in import Opened, SignInHandler

BEFORE_LINK_COMMIT = failpoint("identity.before_provider_link_commit")
BEFORE_ACCOUNT_COMMIT = failpoint("identity.before_provider_account_commit")

_STATE: Final = "state"
_NONCE: Final = "nonce"
_VERIFIER: Final = "verifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginOutside:
    """Go to a provider; *user_id* is whose account is to be linked, None signs in."""

    provider: str
    return_to: str
    redirect_uri: str
    user_id: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Somebody was led back by a provider, with what stands in the address."""

    provider: str
    secret: str | None
    """Of the flow, which the device kept."""
    state: str
    code: str | None
    error: str | None
    issuer: str | None
    address: str
    device: str
    known_device: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Where they go now: with a session, for a second factor, or linked."""

    return_to: str
    opened: Opened | None = None
    second_factor: str | None = None
    """The secret under which the code is waited for."""


class OutsideHandler:
    def __init__(
        self,
        identity: Identity,
        providers: Providers,
        sign_in: SignInHandler,
        factors: SecondFactorsHandler,
        guesses: Guesses,
        clock: Clock,
        ids: Ids,
        *,
        open_to_all: bool,
    ) -> None:
        self._identity = identity
        self._providers = providers
        self._sign_in = sign_in
        self._factors = factors
        self._guesses = guesses
        self._clock = clock
        self._ids = ids
        self._open = open_to_all

    def names(self) -> Mapping[str, str]:
        return self._providers.names()

    async def begin(self, command: BeginOutside) -> tuple[str, str]:
        """Return where the browser goes, and the secret that its device keeps meanwhile.

        Raises `PlaceRefused`, `ProviderUnknown` and `ProviderUnavailable`.
        """
        secret = new_secret()
        flow = Flow(
            provider=command.provider,
            return_to=place_in_app(command.return_to),
            redirect_uri=command.redirect_uri,
            user_id=command.user_id,
        )
        address = await self._providers.address(
            command.provider,
            redirect_uri=command.redirect_uri,
            state=following(secret, _STATE),
            nonce=following(secret, _NONCE),
            verifier=following(secret, _VERIFIER),
        )
        async with self._identity.work() as work:
            await work.begin_flow(hashed(secret), flow)
        return address, secret

    async def flow(self, command: Returned) -> Flow:
        """Return what was begun on this device and led here; it is over with that. Raises `FlowUnknown`."""
        if command.secret is None:
            raise FlowUnknown
        if not hmac.compare_digest(following(command.secret, _STATE).encode(), command.state.encode()):
            raise FlowUnknown
        async with self._identity.work() as work:
            flow = await work.take_flow(hashed(command.secret))
        if flow is None or flow.shown is not None or flow.provider != command.provider:
            raise FlowUnknown
        return flow

    async def finish(self, flow: Flow, command: Returned) -> Arrived:
        """Let in, link, or make an account.

        Raises `ProviderRefused`, `ProviderUnavailable`, `LinkFirst`, `LinkedElsewhere`, `RegistrationClosed`,
        `AddressUnsure`, `AddressUnverified`, and `WrongCredentials` for an account that was closed.
        """
        called = self._providers.names().get(flow.provider, flow.provider)
        if command.error is not None or command.code is None or command.secret is None:
            raise ProviderRefused(called, command.error or "no code")
        outside = await self._providers.identity(
            flow.provider,
            code=command.code,
            issuer=command.issuer,
            redirect_uri=flow.redirect_uri,
            nonce=following(command.secret, _NONCE),
            verifier=following(command.secret, _VERIFIER),
        )
        if flow.user_id is not None:
            await self._link(flow.user_id, outside, command.device)
            return Arrived(return_to=flow.return_to)
        user = await self._user(outside, called)
        if await self._factors.needed(user.id):
            waiting = new_secret()
            async with self._identity.work() as work:
                await work.begin_flow(
                    hashed(waiting),
                    Flow(
                        provider=flow.provider,
                        return_to=flow.return_to,
                        redirect_uri=flow.redirect_uri,
                        user_id=None,
                        shown=user.id,
                    ),
                )
            return Arrived(return_to=flow.return_to, second_factor=waiting)
        return Arrived(return_to=flow.return_to, opened=await self._opened(user, flow, command))

    async def second_factor(self, secret: str | None, code: str, command: Returned) -> Opened:
        """Let in who was led back and has a second factor; a wrong code ends it, for codes are few.

        Raises `FlowUnknown`, `SecondFactorWrong` and `TooManyTries`.
        """
        if secret is None:
            raise FlowUnknown
        async with self._identity.work() as work:
            flow = await work.take_flow(hashed(secret))
            user = None if flow is None or flow.shown is None else await work.get(flow.shown)
        if flow is None or user is None or user.disabled:
            raise FlowUnknown
        tried = (Guessing.DEVICE, f"second factor of {user.id}")
        await self._guesses.take(tried)
        if not await self._factors.right(user.id, code):
            raise SecondFactorWrong
        await self._guesses.right(tried)
        return await self._opened(user, flow, command)

    async def links(self, user_id: UserId) -> Mapping[str, Link]:
        """Return what opens the account besides a password, by the name of the provider here."""
        async with self._identity.work() as work:
            links = {link.issuer: link for link in await work.links(user_id)}
        known = {self._providers.issuer(name): name for name in self._providers.names()}
        return {known.get(issuer, issuer): link for issuer, link in links.items()}

    async def unlink(self, user_id: UserId, provider: str) -> None:
        """Let a provider open the account no more. Raises `ProviderUnknown` and `LastWayIn`; unlinking twice changes nothing."""
        issuer = self._providers.issuer(provider)
        async with self._identity.work() as work:
            user = await work.get(user_id)
            others = [link for link in await work.links(user_id) if link.issuer != issuer]
            if user.password_hash is None and not others:
                raise LastWayIn
            if await work.unlink(user_id, issuer):
                await work.note("identity.provider_unlinked", f"user:{user_id}", actor=str(user_id), issuer=issuer)

    async def _opened(self, user: User, flow: Flow, command: Returned) -> Opened:
        return await self._sign_in.open(
            user,
            address=command.address,
            program=command.device,
            known_device=command.known_device,
            by=flow.provider,
        )

    async def _link(self, user_id: UserId, outside: OutsideIdentity, device: str) -> None:
        async with self._identity.work() as work:
            await work.get(user_id)  # one at a time
            await work.link(user_id, outside)
            await work.note(
                "identity.provider_linked", f"user:{user_id}", actor=str(user_id), issuer=outside.issuer, device=device
            )
            await work.record(
                AccountUsed(occurrence=self._ids.new(), user_id=user_id, what="provider_linked", device=device)
            )
            BEFORE_LINK_COMMIT()

    async def _user(self, outside: OutsideIdentity, called: str) -> User:
        async with self._identity.work() as work:
            user = await work.by_outside(outside.issuer, outside.subject)
            if user is None:
                user = await self._made(work, outside, called)
                BEFORE_ACCOUNT_COMMIT()
        if user.disabled:
            raise WrongCredentials
        if user.verified_at is None:
            raise AddressUnverified(str(user.email))
        return user

    async def _made(self, work: IdentityWork, outside: OutsideIdentity, called: str) -> User:
        """Make an account under an address that the provider has made sure of: anybody can call themselves anything."""
        if outside.email is None or not outside.email_verified:
            raise AddressUnsure(called)
        if await work.by_email(outside.email) is not None:
            raise LinkFirst
        if not (self._open or await work.invited(outside.email)):
            raise RegistrationClosed
        name = outside.name.strip() or str(outside.email).partition("@")[0]
        printable = "".join(letter for letter in name if letter.isprintable())[:MAX_NAME]
        user = User.create(UserId(self._ids.new()), outside.email, name=printable or "?")
        user.verified_at = self._clock.now()
        await work.save(user)
        await work.link(user.id, outside)
        await work.note("identity.provider_linked", f"user:{user.id}", actor=str(user.id), issuer=outside.issuer)
        return user
