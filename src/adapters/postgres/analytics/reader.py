"""`ColumnReader` over PostgreSQL: one snapshot of the database, some thousands of profiles at a time."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg
import numpy as np
from numpy.typing import NDArray

from ....application.analytics.assembly import Identity, assemble
from ....application.analytics.errors import ImportNotKnown
from ....application.analytics.instants import instant_of
from ....application.analytics.ports import Selection
from ....application.shared.actor import Actor
from ....domain.analytics.columns import ProfileColumns, ReportedColumns
from ..database import Database, Driver, Tenant
from . import evidence
from .evidence import Scope, along_the_index

CHUNK: Final = 2_000
_PATIENCE_S: Final = 600


def scope_for(actor: Actor) -> Scope:
    return Scope.OWN if actor.demonstration else Scope.SHARED


class PostgresColumnReader:
    """Reads what the actor may see."""

    def __init__(self, database: Database, *, chunk: int = CHUNK) -> None:
        self._database = database
        self._chunk = chunk

    async def figures(self, actor: Actor, selection: Selection, *, until: datetime) -> AsyncIterator[ProfileColumns]:
        scope = scope_for(actor)
        async with self._database.reading(Tenant.of(actor), timeout_s=_PATIENCE_S) as connection:
            chosen = await _chosen(connection, selection, scope)
            private = await _has_own(connection)
            for start in range(0, len(chosen), self._chunk):
                yield await _piece(connection, chosen[start : start + self._chunk], scope, until, private=private)

    async def post_keys(self, actor: Actor, numbers: NDArray[np.int64]) -> Sequence[str]:
        async with self._database.reading(Tenant.of(actor), timeout_s=_PATIENCE_S) as connection:
            rows = await connection.fetch(
                "select id, network_post_id from posts where id = any($1::bigint[])", numbers.tolist()
            )
        keys = {row["id"]: row["network_post_id"] for row in rows}
        return [keys[number] for number in numbers.tolist()]

    async def reported(self, actor: Actor, selection: Selection, *, until: datetime) -> ReportedColumns:
        scope = scope_for(actor)
        async with self._database.reading(Tenant.of(actor), timeout_s=_PATIENCE_S) as connection:
            chosen = await _chosen(connection, selection, scope, table="profile_averages")
            sql = _REPORTED.format(a=scope.where("a"), r=scope.where("r"))
            rows = await connection.fetch(sql, [row["id"] for row in chosen], until)
        return _reported(rows)


async def _chosen(
    connection: Driver, selection: Selection, scope: Scope, *, table: str = ""
) -> Sequence[asyncpg.Record]:
    """Say which profiles there is evidence of, ascending by number, with network and key."""
    conditions, arguments = ["true"], list[Any]()
    if selection.network is not None:
        arguments.append(selection.network)
        conditions.append(f"f.network = ${len(arguments)}")
    if selection.profiles is not None:
        arguments.append(list(selection.profiles))
        conditions.append(f"f.id = any(${len(arguments)}::bigint[])")
    if selection.import_id is not None:
        number = await connection.fetchval("select no from imports where id = $1", selection.import_id)
        if number is None:
            raise ImportNotKnown(selection.import_id)
        arguments.append(number)
        conditions.append(_BROUGHT.format(number=f"${len(arguments)}"))
    seen = (table,) if table else ("posts", "profile_metrics")
    known = (f"exists (select from {name} e where e.profile_id = f.id {scope.where('e')})" for name in seen)
    conditions.append(f"({' or '.join(known)})")
    found: list[asyncpg.Record] = await connection.fetch(
        f"select f.id, f.network, f.network_id from profiles f where {' and '.join(conditions)} order by f.id",
        *arguments,
    )
    return found


_BROUGHT: Final = """f.id in (
    select profile_id from posts where import_no = {number}
    union select profile_id from profile_metrics where import_no = {number}
    union select profile_id from profile_averages where import_no = {number}
    union select p.profile_id from post_metrics m join posts p on p.id = m.post_id where m.import_no = {number}
)"""


async def _has_own(connection: Driver) -> bool:
    own: bool = await connection.fetchval("select exists (select from posts where owner is not null)")
    return own


async def _piece(
    connection: Driver, rows: Sequence[asyncpg.Record], scope: Scope, until: datetime, *, private: bool
) -> ProfileColumns:
    profiles = np.array([row["id"] for row in rows], dtype=np.int64)
    async with along_the_index(connection):
        posts, latest, first = await evidence.all_posts(connection, profiles, scope, until, private=private)
        readings = await evidence.readings(connection, profiles, scope, until=until)
    return assemble(
        Identity(profiles, [row["network"] for row in rows], [row["network_id"] for row in rows]),
        posts,
        latest,
        readings,
        first=first,
        names=await evidence.names(connection, profiles),
    )


_REPORTED: Final = """
    select distinct on (a.profile_id, a.source, a.observed_at, a.scope)
        a.profile_id, f.network, f.network_id, a.source, a.observed_at,
        a.avg_views, a.avg_likes, a.avg_comments, a.avg_shares, a.avg_interactions,
        (select r.followers from profile_metrics r where r.profile_id = a.profile_id and r.observed_at = a.observed_at
            and r.followers is not null {r} order by r.owner nulls last limit 1) as followers
    from profile_averages a join profiles f on f.id = a.profile_id
    where a.profile_id = any($1::bigint[]) and a.observed_at <= $2 {a}
    order by a.profile_id, a.source, a.observed_at, a.scope, a.owner nulls last
"""


def _reported(rows: Sequence[asyncpg.Record]) -> ReportedColumns:
    def values(name: str) -> Any:
        return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)

    counts = ("followers", "avg_views", "avg_likes", "avg_comments", "avg_shares", "avg_interactions")
    return ReportedColumns(
        profile_id=np.array([row["profile_id"] for row in rows], dtype=np.int64),
        network=tuple(row["network"] for row in rows),
        key=tuple(row["network_id"] for row in rows),
        source=tuple(row["source"] for row in rows),
        observed_at=np.array([instant_of(row["observed_at"]) for row in rows], dtype=np.int64),
        **{name: values(name) for name in counts},
    )
