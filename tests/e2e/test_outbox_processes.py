"""Workers and relays as processes that are killed and stopped: jobs restart, effects happen once, poison is set apart."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from analisa.adapters.postgres.database import NOBODY, Database, open_database
from analisa.adapters.postgres.heartbeats import alive
from analisa.adapters.postgres.outbox import MAX_ATTEMPTS
from analisa.adapters.redis.client import connect
from tests.promises import Figures
from tests.queueing import Happened, make_table, noted, open_events, process, rows, tell, until
from tests.servers import DatabaseUrl

LEASE_S = 2
BRIEF = {"LEASE": "1"}
"""Where deaths are waited for one after the other; an event that is begun once more for it does no harm there."""
RECOVERED_S = LEASE_S + 5
"""What the promise allows from a worker's death to the next start of its job."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    await make_table(database_url.owner)
    async with open_database(database_url) as database:
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def database(shared: Database, redis_url: str) -> Database:
    async with shared.writing(NOBODY) as connection:
        await connection.execute(text("delete from noted"))
        await connection.execute(text("delete from outbox"))
        await connection.execute(text("delete from heartbeats"))
    async with connect(redis_url) as redis:
        await redis.flushall()
    return shared


@pytest.fixture
def environ(database_url: str, redis_url: str, tmp_path: Path) -> Mapping[str, str]:
    marks = tmp_path / "marks"
    marks.mkdir()
    return {
        "ANALISA_HOME": str(tmp_path / "home"),
        "ANALISA_DATABASE_URL": database_url,
        "ANALISA_REDIS_URL": redis_url,
        "ANALISA_PROFILE": "test",
        "ANALISA_LOG_LEVEL": "error",
        "MARKS": str(marks),
        "LEASE": str(LEASE_S),
    }


async def all_settled(database: Database) -> None:
    async def settled() -> bool:
        return await open_events(database) == 0

    await until(settled, within_s=60)


async def begun(database: Database) -> dict[str, object]:
    """Wait until some worker has an event in hand, and return its row."""

    async def held() -> bool:
        return any(row["held_by"] for row in await rows(database))

    await until(held)
    return next(row for row in await rows(database) if row["held_by"])


@pytest.mark.promise("P2")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
async def test_the_job_of_a_worker_that_falls_silent_restarts_in_time_and_has_one_effect(
    database: Database, environ: Mapping[str, str], figures: Figures, how: signal.Signals
) -> None:
    """A stopped worker wakes up once its job was done by another: its late result is refused."""
    async with AsyncExitStack() as processes:
        await processes.enter_async_context(process("relay", environ))
        first = await processes.enter_async_context(process("worker", environ))
        await tell(database, Happened(n=1, then="slow_once:30"))
        await begun(database)
        await until(partial(asyncio.to_thread, Path(environ["MARKS"], "1").exists))
        await processes.enter_async_context(process("worker", environ))
        await _living(database, "worker", 2)

        first.send_signal(how)
        silent = time.monotonic()
        await all_settled(database)
        took = time.monotonic() - silent
        if how == signal.SIGSTOP:
            first.send_signal(signal.SIGCONT)
            await asyncio.sleep(1)

    figures.fault("kill -9 of a worker" if how == signal.SIGKILL else "a worker stopped past its lease")
    figures.note(recovered_s=round(took, 2), lease_s=LEASE_S)
    [row] = await rows(database)
    assert (await noted(database), row["attempts"]) == ([1], 2)
    assert took < RECOVERED_S + 3  # and some, because other programs share the machine


@pytest.mark.promise("P4")
async def test_an_event_that_kills_its_worker_is_dead_after_five_and_all_others_are_done(
    database: Database, environ: Mapping[str, str], figures: Figures
) -> None:
    environ = {**environ, **BRIEF}
    for number in range(20):
        await tell(database, Happened(n=number, then="kill" if number == 7 else "slow:0.05"))
    over = asyncio.Event()
    deaths = 0

    async def supervise() -> None:
        nonlocal deaths
        while not over.is_set():
            async with process("worker", environ) as worker:
                ended = asyncio.create_task(worker.wait())
                await asyncio.wait({ended, asyncio.create_task(over.wait())}, return_when=asyncio.FIRST_COMPLETED)
                deaths += ended.done() and not over.is_set()

    async with process("relay", environ):
        supervisor = asyncio.create_task(supervise())
        await all_settled(database)
        over.set()
        await supervisor

    figures.fault("an event that kills its worker", deaths)
    [dead] = [row for row in await rows(database) if row["dead_at"]]
    assert json.loads(dead["payload"])["n"] == 7
    assert "its worker died" in dead["last_error"]
    assert deaths == MAX_ATTEMPTS
    assert await noted(database) == [number for number in range(20) if number != 7]


WORKER_POINTS = ("worker.after_begin", "worker.before_effect_commit", "worker.after_reaction", "worker.before_finish")
RELAY_POINTS = ("relay.after_take", "relay.after_send")


@pytest.mark.promise("P1")
@pytest.mark.parametrize("point", [*WORKER_POINTS, *RELAY_POINTS])
async def test_a_death_between_any_two_steps_loses_nothing_and_doubles_nothing(
    database: Database, environ: Mapping[str, str], figures: Figures, point: str
) -> None:
    environ = {**environ, **BRIEF}
    doomed = {**environ, "ANALISA_FAILPOINTS": f"{point}=kill"}
    role = point.partition(".")[0]
    other = {"worker": "relay", "relay": "worker"}[role]
    for number in range(3):
        await tell(database, Happened(n=number))

    async with process(other, environ):
        async with process(role, doomed) as dying:
            async with asyncio.timeout(30):
                assert await dying.wait() == -signal.SIGKILL
        figures.fault(f"kill -9 at {point}")
        async with process(role, environ):
            await all_settled(database)

    assert await noted(database) == [0, 1, 2]
    assert [row["dead_at"] for row in await rows(database)] == [None] * 3


@pytest.mark.promise("P20")
async def test_a_worker_told_to_stop_ends_its_job_and_leaves(database: Database, environ: Mapping[str, str]) -> None:
    async with process("relay", environ), process("worker", environ) as worker:
        await tell(database, Happened(n=1, then="slow:1"))
        await begun(database)

        worker.terminate()
        async with asyncio.timeout(20):
            assert await worker.wait() == 0

        [row] = await rows(database)
        assert (row["done_at"] is not None, row["attempts"]) == (True, 1)
        assert (await alive(database)).get("worker", 0) == 0


async def _living(database: Database, role: str, count: int) -> None:
    async def there() -> bool:
        return (await alive(database)).get(role, 0) >= count

    await until(there)
