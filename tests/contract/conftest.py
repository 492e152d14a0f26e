"""What the contracts are tried on: a database for the real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from analisa.adapters.postgres.database import Database, open_database
from tests.integration.analytics.world import World, open_world


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(database_url: str) -> AsyncIterator[World]:
    async with open_world(database_url) as world:
        yield world
