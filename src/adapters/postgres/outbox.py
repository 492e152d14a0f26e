"""The outbox: events are rows of the commit that made them true, and rows are done when their effects have committed.

An event's life: *waiting* for the relay, which sends word of it to the queue (again and again, ever more seldom, until
somebody starts it); *held* by a worker, which renews its lease while it works; *done*, or after `MAX_ATTEMPTS` *dead*.
Times are the database's, so that no two clocks have to agree. A `Hold` is the fencing token: who lost the lease can
neither renew, finish nor fail the event any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Double,
    Interval,
    Row,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from ...application.shared.ports import Ids
from ...application.shared.request import request_id
from ...domain.analytics.events import FullPassDue, ReferenceTableSwitched, ScoresComputed, SearchFoundMore
from ...domain.collection.events import ImportRequested, ObservationsRecorded
from ...domain.exporting.events import ExportRequested
from ...domain.identity.events import AccountUsed, CodeWanted, MembershipChanged, OrganisationEnding
from ...domain.influencers.events import InfluencerChanged
from ...domain.notifications.events import MailWritten
from ...domain.shared.events import ActionTaken, Event, EventGivenUp
from .database import NOBODY, Database
from .tables import effects, outbox

MAX_ATTEMPTS = 5
"""After so many tries an event is dead: kept, with its cause, for a person to look at and send again."""

SLOWEST_RESEND = 5
"""How often the pause between two sendings of an event that nobody starts is doubled."""

CATALOGUE: Mapping[tuple[str, int], type[Event]] = {
    (event.name, event.version): event
    for event in (
        AccountUsed,
        ActionTaken,
        CodeWanted,
        EventGivenUp,
        ExportRequested,
        FullPassDue,
        ImportRequested,
        InfluencerChanged,
        MailWritten,
        MembershipChanged,
        ObservationsRecorded,
        OrganisationEnding,
        ReferenceTableSwitched,
        ScoresComputed,
        SearchFoundMore,
    )
}
"""Every event that may stand in an outbox, by name and version; old versions stay here as long as rows may hold them."""

IDLE_S = 5
"""How long a transaction over the outbox may wait for its process before the server ends it."""

_open = and_(outbox.c.done_at.is_(None), outbox.c.dead_at.is_(None))
_died = "its worker died, or stopped answering, while working on it"


class Hold(msgspec.Struct, frozen=True):
    """The right to work on an event: which *attempt* of which *worker* it is."""

    event_id: UUID
    worker: str
    attempt: int


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it is stored, in the hands of a worker."""

    id: UUID
    name: str
    version: int
    payload: dict[str, Any]
    owner: UUID | None
    request_id: str
    hold: Hold
    waited_s: float
    """From its commit to this start."""
    had: frozenset[str]
    """Reactions whose effect has committed before."""

    def event(self, catalogue: Mapping[tuple[str, int], type[Event]] = CATALOGUE) -> Event:
        """Read the payload back, or raise `UnknownEvent` or msgspec.ValidationError."""
        kind = catalogue.get((self.name, self.version))
        if kind is None:
            raise UnknownEvent(self.name, self.version)
        return msgspec.convert(self.payload, kind, strict=False)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What the queue carries of an event: enough to find it, nothing of what it says."""

    id: UUID
    request_id: str
    died: bool
    """The last worker that had it in hand never came back: it may have been the event's doing."""


class UnknownEvent(Exception):
    """An event that this program does not know: another version of it wrote it."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(f"no event {name} of version {version} is known to this program")


def changing(database: Database) -> AbstractAsyncContextManager[AsyncConnection]:
    """A short transaction over the outbox, for who carries events rather than makes them."""
    return database.writing(NOBODY, idle_s=IDLE_S)


async def record(connection: AsyncConnection, ids: Ids, *events: Event) -> None:
    """Write *events* into the transaction of *connection*; they are sent once it has committed."""
    if events:
        await connection.execute(insert(outbox), [_row(event, ids.new()) for event in events])


async def record_once(connection: AsyncConnection, ids: Ids, event: Event, *, key: str) -> bool:
    """Write *event* unless one of its name with *key* is neither done nor dead; say whether it was written.

    Two transactions that write the same key at once: the second waits for the first to end.
    """
    row = upsert(outbox).values(**_row(event, ids.new()), unique_key=key).on_conflict_do_nothing()
    return (await connection.execute(row.returning(literal(1)))).first() is not None


def _row(event: Event, event_id: UUID) -> dict[str, Any]:
    return {
        "id": event_id,
        "name": event.name,
        "version": event.version,
        "payload": msgspec.to_builtins(event),
        "owner": getattr(event, "owner", None),
        "request_id": request_id.get(),
    }


async def take_waiting(connection: AsyncConnection, *, limit: int, resend: timedelta) -> list[Notice]:
    """Return up to *limit* events to send, the longest waiting first; another relay skips them.

    Until somebody starts them they wait again after *resend*, then after twice as long, and so on.
    """
    due = (
        select(outbox.c.id)
        .where(_open, outbox.c.available_at <= func.now(), outbox.c.attempts < MAX_ATTEMPTS)
        .order_by(outbox.c.available_at, outbox.c.id)
        .limit(limit)
        # NO KEY UPDATE passes the lock that an effect's reference holds: a stopped worker must not hide its event.
        .with_for_update(skip_locked=True, key_share=True)
    )
    lease_ran_out = and_(outbox.c.held_by.is_not(None), outbox.c.held_until <= func.now())
    seconds = resend.total_seconds() * func.power(2.0, func.least(outbox.c.sends, SLOWEST_RESEND), type_=Double)
    sent = (
        update(outbox)
        .where(outbox.c.id.in_(due))
        .values(
            available_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds, type_=Interval),
            sends=outbox.c.sends + 1,
            last_error=case((lease_ran_out, _died), else_=outbox.c.last_error),
        )
        .returning(outbox.c.id, outbox.c.request_id, outbox.c.held_by.is_not(None).label("died"))
    )
    rows = (await connection.execute(sent)).mappings()
    return sorted((Notice(**row) for row in rows), key=lambda notice: notice.id)


async def not_sent(connection: AsyncConnection, event_ids: Sequence[UUID]) -> None:
    """Let events wait on that the queue did not take, as if they had not been taken."""
    untold = update(outbox).where(outbox.c.id.in_(event_ids), _open, outbox.c.sends > 0)
    await connection.execute(untold.values(available_at=func.now(), sends=outbox.c.sends - 1))


async def send_again(connection: AsyncConnection) -> int:
    """Let every event wait anew that was sent and that nobody has started; the number of them."""
    untold = update(outbox).where(_open, outbox.c.held_by.is_(None), outbox.c.sends > 0)
    return (await connection.execute(untold.values(available_at=func.now(), sends=0))).rowcount


async def bury(connection: AsyncConnection, ids: Ids) -> Sequence[UUID]:
    """Give up events whose last attempt ended with its worker; return their ids."""
    hopeless = and_(_open, outbox.c.available_at <= func.now(), outbox.c.attempts >= MAX_ATTEMPTS)
    return await _give_up(connection, ids, hopeless, func.coalesce(outbox.c.last_error, _died))


async def _give_up(
    connection: AsyncConnection, ids: Ids, which: ColumnElement[bool], cause: ColumnElement[str]
) -> Sequence[UUID]:
    """Mark events as dead, and tell in the same commit those who wait for what they would have brought about."""
    said = (outbox.c.id, outbox.c.name, outbox.c.payload, outbox.c.owner, outbox.c.request_id, outbox.c.last_error)
    dead = update(outbox).where(which).values(dead_at=func.now(), held_by=None, held_until=None, last_error=cause)
    given_up = (await connection.execute(dead.returning(*said))).all()
    notes = [_note(row, ids.new()) for row in given_up if row.name != EventGivenUp.name]
    if notes:
        await connection.execute(insert(outbox), notes)
    return [row.id for row in given_up]


def _note(dead: Row[Any], event_id: UUID) -> dict[str, Any]:
    said = msgspec.json.encode(dead.payload).decode()
    event = EventGivenUp(event_id=dead.id, event_name=dead.name, said=said, cause=dead.last_error)
    return {**_row(event, event_id), "owner": dead.owner, "request_id": dead.request_id}


async def begin(database: Database, event_id: UUID, *, worker: str, lease: timedelta) -> EventRecord | None:
    """Start an attempt: hold the event for *lease* under the name of *worker*.

    None when there is nothing to do: it is done, dead, held by somebody or waiting after a failure. When the last
    holder let its lease run out, its transactions are ended, so that nothing it did half can still commit.
    """
    rows = await database.at_once(
        f"{_BEGIN} and coalesce(held_by, $2) = $2 {_BEGUN}", event_id, worker, lease, MAX_ATTEMPTS
    )
    if not rows:
        await database.at_once(_END_TRANSACTIONS, event_id, worker)
        rows = await database.at_once(f"{_BEGIN} {_BEGUN}", event_id, worker, lease, MAX_ATTEMPTS)
    if not rows:
        return None
    known = {name: rows[0][name] for name in ("id", "name", "version", "owner", "request_id", "waited_s")}
    return EventRecord(
        **known,
        payload=msgspec.json.decode(rows[0]["payload"]),
        hold=Hold(event_id, worker, rows[0]["attempts"]),
        had=frozenset(rows[0]["had"]),
    )


_BEGIN = """
update outbox
set attempts = attempts + 1, sends = 0, held_by = $2, held_until = now() + $3::interval, available_at = now() + $3::interval
where id = $1 and done_at is null and dead_at is null and attempts < $4 and (held_until is null or held_until <= now())
"""
_BEGUN = """
returning id, name, version, payload, owner, request_id, attempts,
    extract(epoch from now() - recorded_at)::float8 as waited_s,
    array(select reaction from effects where event_id = outbox.id) as had
"""
_END_TRANSACTIONS = """
select pg_terminate_backend(pid)
from outbox join pg_stat_activity on application_name = held_by
where outbox.id = $1 and held_by <> $2 and held_until <= now() and done_at is null and dead_at is null
    and usename = current_user and xact_start is not null and pid <> pg_backend_pid()
"""


async def begin_effect(connection: AsyncConnection, event_id: UUID, reaction: str) -> bool:
    """Claim the effect of *reaction* for this transaction; False when it has been had before.

    Two workers with the same event: the second waits here for the first to commit, and then does nothing.
    """
    claimed = upsert(effects).values(event_id=event_id, reaction=reaction, done_at=func.now())
    row = await connection.execute(claimed.on_conflict_do_nothing().returning(literal(1)))
    return row.first() is not None


async def still_held(connection: AsyncConnection, hold: Hold) -> bool:
    """Say whether nobody else has started the event since."""
    return (await connection.execute(select(literal(1)).where(_of(hold)))).first() is not None


async def extend(database: Database, holds: Sequence[Hold], lease: timedelta) -> frozenset[UUID]:
    """Renew the leases of *holds*, at once; return the ids of the events that are still ours."""
    rows = await database.at_once(
        _EXTEND,
        lease,
        [hold.event_id for hold in holds],
        [hold.worker for hold in holds],
        [hold.attempt for hold in holds],
    )
    return frozenset(row["id"] for row in rows)


_EXTEND = """
update outbox set held_until = now() + $1::interval, available_at = now() + $1::interval
from unnest($2::uuid[], $3::text[], $4::integer[]) as held (event, worker, attempt)
where outbox.id = held.event and held_by = held.worker and attempts = held.attempt
    and done_at is null and dead_at is null
returning outbox.id
"""


async def finish(database: Database, hold: Hold) -> bool:
    """Mark the event as done: all of its effects have committed. False when it was lost to somebody else."""
    return await _settle(database, hold, "done_at = now(), last_error = null, held_until = null")


async def fail(database: Database, ids: Ids, hold: Hold, cause: str, *, retry_in: timedelta) -> bool:
    """Note why the attempt failed; the event waits *retry_in*, or is given up when it was the last attempt.

    False when it was lost to somebody else.
    """
    cause = cause[:2000]
    if hold.attempt >= MAX_ATTEMPTS:
        async with changing(database) as connection:
            return bool(await _give_up(connection, ids, _of(hold), literal(cause)))
    pause = "last_error = $4, available_at = now() + $5::interval, held_until = now() + $5::interval"
    return await _settle(database, hold, pause, cause, retry_in)


async def give_back(database: Database, hold: Hold) -> bool:
    """Let somebody else start the event at once; the attempt does not count. False when it was lost."""
    return await _settle(database, hold, "available_at = now(), held_until = null, attempts = attempts - 1")


async def _settle(database: Database, hold: Hold, change: str, *values: Any) -> bool:
    statement = (
        f"update outbox set held_by = null, {change} where id = $1 and held_by = $2 and attempts = $3 "  # noqa: S608  ours
        "and done_at is null and dead_at is null returning id"
    )
    return bool(await database.at_once(statement, hold.event_id, hold.worker, hold.attempt, *values))


def _of(hold: Hold) -> ColumnElement[bool]:
    return and_(outbox.c.id == hold.event_id, outbox.c.held_by == hold.worker, outbox.c.attempts == hold.attempt, _open)


async def redrive(connection: AsyncConnection, event_id: UUID) -> bool:
    """Let a dead event wait again, as if it had never been tried; False when there is no such one."""
    again = update(outbox).where(outbox.c.id == event_id, outbox.c.dead_at.is_not(None))
    values = {"dead_at": None, "attempts": 0, "sends": 0, "held_by": None, "held_until": None}
    return (await connection.execute(again.values(**values, available_at=func.now()))).rowcount == 1


async def forget_done(connection: AsyncConnection, *, before: datetime, limit: int) -> int:
    """Delete up to *limit* events that were done before that instant; the number of them."""
    old = select(outbox.c.id).where(outbox.c.done_at < before).limit(limit)
    return (await connection.execute(delete(outbox).where(outbox.c.id.in_(old)))).rowcount


async def look(connection: AsyncConnection, *, state: str, limit: int) -> Sequence[Mapping[str, Any]]:
    """Return up to *limit* events that are `dead`, `waiting` or `done`, the newest first, without what they say."""
    where = {
        "dead": outbox.c.dead_at.is_not(None),
        "waiting": _open,
        "done": outbox.c.done_at.is_not(None),
    }[state]
    shown = (
        outbox.c.id,
        outbox.c.name,
        outbox.c.version,
        outbox.c.recorded_at,
        outbox.c.attempts,
        outbox.c.last_error,
        outbox.c.dead_at,
        outbox.c.done_at,
        outbox.c.request_id,
    )
    rows = await connection.execute(select(*shown).where(where).order_by(outbox.c.id.desc()).limit(limit))
    return [dict(row) for row in rows.mappings()]
