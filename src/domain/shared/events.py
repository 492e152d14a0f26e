"""An event: something that happened, said once, in the past tense, with a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    A subclass is a frozen dataclass of plain values (text, numbers, booleans, UUIDs, aware datetimes, tuples of
    these). *name* is `context.past_tense`; *version* is raised when a field changes its meaning, and old versions
    stay readable.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
