"""The register of imports in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert

from ....application.collection.errors import ImportNotFound
from ....application.collection.ports import ImportJob, ImportOptions
from ....application.shared.actor import Actor
from ....application.shared.ports import Ids
from ....domain.collection.report import ImportReport
from ....domain.shared.events import Event
from ....domain.shared.ids import ImportId, OrganisationId, Owner
from .. import outbox
from ..auditing import noted
from ..database import Database, Tenant
from ..jsonb import as_a, plain
from ..organisations import organisations_known
from .tables import import_findings, imports

_JOB = (
    imports.c.id,
    imports.c.no,
    imports.c.organisation,
    imports.c.owner,
    imports.c.state,
    imports.c.options,
    imports.c.requested_at,
    imports.c.error,
)


class PostgresImports:
    """`ImportRegister`."""

    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    async def add(
        self, actor: Actor, import_id: ImportId, options: ImportOptions, *events: Event, owner: Owner
    ) -> ImportJob:
        row = {
            "id": import_id,
            "organisation": actor.organisation,
            "owner": owner,
            "options": plain(options),
            "requested_by": actor.name,
        }
        adding = insert(imports).values(row).on_conflict_do_nothing(index_elements=[imports.c.id]).returning(*_JOB)
        async with self._database.writing(Tenant.of(actor)) as connection:
            added = (await connection.execute(adding)).mappings().first()
            if added is not None:
                await outbox.record(connection, self._ids, *events)
                await noted(
                    connection,
                    self._ids,
                    organisation=actor.organisation,
                    actor=actor.caller,
                    action="imports.requested",
                    subject=f"import:{import_id}",
                    public="yes" if owner is None else "no",
                )
        return await self.get(actor, import_id) if added is None else _job(added)

    async def get(self, actor: Actor, import_id: ImportId) -> ImportJob:
        async with self._database.writing(Tenant.of(actor)) as connection:
            row = (await connection.execute(select(*_JOB).where(imports.c.id == import_id))).mappings().first()
        if row is None:
            raise ImportNotFound(import_id)
        return _job(row)

    async def wanting(self, ids: Collection[ImportId]) -> Collection[ImportId]:
        wanting: set[ImportId] = set()
        unended = select(imports.c.id).where(imports.c.id.in_(ids), imports.c.state != "done")
        for organisation in await organisations_known(self._database) if ids else ():
            async with self._database.writing(Tenant(organisation)) as connection:
                wanting.update(map(ImportId, (await connection.execute(unended)).scalars()))
        return wanting

    async def interrupted(self, actor: Actor, options: ImportOptions) -> ImportJob | None:
        same = (
            select(*_JOB)
            .where(imports.c.state.in_(["queued", "running"]), imports.c.options == plain(options))
            .order_by(imports.c.no.desc())
            .limit(1)
        )
        async with self._database.writing(Tenant.of(actor)) as connection:
            row = (await connection.execute(same)).mappings().first()
        return None if row is None else _job(row)

    async def finish(self, actor: Actor, import_id: ImportId, report: ImportReport) -> None:
        await self._end(actor, import_id, state="done", reader=report.reader, report=plain(report), error=None)

    async def fail(self, actor: Actor, import_id: ImportId, *, code: str, message: str) -> None:
        await self._end(actor, import_id, state="failed", error={"code": code, "message": message})

    async def _end(self, actor: Actor, import_id: ImportId, **values: Any) -> None:
        ended = update(imports).where(imports.c.id == import_id)
        async with self._database.writing(Tenant.of(actor)) as connection:
            await connection.execute(ended.values(finished_at=func.now(), **values))

    async def settle(self, actor: Actor, import_id: ImportId, settled: Mapping[int, str]) -> int:
        number = 0
        async with self._database.writing(Tenant.of(actor)) as connection:
            for state in sorted(set(settled.values())):
                ids = [finding for finding, became in settled.items() if became == state]
                waiting = (
                    update(import_findings)
                    .where(import_findings.c.import_id == import_id, import_findings.c.id.in_(ids))
                    .where(import_findings.c.severity == "quarantined", import_findings.c.state == "open")
                )
                number += (await connection.execute(waiting.values(state=state, settled_at=func.now()))).rowcount
        return number


def _job(row: RowMapping) -> ImportJob:
    error = row["error"]
    return ImportJob(
        id=ImportId(row["id"]),
        number=row["no"],
        organisation=OrganisationId(row["organisation"]),
        owner=None if row["owner"] is None else OrganisationId(row["owner"]),
        state=row["state"],
        options=as_a(ImportOptions, row["options"]),
        requested_at=row["requested_at"],
        error=None if error is None else error["message"],
    )
