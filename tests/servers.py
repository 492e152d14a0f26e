"""Real servers for tests: one PostgreSQL and one Valkey per test process, a fresh migrated database per test module."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Self

import asyncpg
import pytest
import pytest_asyncio

from analisa.adapters.embedded.dumps import with_database
from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.postgres import DATABASE, OWNER, EmbeddedPostgres
from analisa.adapters.embedded.valkey import EmbeddedValkey
from analisa.adapters.postgres.schema import migrate

FORGETFUL: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
    "autovacuum_naptime": "1h",
    "max_connections": "200",
}
"""Tests want speed and never survive a power cut. A test of durability starts a server of its own."""

_numbers = count(1)


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home of this test process's servers."""
    return Home(tmp_path_factory.mktemp("servers"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(server_home: Home) -> AsyncIterator[EmbeddedPostgres]:
    """A running PostgreSQL."""
    server_home.prepare()
    server = EmbeddedPostgres(server_home, settings=FORGETFUL)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres: EmbeddedPostgres) -> str:
    """Where its superuser connects; the database there is empty but for the extension."""
    return postgres.admin_url()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def redis_server(server_home: Home) -> AsyncIterator[EmbeddedValkey]:
    """A running Valkey."""
    server_home.prepare()
    server = EmbeddedValkey(server_home)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture(scope="session")
def redis_url(redis_server: EmbeddedValkey) -> str:
    """Where to connect to it; what earlier tests left there is still there."""
    return redis_server.url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_template(postgres: EmbeddedPostgres) -> str:
    """The name of a database brought to the newest schema, to be copied; nobody stays connected to it."""
    template = FreshDatabase(postgres, DATABASE, "migrated")
    url = await template.__aenter__()
    await migrate(url.owner, program=url)
    return template.name


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database_url(postgres: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[DatabaseUrl]:
    """Where the program's role connects to a database of this test module alone, at the newest schema."""
    async with FreshDatabase(postgres, migrated_template, f"test_{next(_numbers)}") as url:
        yield url


class DatabaseUrl(str):  # noqa: SLOT000  str allows none
    """Where the program's role connects; and where others do."""

    owner: str
    """Whose the tables are."""
    admin: str
    """Whom row-level security does not bind."""

    def __new__(cls, postgres: EmbeddedPostgres, name: str) -> Self:
        url = super().__new__(cls, with_database(postgres.url, name))
        url.owner = with_database(postgres.owner_url, name)
        url.admin = postgres.admin_url(name)
        return url


class FreshDatabase:
    """A copy of a database for the length of an `async with`, which yields the address for the program's role."""

    def __init__(self, postgres: EmbeddedPostgres, template: str, name: str) -> None:
        self.name = name
        self._admin_url = postgres.admin_url("postgres")
        self._url = DatabaseUrl(postgres, name)
        self._template = template

    async def __aenter__(self) -> DatabaseUrl:
        await self._as_superuser(f"create database {self.name} template {self._template} owner {OWNER}")
        return self._url

    async def __aexit__(self, *_: object) -> None:
        await self._as_superuser(f"drop database {self.name} with (force)")

    async def _as_superuser(self, statement: str) -> None:
        admin = await asyncpg.connect(self._admin_url)
        try:
            await admin.execute(statement)
        finally:
            await admin.close()


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory in memory where there is room for it: tests that start many servers wait mostly for the disk."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shutil.disk_usage(shared).free < 4 * 2**30:
        yield tmp_path_factory.mktemp("memory")
        return
    with tempfile.TemporaryDirectory(dir=shared, prefix="analisa-tests-") as name:
        yield Path(name)


@pytest.fixture
def place(memory: Path) -> Path:
    """A directory of this test alone, in memory where there is room."""
    return Path(tempfile.mkdtemp(dir=memory))
