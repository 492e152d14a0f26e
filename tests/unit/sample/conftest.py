"""A small world, read once, as every test of this folder needs it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from analisa.domain.collection.records import TABLES
from analisa.plugins.sample.world import SampleWorld
from tests.sample_rows import Rows, rows_of


@pytest.fixture(scope="session")
def world() -> SampleWorld:
    """600 creators: five blocks, the last one not full. Everybody is read every day."""
    return SampleWorld(seed=11, creators=600, today=date(2026, 3, 1), days=120, daily_share=1.0)


@pytest.fixture(scope="session")
def tables(world: SampleWorld) -> Mapping[str, Rows]:
    return {name: rows_of(world, name) for name in TABLES}
