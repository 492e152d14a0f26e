"""Three times as much as can be answered: how fast those are who are let in, and how many are answered all the same.

The server and its database have the first core, the caller the last. Requests come by a clock, whether earlier ones were answered
or not, and their time counts from when they were due.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from dataclasses import dataclass, field
from urllib.parse import quote

from bench_api import API, KEY, catalogue, make_user, served
from load import rate
from ratios import Ratio
from rivals_bare import FILTER

CREATORS = 20_000
CONNECTIONS = 400
SECONDS = 20.0
OVER = 3.0


def measure(runs: int, scale: float) -> list[Ratio]:
    return asyncio.run(_measure(runs, max(2_000, round(CREATORS * scale)), max(4.0, SECONDS * scale)))


@dataclass
class Seen:
    answered: list[float] = field(default_factory=list)
    """Seconds of those who were answered well."""
    shed: int = 0
    late: int = 0
    """Those for whom there was no connection in time, and who gave up."""
    bare: int = 0
    """Turned away without being told when to come again."""

    def p99(self) -> float:
        return statistics.quantiles(self.answered, n=100)[98]


async def _measure(runs: int, creators: int, seconds: float) -> list[Ratio]:
    async with catalogue(creators) as (postgres, home, redis):
        target = f"{API}?filter={quote(FILTER)}&limit=20"
        make_user(postgres.url, home)
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        slower, goodput, shed = [], [], []
        for _ in range(runs):
            with served("uncached", postgres.url, home, redis) as port:
                await rate(port, [target], seconds=1, headers=KEY)
                peak = await rate(port, [target], seconds=seconds / 4, headers=KEY)
                calm = await _come(port, target, 0.7 * peak, seconds)
                rush = await _come(port, target, OVER * peak, seconds)
            if rush.bare or calm.shed > len(calm.answered) / 50:
                raise SystemExit(f"turned away: {rush.bare} without Retry-After, {calm.shed} while it was calm")
            slower.append(rush.p99() / calm.p99())
            goodput.append(len(rush.answered) / seconds / peak)
            shed.append(1_000 * rush.p99())
    return [
        Ratio("who is let in at 3 times the load, 99th percentile", "x that at 0.7 of it", "<= 2", "none", slower),
        Ratio("answered at 3 times the load", "x the most that is answered", ">= 0.9", "none", goodput),
        Ratio("who is let in at 3 times the load, 99th percentile", "ms", "none", "none", shed),
    ]


async def _come(port: int, target: str, per_second: float, seconds: float) -> Seen:
    """Let requests come at random, so many a second, for *seconds*."""
    chance, seen = random.Random(1), Seen()
    free: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.LifoQueue()
    for connection in await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS))):
        free.put_nowait(connection)
    asked = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{KEY}\r\n".encode()
    tasks: set[asyncio.Task[None]] = set()
    begun = due = time.perf_counter()
    while due - begun < seconds:
        due += chance.expovariate(per_second)
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(_ask(port, free, asked, due, seen))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait()[1].close()
    return seen


async def _ask(
    port: int,
    free: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
    asked: bytes,
    due: float,
    seen: Seen,
) -> None:
    try:
        connection = await asyncio.wait_for(free.get(), 2)
    except TimeoutError:
        seen.late += 1
        return
    try:
        head = await _head(connection, asked)
    except (OSError, asyncio.IncompleteReadError):  # nobody used it for a while, and the server has closed it
        connection = await asyncio.open_connection("127.0.0.1", port)
        head = await _head(connection, asked)
    reader, _ = connection
    await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
    if head.startswith(b"http/1.1 200"):
        seen.answered.append(time.perf_counter() - due)
    elif head.startswith(b"http/1.1 503"):
        seen.shed += 1
        seen.bare += b"retry-after:" not in head
    else:
        raise SystemExit(f"answered {head.splitlines()[0]!r}")
    free.put_nowait(connection)


async def _head(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], asked: bytes) -> bytes:
    reader, writer = connection
    writer.write(asked)
    return (await reader.readuntil(b"\r\n\r\n")).lower()
