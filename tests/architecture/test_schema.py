"""The schema's story: up, down and up again, the same tables as in the mappings, and tenants locked everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest_asyncio
from sqlalchemy import Connection, inspect

from analisa.adapters.embedded.postgres import DATABASE, EmbeddedPostgres
from analisa.adapters.postgres.schema import BASE, current_revision, head_revision, migrate, steps
from analisa.adapters.postgres.tables import metadata
from analisa.adapters.postgres.urls import driver_url, engine_of
from tests.architecture.source import ROOT
from tests.servers import DatabaseUrl, FreshDatabase

OWNERLESS = {
    "alembic_version",
    "organisations",
    "outbox",
    "effects",
    "heartbeats",
    "schedules",
    "profiles",
}
"""Tables that say nothing of anybody; every other one is locked."""

OBJECTS = """
select 'column', table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version'
union all
select 'index', indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version'
union all
select 'policy', tablename || ' ' || policyname from pg_policies where schemaname = 'public'
union all
select 'routine', routine_name from information_schema.routines where routine_schema = 'public'
    and routine_name in ('current_organisation', 'acts_as_operator', 'make_month', 'months_in_default')
order by 1, 2
"""


@pytest_asyncio.fixture(loop_scope="session")
async def url(postgres: EmbeddedPostgres) -> AsyncIterator[DatabaseUrl]:
    async with FreshDatabase(postgres, DATABASE, f"story_{uuid4().hex}") as url:
        yield url


async def objects(url: DatabaseUrl) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(url.admin)
    try:
        return [tuple(row) for row in await connection.fetch(OBJECTS)]
    finally:
        await connection.close()


async def test_every_step_goes_down_again_and_leaves_nothing(url: DatabaseUrl) -> None:
    empty = await objects(url)
    passed = []
    for step in steps():
        await migrate(url.owner, step, program=url)
        passed.append(await objects(url))
    assert await current_revision(url) == head_revision()

    for step, before in zip([*steps()[:-1][::-1], BASE], [*passed[:-1][::-1], empty], strict=True):
        await migrate(url.owner, step, program=url)
        assert await objects(url) == before, f"after going back to {step}"

    await migrate(url.owner)
    assert await objects(url) == passed[-1]


async def test_names_that_nobody_chose_are_told_from_others_of_every_owner(url: DatabaseUrl) -> None:
    await migrate(url.owner, "0005")
    admin = await asyncpg.connect(url.admin)
    await admin.execute(
        """
        insert into organisations (slug, name) values ('acme', 'Acme');
        insert into profiles (network, network_id) select 'x', 'p' || n from generate_series(1, 6) n;
        insert into influencers (owner, name)
        select owner, name from (select null::uuid as owner union all select id from organisations where slug = 'acme') o,
            (values ('p1'), ('Ana'), ('Sol e Mar')) n(name);
        insert into influencer_profiles (owner, influencer_id, profile_id)
        select owner, id, row_number() over (order by owner, name) from influencers;
        insert into profile_descriptions (owner, profile_id, display_name, import_no)
        select h.owner, h.profile_id, case i.name when 'p1' then null when 'Ana' then 'Ana' else 'Sol' end, 1
        from influencer_profiles h join influencers i on i.id = h.influencer_id;
        update profiles f set network_id = i.name || f.id from influencer_profiles h
            join influencers i on i.id = h.influencer_id where h.profile_id = f.id and i.name <> 'p1';
        update influencers i set name = f.network_id from influencer_profiles h join profiles f on f.id = h.profile_id
            where h.influencer_id = i.id and i.name = 'p1';
        """
    )

    await migrate(url.owner)
    await migrate(url.owner, "0005")
    await migrate(url.owner)

    rows = await admin.fetch(
        "select owner is null as public, name like 'p%' or name = 'Ana' as same, name_chosen from influencers"
    )
    forced = await admin.fetchval("select relforcerowsecurity from pg_class where oid = 'public.influencers'::regclass")
    await admin.close()
    assert len(rows) == 6
    assert all(row["name_chosen"] is not row["same"] for row in rows)
    assert forced


async def test_the_mapped_tables_are_those_of_the_database(database_url: str) -> None:
    def columns(connection: Connection) -> dict[str, dict[str, bool]]:
        found = inspect(connection)
        return {
            table: {str(column["name"]): bool(column["nullable"]) for column in found.get_columns(table)}
            for table in metadata.tables
        }

    engine = engine_of(database_url)
    async with engine.connect() as connection:
        real = await connection.run_sync(columns)
    await engine.dispose()

    assert real == {
        name: {column.name: bool(column.nullable) for column in table.columns}
        for name, table in metadata.tables.items()
    }


async def test_no_table_is_emptied_by_a_crash_of_the_server(database_url: str) -> None:
    connection = await asyncpg.connect(driver_url(database_url))
    try:
        assert await connection.fetch("select relname from pg_class where relpersistence = 'u'") == []
    finally:
        await connection.close()


async def test_every_table_that_says_something_of_somebody_is_locked_and_the_lock_binds_its_owner(
    database_url: str,
) -> None:
    connection = await asyncpg.connect(driver_url(database_url))
    try:
        rows = await connection.fetch(
            "select relname, relrowsecurity and relforcerowsecurity as locked, relispartition from pg_class "
            "where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        )
        policies = {row["tablename"] for row in await connection.fetch("select tablename from pg_policies")}
    finally:
        await connection.close()

    assert {row["relname"] for row in rows if not row["locked"]} == OWNERLESS
    # A partition has no policy: it can only be reached through its parent.
    assert {row["relname"] for row in rows if row["locked"] and not row["relispartition"]} == policies


async def test_every_locked_table_has_a_view_of_its_own_that_says_what_its_policy_says(
    database_url: DatabaseUrl,
) -> None:
    connection = await asyncpg.connect(database_url)
    locked = await connection.fetch(
        "select distinct tablename from pg_policies where schemaname = 'public' and cmd in ('ALL', 'SELECT')"
    )
    views = await connection.fetch(
        "select c.relname, 'security_invoker=true' = any(c.reloptions) as by_whom_asks, pg_get_viewdef(c.oid) as says "
        "from pg_class c where c.relnamespace = 'seen'::regnamespace"
    )
    await connection.close()

    assert {row["relname"] for row in views} == {row["tablename"] for row in locked}
    assert all(row["by_whom_asks"] for row in views)
    assert all("current_organisation()" in row["says"] or "acts_for_identity()" in row["says"] for row in views)


def test_every_step_is_one_story_of_a_context_in_a_row() -> None:
    names = sorted(path.stem for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))

    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    contexts = {
        "shared",
        "identity",
        "influencers",
        "collection",
        "analytics",
        "exporting",
        "notifications",
        "compliance",
    }
    assert {name.split("_")[1] for name in names} <= contexts
