"""Readiness and the metrics page: what is there, what is away, and what still works then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.observability.metrics import new_registry
from analisa.adapters.postgres.database import NOBODY
from analisa.adapters.postgres.errors import RoleUnbound
from analisa.adapters.postgres.heartbeats import alive, beat, leave
from analisa.entrypoints.container import Application, SchemaElsewhere, open_application
from analisa.entrypoints.health import MetricsPage, readiness
from analisa.entrypoints.setting_values import SecretUrl
from analisa.entrypoints.settings import Settings
from tests.queueing import Happened, tell

AWAY = "redis://127.0.0.1:1/0"


@asynccontextmanager
async def application(
    home: Path, database_url: str, redis_url: str | None = None, *, check_schema: bool = False
) -> AsyncIterator[Application]:
    settings = Settings(
        home=home,
        database_url=SecretUrl(database_url),
        redis_url=SecretUrl(redis_url) if redis_url else None,
        signing_key_file=home / "key",
    )
    async with open_application(settings, redis=redis_url is not None, check_schema=check_schema) as opened:
        yield opened


async def test_all_is_there(tmp_path: Path, database_url: str, redis_url: str) -> None:
    async with application(tmp_path, database_url, redis_url, check_schema=True) as opened:
        await beat(opened.database, role="worker", instance="w1", metrics="http://127.0.0.1:9/metrics")
        await beat(opened.database, role="worker", instance="w1")

        found = await readiness(opened)
        await leave(opened.database, instance="w1")

    assert found.ready
    assert (found.database, found.schema, found.redis) == ("ok", "ok", "ok")
    assert found.roles == {"worker": 1, "relay": 0, "scheduler": 0}


async def test_without_redis_requests_are_served(tmp_path: Path, database_url: str) -> None:
    async with application(tmp_path, database_url, AWAY) as opened:
        found = await readiness(opened)
    async with application(tmp_path, database_url) as opened:
        without = await readiness(opened)

    assert (found.ready, found.redis) == (True, "away")
    assert (without.ready, without.redis) == (True, "absent")


async def test_without_postgresql_nothing_is(tmp_path: Path, redis_url: str) -> None:
    async with application(tmp_path, "postgresql://a:b@127.0.0.1:1/x", redis_url) as opened:
        found = await readiness(opened)
        page = (await MetricsPage(opened, new_registry())()).decode()

    assert (found.ready, found.database, found.redis) == (False, "away", "ok")
    assert "analisa_database_up 0.0" in page


async def test_a_database_without_our_schema_is_not_served(tmp_path: Path, postgres: EmbeddedPostgres) -> None:
    async with application(tmp_path, postgres.url) as opened:
        assert (await readiness(opened)).schema == "outdated"

    with pytest.raises(SchemaElsewhere, match=r"step none .* run: analisa migrate"):
        async with application(tmp_path, postgres.url, check_schema=True):
            pass


async def test_a_role_that_row_level_security_does_not_bind_is_refused(tmp_path: Path, postgres_url: str) -> None:
    with pytest.raises(RoleUnbound, match=r"'postgres' is a superuser .* keep this one for ANALISA_ADMIN_DATABASE_URL"):
        async with application(tmp_path, postgres_url, check_schema=True):
            pass


async def test_a_process_that_fell_silent_is_not_counted(tmp_path: Path, database_url: str) -> None:
    instance = str(uuid4())
    async with application(tmp_path, database_url) as opened:
        await beat(opened.database, role="relay", instance=instance)
        assert (await alive(opened.database))["relay"] == 1
        async with opened.database.writing(NOBODY) as connection:
            await connection.execute(text("update heartbeats set seen_at = now() - interval '1 minute'"))

        assert "relay" not in await alive(opened.database)


async def test_the_metrics_page_shows_how_the_installation_is_doing(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    async with application(tmp_path, database_url, redis_url) as opened:
        await tell(opened.database, Happened(n=1))
        await beat(opened.database, role="scheduler", instance="s1")
        actor = await opened.actor()
        async with opened.database.writing(NOBODY) as connection:
            await connection.execute(text(f"set local analisa.organisation = '{actor.organisation}'"))
            await connection.execute(
                text("insert into imports (id, organisation, requested_by, state) values (:id, :org, 'me', 'done')"),
                {"id": uuid4(), "org": actor.organisation},
            )
        page = (await MetricsPage(opened, new_registry())()).decode()

    for line in (
        "analisa_database_up 1.0",
        "analisa_redis_up 1.0",
        "analisa_outbox_waiting 1.0",
        "analisa_outbox_dead 0.0",
        'analisa_imports{state="done"} 1.0',
        'analisa_role_processes{role="scheduler"} 1.0',
        'analisa_default_partition_rows{table="post_metrics"} 0.0',
        "process_resident_memory_bytes",
    ):
        assert line in page
    assert page.count("\n") < 2000


async def test_the_page_is_asked_for_often_and_read_seldom(tmp_path: Path, database_url: str) -> None:
    async with application(tmp_path, database_url) as opened:
        page = MetricsPage(opened, new_registry())
        first = await page()
        await tell(opened.database, Happened(n=2))

        assert b"analisa_redis_up" not in first
        [waiting] = [line for line in first.splitlines() if line.startswith(b"analisa_outbox_waiting")]
        assert waiting in await page()
