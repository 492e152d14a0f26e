"""The sample world goes through the same door as every file, and nothing about it is odd."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from analisa.plugins.sample.world import SampleWorld
from tests.installation import Installation, installed
from tests.servers import DatabaseUrl


@pytest_asyncio.fixture(loop_scope="session")
async def home(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(database_url, tmp_path) as installation:
        yield installation


async def test_every_row_of_the_sample_world_is_stored_without_a_finding(home: Installation) -> None:
    world = SampleWorld(seed=5, creators=150, today=home.clock.now().date(), days=60)
    batches = list(world.batches())

    report = await home.bring(*batches)

    rows = {batch.table.name: len(batch) for batch in batches}
    assert {name: counts.new for name, counts in report.tables.items()} == rows
    assert await home.rows("select code, message from import_findings limit 5") == []


async def test_the_sample_world_again_changes_nothing(home: Installation) -> None:
    world = SampleWorld(seed=5, creators=20, today=home.clock.now().date(), days=30)
    await home.bring(*world.batches())

    report = await home.bring(*world.batches())

    assert sum(counts.unchanged for counts in report.tables.values()) > 1_000
    assert sum(counts.changed for counts in report.tables.values()) == 0
