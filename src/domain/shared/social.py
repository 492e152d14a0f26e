"""Words of social networks that every context shares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, NewType, get_args

NetworkName = NewType("NetworkName", str)
"""A network's short lower-case name, as its plugin declares it: `instagram`, `tiktok`, `youtube`, `facebook`, `x`."""

EngagementBase = Literal["followers", "views", "reach", "views_else_followers"]
"""What interactions are divided by on a network, as its plugin declares it; the last is views as soon as one post of
the profile has them, else followers."""
ENGAGEMENT_BASES: Final[tuple[str, ...]] = get_args(EngagementBase)

_NETWORK = re.compile(r"[a-z][a-z0-9_]{0,31}")


def network_name(text: str) -> NetworkName:
    """Check and fold *text* into a network's name, or raise ValueError."""
    folded = text.strip().lower()
    if not _NETWORK.fullmatch(folded):
        raise ValueError(f"{text!r} is not a network's name: lower-case letters, digits and _ are, as in 'instagram'")
    return NetworkName(folded)


def handle(text: str) -> str:
    """Fold a user name as networks compare it: no leading @, no surrounding blanks, lower case."""
    return text.strip().lstrip("@").lower()


@dataclass(frozen=True, slots=True)
class ProfileRef:
    """An account as people name it: NETWORK:ID-OR-HANDLE."""

    network: NetworkName
    name: str

    @classmethod
    def parse(cls, text: str) -> ProfileRef:
        network, colon, name = text.partition(":")
        if not colon or not name.strip():
            raise ValueError(
                f"{text!r} does not name a profile: write NETWORK:ID-OR-HANDLE, as in instagram:maria.silva"
            )
        return cls(network_name(network), name.strip())

    def __str__(self) -> str:
        return f"{self.network}:{self.name}"
