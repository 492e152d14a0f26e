"""Exporting a list: ask for the file, have a worker write it, fetch it while it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Final
from uuid import UUID

from ...domain.exporting.events import ExportRequested
from ...domain.shared.errors import AnalisaError, Unavailable
from ...domain.shared.plan import Metered
from ..shared.actor import Actor
from ..shared.entitlements import Entitlements
from ..shared.failpoints import failpoint
from ..shared.ports import Clock
from .errors import ExportExpired, ExportFailed, ExportsTakeAll, ExportUnfinished
from .lists import Lists
from .ports import KEPT, Export, ExportJob, ExportPage, ExportRegister, ExportShelf, Format, TableFile, Written

_TOLD_EVERY_S: Final = 1.0

AFTER_ROWS = failpoint("export.after_rows")
BEFORE_FINISH = failpoint("export.before_finish")
AFTER_FINISH = failpoint("export.after_finish")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestExport:
    """Let a worker write a list into a file. Asking twice under one id changes nothing."""

    actor: Actor
    export_id: UUID
    list: str
    format: Format
    parameters: Mapping[str, str]
    columns: tuple[str, ...] | None
    """None is all."""


class Room:
    """Sees to it that the files of an organisation take no more than *most* bytes together, but for the last of them."""

    def __init__(self, register: ExportRegister, clock: Clock, most: int) -> None:
        self._register = register
        self._clock = clock
        self._most = most

    async def wanted(self, actor: Actor) -> None:
        """Raise `ExportsTakeAll` where there is no room for one more."""
        now = self._clock.now()
        kept = await self._register.kept(actor, now)
        if kept.until is not None and kept.bytes >= self._most:
            raise ExportsTakeAll(kept.bytes, self._most, kept.until, kept.until - now)


class Exports:
    """Asks for exports, shows them, and finds their files."""

    def __init__(
        self,
        register: ExportRegister,
        shelf: ExportShelf,
        lists: Lists,
        clock: Clock,
        room: Room,
        entitlements: Entitlements,
    ) -> None:
        self._register = register
        self._shelf = shelf
        self._lists = lists
        self._clock = clock
        self._room = room
        self._entitlements = entitlements

    @property
    def lists(self) -> Lists:
        return self._lists

    async def request(self, command: RequestExport) -> Export:
        """Note the export for a worker; what cannot be exported is refused before it is noted."""
        command.actor.require("exports.create")
        wanted = self._lists.named(command.list)
        command.actor.require(wanted.permission)
        now = self._clock.now()
        columns = wanted.columns(command.columns)
        batches = await wanted.opened(command.actor, command.parameters, now)
        await batches.aclose()
        await self._room.wanted(command.actor)
        await self._entitlements.use(command.actor, Metered.EXPORTS, command.export_id)
        export = Export(
            export_id=command.export_id,
            list=command.list,
            format=command.format,
            parameters=dict(command.parameters),
            columns=columns,
            state="queued",
            rows=0,
            bytes=None,
            sha256=None,
            requested_by=command.actor.name,
            requested_at=now,
            started_at=None,
            finished_at=None,
            expires_at=None,
            error_code=None,
            error=None,
        )
        event = ExportRequested(export_id=command.export_id, organisation=command.actor.organisation)
        return await self._register.add(command.actor, export, event)

    async def get(self, actor: Actor, export_id: UUID) -> Export:
        return self._shown(await self._register.get(actor, export_id))

    async def page(self, actor: Actor, *, after: UUID | None = None, limit: int = 50) -> ExportPage:
        """List the newest first."""
        page = await self._register.page(actor, after=after, limit=limit)
        return ExportPage(items=tuple(map(self._shown, page.items)), next=page.next)

    async def file(self, actor: Actor, export_id: UUID) -> tuple[Export, Path]:
        """Return the export and where its file stands.

        Raises `ExportNotFound`, `ExportUnfinished`, `ExportFailed` or `ExportExpired`.
        """
        export = await self.get(actor, export_id)
        actor.require(self._lists.named(export.list).permission)
        if export.state == "failed":
            raise ExportFailed(export_id, export.error or "")
        if export.state in {"queued", "running"}:
            raise ExportUnfinished(export_id)
        name = await self._register.file_of(actor, export_id)
        path = None if name is None or export.state == "expired" else self._shelf.path(name)
        if path is None:
            raise ExportExpired(export_id)
        return export, path

    def _shown(self, export: Export) -> Export:
        over = export.expires_at is not None and export.expires_at <= self._clock.now()
        return replace(export, state="expired") if over else export


class Exporter:
    """Writes lists into files: a worker's part."""

    def __init__(self, register: ExportRegister, shelf: ExportShelf, lists: Lists, clock: Clock, room: Room) -> None:
        self._register = register
        self._shelf = shelf
        self._lists = lists
        self._clock = clock
        self._room = room

    async def write(self, organisation: UUID, export_id: UUID) -> None:
        """Write the file of an export; one that has ended is left as it is.

        What is wrong with the export itself is noted with it. When something that it depends on is away, that is
        raised, and the export waits to be written again: from the beginning, for lists move on.
        """
        job = await self._register.begin(organisation, export_id)
        if job is None:
            return
        try:
            file, written = await self._table(job)
        except Unavailable:
            raise
        except AnalisaError as error:
            await self._register.fail(organisation, export_id, code=error.code, message=str(error))
            return
        BEFORE_FINISH()
        if not await self._register.finish(job, written, self._clock.now() + KEPT):
            await file.discard()
        AFTER_FINISH()

    async def give_up(self, organisation: UUID, export_id: UUID, error: AnalisaError) -> None:
        """Note that nobody writes the file any more."""
        await self._register.fail(organisation, export_id, code=error.code, message=str(error))

    async def _table(self, job: ExportJob) -> tuple[TableFile, Written]:
        export = job.export
        await self._room.wanted(job.actor)  # those before it in the queue have been written meanwhile
        wanted = self._lists.named(export.list)
        rows = wanted.rows(job.actor, export.parameters, export.columns, export.requested_at)
        file = await self._shelf.begin(export.export_id, export.format, export.columns)
        try:
            told, number = monotonic(), 0
            async for some in rows:
                await file.write(some)
                number += len(some)
                AFTER_ROWS()
                if monotonic() - told >= _TOLD_EVERY_S:
                    await self._register.progress(job, number)
                    told = monotonic()
            return file, await file.whole()
        except BaseException:
            await file.discard()
            raise
        finally:
            await rows.aclose()
