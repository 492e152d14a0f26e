"""Imports: send files in, follow the work, read the report and what was found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.exceptions import ClientException, InternalServerException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import ServerSentEvent

from ...application.collection.errors import ImportNotFound, UploadRefused
from ...application.collection.imports import RequestImport, RequestImportHandler
from ...application.collection.ports import ImportOptions, UploadShelf
from ...application.collection.views import FindingLine, FindingState, ImportDetail, ImportLine, ImportViews
from ...application.shared.actor import Actor
from ...application.shared.ports import Ids
from ...application.shared.repeating import LEASE, Answer, KeyReused, RepeatableRequests
from ...domain.collection.batch import Severity
from ...domain.collection.conflict import OnConflict
from ...domain.shared.errors import Unavailable
from ...domain.shared.ids import ImportId
from ..moments import moment
from ..settings import Limits, Settings
from .access import needs
from .closing import Closing
from .cursors import Cursors
from .following import LastEventId, Step, followed
from .parameters import Cursor, Limit, Wired
from .problems import refusals
from .repeating import IdempotencyKey, again, answered, named, taking
from .uploads import Upload, onto, receive, unkept

_LIST: Final = "imports"


class Choices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields beside the files."""

    reader: str | None = None
    mapping: str | None = None
    """The text of a TOML mapping."""
    profile: str | None = None
    """NETWORK:ID-OR-HANDLE, where the files do not say whose they are."""
    observed_at: str | None = None
    """When the figures were taken, as `analisa import --observed-at` takes it, where the files do not say so."""
    encoding: str | None = None
    public: bool = False
    on_conflict: OnConflict = OnConflict.KEEP


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The files are here; a worker imports them."""

    import_id: UUID
    state: str
    href: str
    events: str
    """Where to follow the work (server-sent events)."""


class Imports(msgspec.Struct, frozen=True, kw_only=True):
    """A page of imports, the newest first."""

    items: tuple[ImportLine, ...]
    next_cursor: str | None


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """A page of findings, in the order in which they were made."""

    items: tuple[FindingLine, ...]
    next_cursor: str | None


@post(
    "/imports",
    operation_id="createImport",
    tags=["imports"],
    opt=needs("imports.create", cost=20),
    responses=refusals(404, 409, 413, 415, 422),
    status_code=202,
    request_max_body_size=None,
)
async def create(
    request: Request[Any, Any, Any],
    actor: Wired[Actor],
    shelf: Wired[UploadShelf],
    request_import: Wired[RequestImportHandler],
    import_views: Wired[ImportViews],
    repeatable_requests: Wired[RepeatableRequests],
    fresh_ids: Wired[Ids],
    settings: Wired[Settings],
    idempotency_key: IdempotencyKey = None,
) -> Response[Accepted]:
    """Send files to import, as multipart/form-data with parts named `file`.

    Fields `reader`, `mapping`, `profile`, `observed_at`, `encoding`, `public` and `on_conflict` are those of
    `analisa import`; `mapping` is the text of one, or its file. Nothing is kept of a request that breaks off. Sent again
    under the same `Idempotency-Key`, the same files are imported once.
    """
    limits = settings.limits
    desk = _Desk(actor=actor, shelf=shelf, request_import=request_import, import_views=import_views, limits=limits)
    arrived = ImportId(fresh_ids.new())
    if idempotency_key is None:
        accepted, _ = await desk.take(
            request, arrived, arrived, _arriving(request, limits.unpacked_bytes), _nobody_else
        )
        return accepted
    name = named(actor, request, idempotency_key)
    turn = await repeatable_requests.begin(name, None)
    arriving = _arriving(request, limits.unpacked_bytes)
    if isinstance(turn, Answer):
        sent = await receive(request.headers.get("content-type", ""), arriving, unkept)
        if sent.digest != turn.fingerprint:
            raise KeyReused(idempotency_key)
        return again(turn)
    async with taking(repeatable_requests, name, turn):
        hold = partial(repeatable_requests.extend, name, turn)
        reserved = ImportId(turn.reserved_id)
        accepted, digest = await desk.take(request, arrived, reserved, _held(arriving, hold), hold)
    return await answered(repeatable_requests, name, turn, accepted, digest)


Known: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Takes the digest of what has arrived, before anything is done with it; raises where it is to be left alone."""


async def _nobody_else(_: bytes) -> None:
    """What has no key comes once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Takes files in for an import."""

    actor: Actor
    shelf: UploadShelf
    request_import: RequestImportHandler
    import_views: ImportViews
    limits: Limits

    async def take(
        self,
        request: Request[Any, Any, Any],
        arrived: ImportId,
        import_id: ImportId,
        arriving: AsyncIterator[bytes],
        known: Known,
    ) -> tuple[Response[Accepted], bytes]:
        """Keep what arrives and have it imported as *import_id*; what an earlier try left half done is forgotten.

        Until it is whole and *known* it stands under *arrived*, which no other try knows: one that has lost its turn
        takes nothing away from the one that has it, and asks for nothing.
        """
        content_type = request.headers.get("content-type", "")
        there = await self._state(import_id)
        if there is not None:  # whoever tried before came as far as this, and was not heard of any more
            upload = await receive(content_type, arriving, unkept)
            await known(upload.digest)
            return _accepted(import_id, there), upload.digest
        try:
            upload = await receive(content_type, arriving, onto(self.shelf, arrived, limit=self.limits.file_bytes))
            wanted = RequestImport(actor=self.actor, import_id=import_id, options=_options(upload))
            await known(upload.digest)
            await self.shelf.keep(arrived, import_id)
        except BaseException:
            await asyncio.shield(self.shelf.discard(arrived))
            raise
        try:
            job = await self.request_import(wanted)
        except Exception as error:
            # Where PostgreSQL went away, or the process ends, the import may be noted all the same, and wants its files.
            if not isinstance(error, Unavailable):
                await self.shelf.discard(import_id)
            raise
        return _accepted(job.id, job.state), upload.digest

    async def _state(self, import_id: ImportId) -> str | None:
        try:
            state, _ = await self.import_views.progress(self.actor, import_id)
        except ImportNotFound:
            return None
        return state


def _accepted(import_id: UUID, state: str) -> Response[Accepted]:
    href = f"/api/v1/imports/{import_id}"
    accepted = Accepted(import_id=import_id, state=state, href=href, events=f"{href}/events")
    return Response(accepted, status_code=202, headers={"Location": href})


async def _held(arriving: AsyncIterator[bytes], extend: Callable[[], Awaitable[None]]) -> AsyncIterator[bytes]:
    """Pass on what arrives, and keep the turn while it does, however long it takes."""
    every = LEASE.total_seconds() / 3
    last = monotonic()
    async for chunk in arriving:
        if monotonic() - last >= every:
            await extend()
            last = monotonic()
        yield chunk


async def _arriving(request: Request[Any, Any, Any], limit: int) -> AsyncIterator[bytes]:
    announced, size = request.headers.get("content-length", ""), 0
    _check(int(announced) if announced.isascii() and announced.isdigit() else 0, limit)
    try:
        async for chunk in request.stream():
            size += len(chunk)
            _check(size, limit)
            yield chunk
    except InternalServerException as error:
        raise ClientException("the request broke off; nothing of it was kept, send it again") from error


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise ClientException(
            f"the request is larger than {limit} bytes (ANALISA_MAX_UNPACKED_BYTES); send its files in several",
            status_code=413,
        )


def _options(upload: Upload) -> ImportOptions:
    if not upload.files:
        raise UploadRefused("there is no file in the request; send at least one part named `file`")
    given = {name: text for name, text in upload.fields.items() if text}
    try:
        choices = msgspec.convert(given, Choices, strict=False)
    except msgspec.ValidationError as error:
        raise ClientException(f"a field cannot be read: {error}") from error
    try:
        observed_at = None if choices.observed_at is None else moment(choices.observed_at)
    except ValueError as error:
        raise ClientException(f"observed_at: {error}") from error
    return ImportOptions(**{**msgspec.structs.asdict(choices), "observed_at": observed_at})


@get("/imports", operation_id="listImports", tags=["imports"], opt=needs("imports.read"), responses=refusals(404, 422))
async def imports(
    actor: Wired[Actor],
    import_views: Wired[ImportViews],
    cursors: Wired[Cursors],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Imports:
    """List the organisation's imports, the newest first."""
    page = await import_views.page(actor, after=cursors.open(_LIST, cursor, UUID), limit=limit)
    return Imports(items=page.items, next_cursor=cursors.seal(_LIST, page.next))


@get(
    "/imports/{import_id:uuid}",
    operation_id="getImport",
    tags=["imports"],
    opt=needs("imports.read"),
    responses=refusals(404),
)
async def detail(actor: Wired[Actor], import_views: Wired[ImportViews], import_id: FromPath[UUID]) -> ImportDetail:
    """Show one import with its report; while it runs, the report holds the files committed so far."""
    return await import_views.detail(actor, import_id)


@get(
    "/imports/{import_id:uuid}/findings",
    operation_id="listFindings",
    tags=["imports"],
    opt=needs("imports.read"),
    responses=refusals(404, 422),
)
async def findings(
    actor: Wired[Actor],
    import_views: Wired[ImportViews],
    cursors: Wired[Cursors],
    import_id: FromPath[UUID],
    severity: FromQuery[Severity | None] = None,
    finding_state: FromQuery[
        Annotated[
            FindingState | None,
            QueryParameter(name="state", description=f"Of quarantined rows: {', '.join(get_args(FindingState))}"),
        ]
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Findings:
    """List what was found in the files: rows that were quarantined, in conflict, flagged or left out, and why."""
    listed = f"findings of {import_id}"
    page = await import_views.findings(
        actor,
        import_id,
        severity=severity,
        state=finding_state,
        after=cursors.open(listed, cursor, int),
        limit=limit,
    )
    return Findings(items=page.items, next_cursor=cursors.seal(listed, page.next))


@get(
    "/imports/{import_id:uuid}/events",
    operation_id="followImport",
    tags=["imports"],
    opt=needs("imports.read"),
    responses=refusals(404),
    media_type="text/event-stream",
)
async def follow(
    actor: Wired[Actor],
    import_views: Wired[ImportViews],
    closing: Wired[Closing],
    import_id: FromPath[UUID],
    last_event_id: LastEventId = None,
) -> ServerSentEvent:
    """Follow an import as server-sent events: `progress` whenever there is some, and at last `done` or `failed`.

    An event tells the state as it is, so a caller who comes back with Last-Event-ID misses nothing.
    """

    async def look() -> Step:
        state, told = await import_views.progress(actor, import_id)
        body = msgspec.json.encode({"import_id": import_id, "state": state, "progress": told})
        return Step(name=f"{state}.{told.phase}.{told.files_done}.{told.files}.{told.rows}", state=state, body=body)

    await look()  # an import that is not theirs is refused before the stream begins
    return ServerSentEvent(followed(look, closing, last_event_id))


HANDLERS: list[Any] = [create, imports, detail, findings, follow]
