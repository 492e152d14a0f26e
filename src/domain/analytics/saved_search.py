"""Searches that somebody saved, and whether they want to be told of whom they find anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from ..shared.errors import RuleViolated
from ..shared.ids import OrganisationId, WorkspaceId

MAX_NAME: Final = 120
MOST_WATCHED: Final = 10_000
"""Influencers that a search finds of which whoever is new is told."""


class SavedSearchInvalid(RuleViolated):
    """A fact of a saved search is not as it may be; *part* names it."""

    code = "search.saved_invalid"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class Alert(StrEnum):
    """How often somebody is told of whom a search finds anew."""

    OFF = "off"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def every(self) -> timedelta | None:
        """None where nobody is told."""
        return {
            Alert.OFF: None,
            Alert.HOURLY: timedelta(hours=1),
            Alert.DAILY: timedelta(days=1),
            Alert.WEEKLY: timedelta(weeks=1),
        }[self]


@dataclass(slots=True, kw_only=True)
class SavedSearch:
    id: UUID
    organisation: OrganisationId
    workspace: WorkspaceId | None
    """The brand that it is of; None is the whole organisation."""
    name: str
    filter: str | None
    q: str | None
    sort: str | None
    """As a search takes them; they have been read."""
    made_by: str
    """Who saved it, and is told, as `Actor.caller` tells people apart."""
    private: bool = False
    alert: Alert = Alert.OFF
    due_at: datetime | None = None
    """When it is looked at next; None where nobody is told."""
    version: int = 1

    def __post_init__(self) -> None:
        self.name = _named(self.name)

    def ask(self, *, filter_: str | None, q: str | None, sort: str | None) -> bool:
        """Look for others; return whether they are others: whoever watches begins anew then."""
        if (filter_, q, sort) == (self.filter, self.q, self.sort):
            return False
        self.filter, self.q, self.sort = filter_, q, sort
        return True

    def edit(self, *, name: str | None, private: bool | None, alert: Alert | None, now: datetime) -> bool:
        """Change what is given, and say whether that changed anything; raises `SavedSearchInvalid`."""
        wanted = (
            self.name if name is None else _named(name),
            self.private if private is None else private,
            self.alert if alert is None else alert,
        )
        if wanted == (self.name, self.private, self.alert):
            return False
        if wanted[2] is not self.alert:
            self.due_at = None if wanted[2].every is None else now
        self.name, self.private, self.alert = wanted
        return True

    def looked_at(self, at: datetime) -> None:
        """Look again when the next time has come; what was missed meanwhile is not made up for one by one."""
        every = self.alert.every
        self.due_at = None if every is None else at + every


def _named(name: str) -> str:
    wanted = name.strip()
    if not wanted or len(wanted) > MAX_NAME or not wanted.isprintable():
        raise SavedSearchInvalid("name", f"a saved search has a name of 1 to {MAX_NAME} characters")
    return wanted
