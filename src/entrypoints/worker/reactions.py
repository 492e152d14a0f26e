"""Who reacts to what: the reactions of every context, and effects that are one commit with the note that they were had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ...adapters.postgres.outbox import CATALOGUE
from ...application.shared.reactions import Reaction
from ...domain.shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Writes that commit together with the note that they were made: exactly once, whatever dies when.

    *apply* gets a connection in the transaction, as the event's owner, and neither commits nor calls anybody outside.
    It must not let the connection idle for longer than the lease.
    """

    name: str
    event: type[Event]
    apply: Callable[[AsyncConnection, Any], Awaitable[None]]
    longest: timedelta = timedelta(minutes=1)


class Reactions:
    """Everything that is done about events, and the events that can be read."""

    def __init__(
        self,
        reactions: Iterable[Reaction | Effect],
        catalogue: Mapping[tuple[str, int], type[Event]] = CATALOGUE,
    ) -> None:
        self.catalogue = catalogue
        self._by_event: defaultdict[str, list[Reaction | Effect]] = defaultdict(list)
        names: set[str] = set()
        for reaction in reactions:
            if reaction.name in names:
                raise ValueError(f"two reactions are called {reaction.name}")
            names.add(reaction.name)
            self._by_event[reaction.event.name].append(reaction)

    def to(self, event: Event) -> Sequence[Reaction | Effect]:
        """Return what is done about *event*, in the order of registration."""
        return self._by_event.get(event.name, [])
