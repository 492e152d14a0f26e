"""What is due is handed out once: by several schedulers, through deaths, and after nights when nobody ran."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from analisa.adapters.postgres.database import NOBODY, Database, Tenant, driver, open_database
from analisa.adapters.postgres.partitions import months_in_default
from analisa.domain.shared.errors import Unavailable
from analisa.entrypoints.worker.jobs import Job
from analisa.entrypoints.worker.scheduler import Scheduler
from tests.queueing import IDS, Happened, everything, rows

NIGHT = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)


class Hands:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at


NIGHTLY = Job(name="test.nightly", at=time(0, 30), tells=lambda due: Happened(n=due.day))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def database(shared: Database) -> Database:
    async with shared.writing(NOBODY) as connection:
        await connection.execute(text("delete from outbox"))
        await connection.execute(text("delete from schedules"))
    return shared


@pytest.mark.parametrize(
    ("job", "now", "due"),
    [
        (NIGHTLY, NIGHT, NIGHT),
        (NIGHTLY, NIGHT - timedelta(seconds=1), NIGHT - timedelta(days=1)),
        (NIGHTLY, NIGHT + timedelta(hours=23), NIGHT),
        (Job(name="j", at=time(1, 0), every=timedelta(hours=6)), NIGHT, NIGHT - timedelta(hours=5, minutes=30)),
        (
            Job(name="j", at=time(1, 0), every=timedelta(hours=6)),
            NIGHT + timedelta(hours=7),
            NIGHT + timedelta(hours=6, minutes=30),
        ),
    ],
)
def test_a_job_is_due_at_its_time_of_day_and_every_so_often_from_it(job: Job, now: datetime, due: datetime) -> None:
    assert job.last_due(now) == due


async def told(database: Database) -> int:
    return len(await rows(database))


async def test_a_new_installation_begins_with_the_next_night(database: Database) -> None:
    clock = Hands(NIGHT + timedelta(hours=5))
    scheduler = Scheduler(database, clock, IDS, [NIGHTLY])

    await scheduler.once()
    assert await told(database) == 0

    clock.at = NIGHT + timedelta(days=1)
    await scheduler.once()
    assert await told(database) == 1


async def test_nights_on_which_the_machine_was_off_are_made_up_for_once(database: Database) -> None:
    clock = Hands(NIGHT)
    await Scheduler(database, clock, IDS, [NIGHTLY]).once()

    clock.at = NIGHT + timedelta(days=9, hours=13)
    after_restart = Scheduler(database, clock, IDS, [NIGHTLY])
    for _ in range(3):
        await after_restart.once()

    [row] = await rows(database)
    assert '"n": 1' in row["payload"]  # the latest night, 1 December


async def test_of_several_schedulers_one_hands_it_out(database: Database) -> None:
    clock = Hands(NIGHT)
    schedulers = [Scheduler(database, clock, IDS, [NIGHTLY]) for _ in range(5)]
    await schedulers[0].once()
    clock.at = NIGHT + timedelta(days=1)

    await asyncio.gather(*(scheduler.once() for scheduler in schedulers))

    assert await told(database) == 1


async def test_a_job_that_fails_is_due_again_and_does_not_stop_the_others(database: Database) -> None:
    tries = 0

    async def stumble(_: datetime) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("once")
        if tries == 2:
            raise Unavailable("away")

    clock = Hands(NIGHT)
    scheduler = Scheduler(database, clock, IDS, [Job(name="test.stumble", does=stumble), NIGHTLY])
    await scheduler.once()
    clock.at = NIGHT + timedelta(days=1)
    for _ in range(4):
        await scheduler.once()

    assert tries == 3  # a failure, an absence, and then both days at once
    assert await told(database) == 1


async def test_the_first_look_makes_the_partitions_of_the_months_to_come_and_clears_the_default_one(
    database: Database,
) -> None:
    async with database.writing(Tenant(None, operator=True)) as connection:
        raw = await driver(connection)
        profile = await raw.fetchval("insert into profiles (network, network_id) values ('x', '1') returning id")
        await raw.execute(
            "insert into profile_metrics (profile_id, observed_at, followers, import_no) values ($1, '2019-03-04', 1, 1)",
            profile,
        )

    await Scheduler(database, Hands(NIGHT), IDS, everything(database)).once()

    async with database.reading(NOBODY) as connection:
        names = {row["relname"] for row in await connection.fetch("select relname from pg_class where relkind = 'r'")}
    assert {
        f"{table}_{month}" for table in ("post_metrics", "profile_metrics") for month in ("2026_11", "2027_02")
    } <= names
    assert "profile_metrics_2019_03" in names
    assert await months_in_default(database, "profile_metrics") == []


async def test_done_events_of_last_week_are_forgotten(database: Database) -> None:
    async with database.writing(NOBODY) as connection:
        for days in (6, 8):
            await connection.execute(
                text("insert into outbox (id, name, version, payload, done_at) values (:id, 'a.b', 1, '{}', :done)"),
                {"id": IDS.new(), "done": NIGHT - timedelta(days=days)},
            )

    await Scheduler(database, Hands(NIGHT), IDS, everything(database)).once()

    assert [row["done_at"] for row in await rows(database)] == [NIGHT - timedelta(days=6)]


async def test_all_events_that_were_done_long_ago_are_forgotten_however_many(database: Database) -> None:
    async with database.writing(NOBODY) as connection:
        await connection.execute(
            text(
                "insert into outbox (id, name, version, payload, done_at) "
                "select gen_random_uuid(), 'test.happened', 1, '{}', now() - interval '8 days' from generate_series(1, 10001)"
            )
        )
    (forget,) = [job.does for job in everything(database) if job.name == "outbox.forget_done"]
    assert forget is not None

    await forget(datetime.now(UTC))

    assert await rows(database) == []
