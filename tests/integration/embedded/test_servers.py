"""The servers that come along answer, as whom they should."""

from __future__ import annotations

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from analisa.adapters.embedded.postgres import EmbeddedPostgres
from tests.servers import DatabaseUrl


@pytest.mark.parametrize("who", ["url", "owner_url"])
async def test_neither_the_program_nor_who_owns_its_tables_is_a_superuser(postgres: EmbeddedPostgres, who: str) -> None:
    connection = await asyncpg.connect(getattr(postgres, who))
    try:
        facts = await connection.fetchrow(
            "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, "
            "(select datdba::regrole::text from pg_database where datname = current_database()) as owner "
            "from pg_roles where rolname = current_user"
        )
    finally:
        await connection.close()
    assert facts is not None
    assert tuple(facts) == (False, False, False, False, "analisa_owner")


@pytest.mark.parametrize(
    "wish",
    [
        "alter table influencers no force row level security",
        "alter table influencers disable row level security",
        "drop policy tenant on influencers",
        "create policy everybody on influencers using (true)",
        "truncate influencers cascade",
        "create table mine (n int)",
        "select * from profile_metrics_default",
        "update alembic_version set version_num = '0000'",
        "delete from audit_entries",
        "set role analisa_owner",
        "create or replace function current_organisation() returns uuid language sql as 'select null::uuid'",
        "select make_month('influencers', '2020-01-01')",
    ],
)
async def test_the_program_cannot_take_the_lock_off(database_url: DatabaseUrl, wish: str) -> None:
    connection = await asyncpg.connect(database_url)
    refusals = (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError)
    try:
        with pytest.raises(refusals):
            await connection.execute(wish)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_checksums", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
        ("log_statement", "none"),
    ],
)
async def test_postgres_is_set_up_as_promised(postgres: EmbeddedPostgres, setting: str, value: str) -> None:
    connection = await asyncpg.connect(postgres.admin_url())
    try:
        assert await connection.fetchval("select current_setting($1)", setting) == value
    finally:
        await connection.close()


async def test_text_sorts_and_folds_the_same_on_every_machine(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.url)
    try:
        locale = await connection.fetchrow(
            "select datlocprovider::text, datlocale from pg_database where datname = current_database()"
        )
        assert locale is not None
        assert tuple(locale) == ("b", "C.UTF-8")
        assert await connection.fetchval("select upper('ação')") == "AÇÃO"
    finally:
        await connection.close()


async def test_vectors_are_there(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("select '[1,2]'::vector <-> '[1,4]'::vector") == 2
    finally:
        await connection.close()


async def test_nobody_enters_without_the_password(postgres: EmbeddedPostgres) -> None:
    port = postgres.url.rpartition(":")[2]

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://analisa:wrong@127.0.0.1:{port}")


async def test_valkey_keeps_every_key_and_asks_for_the_password(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        assert await redis.ping()
        settings = await redis.config_get("maxmemory-policy", "appendonly", "appendfsync", "protected-mode")
    assert settings == {
        "maxmemory-policy": "noeviction",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "protected-mode": "yes",
    }
    async with Redis.from_url("redis://" + redis_url.partition("@")[2]) as stranger:
        with pytest.raises(RedisError, match="authenticated"):
            await stranger.ping()
