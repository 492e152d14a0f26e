"""Search with every facet over HTTP: how long it takes, against its SQL alone, and how many misspelt names are found.

The server has the first core to itself, beside the database; the caller has the last one. 200,000 creators, and a
million at full scale; the plans go to report/search-plans.txt.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import random
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
from bench_api import API, KEY, catalogue, served
from ratios import ROOT, Ratio

from analisa.adapters.postgres.analytics.discovery.pages import PostgresDiscovery
from analisa.adapters.postgres.database import Database, Tenant, open_database
from analisa.application.analytics.discovery.asking import asked
from analisa.application.analytics.discovery.facets import FACETS
from analisa.application.shared.actor import Actor

SIZES = (200_000, 1_000_000)
NAMES = 300
"""Misspelt names that are looked for."""
QUESTIONS: tuple[tuple[str | None, str | None], ...] = (
    (None, None),
    ("followers in 10k..100k", None),
    ("followers >= 20k", None),
    ("network = instagram", None),
    ("network = instagram and followers in 10k..100k and er >= 2%", None),
    ("network in (tiktok, youtube) and country = BR", None),
    ("country = BR and language = pt", None),
    ("followers >= 100k and country in (BR, PT) and er >= 1%", None),
    ("last_post >= 30d and verified = yes", None),
    ("growth_30d > 5% and score >= 60", None),
    ("not country = US and posts_per_week >= 3", None),
    ("kind = brand and has contact", None),
    ("category = viagem or category = praia", None),
    ("hashtag = receita and followers >= 5k", None),
    ("avg_views >= 10k and er in 3%..8% and seen >= 30d", None),
    ("network = youtube and tier = micro", None),
    (None, "viagem"),
    (None, "beatriz"),
    (None, "marima"),
    ("network = tiktok", "ana"),
    ("followers >= 50k", "receitas"),
)


def measure(runs: int, scale: float) -> list[Ratio]:
    found = list[Ratio]()
    for size in SIZES if scale >= 1 else (round(SIZES[0] * scale),):
        found += asyncio.run(_measure(runs, max(2_000, size)))
    return found


async def _measure(runs: int, creators: int) -> list[Ratio]:
    async with catalogue(creators) as (postgres, home, redis):
        url = postgres.url
        names = await _names(url)
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        with served("uncached", url, home, redis) as port:
            times = [[_asked(port, question) for question in QUESTIONS] for _ in range(runs + 1)][1:]
            recalled = [_found(port, name, identity) for name, identity in names]
        async with open_database(url) as database:
            recorded = [await _recorded(database, question) for question in QUESTIONS]
        alone = [[await _replayed(url, statements) for statements in recorded] for _ in range(runs)]
        await _plans(url, creators, recorded)
    over = [
        statistics.fmean(ours / sql for ours, sql in zip(by_question, direct, strict=True))
        for by_question, direct in zip(times, alone, strict=True)
    ]
    kept = "<= 300" if creators == SIZES[0] else "report", "<= 80" if creators == SIZES[0] else "<= 400"
    what = f"search with {len(FACETS)} facets among {creators:,}"
    return [
        Ratio(f"{what}, p95", "ms", *kept, [1e3 * _p95(each) for each in times]),
        Ratio(f"{what}, median", "ms", "none", "none", [1e3 * statistics.median(each) for each in times]),
        Ratio(f"{what}, server", "x the time of its SQL alone", "<= 1.5", "<= 1.2", over),
        Ratio(
            f"names with one slip among {creators:,}",
            "of them in the first 10",
            ">= 0.95",
            ">= 0.95",
            [_share(recalled)],
        ),
    ]


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[round(0.95 * (len(times) - 1))]


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found)


def _get(port: int, path: str) -> tuple[float, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.connect()
    started = time.perf_counter()
    connection.request("GET", path, headers={"Authorization": KEY.partition(": ")[2].strip()})
    answer = connection.getresponse()
    body = answer.read()
    took = time.perf_counter() - started
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path} was answered {answer.status}: {body[:300]!r}")
    return took, json.loads(body)


def _asked(port: int, question: tuple[str | None, str | None]) -> float:
    filters, q = question
    more = (f"&filter={quote(filters)}" if filters else "") + (f"&q={quote(q)}" if q else "")
    return _get(port, f"{API}?facets=1&limit=50{more}")[0]


async def _names(url: str) -> list[tuple[str, str]]:
    """Names in which one word of five letters or more has one slip, and whose they are."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("select id, name from influencers order by md5(id::text) limit $1", NAMES)
    await connection.close()
    chance = random.Random(11)
    return [(_slipped(row["name"], chance), str(row["id"])) for row in rows]


def _slipped(name: str, chance: random.Random) -> str:
    words = name.split()
    place = chance.choice([number for number, word in enumerate(words) if len(word) >= 5])
    word, at = words[place], chance.randrange(1, len(words[place]))
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    words[place] = chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        ]
    )
    return " ".join(words)


def _found(port: int, name: str, identity: str) -> bool:
    _, answer = _get(port, f"{API}?limit=10&q={quote(name)}")
    return identity in {item["influencer_id"] for item in answer["items"]}


class _Recorder:
    """A connection that notes what is asked of it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.asked = list[tuple[str, tuple[Any, ...], bool]]()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._connection, name)
        if name not in {"fetch", "fetchrow", "fetchval", "copy_from_query"}:
            return call

        async def noting(statement: str, *values: Any, **more: Any) -> Any:
            self.asked.append((statement, values, name == "copy_from_query"))
            return await call(statement, *values, **more)

        return noting


class _RecordingDatabase:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.recorder: _Recorder | None = None

    @asynccontextmanager
    async def reading(self, tenant: Tenant, **more: Any) -> AsyncIterator[Any]:
        async with self._database.reading(tenant, **more) as connection:
            self.recorder = _Recorder(connection)
            yield self.recorder


Statements = tuple[str, list[tuple[str, tuple[Any, ...], bool]]]


async def _recorded(database: Database, question: tuple[str | None, str | None]) -> Statements:
    rows = await database.at_once("select id from organisations limit 1")
    actor = Actor(organisation=rows[0]["id"])
    recording = _RecordingDatabase(database)
    search = asked(actor, *question, None, now=datetime.now(UTC))
    await PostgresDiscovery(recording).search(actor, search, limit=50, facets=tuple(FACETS))  # type: ignore[arg-type]
    assert recording.recorder is not None
    return Tenant.of(actor).settings_sql, recording.recorder.asked


async def _replayed(url: str, recorded: Statements) -> float:
    """The same statements over a bare connection, whose answers nobody looks at."""
    settings, statements = recorded
    connection = await asyncpg.connect(url)
    try:
        best = float("inf")
        for _ in range(2):
            started = time.perf_counter()
            await connection.execute(f"begin; set local plan_cache_mode = force_custom_plan; {settings}")
            for statement, values, copied in statements:
                if copied:
                    await connection.copy_from_query(statement, *values, output=_nowhere, format="binary")
                else:
                    await connection.fetch(statement, *values)
            await connection.execute("rollback")
            best = min(best, time.perf_counter() - started)
    finally:
        await connection.close()
    return best


async def _nowhere(_: bytes) -> None:
    pass


async def _plans(url: str, creators: int, recorded: Sequence[Statements]) -> None:
    told = list[str]()
    connection = await asyncpg.connect(url)
    for (filters, q), (settings, statements) in zip(QUESTIONS, recorded, strict=True):
        told.append(f"\n{'=' * 100}\n{creators:,} creators; filter {filters}; q {q}")
        await connection.execute(f"begin; set local plan_cache_mode = force_custom_plan; {settings}")
        for statement, values, _ in statements:
            if "unnest" not in statement and not statement.startswith("explain"):
                rows = await connection.fetch(f"explain (analyze, buffers, costs off, timing off) {statement}", *values)
                told.append("\n" + "\n".join(row[0] for row in rows))
        await connection.execute("rollback")
    await connection.close()
    report = Path(ROOT) / "report" / "search-plans.txt"
    report.parent.mkdir(exist_ok=True)
    with report.open("a" if creators != SIZES[0] else "w", encoding="utf-8") as file:
        file.write("\n".join(told))
