"""The figures by which one sees how an installation is doing; read over all organisations, so counts only, never rows."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from .database import NOBODY, Database, Driver, Tenant
from .heartbeats import alive
from .partitions import default_rows

KEPT_S = 5
KEPT_LONG_S = 60
"""How long counts over whole tables are good enough."""


@dataclass(slots=True, kw_only=True)
class Vitals:
    """One reading; ages are in seconds, None where there is nothing yet."""

    events_waiting: int = 0
    events_dead: int = 0
    oldest_event_age_s: float = 0
    default_rows: dict[str, int] = field(default_factory=dict)
    processes: dict[str, int] = field(default_factory=dict)
    imports: dict[str, int] = field(default_factory=dict)
    waiting_for_score: int = 0
    profiles: int = 0
    influencers_scored: int = 0
    newest_score_age_s: float | None = None
    newest_import_age_s: float | None = None


class VitalsReader:
    """Reads at most once in `KEPT_S` seconds, however often it is asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._latest = Vitals()
        self._read_at = self._counted_at = float("-inf")

    async def __call__(self) -> Vitals:
        """Return a reading that is at most a few seconds old, or raise `DatabaseUnavailable`."""
        async with self._turn:
            if monotonic() - self._read_at >= KEPT_S:
                await self._read()
        return self._latest

    async def _read(self) -> None:
        vitals = self._latest
        vitals.default_rows = dict(await default_rows(self._database))
        vitals.processes = dict(await alive(self._database))
        async with self._database.reading(NOBODY, timeout_s=2) as connection:
            await _outbox(connection, vitals)
        if monotonic() - self._counted_at >= KEPT_LONG_S:
            await self._count(vitals)
            self._counted_at = monotonic()
        self._read_at = monotonic()

    async def _count(self, vitals: Vitals) -> None:
        counted = Vitals()
        async with self._database.reading(NOBODY, timeout_s=10) as connection:
            # The planner's estimate: nobody needs to know to a profile how many there are.
            counted.profiles = await connection.fetchval(
                "select greatest(reltuples, 0)::bigint from pg_class where oid = 'profiles'::regclass"
            )
            organisations = await connection.fetch("select id from organisations")
            await _tenant(connection, counted, None)
            for row in organisations:
                await _tenant(connection, counted, row["id"])
        for name in ("profiles", "imports", "waiting_for_score", "influencers_scored", *_AGES):
            setattr(vitals, name, getattr(counted, name))


_AGES = ("newest_score_age_s", "newest_import_age_s")


async def _outbox(connection: Driver, vitals: Vitals) -> None:
    row = await connection.fetchrow(
        "select count(*) filter (where dead_at is null) as waiting, count(dead_at) as dead, "
        "coalesce(extract(epoch from now() - min(recorded_at) filter (where dead_at is null)), 0)::float8 as age "
        "from outbox where done_at is null"
    )
    assert row is not None
    vitals.events_waiting, vitals.events_dead, vitals.oldest_event_age_s = row["waiting"], row["dead"], row["age"]


async def _tenant(connection: Driver, counted: Vitals, organisation: UUID | None) -> None:
    """Add what *organisation* owns (None: what is public), as that tenant and no other sees it."""
    await connection.execute(Tenant(organisation).settings_sql)  # type: ignore[arg-type]
    mine = "owner is not distinct from $1"
    row = await connection.fetchrow(
        f"select (select count(*) from score_queue where {mine}) as waiting, count(*) as scored, "  # noqa: S608
        f"extract(epoch from now() - max(computed_at))::float8 as newest_score_age_s from standings where {mine}",
        organisation,
    )
    imports = await connection.fetch(
        "select state, count(*) as imports, extract(epoch from now() - max(finished_at))::float8 as age "
        "from imports where organisation = $1 group by state",
        organisation,
    )
    assert row is not None
    counted.waiting_for_score += row["waiting"]
    counted.influencers_scored += row["scored"]
    counted.newest_score_age_s = _younger(counted.newest_score_age_s, row["newest_score_age_s"])
    counted.imports = dict(Counter(counted.imports) + Counter({found["state"]: found["imports"] for found in imports}))
    for found in imports:
        counted.newest_import_age_s = _younger(counted.newest_import_age_s, found["age"])


def _younger(one: float | None, other: float | None) -> float | None:
    return min((age for age in (one, other) if age is not None), default=None)
