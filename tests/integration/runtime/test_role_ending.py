"""A role that ends says why, whatever else goes wrong then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from analisa.adapters.embedded.errors import ServerFailed
from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.entrypoints.container import Application
from analisa.entrypoints.worker.process import run_role
from tests.servers import FreshDatabase


@pytest_asyncio.fixture(loop_scope="session")
async def markless_url(postgres: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[str]:
    """A database in which no mark of life can be left or taken back."""
    async with FreshDatabase(postgres, migrated_template, "markless") as url:
        connection = await asyncpg.connect(url.owner)
        await connection.execute("drop table heartbeats")
        await connection.close()
        yield url


def test_what_ended_the_work_is_told_though_the_mark_of_life_cannot_be_taken_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, markless_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANALISA_HOME", str(tmp_path))
    monkeypatch.setenv("ANALISA_DATABASE_URL", markless_url)

    async def work(_: Application, __: str, ___: asyncio.Event) -> None:
        raise ServerFailed("the work was told to fail")

    assert run_role("worker", work) == 3

    said = capsys.readouterr().err
    assert "the work was told to fail" in said
    assert "the mark of life cannot be taken back" in said
