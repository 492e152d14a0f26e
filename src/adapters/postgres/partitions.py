"""Monthly partitions of the metrics: made before rows need them, and never at the price of standing in anybody's way.

Attaching one wants the default partition for itself for a moment. While a long transaction reads the parent that
moment may not come, so we ask briefly, let others pass, ask again, and give up in the end: rows of a month that has
no partition go to the default one, which is alarmed, and move out as soon as their month is made.

The tables are not ours to change: functions that act for their owner make partitions (migration 0020).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from time import monotonic

import asyncpg

from ...domain.shared.errors import Unavailable
from .database import NOBODY, Database, driver

PARTITIONED = ("profile_metrics", "post_metrics")
AHEAD = 3
"""How many months after the present one stand ready."""

_ONE_AT_A_TIME = 0x70617274
_BATCH = 24  # each partition of a transaction takes some thirty locks of the server's shared table
_PAUSE_S = 0.25


async def ensure_months(
    database: Database, table: str, months: Iterable[date], *, patience_s: float = 5
) -> frozenset[date]:
    """Make the partitions of *table* for the months (UTC) in which *months* lie; safe to call at any time.

    Returns the months for which no room was found within *patience_s* seconds, because somebody works in the table:
    their rows go to the default partition.
    """
    _check(table)
    missing = sorted({day.replace(day=1) for day in months} - await _existing(database, table))
    deadline = monotonic() + patience_s
    while missing:
        batch, rest = missing[:_BATCH], missing[_BATCH:]
        try:
            await _make(database, table, batch)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if monotonic() >= deadline:
                break
            await asyncio.sleep(_PAUSE_S)
        else:
            missing = rest
    return frozenset(missing)


def months_ahead(today: date, ahead: int = AHEAD) -> list[date]:
    """The month of *today* and the *ahead* months after it."""
    first = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(first, first + ahead + 1)]


async def months_in_default(database: Database, table: str) -> list[date]:
    """Say of which months rows stand in the default partition of *table*, or raise `Unavailable` while it is in use."""
    _check(table)
    try:
        async with database.writing(NOBODY) as connection:
            raw = await driver(connection)
            await raw.execute("set local lock_timeout = '1s'")
            rows = await raw.fetch("select months_in_default($1) as month", table)
    except asyncpg.LockNotAvailableError as error:
        raise Unavailable(
            f"somebody works in {table}; what stands in its default partition is seen to later"
        ) from error
    return [row["month"] for row in rows]


async def default_rows(database: Database) -> Mapping[str, int]:
    """Count, by the server's own statistics, the rows in each default partition; anything above 0 is an alarm."""
    names = [f"{table}_default" for table in PARTITIONED]
    async with database.reading(NOBODY) as connection:
        rows = await connection.fetch(
            "select relname, greatest(n_live_tup, (pg_relation_size(relid) > 0)::int) as rows "
            "from pg_stat_user_tables where relname = any($1)",
            names,
        )
    return {row["relname"].removesuffix("_default"): row["rows"] for row in rows}


async def _existing(database: Database, table: str) -> set[date]:
    async with database.reading(NOBODY) as connection:
        rows = await connection.fetch(
            "select relname from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = $1::regclass",
            f"public.{table}",
        )
    prefix = f"{table}_"
    names = (row["relname"].removeprefix(prefix) for row in rows)
    return {datetime.strptime(name, "%Y_%m").replace(tzinfo=UTC).date() for name in names if name != "default"}


async def _make(database: Database, table: str, months: Iterable[date]) -> None:
    async with database.writing(NOBODY) as connection:
        raw = await driver(connection)
        await raw.execute(f"set local lock_timeout = '1s'; select pg_advisory_xact_lock({_ONE_AT_A_TIME})")
        await raw.executemany("select make_month($1, $2)", [(table, month) for month in months])


def _check(table: str) -> None:
    if table not in PARTITIONED:
        raise ValueError(f"{table} has no monthly partitions; {' and '.join(PARTITIONED)} have")
