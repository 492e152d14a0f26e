"""The one way to the database: snapshots, transactions, tenants, and a server that is away or ends our session."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.postgres.database import (
    NOBODY,
    Database,
    Tenant,
    driver,
    open_database,
)
from analisa.adapters.postgres.errors import DatabaseFull, DatabaseUnavailable
from analisa.application.shared.actor import Actor
from analisa.domain.shared.ids import OrganisationId
from tests.servers import FORGETFUL

PUBLIC = Tenant(None, operator=True)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, name="analisa test") as database:
        yield database


async def an_organisation(database: Database) -> Tenant:
    slug = f"o{uuid4().hex[:8]}"
    async with database.writing(NOBODY) as connection:
        row = await connection.execute(
            text("insert into organisations (slug, name) values (:slug, 'Theirs') returning id"), {"slug": slug}
        )
        return Tenant(OrganisationId(UUID(str(row.scalar_one()))))


async def an_influencer(database: Database, tenant: Tenant, name: str) -> None:
    async with database.writing(tenant) as connection:
        await connection.execute(
            text("insert into influencers (owner, name) values (:owner, :name)"),
            {"owner": tenant.organisation, "name": name},
        )


async def names(database: Database, tenant: Tenant) -> set[str]:
    async with database.reading(tenant) as connection:
        return {row["name"] for row in await connection.fetch("select name from influencers")}


async def test_an_organisation_sees_what_is_public_and_its_own_and_nothing_else(database: Database) -> None:
    one, other = await an_organisation(database), await an_organisation(database)
    await an_influencer(database, PUBLIC, "everybody's")
    await an_influencer(database, one, "one's")
    await an_influencer(database, other, "other's")

    assert await names(database, one) >= {"everybody's", "one's"}
    assert "other's" not in await names(database, one)
    assert not {"one's", "other's"} & await names(database, NOBODY)


@pytest.mark.parametrize("whose", ["public", "another's"])
async def test_nobody_writes_what_is_not_theirs(database: Database, whose: str) -> None:
    one, other = await an_organisation(database), await an_organisation(database)
    owner = None if whose == "public" else other.organisation

    async def trespass() -> None:
        async with database.writing(one) as connection:
            await connection.execute(
                text("insert into influencers (owner, name) values (:owner, 'x')"), {"owner": owner}
            )

    with pytest.raises(Exception, match="row-level security"):
        await trespass()


async def test_a_connection_forgets_its_tenant_with_its_transaction(database_url: str) -> None:
    async with open_database(database_url, readers=1, writers=1) as database:
        one = await an_organisation(database)
        await an_influencer(database, one, "one's only")

        assert "one's only" in await names(database, one)
        assert "one's only" not in await names(database, NOBODY)
        [row] = await database.at_once("select current_organisation() as id")
        assert row["id"] is None


async def test_a_reader_sees_one_moment_and_cannot_write(database: Database) -> None:
    async with database.reading(PUBLIC) as reader:
        before = await reader.fetchval("select count(*) from influencers")
        await an_influencer(database, PUBLIC, "later")
        assert await reader.fetchval("select count(*) from influencers") == before
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await reader.execute("insert into influencers (name) values ('x')")


async def test_a_block_that_fails_leaves_no_trace(database: Database) -> None:
    async def half() -> None:
        async with database.writing(PUBLIC) as connection:
            raw = await driver(connection)
            await raw.execute("insert into influencers (name) values ('half')")
            await raw.execute("insert into influencers (name) values (null)")

    with pytest.raises(asyncpg.NotNullViolationError):
        await half()
    assert "half" not in await names(database, NOBODY)


async def test_what_people_wrote_does_not_stand_in_an_error(database: Database) -> None:
    async def twice() -> None:
        async with database.writing(NOBODY) as connection:
            for _ in range(2):
                await connection.execute(
                    text("insert into organisations (slug, name) values (:slug, :name)"),
                    {"slug": "same", "name": "Maria Silva"},
                )

    with pytest.raises(IntegrityError) as raised:
        await twice()
    assert "Maria Silva" not in str(raised.value)


async def test_a_server_that_is_not_there_is_said_to_be_away() -> None:
    async with open_database("postgresql://a:b@127.0.0.1:1/x") as database:
        with pytest.raises(DatabaseUnavailable):
            await database.ping()
        with pytest.raises(DatabaseUnavailable):
            await names(database, NOBODY)
        with pytest.raises(DatabaseUnavailable):
            await an_influencer(database, PUBLIC, "x")
        with pytest.raises(DatabaseUnavailable):
            await database.at_once("select 1")


@pytest.mark.parametrize("way", ["reading", "writing"])
async def test_a_session_that_the_server_ends_is_replaced_by_the_next(database: Database, way: str) -> None:
    async def be_ended() -> None:
        if way == "reading":
            async with database.reading(NOBODY) as connection:
                await connection.fetchval("select pg_terminate_backend(pg_backend_pid())")
        else:
            async with database.writing(NOBODY) as writer:
                await writer.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DatabaseUnavailable):
        await be_ended()
    await database.ping()
    await an_influencer(database, PUBLIC, "afterwards")


async def test_after_the_server_died_and_came_back_the_first_call_finds_it(place: Path) -> None:
    home = Home(place / "home")
    home.prepare()
    server = EmbeddedPostgres(home, settings=FORGETFUL)
    await server.start()
    try:
        async with open_database(server.url, readers=2, writers=2) as database:
            async with database.writing(NOBODY), database.writing(NOBODY), database.reading(NOBODY):
                await database.ping()  # two of each stand in the pools
            os.kill(server.child.pid, signal.SIGKILL)
            await server.child.ended()
            await server.start()

            async with database.writing(NOBODY) as writer, database.reading(NOBODY) as reader:
                assert (await writer.execute(text("select 1"))).scalar_one() == 1
                assert await reader.fetchval("select 2") == 2
    finally:
        await server.stop()


async def end(url: str, session: int) -> None:
    other = await asyncpg.connect(url)
    await other.execute("select pg_terminate_backend($1, 10000)", session)
    await other.close()


async def test_a_session_that_was_ended_in_the_pool_is_replaced_unseen(database_url: str) -> None:
    own = "select pg_backend_pid()"
    async with open_database(database_url, readers=1, writers=1) as database:
        async with database.reading(NOBODY) as reader, database.writing(NOBODY) as writer:
            sessions = {await reader.fetchval(own), (await writer.execute(text(own))).scalar_one()}
        with ThreadPoolExecutor() as aside:  # the pools' event loop stands meanwhile, so they have not heard of it
            for session in sessions:
                aside.submit(asyncio.run, end(database_url, session)).result()

        async with database.reading(NOBODY) as reader, database.writing(NOBODY) as writer:
            replaced = {await reader.fetchval(own), (await writer.execute(text(own))).scalar_one()}

    assert sessions.isdisjoint(replaced)


async def test_a_transaction_that_is_left_idle_is_ended_by_the_server(database: Database) -> None:
    async def dawdle() -> None:
        async with database.writing(PUBLIC, idle_s=1) as connection:
            await connection.execute(text("insert into influencers (name) values ('idle')"))
            await asyncio.sleep(2)
            await connection.execute(text("select 1"))

    with pytest.raises(DatabaseUnavailable):
        await dawdle()
    assert "idle" not in await names(database, NOBODY)


async def test_the_server_knows_who_is_connected(database: Database) -> None:
    async with database.reading(NOBODY) as connection:
        assert await connection.fetchval("select current_setting('application_name')") == "analisa test"


def test_an_actor_writes_public_rows_only_as_operator() -> None:
    organisation = OrganisationId(uuid4())

    assert Tenant.of(Actor(organisation=organisation)) == Tenant(organisation, asked=True)
    assert Tenant.of(Actor(organisation=organisation, operator=True)).operator
    assert Tenant.owning(None) == PUBLIC
    assert not Tenant.owning(organisation).operator


async def test_who_finds_no_connection_for_writing_is_told_what_to_raise(database_url: str) -> None:
    async with open_database(database_url, writers=1, wait_s=0.1) as small, small.writing(NOBODY):
        with pytest.raises(DatabaseUnavailable, match="ANALISA_POOL_WRITERS"):
            async with small.writing(NOBODY):
                pytest.fail("two writers share one connection")


FULL = "do $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$"


async def test_a_server_without_room_says_so(database: Database) -> None:
    with pytest.raises(DatabaseFull, match=r"no room \(could not extend file.*Make room"):
        async with database.writing(NOBODY) as connection:
            await connection.execute(text(FULL))
    with pytest.raises(DatabaseFull):
        async with database.writing(NOBODY) as connection:
            await (await driver(connection)).execute(FULL)
    with pytest.raises(DatabaseFull):
        async with database.reading(NOBODY) as reader:
            await reader.execute(FULL)


async def test_a_reading_that_was_cancelled_leaves_no_transaction_to_the_next(database_url: str) -> None:
    async with open_database(database_url, readers=1) as database:

        async def read() -> None:
            async with database.reading(Tenant(OrganisationId(uuid4()))) as connection:
                await connection.fetchval("select pg_sleep(60)")

        reading = asyncio.create_task(read())
        await asyncio.sleep(0.3)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

        (first,) = await database.at_once(
            "select current_setting('analisa.organisation', true) as tenant, now() as began"
        )
        (second,) = await database.at_once("select now() as began")
    assert (first["tenant"] or "") == ""
    # A transaction that was left open would have the second statement begin when the first did.
    assert second["began"] > first["began"]


async def test_who_wants_a_connection_waits_for_a_while_and_is_then_told(database_url: str) -> None:
    async with open_database(database_url, readers=1, writers=1, wait_s=0.2) as database:
        async with database.reading(NOBODY):
            with pytest.raises(DatabaseUnavailable, match="ANALISA_POOL_READERS"):
                await database.ping()
            with pytest.raises(DatabaseUnavailable, match="ANALISA_POOL_READERS"):
                await database.at_once("select 1")
        async with database.writing(NOBODY):
            with pytest.raises(DatabaseUnavailable, match="ANALISA_POOL_WRITERS"):
                async with database.writing(NOBODY):
                    pass

        await database.ping()
        assert [row[0] for row in await database.at_once("select 1")] == [1]
