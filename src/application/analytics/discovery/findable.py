"""Keeping what searches run over in step with what is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from ....domain.shared.ids import ProfileId
from ..ports import Book


class Findable(Protocol):
    """What searches run over: it follows from what is known, and is brought up to date when that changes."""

    async def refresh(self, book: Book, *, profiles: Sequence[ProfileId] = (), influencers: Sequence[UUID] = ()) -> int:
        """Bring up to date whoever has one of *profiles* or is one of *influencers*; the number of rows written."""
        ...
