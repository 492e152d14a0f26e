"""An import that is killed, wherever it stands, ends after a second try as if nothing had happened."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
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
from tests.servers import FreshDatabase

SEED = 20_260
TABLES_OF_THE_WORLD = 7
POINTS = sorted(name for name in registry if name.startswith("import."))
ENDED_WELL = 0


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
) -> Mapping[str, object]:
    """What an import leaves that nobody interrupts."""
    async with _installation(postgres, migrated_template, "undisturbed", tmp_path_factory.mktemp("calm")) as (
        home,
        url,
    ):
        assert await _import(archive, url, home.uploads) == ENDED_WELL
        return await _contents(home)


@pytest.mark.promise("P1")
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_a_failpoint(
    point: str,
    archive: Path,
    undisturbed: Mapping[str, object],
    postgres: EmbeddedPostgres,
    migrated_template: str,
    tmp_path: Path,
) -> None:
    file = random.Random(f"{SEED}{point}").randint(1, TABLES_OF_THE_WORLD)
    async with _installation(postgres, migrated_template, f"at_{POINTS.index(point)}", tmp_path) as (home, url):
        assert await _import(archive, url, tmp_path, failpoints=f"{point}=kill@{file}") == -signal.SIGKILL

        assert await _import(archive, url, tmp_path) == ENDED_WELL
        assert await _contents(home) == undisturbed


@pytest.mark.promise("P1")
@pytest.mark.parametrize("number", range(2))
async def test_killed_at_any_moment(
    number: int,
    archive: Path,
    undisturbed: Mapping[str, object],
    postgres: EmbeddedPostgres,
    migrated_template: str,
    tmp_path: Path,
) -> None:
    await _kill_twice(number, archive, undisturbed, postgres, migrated_template, tmp_path)


@pytest.mark.prove
@pytest.mark.promise("P1")
@pytest.mark.parametrize("number", range(100, 140))
async def test_killed_at_any_of_many_moments(
    number: int,
    archive: Path,
    undisturbed: Mapping[str, object],
    postgres: EmbeddedPostgres,
    migrated_template: str,
    tmp_path: Path,
) -> None:
    await _kill_twice(number, archive, undisturbed, postgres, migrated_template, tmp_path)


async def _kill_twice(
    number: int,
    archive: Path,
    undisturbed: Mapping[str, object],
    postgres: EmbeddedPostgres,
    template: str,
    home_path: Path,
) -> None:
    moments = random.Random(SEED + number)
    async with _installation(postgres, template, f"moment_{number}", home_path) as (home, url):
        for _ in range(2):
            await _import(archive, url, home_path, killed_after_s=moments.uniform(0.6, 2.4))
        assert await _import(archive, url, home_path) == ENDED_WELL
        assert await _contents(home, imports=False) == {**undisturbed, "imports": None}


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
        with_time = asyncio.wait_for(process.wait(), killed_after_s)
        try:
            return await with_time
        except TimeoutError:
            process.kill()
    return await process.wait()


async def _contents(home: Installation, *, imports: bool = True) -> Mapping[str, object]:
    """Everything that an import leaves: the observations, who stands behind them, whom it told and what it counted."""
    batches = PostgresObservationSource(home.database).batches(home.local, ExportScope())
    observations = [(batch.table.name, dict(batch.columns)) async for batch in batches]
    told = "select name, payload ->> 'profiles' as profiles from outbox order by recorded_at, 2"
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
