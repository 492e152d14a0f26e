"""Importing a million post snapshots from creator-archive CSV, against raw COPY of the same typed rows into the same tables.

Both sides start from a copy of one database that knows the posts and has the partitions. Ours is the whole command, from
the start of the interpreter to the printed report; raw COPY is fed a file that PostgreSQL itself wrote, in its binary
format, as a superuser, so that nothing but the storing is counted. Memory is the peak of the command's process.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import asyncpg
from ratios import Ratio

from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.postgres.database import open_database
from analisa.adapters.postgres.partitions import ensure_months
from analisa.adapters.postgres.schema import migrate

ROWS = 1_000_000
POSTS = 100_000
PROFILES = 2_000
TENFOLD = 10
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
WEEKS = 40
"""Snapshots of a post lie a week apart; more rounds than weeks fall on other hours of the same days."""


def measure(runs: int, scale: float) -> list[Ratio]:
    """Import *runs* times into fresh copies, raw COPY between; and once ten times as much, for its memory."""
    return asyncio.run(_measure(runs, max(10_000, round(ROWS * scale))))


async def _measure(runs: int, rows: int) -> list[Ratio]:
    with tempfile.TemporaryDirectory(prefix="analisa-bench-") as place:
        path = _reachable(place)
        async with _server(path) as bench:
            posts = min(POSTS, rows)
            await bench.know(_archive(path / "posts", "posts", _posts(posts)))
            metrics = _archive(path / "metrics", "post_metrics", _snapshots(posts, rows))
            rates, peaks = await _side_by_side(bench, metrics, runs)
            _, tenfold = await bench.imported(
                _archive(path / "tenfold", "post_metrics", _snapshots(posts, rows * TENFOLD))
            )
    return [
        Ratio(f"import of {rows:,} post snapshots", "x the rate of raw COPY", ">= 0.12", ">= 0.25", rates),
        Ratio(f"peak memory of importing {rows:,} post snapshots", "MB", "<= 400", "<= 250", peaks),
        Ratio(f"peak memory of importing {rows * TENFOLD:,} post snapshots", "MB", "<= 400", "<= 250", [tenfold]),
    ]


async def _side_by_side(bench: Bench, metrics: Path, runs: int) -> tuple[list[float], list[float]]:
    rates, peaks = [], []
    for _ in range(runs):
        ours, peak = await bench.imported(metrics, keep_rows=True)
        rates.append(await bench.raw() / ours)
        peaks.append(peak)
    return rates, peaks


@dataclass
class Bench:
    """A server, and the database from which every run starts."""

    server: EmbeddedPostgres
    place: Path
    numbers: Iterator[int]

    async def know(self, posts: Path) -> None:
        """Bring in the posts, and make the partitions that the snapshots will need."""
        await self._as_superuser("create database known template analisa owner analisa")
        await asyncio.to_thread(self._command, posts, "known")
        days = {(FIRST + timedelta(weeks=week)).date() for week in range(WEEKS)}
        async with open_database(self._url("known")) as database:
            await ensure_months(database, "post_metrics", days)

    async def imported(self, archive: Path, *, keep_rows: bool = False) -> tuple[float, float]:
        """Import *archive* and return the seconds and megabytes that it took."""
        async with self._copy() as name:
            started = time.perf_counter()
            peak = await asyncio.to_thread(self._command, archive, name)
            seconds = time.perf_counter() - started
            if keep_rows and not self._rows.exists():
                await self._keep_rows(name)
        return seconds, peak

    async def raw(self) -> float:
        """Copy the same rows raw and return the seconds."""
        async with self._copy() as name:
            connection = await asyncpg.connect(self.server.admin_url(name))
            started = time.perf_counter()
            await connection.copy_to_table("post_metrics", source=self._rows, format="binary", timeout=3600)
            seconds = time.perf_counter() - started
            await connection.close()
        return seconds

    @property
    def _rows(self) -> Path:
        return self.place / "rows.bin"

    def _url(self, name: str) -> str:
        return self.server.url.rpartition("/")[0] + f"/{name}"

    async def _keep_rows(self, name: str) -> None:
        connection = await asyncpg.connect(self.server.admin_url(name))
        query = "select * from post_metrics"
        await connection.copy_from_query(query, output=self._rows, format="binary", timeout=3600)
        await connection.close()

    def _command(self, archive: Path, name: str) -> float:
        """Run the command as people do; return its peak of resident memory in megabytes."""
        environ = {key: value for key, value in os.environ.items() if not key.startswith("ANALISA_")}
        environ |= {"ANALISA_HOME": str(self.place / "home"), "ANALISA_DATABASE_URL": self._url(name)}
        command = (sys.executable, "-m", "analisa.entrypoints.cli", "import", str(archive))
        with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"importing {archive.name} ended with {process.returncode}")
        return usage.ru_maxrss / 1024

    @asynccontextmanager
    async def _copy(self) -> AsyncIterator[str]:
        name = f"run_{next(self.numbers)}"
        await self._as_superuser(f"create database {name} template known owner analisa")
        try:
            await self._as_superuser("checkpoint")  # so that neither side pays for what came before it
            yield name
        finally:
            await self._as_superuser(f"drop database {name} with (force)")

    async def _as_superuser(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.admin_url("postgres"))
        try:
            await connection.execute(statement, timeout=600)
        finally:
            await connection.close()


@asynccontextmanager
async def _server(place: Path) -> AsyncIterator[Bench]:
    home = Home(place / "home")
    home.prepare()
    server = EmbeddedPostgres(home)
    await server.start()
    try:
        await migrate(server.owner_url, program=server.url)
        yield Bench(server, place, count(1))
    finally:
        await server.stop()


def _reachable(place: str) -> Path:
    """Let the account in under which the server may run."""
    path = Path(place)
    path.chmod(0o755)
    return path


def _archive(folder: Path, table: str, lines: Iterator[str]) -> Path:
    folder.mkdir()
    with (folder / f"{table}.csv").open("w") as file:
        file.writelines(lines)
    tables = [{"table": table, "file": f"{table}.csv"}]
    (folder / "manifest.json").write_text(json.dumps({"format": "creator-archive", "version": "1.0", "tables": tables}))
    return folder


def _post_id(number: int) -> str:
    return f"1790{10_000_000_000 + number * 7_919}"


def _posts(posts: int) -> Iterator[str]:
    yield "network,post_id,profile_id,published_at,type\n"
    for number in range(posts):
        published = FIRST - timedelta(hours=number % 9_000)
        yield f"instagram,{_post_id(number)},p{number % PROFILES},{published:%Y-%m-%dT%H:%M:%SZ},image\n"


def _snapshots(posts: int, rows: int) -> Iterator[str]:
    """Rounds of snapshots of all posts, as a collector takes them; saves are not known, as on most networks."""
    yield "network,post_id,observed_at,scope,views,likes,comments,shares,saves,precision\n"
    for number in range(rows):
        post, turn = number % posts, number // posts
        seen = FIRST + timedelta(weeks=turn % WEEKS, hours=turn // WEEKS, seconds=post % 3_600)
        views = number * 7_919 % 1_000_003
        counts = f"{views},{views // 9},{number % 977},{number % 499}"
        yield f"instagram,{_post_id(post)},{seen:%Y-%m-%dT%H:%M:%SZ},lifetime,{counts},,exact\n"
