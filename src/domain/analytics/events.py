"""What analytics tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from ..shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresComputed(Event):
    """A pass has stored scores for the UTC day *day*: those of *owner*, or the public ones."""

    name: ClassVar[str] = "analytics.scores_computed"
    owner: UUID | None
    day: date
    formula_version: str
    table_version: str
    profiles: int
    """How many profiles were computed."""
    stored: int
    """... of which a published digit was new."""
    full: bool
    """Every profile was looked at, not only those with new evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceTableSwitched(Event):
    """Scores of *owner* (None: the public ones and all who have no tables of their own) are compared with new tables.

    Stored scores stay as they are; a full pass follows.
    """

    name: ClassVar[str] = "analytics.reference_table_switched"
    owner: UUID | None
    table_version: str
    previous_version: str | None
    accounts: int
    """How many profiles the new tables were built from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullPassDue(Event):
    """The night of the UTC day *day* has come: everybody is to be scored anew."""

    name: ClassVar[str] = "analytics.full_pass_due"
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFoundMore(Event):
    """A saved search found influencers that it had not found before; told to whoever saved it."""

    name: ClassVar[str] = "analytics.search_found_more"
    occurrence: UUID
    owner: UUID
    search_id: UUID
    search: str
    """What it is called."""
    user_id: UUID
    found: int
    """How many are new."""
    names: tuple[str, ...]
    """Some of them."""
    at: datetime
    whole: bool = True
    """False where it finds more than can be watched, or cannot be asked any more: nobody is told until it is mended."""
