"""What is stored, read out again table by table in the order of its keys, from one moment."""

# ruff: noqa: S608  names and expressions are this file's own, what people wrote is bound
from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

import asyncpg
import msgspec

from ....application.collection.ports import ExportScope
from ....application.shared.actor import Actor
from ....domain.collection.batch import Batch
from ....domain.collection.records import TABLES, Kind, Table
from ..database import Database, Tenant

_ROWS = 20_000

_OF_PROFILE = {"network": "p.network", "profile_id": "p.network_id"}
_OF_POST = {"network": "q.network", "post_id": "q.network_post_id"}

_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "profiles": {**_OF_PROFILE, "observed_at": "t.described_at"},
    "profile_metrics": _OF_PROFILE,
    "posts": {"post_id": "t.network_post_id", "profile_id": "p.network_id", "observed_at": "t.described_at"},
    "post_metrics": _OF_POST,
    "profile_averages": _OF_PROFILE,
    "comments": {"comment_id": "t.network_comment_id", "post_id": "t.network_post_id"},
    "audience": {**_OF_PROFILE, "post_id": "nullif(t.network_post_id, '')"},
}
"""Where a field stands, if not in the column of its name."""

_JOINS: Mapping[str, str] = {
    "post_metrics": "join posts q on q.id = t.post_id join profiles p on p.id = q.profile_id",
    "comments": "left join posts q on q.network = t.network and q.network_post_id = t.network_post_id "
    "and q.owner is not distinct from t.owner left join profiles p on p.id = q.profile_id",
}
_STORED_AS = {"profiles": "profile_descriptions"}

_TIMEOUT_S = 6 * 3600


class PostgresObservationSource:
    """`ObservationSource`, by a cursor in one read-only snapshot; memory stays that of one batch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def batches(self, actor: Actor, scope: ExportScope) -> AsyncGenerator[Batch, None]:
        async with self._database.reading(Tenant.of(actor), timeout_s=_TIMEOUT_S) as connection:
            await connection.execute("set local work_mem = '64MB'; set local jit = off")
            for table in TABLES.values():
                rows: list[asyncpg.Record] = []
                async for row in connection.cursor(_query(table, scope), *_bound(scope), prefetch=_ROWS):
                    rows.append(row)
                    if len(rows) == _ROWS:
                        yield _batch(table, rows)
                        rows = []
                if rows:
                    yield _batch(table, rows)


def _query(table: Table, scope: ExportScope) -> str:
    known = _COLUMNS[table.name]
    columns = ", ".join(f"{known.get(name, f't.{name}')} as {name}" for name in table.names)
    joins = _JOINS.get(table.name, "join profiles p on p.id = t.profile_id")
    keys = ", ".join(f"{known.get(name, f't.{name}')}" for name in table.key)
    owners = "t.owner is not null" if scope.only_own else "t.owner is null" if scope.only_public else "true"
    profile = "true"
    if scope.profile is not None:
        profile = "p.network = $1 and p.network_id = $2"
    # Where the organisation and the public hold the same key, the organisation's own record stands: nulls sort last.
    return (
        f"select distinct on ({keys}) {columns} from {_STORED_AS.get(table.name, table.name)} t {joins} "
        f"where {owners} and {profile} order by {keys}, t.owner"
    )


def _bound(scope: ExportScope) -> tuple[str, ...]:
    return () if scope.profile is None else (str(scope.profile.network), scope.profile.name)


def _batch(table: Table, rows: list[asyncpg.Record]) -> Batch:
    """Columns that hold nothing at all in these rows stay out, as they do in a reader's batch."""
    columns: dict[str, list[object]] = {}
    for place, field in enumerate(table.fields):
        values = [row[place] for row in rows]
        if any(value is not None for value in values):
            columns[field.name] = _domain_values(field.kind, values)
    return Batch(table, table.name, lines=range(2, len(rows) + 2), columns=columns, rows_read=len(rows))


def _domain_values(kind: Kind, values: list[object]) -> list[object]:
    if kind is Kind.OBJECT:
        return [None if value is None else msgspec.json.decode(str(value)) for value in values]
    if kind is Kind.WORDS:
        return [tuple(value) if isinstance(value, list) else None for value in values]
    return values
