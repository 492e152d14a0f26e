"""The outbox: events are rows of the commit that made them true, and rows are done when their effect has committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from ...application.shared.ports import Ids
from ...application.shared.request import request_id
from ...domain.collection.events import ImportRequested, ObservationsRecorded
from ...domain.shared.events import Event
from .tables import effects, outbox

MAX_ATTEMPTS = 5
"""After so many tries an event is dead: kept, with its cause, for a person to look at and send again."""

CATALOGUE: Mapping[tuple[str, int], type[Event]] = {
    (event.name, event.version): event for event in (ImportRequested, ObservationsRecorded)
}
"""Every event that may stand in an outbox, by name and version; old versions stay here as long as rows may hold them."""


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is stored and sent."""

    id: UUID
    name: str
    version: int
    payload: dict[str, Any]
    owner: UUID | None
    request_id: str
    attempts: int = 0

    def event(self) -> Event:
        """Read the payload back, or raise `UnknownEvent` or msgspec.ValidationError."""
        kind = CATALOGUE.get((self.name, self.version))
        if kind is None:
            raise UnknownEvent(self.name, self.version)
        return msgspec.convert(self.payload, kind, strict=False)


class UnknownEvent(Exception):
    """An event that this program does not know: another version of it wrote it."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(f"no event {name} of version {version} is known to this program")


async def record(connection: AsyncConnection, ids: Ids, *events: Event) -> None:
    """Write *events* into the transaction of *connection*; they are sent once it has committed."""
    if events:
        await connection.execute(insert(outbox), [_row(event, ids.new()) for event in events])


def _row(event: Event, event_id: UUID) -> dict[str, Any]:
    return {
        "id": event_id,
        "name": event.name,
        "version": event.version,
        "payload": msgspec.to_builtins(event),
        "owner": getattr(event, "owner", None),
        "request_id": request_id.get(),
    }


async def claim(connection: AsyncConnection, *, limit: int, lease: timedelta) -> Sequence[EventRecord]:
    """Take up to *limit* waiting events for *lease*; another relay skips them, and after the lease they wait again."""
    waiting = (
        select(outbox.c.id)
        .where(outbox.c.done_at.is_(None), outbox.c.dead_at.is_(None), outbox.c.available_at <= func.now())
        .order_by(outbox.c.available_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(outbox)
        .where(outbox.c.id.in_(waiting))
        .values(available_at=func.now() + lease, attempts=outbox.c.attempts + 1)
        .returning(
            outbox.c.id,
            outbox.c.name,
            outbox.c.version,
            outbox.c.payload,
            outbox.c.owner,
            outbox.c.request_id,
            outbox.c.attempts,
        )
    )
    rows = (await connection.execute(taken)).mappings()
    return sorted((EventRecord(**row) for row in rows), key=lambda record: record.id)


async def begin_effect(connection: AsyncConnection, event_id: UUID, reaction: str) -> bool:
    """Claim the effect of *reaction* for this transaction; False when it has been had before.

    Two workers with the same event: the second waits here for the first to commit, and then does nothing.
    """
    claimed = upsert(effects).values(event_id=event_id, reaction=reaction, done_at=func.now())
    row = await connection.execute(claimed.on_conflict_do_nothing().returning(literal(1)))
    return row.first() is not None


async def extend(connection: AsyncConnection, event_id: UUID, lease: timedelta) -> None:
    """Keep the event for another *lease*: its effect is still being worked on."""
    alive = update(outbox).where(outbox.c.id == event_id, outbox.c.done_at.is_(None))
    await connection.execute(alive.values(available_at=func.now() + lease))


async def finish(connection: AsyncConnection, event_id: UUID) -> None:
    """Mark the event as done: all of its effects have committed."""
    await connection.execute(update(outbox).where(outbox.c.id == event_id).values(done_at=func.now(), last_error=None))


async def fail(connection: AsyncConnection, record: EventRecord, cause: str, *, retry_in: timedelta) -> None:
    """Note why the event failed; it waits *retry_in*, or is dead after `MAX_ATTEMPTS`."""
    dead = record.attempts >= MAX_ATTEMPTS
    values: dict[str, Any] = {"last_error": cause[:2000], "available_at": func.now() + retry_in}
    if dead:
        values["dead_at"] = func.now()
    await connection.execute(update(outbox).where(outbox.c.id == record.id).values(values))


async def redrive(connection: AsyncConnection, event_id: UUID) -> bool:
    """Let a dead event wait again, as if it had never been tried; False when there is no such one."""
    again = update(outbox).where(outbox.c.id == event_id, outbox.c.dead_at.is_not(None))
    values = {"dead_at": None, "attempts": 0, "available_at": func.now()}
    return (await connection.execute(again.values(values))).rowcount == 1


async def forget_done(connection: AsyncConnection, *, before: datetime) -> int:
    """Delete events that were done before that instant; the number of them."""
    return (await connection.execute(delete(outbox).where(outbox.c.done_at < before))).rowcount


async def backlog(connection: AsyncConnection) -> tuple[int, int, float]:
    """Count waiting and dead events, and say how many seconds the oldest has waited (for metrics)."""
    waiting = outbox.c.done_at.is_(None) & outbox.c.dead_at.is_(None)
    age = func.coalesce(func.extract("epoch", func.now() - func.min(outbox.c.recorded_at).filter(waiting)), 0)
    row = (
        await connection.execute(
            select(func.count().filter(waiting), func.count().filter(outbox.c.dead_at.is_not(None)), age)
            .select_from(outbox)
            .where(outbox.c.done_at.is_(None))
        )
    ).one()
    return int(row[0]), int(row[1]), float(row[2])
