"""Seeded chaos: whatever is killed or wiped while events are committed, none that was acknowledged is lost or doubled."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.embedded.valkey import EmbeddedValkey
from analisa.adapters.postgres import outbox
from analisa.adapters.postgres.database import Database, open_database
from analisa.adapters.postgres.schema import migrate
from analisa.adapters.redis.client import AWAY, connect
from analisa.domain.shared.errors import Unavailable
from tests.promises import Figures
from tests.queueing import Happened, make_table, process, tell

LEASE_S = 2
FAULTS = ("worker", "worker", "relay", "queue wiped", "queue", "postgres")


@dataclass
class Told:
    """What the writer knows of each event: acknowledged, or it never learnt."""

    acknowledged: dict[int, float] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)


@dataclass
class Result:
    """The figures to report."""

    seed: int
    faults: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    unknown: int = 0
    lost: int = 0
    doubled: int = 0
    redriven: int = 0
    settled_s: float = 0
    """From the last fault until everything was done."""


class Plant:
    """Servers and roles of one run, each started again when it ends."""

    def __init__(self, home: Home, environ: Mapping[str, str]) -> None:
        self.postgres = EmbeddedPostgres(home)
        self.valkey = EmbeddedValkey(home)
        self._environ = environ
        self._roles: dict[str, asyncio.subprocess.Process] = {}

    @property
    def environ(self) -> dict[str, str]:
        urls = {"ANALISA_DATABASE_URL": self.postgres.url, "ANALISA_REDIS_URL": self.valkey.url}
        return {**self._environ, **urls}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        over = asyncio.Event()
        keepers = [
            asyncio.create_task(self._keep(role, slot, over))
            for role, slot in (("relay", 0), ("worker", 0), ("worker", 1))
        ]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*keepers)

    async def _keep(self, role: str, slot: int, over: asyncio.Event) -> None:
        while not over.is_set():
            async with process(role, self.environ) as child:
                self._roles[f"{role} {slot}"] = child
                ended = asyncio.create_task(child.wait())
                stopped = asyncio.create_task(over.wait())
                await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
                stopped.cancel()

    async def fault(self, kind: str, chance: random.Random) -> None:
        if kind in {"worker", "relay"}:
            child = chance.choice([child for name, child in sorted(self._roles.items()) if name.startswith(kind)])
            if child.returncode is None:
                child.send_signal(signal.SIGKILL)
        elif kind == "queue wiped":
            async with connect(self.valkey.url) as redis:
                await redis.flushall()
        else:
            server = self.postgres if kind == "postgres" else self.valkey
            server.child.process.kill()
            await server.child.ended()
            await server.start()


async def write(database: Database, told: Told, chance: random.Random, stop: asyncio.Event) -> None:
    """Commit events until *stop*, noting which were acknowledged."""
    number = 0
    while not stop.is_set():
        number += 1
        try:
            await tell(database, Happened(n=number, then=chance.choice(["nothing", "slow:0.02", "slow:0.3"])))
            told.acknowledged[number] = time.monotonic()
        except Unavailable:
            told.unknown.add(number)
        await asyncio.sleep(0.01)


async def settle(database: Database) -> int:
    """Wait until all is done; what was given up because all around it died is sent again. Return how much that was."""
    redriven = 0
    async with asyncio.timeout(240):
        while True:
            rows = await database.at_once("select id, dead_at from outbox where done_at is null")
            if not rows:
                return redriven
            for row in rows:
                if row["dead_at"] is not None:
                    async with outbox.changing(database) as connection:
                        redriven += await outbox.redrive(connection, row["id"])
            await asyncio.sleep(0.1)


async def chaos(home: Home, marks: Path, seed: int, count: int) -> Result:
    chance = random.Random(seed)
    told, result, stop = Told(), Result(seed), asyncio.Event()
    environ = {
        "ANALISA_HOME": str(home.root),
        "ANALISA_PROFILE": "test",
        "ANALISA_LOG_LEVEL": "error",
        "MARKS": str(marks),
        "LEASE": str(LEASE_S),
    }
    plant = Plant(home, environ)
    async with AsyncExitStack() as all_of_it:
        all_of_it.push_async_callback(plant.postgres.stop)
        all_of_it.push_async_callback(plant.valkey.stop)
        await asyncio.gather(plant.postgres.start(), plant.valkey.start())
        await migrate(plant.postgres.owner_url, program=plant.postgres.url)
        database = await all_of_it.enter_async_context(open_database(plant.postgres.url))
        await make_table(plant.postgres.owner_url)
        await all_of_it.enter_async_context(plant.running())
        writer = asyncio.create_task(write(database, told, random.Random(seed + 1), stop))
        for _ in range(count):
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            kind = chance.choice(FAULTS)
            try:
                await plant.fault(kind, chance)
            except AWAY:
                continue  # it was away already
            result.faults[kind] = result.faults.get(kind, 0) + 1
        stop.set()
        await writer
        last = time.monotonic()
        result.redriven = await settle(database)
        result.settled_s = round(time.monotonic() - last, 1)
        await _judge(database, told, result)
    return result


async def _judge(database: Database, told: Told, result: Result) -> None:
    rows = await database.at_once("select n, count(*) as times from noted group by n")
    times = {row["n"]: row["times"] for row in rows}
    result.acknowledged, result.unknown = len(told.acknowledged), len(told.unknown)
    result.lost = sum(number not in times for number in told.acknowledged)
    result.doubled = sum(count > 1 for count in times.values())
    assert set(times) <= set(told.acknowledged) | told.unknown


@pytest.mark.promise("P1")
@pytest.mark.promise("P2")
@pytest.mark.parametrize(("seed", "count"), [(20261122, 5), pytest.param(7, 100, marks=pytest.mark.prove, id="full")])
async def test_no_acknowledged_event_is_lost_or_has_two_effects(
    tmp_path_factory: pytest.TempPathFactory, figures: Figures, seed: int, count: int
) -> None:
    home = Home(tmp_path_factory.mktemp("chaos"))
    home.prepare()

    result = await chaos(home, tmp_path_factory.mktemp("marks"), seed, count)

    for kind, times in result.faults.items():
        figures.fault(kind if kind == "queue wiped" else f"kill -9 of a {kind}", times)
    figures.violated(result.lost + result.doubled)
    figures.note(
        seed=seed,
        acknowledged=result.acknowledged,
        lost=result.lost,
        doubled=result.doubled,
        redriven=result.redriven,
        settled_s=result.settled_s,
    )
    assert result.acknowledged > count
    assert (result.lost, result.doubled) == (0, 0), result
