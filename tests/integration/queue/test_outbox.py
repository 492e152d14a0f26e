"""The life of an event in the outbox: sent, held, done or dead, and never in two hands at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import text

from analisa.adapters.postgres import outbox
from analisa.adapters.postgres.database import NOBODY, Database, open_database
from analisa.adapters.postgres.errors import DatabaseUnavailable
from analisa.adapters.postgres.outbox import MAX_ATTEMPTS, EventRecord, Hold, UnknownEvent
from analisa.application.shared.request import request_id
from analisa.domain.shared.events import EventGivenUp
from tests.queueing import IDS, Happened, rows, tell

LEASE = timedelta(seconds=30)
NO_LEASE = timedelta(0)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, readers=64, writers=64) as database:
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def database(shared: Database) -> Database:
    async with shared.writing(NOBODY) as connection:
        await connection.execute(text("delete from outbox"))
    return shared


async def an_event(database: Database) -> UUID:
    await tell(database, Happened(n=1))
    event_id: UUID = (await rows(database))[-1]["id"]
    return event_id


async def begin(
    database: Database, event_id: UUID, worker: str = "ana", lease: timedelta = LEASE
) -> EventRecord | None:
    return await outbox.begin(database, event_id, worker=worker, lease=lease)


async def held(database: Database, event_id: UUID, worker: str = "ana", lease: timedelta = LEASE) -> Hold:
    record = await begin(database, event_id, worker, lease)
    assert record is not None
    return record.hold


async def sent(database: Database, resend: timedelta = LEASE) -> int:
    async with database.writing(NOBODY) as connection:
        return len(await outbox.take_waiting(connection, limit=10, resend=resend))


def given_up(row: dict[str, Any]) -> EventGivenUp:
    assert row["name"] == EventGivenUp.name
    return msgspec.json.decode(row["payload"], type=EventGivenUp)


async def test_an_event_leaves_with_its_commit_or_not_at_all(database: Database) -> None:
    async def interrupted() -> None:
        async with database.writing(NOBODY) as connection:
            await outbox.record(connection, IDS, Happened(n=1))
            raise RuntimeError("before the commit")

    with pytest.raises(RuntimeError, match="before the commit"):
        await interrupted()

    assert await rows(database) == []


async def test_an_event_carries_the_id_of_the_request_that_caused_it(database: Database) -> None:
    token = request_id.set("r-17")
    try:
        event_id = await an_event(database)
    finally:
        request_id.reset(token)

    record = await begin(database, event_id)

    assert record is not None
    assert record.request_id == "r-17"


async def test_an_event_nobody_starts_is_sent_again_ever_more_seldom_and_stays_alive(database: Database) -> None:
    await an_event(database)

    assert await sent(database) == 1
    assert await sent(database) == 0
    for _ in range(20):
        async with database.writing(NOBODY) as connection:
            await connection.execute(text("update outbox set available_at = now()"))
        assert await sent(database) == 1

    [row] = await rows(database)
    assert row["attempts"] == 0
    assert timedelta(minutes=14) < row["available_at"] - datetime.now(UTC) <= LEASE * 2**outbox.SLOWEST_RESEND


async def test_what_the_queue_did_not_take_waits_as_if_it_had_not_been_tried(database: Database) -> None:
    event_id = await an_event(database)
    await sent(database)

    async with database.writing(NOBODY) as connection:
        await outbox.not_sent(connection, [event_id])

    assert await sent(database) == 1
    assert (await rows(database))[0]["sends"] == 1


async def test_of_64_workers_that_hear_of_an_event_one_begins_it(database: Database) -> None:
    event_id = await an_event(database)

    begun = await asyncio.gather(*(begin(database, event_id, worker=f"w{number}") for number in range(64)))

    assert sum(record is not None for record in begun) == 1
    assert (await rows(database))[0]["attempts"] == 1


async def test_a_done_event_is_not_begun_again(database: Database) -> None:
    event_id = await an_event(database)
    assert await outbox.finish(database, await held(database, event_id))

    assert await begin(database, event_id) is None
    assert await sent(database) == 0


async def test_whoever_lost_the_lease_can_neither_renew_finish_fail_nor_give_back(database: Database) -> None:
    event_id = await an_event(database)
    lost = await held(database, event_id, "zombie", NO_LEASE)
    current = await held(database, event_id, "ana")

    assert await outbox.extend(database, [lost, current], LEASE) == {event_id}
    assert await outbox.extend(database, [lost], LEASE) == frozenset()
    async with database.writing(NOBODY) as connection:
        assert not await outbox.still_held(connection, lost)
        assert await outbox.still_held(connection, current)
    assert not await outbox.finish(database, lost)
    assert not await outbox.fail(database, IDS, lost, "late", retry_in=NO_LEASE)
    assert not await outbox.give_back(database, lost)
    assert await outbox.finish(database, current)


async def test_a_lease_that_was_lost_stays_lost_when_the_next_worker_gives_the_event_back(database: Database) -> None:
    event_id = await an_event(database)
    lost = await held(database, event_id, "zombie", NO_LEASE)
    assert await outbox.give_back(database, await held(database, event_id, "ana"))

    assert not await outbox.finish(database, lost)


async def test_taking_over_ends_the_transactions_of_whoever_fell_silent(database: Database, database_url: str) -> None:
    event_id = await an_event(database)

    async def fall_silent(theirs: Database) -> None:
        async with theirs.writing(NOBODY) as connection:
            assert await outbox.begin_effect(connection, event_id, "test.note")
            async with asyncio.timeout(10):
                await held(database, event_id, "ana")
            await connection.execute(text("select 1"))

    async with open_database(database_url, name="zombie") as theirs:
        await held(theirs, event_id, "zombie", NO_LEASE)
        with pytest.raises(DatabaseUnavailable):
            await fall_silent(theirs)

    assert await database.at_once("select 1 from effects where event_id = $1", event_id) == []


async def test_a_relay_that_stops_in_its_midst_does_not_keep_its_events(database: Database) -> None:
    await an_event(database)

    async def stop_in_the_midst() -> None:
        async with outbox.changing(database) as connection:
            assert len(await outbox.take_waiting(connection, limit=10, resend=LEASE)) == 1
            await asyncio.sleep(outbox.IDLE_S + 1)

    with pytest.raises(DatabaseUnavailable):
        await stop_in_the_midst()
    assert await sent(database) == 1


async def test_an_effect_is_claimed_once(database: Database) -> None:
    event_id = await an_event(database)

    async def claim() -> bool:
        async with database.writing(NOBODY) as connection:
            return await outbox.begin_effect(connection, event_id, "test.note")

    assert sorted(await asyncio.gather(*(claim() for _ in range(64)))) == [False] * 63 + [True]


async def test_an_event_that_fails_five_times_is_dead_with_its_cause_and_can_be_sent_again(database: Database) -> None:
    event_id = await an_event(database)
    for _ in range(MAX_ATTEMPTS):
        hold = await held(database, event_id)
        await outbox.fail(database, IDS, hold, "it rained", retry_in=NO_LEASE)

    row, note = await rows(database)
    assert (row["last_error"], row["attempts"]) == ("it rained", MAX_ATTEMPTS)
    assert row["dead_at"] is not None
    assert given_up(note) == EventGivenUp(
        event_id=event_id, event_name="test.happened", said='{"n":1,"then":"nothing"}', cause="it rained"
    )
    assert await begin(database, event_id) is None

    async with database.writing(NOBODY) as connection:
        assert await outbox.redrive(connection, event_id)
        assert not await outbox.redrive(connection, event_id)

    assert await sent(database) == 2
    assert (await held(database, event_id)).attempt == 1


async def test_who_is_told_of_given_up_events_is_given_up_in_silence(database: Database) -> None:
    await tell(database, EventGivenUp(event_id=IDS.new(), event_name="test.happened", said="{}", cause="it rained"))
    (note,) = await rows(database)
    for _ in range(MAX_ATTEMPTS):
        await outbox.fail(database, IDS, await held(database, note["id"]), "it rained again", retry_in=NO_LEASE)

    (row,) = await rows(database)
    assert row["dead_at"] is not None


async def test_a_failed_event_is_left_alone_for_its_pause(database: Database) -> None:
    event_id = await an_event(database)
    await outbox.fail(database, IDS, await held(database, event_id), "busy", retry_in=LEASE)

    assert await begin(database, event_id) is None
    assert await sent(database) == 0


async def test_an_event_whose_workers_all_died_is_buried_with_that_cause(database: Database) -> None:
    event_id = await an_event(database)
    for number in range(MAX_ATTEMPTS):
        await held(database, event_id, f"w{number}", NO_LEASE)

    async with database.writing(NOBODY) as connection:
        assert await outbox.bury(connection, IDS) == [event_id]

    row, note = await rows(database)
    assert "its worker died" in row["last_error"]
    assert given_up(note).cause == row["last_error"]


@pytest.mark.promise("P3")
async def test_of_64_that_ask_for_the_same_job_at_once_one_gets_it(database: Database) -> None:
    async def ask() -> bool:
        async with database.writing(NOBODY) as connection:
            return await outbox.record_once(connection, IDS, Happened(n=1), key="ana 2026-11-22")

    asked = await asyncio.gather(*(ask() for _ in range(64)))

    assert sum(asked) == 1
    assert len(await rows(database)) == 1


async def test_a_job_can_be_asked_for_again_once_it_is_done(database: Database) -> None:
    async with database.writing(NOBODY) as connection:
        assert await outbox.record_once(connection, IDS, Happened(n=1), key="k")
    event_id = (await rows(database))[0]["id"]
    async with database.writing(NOBODY) as connection:
        assert not await outbox.record_once(connection, IDS, Happened(n=2), key="k")
    await outbox.finish(database, await held(database, event_id))

    async with database.writing(NOBODY) as connection:
        assert await outbox.record_once(connection, IDS, Happened(n=3), key="k")


async def test_done_events_are_forgotten_with_their_effects_and_others_kept(database: Database) -> None:
    done, waiting = await an_event(database), await an_event(database)
    hold = await held(database, done)
    async with database.writing(NOBODY) as connection:
        await outbox.begin_effect(connection, done, "test.note")
    await outbox.finish(database, hold)

    async with database.writing(NOBODY) as connection:
        assert await outbox.forget_done(connection, before=datetime.now(UTC) - timedelta(days=7), limit=10) == 0
        assert await outbox.forget_done(connection, before=datetime.now(UTC) + timedelta(days=1), limit=10) == 1

    assert [row["id"] for row in await rows(database)] == [waiting]


async def test_an_event_of_a_version_nobody_knows_is_refused_by_name(database: Database) -> None:
    event_id = await an_event(database)
    async with database.writing(NOBODY) as connection:
        await connection.execute(text("update outbox set version = 9"))

    record = await begin(database, event_id)

    assert record is not None
    with pytest.raises(UnknownEvent, match=r"test\.happened of version 9"):
        record.event()
