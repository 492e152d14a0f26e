"""What the record needs of the outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ...domain.compliance.audit import Head, Recorded
from ..shared.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Something that was done, as the organisation sees it."""

    number: int
    at: datetime
    actor: str
    actor_name: str | None
    """None where the user or the key is not there any more."""
    action: str
    subject: str
    details: Mapping[str, str]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DonePage:
    items: tuple[Done, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Whose chain it is; the installation's own where *organisation* is None."""

    organisation: UUID | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    organisation: UUID | None
    head: Head
    at: datetime
    key_id: str
    signature: bytes


class AuditViews(Protocol):
    async def page(
        self,
        actor: Actor,
        *,
        by: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> DonePage:
        """List what was done in the actor's organisation, the newest first; *action* begins what it names."""
        ...


class AuditChains(Protocol):
    async def chains(self) -> Sequence[Chain]: ...

    def reading(self, organisation: UUID | None) -> AbstractAsyncContextManager[AsyncIterator[Recorded]]:
        """The entries of a chain in the order of their numbers, as one moment shows them."""
        ...

    async def head(self, organisation: UUID | None) -> Head | None: ...

    async def signed(self, organisation: UUID | None) -> Sequence[SignedHead]: ...

    async def sign(self, signed: SignedHead) -> None:
        """Keep the signature; one of the same entry is kept once."""
        ...


class HeadFile(Protocol):
    """Where signed heads are kept outside of the database."""

    def add(self, signed: SignedHead) -> None: ...

    def all(self) -> Sequence[SignedHead]: ...


class HeadSigner(Protocol):
    @property
    def key_id(self) -> str: ...

    def sign(self, organisation: UUID | None, head: Head, at: datetime) -> bytes: ...

    def verifies(self, signed: SignedHead) -> bool: ...
