"""What a context does when it hears that something happened in another one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ...domain.shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One thing to do, after the commit that made *event* true, in a worker.

    It is asked for until it has returned without an error, and that includes: again after a death half way. So
    *handle* may run twice for one event, and must change nothing more the second time.
    """

    name: str
    """`context.verb_noun`; events that are on their way know it, so it never changes."""
    event: type[Event]
    handle: Callable[[Any], Awaitable[object]]
    longest: timedelta = timedelta(hours=6)
    """After so long it is given up, and counts as failed."""
