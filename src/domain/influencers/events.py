"""What the influencers context tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ..shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluencerChanged(Event):
    """Somebody made an influencer of *owner* (None: a public one) known, or changed it."""

    name: ClassVar[str] = "influencers.influencer_changed"
    owner: UUID | None
    influencer_id: UUID
    change: str
    """`created`, `edited`, `archived`, `restored`, or `labelled`: somebody said what it is about."""
    profiles: tuple[str, ...]
    """Profiles that it has, and those that it had before, as `network:id`."""
