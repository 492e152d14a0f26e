"""Monthly partitions: made when asked, never in anybody's way, and no way round the tenant's lock."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest
import pytest_asyncio

from analisa.adapters.postgres.database import NOBODY, Database, Tenant, driver, open_database
from analisa.adapters.postgres.partitions import default_rows, ensure_months, months_ahead, months_in_default
from tests.servers import DatabaseUrl

PUBLIC = Tenant(None, operator=True)
YEAR = (datetime(2022, 1, 1, tzinfo=UTC), datetime(2022, 12, 31, tzinfo=UTC))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        yield database


async def followers(database: Database, observed_at: str, count: int = 1) -> None:
    async with database.writing(PUBLIC) as connection:
        raw = await driver(connection)
        await raw.execute(
            "with one as (insert into profiles (network, network_id) values ('x', $1) returning id) "
            "insert into profile_metrics (profile_id, observed_at, followers, import_no) "
            "select id, $1::text::timestamptz, $2, 1 from one",
            observed_at,
            count,
        )


async def partition_of(database: Database, observed_at: str) -> str:
    async with database.reading(NOBODY) as connection:
        name: str = await connection.fetchval(
            "select tableoid::regclass::text from profile_metrics where observed_at = $1::text::timestamptz",
            observed_at,
        )
    return name


def test_the_months_ahead_cross_the_year() -> None:
    assert months_ahead(date(2026, 11, 22)) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 2, 1),
    ]


async def test_a_row_goes_to_the_partition_of_its_month_in_utc(database: Database) -> None:
    assert await ensure_months(database, "profile_metrics", [date(2024, 2, 17), date(2024, 3, 1)]) == frozenset()

    await followers(database, "2024-02-29T23:59:59.999Z")
    await followers(database, "2024-02-29T23:00:00-03:00")

    assert await partition_of(database, "2024-02-29T23:59:59.999Z") == "profile_metrics_2024_02"
    assert await partition_of(database, "2024-03-01T02:00:00Z") == "profile_metrics_2024_03"


async def test_several_at_once_make_each_month_once(database: Database) -> None:
    months = [date(2015 + number // 12, number % 12 + 1, 1) for number in range(30)]

    results = await asyncio.gather(*(ensure_months(database, "post_metrics", months) for _ in range(4)))

    assert set(results) == {frozenset()}
    assert await ensure_months(database, "post_metrics", months) == frozenset()


async def test_rows_that_came_before_their_partition_move_into_it_and_the_alarm_ends(database: Database) -> None:
    await followers(database, "2001-05-05T00:00:00Z", 7)
    assert (await default_rows(database))["profile_metrics"] > 0
    assert await months_in_default(database, "profile_metrics") == [date(2001, 5, 1)]

    assert await ensure_months(database, "profile_metrics", [date(2001, 5, 1)]) == frozenset()

    assert await partition_of(database, "2001-05-05T00:00:00Z") == "profile_metrics_2001_05"
    assert await months_in_default(database, "profile_metrics") == []
    assert (await default_rows(database))["profile_metrics"] == 0


async def test_no_room_beside_a_long_reader_leaves_the_rows_to_the_default_partition(database: Database) -> None:
    async with database.reading(NOBODY) as reader:
        await reader.fetchval("select count(*) from profile_metrics")

        assert await ensure_months(database, "profile_metrics", [date(2010, 1, 1)], patience_s=0) == {date(2010, 1, 1)}
        await followers(database, "2010-01-05T00:00:00Z")

    assert await partition_of(database, "2010-01-05T00:00:00Z") == "profile_metrics_default"


@pytest.mark.parametrize(
    ("name", "observed_at"),
    [("profile_metrics_2012_07", "2012-07-03T00:00:00Z"), ("profile_metrics_default", "1999-01-02T00:00:00Z")],
)
async def test_a_partition_cannot_be_read_past_the_lock_of_its_parent(
    database: Database, database_url: DatabaseUrl, name: str, observed_at: str
) -> None:
    await ensure_months(database, "profile_metrics", [date(2012, 7, 1)])
    await followers(database, observed_at)
    assert await partition_of(database, observed_at) == name

    async with database.reading(PUBLIC) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval(f"select count(*) from {name}")
    owner = await asyncpg.connect(database_url.owner)
    assert await owner.fetchval(f"select count(*) from {name}") == 0, "its owner passes no better"
    await owner.close()


@pytest.mark.parametrize("table", ["profile_metrics", "post_metrics"])
async def test_a_question_about_one_month_touches_its_partition_alone(database: Database, table: str) -> None:
    await ensure_months(database, table, [date(2023, month, 1) for month in (4, 5, 6)])

    async with database.reading(PUBLIC) as connection:
        scanned = await connection.fetch(
            f"explain select * from {table} where observed_at >= '2023-05-01Z' and observed_at < '2023-06-01Z'"
        )
    touched = {found for [line] in scanned for found in re.findall(rf"{table}_(?:\d+_\d+|default)", line)}

    assert touched == {f"{table}_2023_05"}


async def test_an_old_month_that_is_taken_off_leaves_the_others_readable(
    database: Database, database_url: DatabaseUrl
) -> None:
    await ensure_months(database, "profile_metrics", [date(2022, 1, 1), date(2022, 2, 1)])
    await followers(database, "2022-01-15T00:00:00Z", 1)
    await followers(database, "2022-02-15T00:00:00Z", 2)

    owner = await asyncpg.connect(database_url.owner)
    await owner.execute("alter table profile_metrics detach partition profile_metrics_2022_01")
    await owner.close()

    async with database.reading(NOBODY) as reader:
        left = await reader.fetch("select followers from profile_metrics where observed_at between $1 and $2", *YEAR)
    assert [row["followers"] for row in left] == [2]


async def test_a_table_without_partitions_is_refused_by_name(database: Database) -> None:
    with pytest.raises(ValueError, match="comments has no monthly partitions"):
        await ensure_months(database, "comments", [date(2024, 1, 1)])
