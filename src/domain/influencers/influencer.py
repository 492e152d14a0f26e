"""An influencer: a person or a brand, with any number of profiles on networks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..shared.ids import InfluencerId, Owner
from ..shared.social import ProfileRef


class Kind(StrEnum):
    PERSON = "person"
    BRAND = "brand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Influencer:
    """Somebody we know, as one owner knows them: public, or one organisation's own."""

    id: InfluencerId
    owner: Owner
    name: str
    kind: Kind = Kind.PERSON
    profiles: tuple[ProfileRef, ...] = ()
    """By the networks' own ids. An owner lists a profile under one influencer only."""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("an influencer needs a name")
