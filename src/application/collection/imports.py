"""Importing files: choose the reader, plan, read, and store file by file; what is not said is asked for.

An import is noted first and carried out then, by the command line at once or by a worker. Carried out again after an
interruption, it goes on with the files that were not committed yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ...domain.collection.batch import Batch
from ...domain.collection.events import ImportRequested, ObservationsRecorded
from ...domain.collection.report import ControlFigures, FileReport, ImportReport
from ...domain.shared.errors import AnalisaError, Unavailable
from ...domain.shared.ids import ImportId, Owner
from ...domain.shared.social import ProfileRef
from ..shared.actor import Actor
from ..shared.ports import Clock, Ids
from .archives import (
    ArchiveKind,
    ArchiveReader,
    Archives,
    ArchiveSource,
    ImportRefused,
    Plan,
    ReadOptions,
    SourceLimits,
)
from .errors import AlwaysPrivate, DemonstrationReadOnly, ImportNeeds, ImportRunning
from .feed import fed
from .ports import (
    ImportJob,
    ImportOptions,
    ImportRegister,
    ImportRun,
    ObservationStore,
    ProfileDirectory,
    Progress,
    UploadShelf,
)

Watch = Callable[[Progress], None]


class Secrets(Protocol):
    """What an installation keeps to itself."""

    def author_salt(self) -> bytes:
        """Return the secret under which authors of comments become pseudonyms; always the same."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteImport:
    """Note that files are to be imported by this process, or find the same import where it was interrupted."""

    actor: Actor
    options: ImportOptions


class NoteImportHandler:
    def __init__(self, register: ImportRegister, ids: Ids) -> None:
        self._register = register
        self._ids = ids

    async def __call__(self, command: NoteImport) -> ImportJob:
        owner = _owner(command.actor, command.options)
        interrupted = await self._register.interrupted(command.actor, command.options)
        if interrupted is not None:
            return interrupted
        return await self._register.add(command.actor, ImportId(self._ids.new()), command.options, owner=owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestImport:
    """Let a worker import what stands on the upload shelf under *import_id*. Asking twice changes nothing."""

    actor: Actor
    import_id: ImportId
    options: ImportOptions


class RequestImportHandler:
    def __init__(self, register: ImportRegister) -> None:
        self._register = register

    async def __call__(self, command: RequestImport) -> ImportJob:
        owner = _owner(command.actor, command.options)
        requested = ImportRequested(import_id=command.import_id, organisation=command.actor.organisation, owner=owner)
        options = replace(command.options, uploaded=True)
        return await self._register.add(command.actor, command.import_id, options, requested, owner=owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an import would do: the plan, and the report of a run that was taken back."""

    plan: Plan
    report: ImportReport | None
    """None where the files leave something open, so that nothing could be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewImport:
    """Say what importing would do, without leaving anything behind."""

    actor: Actor
    options: ImportOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOutImport:
    """Read the files of a noted import and store what they say."""

    actor: Actor
    import_id: ImportId


class Importer:
    """Reads files and stores them: carries imports out, and previews them."""

    def __init__(
        self,
        *,
        archives: Archives,
        store: ObservationStore,
        register: ImportRegister,
        directory: ProfileDirectory,
        shelf: UploadShelf,
        secrets: Secrets,
        clock: Clock,
        ids: Ids,
        limits: SourceLimits,
    ) -> None:
        self._archives = archives
        self._store = store
        self._register = register
        self._directory = directory
        self._shelf = shelf
        self._secrets = secrets
        self._clock = clock
        self._ids = ids
        self._limits = limits

    async def carry_out(self, command: CarryOutImport, watch: Watch | None = None) -> ImportReport | None:
        """Carry the import out and return its report; None when it was done before.

        What is wrong with the files is noted with the import and raised. When something that the import depends on
        is away, the import stays as it is, to be carried out again.
        """
        job = await self._register.get(command.actor, command.import_id)
        if job.state == "done":
            return None
        try:
            report = await self._import(command.actor, job, watch)
        except (Unavailable, ImportRunning):
            raise
        except AnalisaError as error:
            await self._register.fail(command.actor, job.id, code=error.code, message=str(error))
            raise
        await self._register.finish(command.actor, job.id, report)
        if job.options.uploaded:
            await self._shelf.discard(job.id)
        return report

    async def preview(self, command: PreviewImport) -> Preview:
        """Plan the import; where nothing is left open, do it and take it back."""
        owner = _owner(command.actor, command.options)
        job = ImportJob(
            id=ImportId(self._ids.new()),
            number=0,
            organisation=command.actor.organisation,
            owner=owner,
            state="queued",
            options=command.options,
            requested_at=self._clock.now(),
        )
        with self._opened(job) as source:
            reader, plan = await self._planned(command.actor, job, source)
            if plan.needs:
                return Preview(plan=plan, report=None)
            async with self._store.run(job, dry=True) as run:
                return Preview(plan=plan, report=await self._read(Intake(job, run, source), source, reader, plan))

    async def _import(self, actor: Actor, job: ImportJob, watch: Watch | None) -> ImportReport:
        with self._opened(job) as source:
            reader, plan = await self._planned(actor, job, source)
            if plan.needs:
                raise ImportNeeds(reader.name, plan.needs)
            async with self._store.run(job) as run:
                return await self._read(Intake(job, run, source, watch), source, reader, plan)

    @contextmanager
    def _opened(self, job: ImportJob) -> Iterator[ArchiveSource]:
        paths = self._shelf.files(job.id) if job.options.uploaded else [Path(path) for path in job.options.paths]
        source = self._archives.open(paths, self._limits)
        try:
            yield source
        finally:
            source.close()

    async def _planned(self, actor: Actor, job: ImportJob, source: ArchiveSource) -> tuple[ArchiveReader, Plan]:
        options = job.options
        reader = await asyncio.to_thread(
            self._archives.choose, source, options.reader, has_mapping=options.mapping is not None
        )
        if options.public and reader.kind is ArchiveKind.OWNER_EXPORT:
            raise AlwaysPrivate(reader.name)
        profile = None if options.profile is None else await self._directory.resolve(actor, _named(options.profile))
        said = ReadOptions(
            mapping=None if options.mapping is None else options.mapping.encode(),
            profile=profile,
            observed_at=options.observed_at,
            author_salt=self._secrets.author_salt(),
            encoding=options.encoding,
            networks=self._archives.networks(),
        )
        return reader, await asyncio.to_thread(reader.plan, source, said)

    async def _read(self, intake: Intake, source: ArchiveSource, reader: ArchiveReader, plan: Plan) -> ImportReport:
        batches = fed(iter(reader.read(source, plan)))
        try:
            files = await intake.take(batches, files=len({table.file for table in plan.tables}))
        finally:
            await batches.aclose()
        return ImportReport(
            reader=reader.name,
            files=files,
            controls=[
                ControlFigures(file=row.file, line=row.line, label=row.label, values=dict(row.values))
                for row in plan.controls
            ],
            doubts=list(plan.doubts),
            ignored=list(plan.ignored),
            columns=_headers(plan),
        )


class Intake:
    """Stores the batches of one run, file by file, in the order in which they come."""

    def __init__(
        self, job: ImportJob, run: ImportRun, source: ArchiveSource | None, watch: Watch | None = None
    ) -> None:
        self._job = job
        self._run = run
        self._source = source
        self._watch = watch
        self._sizes = {file.name: file.size for file in source.files} if source else {}
        self._progress = Progress()
        self._files: list[FileReport] = []

    async def take(self, batches: AsyncIterator[Batch], *, files: int = 0) -> list[FileReport]:
        """Store all of *batches* and return the reports of their files, of which *files* are expected."""
        self._progress = replace(self._progress, files=files)
        batch = await anext(batches, None)
        while batch is not None:
            name, position = batch.file, len(self._files)
            if any(file.name == name for file in self._files):
                raise ImportRefused("the reader came back to the file after another one", file=name)
            sha256 = await asyncio.to_thread(self._source.sha256, name) if self._source and name in self._sizes else ""
            before = self._run.committed.get(position)
            if before is None:
                report, batch = await self._store(batch, batches, sha256)
            else:
                report, batch = _unchanged(before, name, sha256), await _skipped(name, batches)
            self._files.append(report)
            await self._show(replace(self._progress, phase="reading", files_done=len(self._files)))
        await self._show(replace(self._progress, phase="done", file=""))
        return self._files

    async def _store(self, batch: Batch, batches: AsyncIterator[Batch], sha256: str) -> tuple[FileReport, Batch | None]:
        """Store the file that begins with *batch*; returns its report and the first batch of the next file."""
        name, rows_read, coming = batch.file, 0, batch
        size = self._sizes.get(name, 0)
        following: Batch | None = None
        async with self._run.file(len(self._files), name, size=size, sha256=sha256) as load:
            while True:
                await load.stage(coming)
                rows_read += coming.rows_read
                await self._show(replace(self._progress, file=name, rows=self._progress.rows + len(coming)))
                following = await anext(batches, None)
                if following is None or following.file != name:
                    break
                coming = following
            await self._show(replace(self._progress, phase="storing"))
            report = await load.merge(self._job.options.on_conflict, rows_read=rows_read)
            await load.keep(report, *_told(self._job, report))
        return report, following

    async def _show(self, progress: Progress) -> None:
        self._progress = progress
        if self._watch is not None:
            self._watch(progress)
        await self._run.progress(progress)


def _headers(plan: Plan) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for table in plan.tables:
        headers.setdefault(table.file, []).extend(column.column for column in table.columns)
    return {file: list(dict.fromkeys(names)) for file, names in headers.items()}


def _told(job: ImportJob, report: FileReport) -> tuple[ObservationsRecorded, ...]:
    if not report.profiles:
        return ()
    return (ObservationsRecorded(import_id=job.id, owner=job.owner, profiles=report.profiles),)


def _unchanged(before: FileReport, name: str, sha256: str) -> FileReport:
    if (before.name, before.sha256) != (name, sha256):
        raise ImportRefused(
            "the files are not the ones that this import began with, so it cannot go on; import them anew", file=name
        )
    return before


async def _skipped(name: str, batches: AsyncIterator[Batch]) -> Batch | None:
    """Pass over the rest of a file that was committed before the interruption."""
    async for batch in batches:
        if batch.file != name:
            return batch
    return None


def _owner(actor: Actor, options: ImportOptions) -> Owner:
    if actor.demonstration:
        raise DemonstrationReadOnly
    return actor.owner_of(public=options.public)


def _named(profile: str) -> ProfileRef:
    try:
        return ProfileRef.parse(profile)
    except ValueError as error:
        raise ImportRefused(f"--profile: {error}") from error
