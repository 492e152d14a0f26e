"""Worker, relay and scheduler as the programs they are: they begin, do their work, say so, and end when told to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from analisa.adapters.observability.trace import lines_of
from analisa.adapters.postgres.database import NOBODY, Database, open_database
from analisa.adapters.postgres.heartbeats import alive
from analisa.application.shared.request import request_id
from analisa.domain.analytics.events import FullPassDue
from tests.queueing import ROOT, everything, open_events, tell, until

MODULES = {
    "worker": "analisa.entrypoints.worker",
    "relay": "analisa.entrypoints.worker.relay",
    "scheduler": "analisa.entrypoints.worker.scheduler",
}


@pytest_asyncio.fixture(loop_scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
def environ(database_url: str, redis_url: str, tmp_path: Path) -> Mapping[str, str]:
    (tmp_path / "logs").mkdir()
    return {
        "ANALISA_HOME": str(tmp_path),
        "ANALISA_DATABASE_URL": database_url,
        "ANALISA_REDIS_URL": redis_url,
        "ANALISA_PROFILE": "test",
    }


def log_of(name: str, environ: Mapping[str, str]) -> Path:
    return Path(environ["ANALISA_HOME"], "logs", f"{name}.log")


def told_by(name: str, environ: Mapping[str, str]) -> str:
    return log_of(name, environ).read_text("utf-8")


def fetched(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        text: str = answer.read().decode()
    return text


@asynccontextmanager
async def role(name: str, environ: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    with log_of(name, environ).open("ab") as lines:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", MODULES[name], cwd=ROOT, env={**os.environ, **environ}, stderr=lines
        )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def test_the_roles_work_together_and_leave_when_told_to(database: Database, environ: Mapping[str, str]) -> None:
    logs = Path(environ["ANALISA_HOME"], "logs")
    async with AsyncExitStack() as roles:
        children = [await roles.enter_async_context(role(name, environ)) for name in MODULES]

        async def all_alive() -> bool:
            return set(await alive(database)) == set(MODULES)

        await until(all_alive, within_s=60)
        token = request_id.set("r-e2e")
        await tell(database, FullPassDue(day=datetime.now(UTC).date()))
        request_id.reset(token)

        async def all_done() -> bool:
            return await open_events(database) == 0

        await until(all_done, within_s=60)
        [page] = await database.at_once("select metrics from heartbeats where role = 'worker'")
        metrics = await asyncio.to_thread(fetched, page["metrics"])
        assert 'analisa_reaction_seconds_count{outcome="done",reaction="analytics.score_everybody"}' in metrics

        for child in children:
            child.terminate()
        async with asyncio.timeout(30):
            assert [await child.wait() for child in children] == [0, 0, 0]

    assert await alive(database) == {}
    told = lines_of(logs, "r-e2e")
    assert ["an event is done" in str(line["message"]) for line in told] == [True]
    for name in MODULES:
        for text in told_by(name, environ).splitlines():
            line = json.loads(text)
            assert {"@timestamp", "log.level", "message", "ecs.version"} <= line.keys()
            assert line["service"]["node"]["role"] == name


async def test_a_scheduler_that_dies_before_its_commit_has_handed_nothing_out(
    database: Database, environ: Mapping[str, str]
) -> None:
    async def handed_out() -> set[str]:
        rows = await database.at_once("select name from schedules where last_due_at > '2000-01-01'")
        return {row["name"] for row in rows}

    async with database.writing(NOBODY) as connection:
        await connection.exec_driver_sql("delete from schedules")
    async with role("scheduler", {**environ, "ANALISA_FAILPOINTS": "scheduler.before_commit=kill"}) as dying:
        async with asyncio.timeout(60):
            assert await dying.wait() == -signal.SIGKILL
    assert await handed_out() == set()

    async with role("scheduler", environ):

        async def all_handed_out() -> bool:
            return await handed_out() == {job.name for job in everything(database)}

        await until(all_handed_out, within_s=60)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ANALISA_PORT": "x"}, "ANALISA_PORT"),
        ({"ANALISA_FAILPOINTS": "worker.after_begin=kill", "ANALISA_PROFILE": "production"}, "ANALISA_FAILPOINTS"),
    ],
)
async def test_a_role_that_is_told_nonsense_does_not_start_and_says_why(
    environ: Mapping[str, str], wrong: Mapping[str, str], said: str
) -> None:
    async with role("worker", {**environ, **wrong}) as refusing:
        async with asyncio.timeout(60):
            assert await refusing.wait() == 2

    assert said in told_by("worker", environ)
