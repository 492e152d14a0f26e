"""Tokens for programs that act for a user: an access token that is good for minutes, and a refresh token that is good once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from ...domain.identity.user import User
from ..shared.failpoints import failpoint
from ..shared.ports import Clock, Ids
from .access_tokens import AccessClaims, AccessTokens, RefreshSecrets
from .errors import NotSignedIn
from .ports import Credentials, Identity
from .secrets import hashed, new_secret
from .signing_in import SignIn, SignInHandler

ACCESS: Final = timedelta(minutes=15)
GRACE: Final = timedelta(seconds=10)
"""Whoever showed a refresh token and heard nothing may show it again for so long, from the same place."""

BEFORE_COMMIT = failpoint("identity.before_refresh_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    user: User
    access: str
    refresh: str
    expires_in: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    token: str
    address: str
    device: str


class TokensHandler:
    def __init__(
        self,
        sign_in: SignInHandler,
        identity: Identity,
        access: AccessTokens,
        refresh: RefreshSecrets,
        credentials: Credentials,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._sign_in = sign_in
        self._identity = identity
        self._access = access
        self._refresh = refresh
        self._credentials = credentials
        self._clock = clock
        self._ids = ids

    async def sign_in(self, command: SignIn) -> Tokens:
        """Open a session that is shown by tokens; raises what signing in does."""
        user = await self._sign_in.checked(command)
        session_id, secret = self._ids.new(), new_secret()
        async with self._identity.work() as work:
            await work.begin_token_session(session_id, user.id, device=command.device, address=command.address)
            await work.add_refresh(hashed(secret), session_id)
            await work.note(
                "identity.tokens_given",
                f"session:{session_id}",
                actor=str(user.id),
                address=command.address,
                device=command.device,
            )
        claims = self._claims(user, session_id)
        return Tokens(user=user, access=await self._access.signed(claims), refresh=secret, expires_in=ACCESS)

    async def refresh(self, command: Refresh) -> Tokens:
        """Give new tokens for *token*, which is good no more. Raises `NotSignedIn`.

        The same caller who shows it again within `GRACE` gets the same refresh token once more: an answer may be lost on its
        way. Anybody else who shows one that was used has a copy, and the session ends for both.
        """
        shown, place = hashed(command.token), f"{command.address} {command.device}"
        # It follows from the one before, so that however many ask at once all get one.
        following = self._refresh.following(command.token)
        ended: str | None = None
        async with self._identity.work() as work:
            found = await work.use_refresh(shown, hashed(following), place=place, grace=GRACE)
            if found is not None and found.stolen:
                ended = await work.end_token_session(found.session_id)
                await work.note(
                    "identity.refresh_token_reused",
                    f"session:{found.session_id}",
                    actor="nobody",
                    address=command.address,
                    device=command.device,
                )
            elif found is not None:
                user = await work.get(found.user_id)
            BEFORE_COMMIT()
        if found is None or found.stolen:
            if ended is not None:
                await self._credentials.forget([ended])
            raise NotSignedIn
        claims = self._claims(user, found.session_id)
        return Tokens(user=user, access=await self._access.signed(claims), refresh=following, expires_in=ACCESS)

    async def revoke(self, token: str) -> None:
        """End the session of a refresh token, used or not; of one that is not known nothing is told."""
        async with self._identity.work() as work:
            session_id = await work.session_of_refresh(hashed(token))
            ended = None if session_id is None else await work.end_token_session(session_id)
        if ended is not None:
            await self._credentials.forget([ended])

    def _claims(self, user: User, session_id: UUID) -> AccessClaims:
        now = self._clock.now()
        return AccessClaims(
            user_id=user.id, session_id=session_id, token_id=self._ids.new(), made_at=now, expires_at=now + ACCESS
        )
