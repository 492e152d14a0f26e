"""Answers that are kept for a while, and forgotten by the tags of what they were made from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol
from uuid import UUID

from ...domain.shared.ids import Owner
from .actor import Actor

Make = Callable[[], Awaitable[bytes]]
USUAL_TTL_S: Final = 60.0
"""An answer is at most so old, whatever was missed."""


class Cache(Protocol):
    """Keeps bytes; without it everything is as right, and slower."""

    async def remember(self, key: str, tags: Sequence[str], make: Make, *, ttl_s: float = USUAL_TTL_S) -> bytes:
        """Return what is kept under *key*, or what *make* returns, and keep that.

        Of many who ask at once one makes it, and the others wait for it. What was being made when one of *tags* was
        forgotten is returned and never kept.
        """
        ...

    async def forget(self, *tags: str) -> None:
        """Let nothing that has one of *tags* be returned any more. Raises `Unavailable` where that cannot be promised."""
        ...


def owner_tag(owner: Owner | UUID) -> str:
    """The tag of all that rests on what is of *owner*."""
    return "public" if owner is None else f"organisation:{owner}"


def seen_by(actor: Actor) -> tuple[str, ...]:
    """The tags of what an actor sees: what is public, and what is of their organisation."""
    return owner_tag(None), owner_tag(actor.organisation)
