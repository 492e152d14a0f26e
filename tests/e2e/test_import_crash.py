"""An import that is killed, wherever it stands, ends after a second try as if nothing had happened."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.postgres.collection.source import PostgresObservationSource
from analisa.application.collection.ports import ExportScope
from analisa.application.shared.failpoints import registry
from analisa.plugins.archives.creator_archive.writer import ArchiveWriter
from analisa.plugins.sample.world import SampleWorld
from tests.installation import Installation, installed
from tests.promises import Figures
from tests.servers import FreshDatabase

SEED = 20_260
TABLES_OF_THE_WORLD = 7
POINTS = sorted(name for name in registry if name.startswith("import."))
ENDED_WELL = 0
ONE_FILE_EACH = [(point, random.Random(f"{SEED}{point}").randint(1, TABLES_OF_THE_WORLD)) for point in POINTS]
EVERY_OTHER = [
    pytest.param(point, file, marks=pytest.mark.prove)
    for point in POINTS
    for file in range(1, TABLES_OF_THE_WORLD + 1)
    if (point, file) not in ONE_FILE_EACH
]
FEW_MOMENTS, MANY_MOMENTS = range(2), [pytest.param(number, marks=pytest.mark.prove) for number in range(100, 160)]


@dataclass(frozen=True)
class Undisturbed:
    """An import that nobody interrupts."""

    contents: Mapping[str, object]
    took_s: float


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world, as a creator-archive."""
    target = tmp_path_factory.mktemp("crash") / "world"
    world = SampleWorld(seed=SEED, creators=12, today=date(2026, 3, 1), days=40)
    with ArchiveWriter(target, datetime(2026, 3, 1, tzinfo=UTC), "a test") as writer:
        for batch in world.batches():
            writer.write(batch)
    return target


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def undisturbed(
    archive: Path, postgres: EmbeddedPostgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Undisturbed:
    """What an import leaves that nobody interrupts, and how long it takes here."""
    async with _installation(postgres, migrated_template, "undisturbed", tmp_path_factory.mktemp("calm")) as (
        home,
        url,
    ):
        began = time.monotonic()
        assert await _import(archive, url, home.uploads) == ENDED_WELL
        took_s = time.monotonic() - began
        return Undisturbed(await _contents(home), took_s)


@pytest.mark.promise("P1")
@pytest.mark.parametrize(("point", "file"), [*ONE_FILE_EACH, *EVERY_OTHER])
async def test_killed_at_a_failpoint(
    point: str,
    file: int,
    figures: Figures,
    archive: Path,
    undisturbed: Undisturbed,
    postgres: EmbeddedPostgres,
    migrated_template: str,
    tmp_path: Path,
) -> None:
    async with _installation(postgres, migrated_template, f"at_{POINTS.index(point)}_{file}", tmp_path) as (home, url):
        assert await _import(archive, url, tmp_path, failpoints=f"{point}=kill@{file}") == -signal.SIGKILL
        figures.fault(f"kill -9 of the import at {point}")

        assert await _import(archive, url, tmp_path) == ENDED_WELL
        assert await _contents(home) == undisturbed.contents


@pytest.mark.promise("P1")
@pytest.mark.parametrize("number", [*FEW_MOMENTS, *MANY_MOMENTS])
async def test_killed_twice_at_any_moment(
    number: int,
    figures: Figures,
    archive: Path,
    undisturbed: Undisturbed,
    postgres: EmbeddedPostgres,
    migrated_template: str,
    tmp_path: Path,
) -> None:
    moments = random.Random(SEED + number)
    async with _installation(postgres, migrated_template, f"moment_{number}", tmp_path) as (home, url):
        for _ in range(2):
            # The first third of its time a program mostly loads itself.
            moment = moments.uniform(0.3, 1) * undisturbed.took_s
            struck = await _import(archive, url, tmp_path, killed_after_s=moment) == -signal.SIGKILL
            figures.fault("kill -9 of the import at a random moment", struck)
        assert await _import(archive, url, tmp_path) == ENDED_WELL
        assert await _contents(home, imports=False) == {**undisturbed.contents, "imports": None}


@asynccontextmanager
async def _installation(
    postgres: EmbeddedPostgres, template: str, name: str, path: Path
) -> AsyncIterator[tuple[Installation, str]]:
    async with FreshDatabase(postgres, template, f"crash_{name}") as url, installed(url, path) as home:
        yield home, url


async def _import(
    archive: Path, url: str, home: Path, *, failpoints: str = "", killed_after_s: float | None = None
) -> int:
    """Run the command as people do, and return its exit status."""
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANALISA_")},
        "ANALISA_HOME": str(home),
        "ANALISA_DATABASE_URL": url,
        "ANALISA_PROFILE": "test",
        "ANALISA_FAILPOINTS": failpoints,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "analisa.entrypoints.cli",
        "import",
        "--json",
        str(archive),
        env=environ,
        stdout=asyncio.subprocess.DEVNULL,
    )
    if killed_after_s is not None:
        try:
            return await asyncio.wait_for(process.wait(), killed_after_s)
        except TimeoutError:
            with suppress(ProcessLookupError):  # it ended by itself at this very moment
                process.kill()
    return await process.wait()


async def _contents(home: Installation, *, imports: bool = True) -> Mapping[str, object]:
    """Everything that an import leaves: the observations, who stands behind them, whom it told and what it counted."""
    batches = PostgresObservationSource(home.database).batches(home.local, ExportScope())
    observations = [(batch.table.name, dict(batch.columns)) async for batch in batches]
    told = "select name, payload ->> 'profiles' as profiles from outbox where name <> 'shared.action_taken' order by recorded_at, 2"
    counts = "select state, report -> 'files' as files from imports order by no"
    return {
        "observations": observations,
        "influencers": await home.rows("select name from influencers order by name"),
        "waiting": await home.rows("select network_id from score_queue join profiles on id = profile_id order by 1"),
        "told": await home.rows(told),
        "imports": await home.rows(counts) if imports else None,
        "findings": await home.rows(
            "select distinct code, file, line, message from import_findings order by 2, 3, 1, 4"
        ),
    }
