"""An event: something that happened, said once, in the past tense, with a version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    A subclass is a frozen dataclass of plain values (text, numbers, booleans, UUIDs, aware datetimes, tuples of
    these). *name* is `context.past_tense`; *version* is raised when a field changes its meaning, and old versions
    stay readable.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTaken(Event):
    """Somebody did something that is to stand in the record."""

    name: ClassVar[str] = "shared.action_taken"
    organisation: UUID | None
    """Where; None where it was done to the installation itself."""
    at: datetime
    actor: str
    """The id of a user or of an API key, or whoever has the machine."""
    action: str
    subject: str
    details: str
    """What else there is to say of it, as a JSON object of texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventGivenUp(Event):
    """Nothing more is tried about an event: its effects are not had, and whoever waits for them should be told."""

    name: ClassVar[str] = "shared.event_given_up"
    event_id: UUID
    event_name: str
    said: str
    """The values of the event, as a JSON object."""
    cause: str
