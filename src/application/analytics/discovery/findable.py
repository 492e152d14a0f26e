"""Keeping what searches run over in step with who is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from ....domain.shared.ids import Owner
from ....domain.shared.social import ProfileRef


class Findable(Protocol):
    """What searches run over: it follows from what is known, and is brought up to date when that changes."""

    async def prune(self) -> int:
        """Forget, for every organisation, words that no text has any more; the number of them."""
        ...

    async def refresh(self, owner: Owner, *, influencers: Sequence[UUID], profiles: Sequence[ProfileRef] = ()) -> int:
        """Bring up to date *influencers* of *owner*, and whoever has one of *profiles*; the number of rows written.

        Their standings too; and of a public influencer what every organisation finds. An owner that is gone has none.
        """
        ...
