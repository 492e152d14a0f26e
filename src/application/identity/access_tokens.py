"""What access tokens need of the outside: whoever signs and reads them, and what follows from a refresh token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ...domain.shared.ids import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """What an access token says."""

    user_id: UserId
    session_id: UUID
    token_id: UUID
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """A key that signs access tokens, as its installation's operator sees it."""

    kid: str
    public: Mapping[str, object]
    made_at: datetime
    revoked_at: datetime | None


class AccessTokens(Protocol):
    """Signs access tokens, and reads them."""

    async def signed(self, claims: AccessClaims) -> str: ...

    async def read(self, token: str) -> AccessClaims | None:
        """Return what *token* says, None where it is not one of ours that is good now."""
        ...

    async def keys(self) -> Sequence[TokenKey]:
        """Return the keys by which tokens can be checked, the newest first."""
        ...

    async def rotate(self) -> TokenKey:
        """Sign with a new key from now on; what others signed stays good."""
        ...

    async def revoke(self, kid: str) -> bool:
        """Let nothing that a key signed be good any more, at the latest after half a minute; False where there is none."""
        ...


class RefreshSecrets(Protocol):
    def following(self, token: str) -> str:
        """Return the refresh token that comes after *token*: always the same, and nobody else can tell it."""
        ...
