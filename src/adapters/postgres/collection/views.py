"""Imports as they are shown, straight from SQL."""

# ruff: noqa: S608  the pieces stand in this file
from __future__ import annotations

from uuid import UUID

import asyncpg

from ....application.collection.errors import ImportNotFound
from ....application.collection.ports import ImportOptions, ImportState, Progress
from ....application.collection.views import (
    MAX_PAGE,
    FindingLine,
    FindingPage,
    FindingState,
    ImportDetail,
    ImportLine,
    ImportPage,
)
from ....application.shared.actor import Actor
from ....domain.collection.batch import Finding, Severity
from ....domain.collection.report import FileReport, ImportReport
from ..database import Database, Driver, Tenant
from ..jsonb import as_a

_LINE = """
select i.id, i.no, i.state, i.reader, i.owner is null as public, i.options, i.requested_by, i.requested_at, i.started_at,
    i.finished_at, i.progress, i.report, i.error ->> 'message' as error, i.error ->> 'code' as error_code,
    (select count(*) from import_findings f where f.import_id = i.id and f.severity = 'quarantined' and f.state = 'open')
    as quarantined,
    array(select name from import_files f where f.import_id = i.id order by position limit 20) as files
from imports i
"""
_ONE = _LINE + "where i.id = $1"
_PAGE = _LINE + "where $1::uuid is null or i.no < (select no from imports where id = $1) order by i.no desc limit $2"
_FILES = "select counts from import_files where import_id = $1 order by position"
_PROGRESS = "select state, progress from imports where id = $1"
_FINDINGS = """
select id, severity, code, message, file, line, table_name, field, cells, state, settled_at from import_findings
where import_id = $1 and ($2::text is null or severity = $2) and ($3::text is null or state = $3)
and ($4::bigint is null or id > $4) order by id limit $5
"""


class PostgresImportViews:
    """`ImportViews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def detail(self, actor: Actor, import_id: UUID) -> ImportDetail:
        async with self._database.reading(Tenant.of(actor)) as connection:
            row = await connection.fetchrow(_ONE, import_id)
            if row is None:
                raise ImportNotFound(import_id)
            report = await _report(connection, row)
        return ImportDetail(
            line=_line(row), options=as_a(ImportOptions, row["options"]), report=report, error_code=row["error_code"]
        )

    async def page(self, actor: Actor, *, after: UUID | None = None, limit: int = 50) -> ImportPage:
        limit = min(limit, MAX_PAGE)
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(_PAGE, after, limit + 1)
        items = tuple(_line(row) for row in rows[:limit])
        return ImportPage(items=items, next=items[-1].import_id if len(rows) > limit else None)

    async def progress(self, actor: Actor, import_id: UUID) -> tuple[ImportState, Progress]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            row = await connection.fetchrow(_PROGRESS, import_id)
        if row is None:
            raise ImportNotFound(import_id)
        return row["state"], as_a(Progress, row["progress"])

    async def findings(
        self,
        actor: Actor,
        import_id: UUID,
        *,
        severity: Severity | None = None,
        state: FindingState | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> FindingPage:
        limit = min(limit, MAX_PAGE)
        async with self._database.reading(Tenant.of(actor)) as connection:
            if not await connection.fetchval("select exists (select from imports where id = $1)", import_id):
                raise ImportNotFound(import_id)
            rows = await connection.fetch(_FINDINGS, import_id, severity, state, after, limit + 1)
        items = tuple(_finding(row) for row in rows[:limit])
        return FindingPage(items=items, next=items[-1].finding_id if len(rows) > limit else None)


async def _report(connection: Driver, row: asyncpg.Record) -> ImportReport:
    if row["report"] is not None:
        return as_a(ImportReport, row["report"])
    files = await connection.fetch(_FILES, row["id"])
    return ImportReport(reader=row["reader"] or "", files=[as_a(FileReport, file["counts"]) for file in files])


def _line(row: asyncpg.Record) -> ImportLine:
    options = as_a(ImportOptions, row["options"])
    names = tuple(path.rpartition("/")[2] or path for path in options.paths)
    return ImportLine(
        import_id=row["id"],
        state=row["state"],
        reader=row["reader"],
        public=row["public"],
        files=names or tuple(row["files"]),
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        progress=as_a(Progress, row["progress"]),
        quarantined=row["quarantined"],
        error=row["error"],
    )


def _finding(row: asyncpg.Record) -> FindingLine:
    finding = Finding(
        severity=Severity(row["severity"]),
        code=row["code"],
        message=row["message"],
        file=row["file"],
        line=row["line"],
        table=row["table_name"],
        field=row["field"],
        cells=as_a(dict[str, str], row["cells"]),
    )
    return FindingLine(finding_id=row["id"], finding=finding, state=row["state"], settled_at=row["settled_at"])
