"""`ExportRegister` over PostgreSQL."""

# ruff: noqa: S608  statements are put together from constants of this file, values travel beside them
from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from ....application.exporting.errors import ExportGivenUp, ExportNotFound, TooManyExports
from ....application.exporting.ports import (
    MOST_WAITING,
    Export,
    ExportJob,
    ExportPage,
    Format,
    Kept,
    Written,
)
from ....application.shared.actor import Actor
from ....application.shared.ports import Ids
from ....domain.exporting.events import ExportRequested
from ....domain.shared.ids import OrganisationId
from .. import outbox
from ..auditing import noted
from ..database import Database, Tenant, driver
from ..jsonb import as_a
from ..organisations import organisations_known

_EXPORT: Final = """
    id, organisation, list, format, parameters, columns, state, rows, bytes, sha256, requested_by, requested_at,
    demonstration, started_at, finished_at, expires_at, error ->> 'code' as error_code, error ->> 'message' as error
"""
_UNFINISHED: Final = "state in ('queued', 'running')"


class PostgresExports:
    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    async def add(self, actor: Actor, export: Export, event: ExportRequested) -> Export:
        async with self._database.writing(Tenant.of(actor)) as connection:
            raw = await driver(connection)
            # One at a time for an organisation, or as many as ask at once would pass the bound together.
            await raw.execute("select from organisations where id = $1 for no key update", actor.organisation)
            there = await raw.fetchrow(f"select {_EXPORT} from exports where id = $1", export.export_id)
            if there is not None:
                return _export(there)
            waiting = await raw.fetchval(
                f"select count(*) from exports where organisation = $1 and {_UNFINISHED}", actor.organisation
            )
            if waiting >= MOST_WAITING:
                raise TooManyExports(MOST_WAITING)
            row = await raw.fetchrow(
                "insert into exports (id, organisation, list, format, parameters, columns, requested_by, requested_at, "
                f"demonstration) values ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9) returning {_EXPORT}",
                export.export_id,
                actor.organisation,
                export.list,
                export.format,
                msgspec.json.encode(export.parameters).decode(),
                export.columns,
                export.requested_by,
                export.requested_at,
                actor.demonstration,
            )
            await outbox.record(connection, self._ids, event)
            await noted(
                connection,
                self._ids,
                organisation=actor.organisation,
                actor=actor.caller,
                action="exports.requested",
                subject=f"export:{export.export_id}",
                list=export.list,
            )
        return _export(row)

    async def get(self, actor: Actor, export_id: UUID) -> Export:
        async with self._database.reading(Tenant.of(actor)) as connection:
            row = await connection.fetchrow(f"select {_EXPORT} from exports where id = $1", export_id)
        if row is None:
            raise ExportNotFound(export_id)
        return _export(row)

    async def page(self, actor: Actor, *, after: UUID | None = None, limit: int = 50) -> ExportPage:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(_PAGE, actor.organisation, after, limit + 1)
        items = tuple(_export(row) for row in rows[:limit])
        return ExportPage(items=items, next=items[-1].export_id if len(rows) > limit else None)

    async def file_of(self, actor: Actor, export_id: UUID) -> str | None:
        async with self._database.reading(Tenant.of(actor)) as connection:
            name: str | None = await connection.fetchval("select file from exports where id = $1", export_id)
        return name

    async def kept(self, actor: Actor, now: datetime) -> Kept:
        async with self._database.reading(Tenant.of(actor)) as connection:
            row = await connection.fetchrow(
                "select coalesce(sum(bytes), 0)::bigint as bytes, min(expires_at) as until from exports "
                "where organisation = $1 and state = 'done' and expires_at > $2",
                actor.organisation,
                now,
            )
        return Kept(bytes=row["bytes"], until=row["until"])

    async def begin(self, organisation: UUID, export_id: UUID) -> ExportJob | None:
        row = await self._change(
            organisation,
            "update exports set state = 'running', rows = 0, started_at = coalesce(started_at, now()), error = null, "
            f"finished_at = null where id = $1 and ({_UNFINISHED} or error ->> 'code' = $2) returning {_EXPORT}",
            export_id,
            ExportGivenUp.code,
        )
        if row is None:
            return None
        actor = Actor(
            organisation=OrganisationId(organisation), name=row["requested_by"], demonstration=row["demonstration"]
        )
        return ExportJob(export=_export(row), actor=actor)

    async def progress(self, job: ExportJob, rows: int) -> None:
        await self._change(
            job.actor.organisation,
            f"update exports set rows = $2 where id = $1 and {_UNFINISHED}",
            job.export.export_id,
            rows,
        )

    async def finish(self, job: ExportJob, written: Written, expires_at: datetime) -> bool:
        row = await self._change(
            job.actor.organisation,
            "update exports set state = 'done', file = $2, rows = $3, bytes = $4, sha256 = $5, expires_at = $6, "
            f"finished_at = now(), error = null where id = $1 and {_UNFINISHED} returning id",
            job.export.export_id,
            written.name,
            written.rows,
            written.bytes,
            written.sha256,
            expires_at,
        )
        return row is not None

    async def fail(self, organisation: UUID, export_id: UUID, *, code: str, message: str) -> None:
        error = msgspec.json.encode({"code": code, "message": message}).decode()
        await self._change(
            organisation,
            f"update exports set state = 'failed', error = $2::text::jsonb, finished_at = now() where id = $1 and {_UNFINISHED}",
            export_id,
            error,
        )

    async def forget(self, before: datetime) -> int:
        forgotten = 0
        for organisation in await organisations_known(self._database):
            async with self._database.writing(Tenant(organisation)) as connection:
                raw = await driver(connection)
                tag: str = await raw.execute("delete from exports where requested_at < $1", before)
            forgotten += int(tag.rpartition(" ")[2])
        return forgotten

    async def _change(self, organisation: UUID, statement: str, *values: object) -> asyncpg.Record | None:
        async with self._database.writing(Tenant(OrganisationId(organisation))) as connection:
            raw = await driver(connection)
            return await raw.fetchrow(statement, *values)


_PAGE: Final = f"""
    select {_EXPORT} from exports
    where organisation = $1
    and ($2::uuid is null or (requested_at, id) < (select requested_at, id from exports where id = $2))
    order by requested_at desc, id desc limit $3
"""


def _export(row: asyncpg.Record) -> Export:
    facts = dict(row)
    del facts["organisation"], facts["demonstration"]
    return Export(
        export_id=facts.pop("id"),
        format=Format(facts.pop("format")),
        parameters=as_a(dict[str, str], facts.pop("parameters")),
        columns=tuple(facts.pop("columns")),
        **facts,
    )
