"""What influencers are about: what their words tell, and what people say, which stands before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from ...domain.influencers.niche import taxonomy
from ...domain.shared.errors import NotFound
from ...domain.shared.ids import InfluencerId
from ..shared.actor import Actor


class NicheUnknown(NotFound):
    """There is no such niche."""

    code = "influencers.niche_unknown"

    def __init__(self, niche: str) -> None:
        super().__init__(f"there is no niche {niche!r}; there are: {', '.join(taxonomy().niches)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NicheShown:
    """One niche of an influencer."""

    niche: str
    label_key: str
    holds: bool
    """False where a person says that it is not about this, whatever the words tell."""
    source: Literal["words", "person"]
    confidence: float | None
    """Of the words, 0 to 1; None where they do not tell."""
    words: tuple[str, ...]
    """The words that spoke for it."""
    version: str | None
    """Of the taxonomy that the words were read with."""
    judged_by: str | None
    judged_at: datetime | None


class Niches(Protocol):
    """What influencers are about, as an actor sees it; each raises `InfluencerNotFound`."""

    async def of(self, actor: Actor, influencer_id: UUID) -> tuple[NicheShown, ...]:
        """List niches: those that people said first, then the surest."""
        ...

    async def judge(self, actor: Actor, influencer_id: InfluencerId, niche: str, *, holds: bool) -> None:
        """Keep what *actor* says for their organisation; it outlives whatever words tell later."""
        ...

    async def withdraw(self, actor: Actor, influencer_id: InfluencerId, niche: str) -> None:
        """Take back what the actor's organisation said; the words count again."""
        ...


def known_niche(niche: str) -> str:
    """Return *niche*, or raise `NicheUnknown`."""
    if niche not in taxonomy().niches:
        raise NicheUnknown(niche)
    return niche
