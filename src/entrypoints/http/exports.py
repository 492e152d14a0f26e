"""Exports: ask for a list as a file, follow the work, fetch the file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import File, ServerSentEvent

from ...application.exporting.exports import Exports, RequestExport
from ...application.exporting.ports import Export, Format
from ...application.shared.actor import Actor
from ...application.shared.repeating import RepeatableRequests
from .access import needs
from .closing import Closing
from .cursors import Cursors
from .following import LastEventId, Step, followed
from .parameters import Cursor, Limit, Wired
from .problems import refusals
from .repeating import IdempotencyKey, once

_LIST: Final = "exports"
_NAME: Final = r"^[a-z][a-z0-9_.]{0,63}$"
MEDIA_TYPES: Final = {Format.CSV: "text/csv", Format.JSONL: "application/x-ndjson"}

Name = Annotated[str, msgspec.Meta(max_length=64, pattern=_NAME)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000, pattern=r"^[^\x00-\x1f\x7f]*$")]


class NewExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which list to write into a file, and how; `GET /exportable-lists` has what each takes."""

    list: Name
    format: Format = Format.CSV
    parameters: Annotated[dict[Name, Text], msgspec.Meta(max_length=8)] = {}
    """As the list itself takes them: `{"filter": "followers >= 10k", "sort": "-followers"}`."""
    columns: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=100)] | None = None
    """Some columns, in that order; all where none are named."""


class ExportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, by whom, and what became of it: the file itself is the table alone."""

    export_id: UUID
    list: str
    format: Format
    parameters: dict[str, str]
    columns: tuple[str, ...]
    state: str
    """`queued`, `running`, `done`, `failed`, or `expired`: the file was kept for 24 hours and is gone."""
    rows: int
    """Written so far."""
    bytes: int | None
    sha256: str | None
    """Of the file; null until it is whole."""
    requested_by: str
    requested_at: datetime
    """Spans such as `30d` look back from here."""
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    error_code: str | None
    error: str | None
    href: str
    events: str
    """Where to follow the work (server-sent events)."""
    file: str | None
    """Where to fetch the file; null where there is none."""


class ExportRecords(msgspec.Struct, frozen=True, kw_only=True):
    """A page of exports, the newest first."""

    items: tuple[ExportRecord, ...]
    next_cursor: str | None


class ParameterLine(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    meaning: str
    required: bool


class ExportableLine(msgspec.Struct, frozen=True, kw_only=True):
    """A list that can be exported, and the columns of its table."""

    name: str
    meaning: str
    parameters: tuple[ParameterLine, ...]
    columns: tuple[str, ...]


class ExportableLines(msgspec.Struct, frozen=True, kw_only=True):
    """Every list that can be exported."""

    items: tuple[ExportableLine, ...]


@post(
    "/exports",
    operation_id="createExport",
    tags=["exports"],
    opt=needs("exports.create", fresh=True, cost=20),
    responses=refusals(404, 409, 415, 422),
    status_code=202,
)
async def create(
    request: Request[Any, Any, Any],
    actor: Wired[Actor],
    exports: Wired[Exports],
    repeatable_requests: Wired[RepeatableRequests],
    data: JSONBody[NewExport],
    idempotency_key: IdempotencyKey = None,
) -> Response[ExportRecord]:
    """Ask for a list as a file, which a worker writes; it can be fetched for 24 hours."""

    async def make(reserved: UUID) -> Response[ExportRecord]:
        export = await exports.request(
            RequestExport(
                actor=actor,
                export_id=reserved,
                list=data.list,
                format=data.format,
                parameters=data.parameters,
                columns=data.columns,
            )
        )
        record = _record(export)
        return Response(record, status_code=202, headers={"location": record.href})

    return await once(repeatable_requests, actor, request, idempotency_key, make)


@get("/exports", operation_id="listExports", tags=["exports"], opt=needs("exports.read"), responses=refusals(404, 422))
async def listed(
    actor: Wired[Actor],
    exports: Wired[Exports],
    cursors: Wired[Cursors],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ExportRecords:
    """List the organisation's exports of the last 30 days, the newest first."""
    page = await exports.page(actor, after=cursors.open(_LIST, cursor, UUID), limit=limit)
    return ExportRecords(items=tuple(map(_record, page.items)), next_cursor=cursors.seal(_LIST, page.next))


@get(
    "/exports/{export_id:uuid}",
    operation_id="getExport",
    tags=["exports"],
    opt=needs("exports.read"),
    responses=refusals(404),
)
async def detail(actor: Wired[Actor], exports: Wired[Exports], export_id: FromPath[UUID]) -> ExportRecord:
    """Show one export, and where its file can be fetched."""
    return _record(await exports.get(actor, export_id))


@get(
    "/exports/{export_id:uuid}/events",
    operation_id="followExport",
    tags=["exports"],
    opt=needs("exports.read"),
    responses=refusals(404),
    media_type="text/event-stream",
)
async def follow(
    actor: Wired[Actor],
    exports: Wired[Exports],
    closing: Wired[Closing],
    export_id: FromPath[UUID],
    last_event_id: LastEventId = None,
) -> ServerSentEvent:
    """Follow an export as server-sent events: `progress` whenever there is some, and at last `done` or `failed`.

    Of one whose file is gone `expired` is told.
    """

    async def look() -> Step:
        record = _record(await exports.get(actor, export_id))
        return Step(name=f"{record.state}.{record.rows}", state=record.state, body=msgspec.json.encode(record))

    await look()  # an export that is not theirs is refused before the stream begins
    return ServerSentEvent(followed(look, closing, last_event_id))


@get(
    "/exports/{export_id:uuid}/file",
    operation_id="downloadExport",
    tags=["exports"],
    opt=needs("exports.read"),
    responses=refusals(404, 409),
    media_type="text/csv",
)
async def download(actor: Wired[Actor], exports: Wired[Exports], export_id: FromPath[UUID]) -> File:
    """Fetch the file of an export: CSV, or JSON lines."""
    export, path = await exports.file(actor, export_id)
    day = export.requested_at.astimezone(UTC).date()
    return File(
        path,
        filename=f"{export.list}-{day}.{export.format}",
        media_type=MEDIA_TYPES[export.format],
        headers={"cache-control": "private, no-store"},
    )


@get(
    "/exportable-lists",
    operation_id="listExportableLists",
    tags=["catalogue"],
    opt=needs("catalogue.read"),
    responses=refusals(),
)
async def exportable(exports: Wired[Exports]) -> ExportableLines:
    """List what can be exported, with the parameters that each list takes and the columns that it has."""
    return ExportableLines(
        items=tuple(
            ExportableLine(
                name=each.name,
                meaning=each.meaning,
                parameters=tuple(
                    ParameterLine(name=parameter.name, meaning=parameter.meaning, required=parameter.required)
                    for parameter in each.parameters
                ),
                columns=tuple(each.cells),
            )
            for each in exports.lists
        )
    )


def _record(export: Export) -> ExportRecord:
    href = f"/api/v1/exports/{export.export_id}"
    return ExportRecord(
        export_id=export.export_id,
        list=export.list,
        format=export.format,
        parameters=dict(export.parameters),
        columns=export.columns,
        state=export.state,
        rows=export.rows,
        bytes=export.bytes,
        sha256=export.sha256,
        requested_by=export.requested_by,
        requested_at=export.requested_at,
        started_at=export.started_at,
        finished_at=export.finished_at,
        expires_at=export.expires_at,
        error_code=export.error_code,
        error=export.error,
        href=href,
        events=f"{href}/events",
        file=f"{href}/file" if export.state == "done" else None,
    )


HANDLERS: list[Any] = [create, listed, detail, follow, download, exportable]
