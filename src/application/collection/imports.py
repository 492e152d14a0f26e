"""Importing files: choose the reader, plan, read, and store file by file; what is not said is asked for.

An import is noted first and carried out then, by the command line at once or by a worker. Carried out again after an
interruption, it goes on with the files that were not committed yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ...domain.collection.batch import Batch
from ...domain.collection.events import ImportRequested
from ...domain.collection.report import ControlFigures, FileReport, ImportReport
from ...domain.shared.errors import AnalisaError, Unavailable
from ...domain.shared.ids import ImportId, Owner
from ...domain.shared.plan import Metered
from ...domain.shared.social import ProfileRef
from ..shared.actor import Actor
from ..shared.entitlements import Entitlements
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
from .errors import AlwaysPrivate, DemonstrationReadOnly, ImportGivenUp, ImportNeeds, ImportRunning, ReaderFailed
from .feed import fed
from .intake import Intake, Watch
from .mending import MendedFile, Mending, Place
from .ports import (
    ImportJob,
    ImportOptions,
    ImportRegister,
    ImportRun,
    ObservationStore,
    ProfileDirectory,
    UploadShelf,
)


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
    def __init__(self, register: ImportRegister, entitlements: Entitlements) -> None:
        self._register = register
        self._entitlements = entitlements

    async def __call__(self, command: RequestImport) -> ImportJob:
        command.actor.require("imports.create")
        owner = _owner(command.actor, command.options)
        await self._entitlements.use(command.actor, Metered.IMPORTS, command.import_id)
        requested = ImportRequested(import_id=command.import_id, organisation=command.actor.organisation, owner=owner)
        options = replace(command.options, uploaded=True)
        return await self._register.add(command.actor, command.import_id, options, requested, owner=owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryImport:
    """Note that the mended rows in *mended* are to be read again, in the way in which *import_id* read them."""

    actor: Actor
    import_id: ImportId
    mended: Path
    encoding: str | None = None
    """Of *mended*, where it is not UTF-8."""


class RetryImportHandler:
    def __init__(self, register: ImportRegister, note: NoteImportHandler) -> None:
        self._register = register
        self._note = note

    async def __call__(self, command: RetryImport) -> ImportJob:
        first = await self._register.get(command.actor, command.import_id)
        options = replace(
            first.options,
            paths=(str(command.mended),),
            encoding=command.encoding,
            uploaded=False,
            retry_of=first.options.retry_of or first.id,
        )
        return await self._note(NoteImport(actor=command.actor, options=options))


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
        mending: Mending,
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
        self._mending = mending
        self._clock = clock
        self._ids = ids
        self._limits = limits

    async def carry_out(self, command: CarryOutImport, watch: Watch | None = None) -> ImportReport | None:
        """Carry the import out and return its report; None when it ended before.

        What is wrong with the files is noted with the import and raised. When something that the import depends on
        is away, the import stays as it is, to be carried out again.
        """
        job = await self._register.get(command.actor, command.import_id)
        if job.state == "done" or (job.state == "failed" and job.options.uploaded and not self._shelf.files(job.id)):
            await self._clear(job)
            return None
        recorded: set[Place] = set()
        try:
            report = await self._import(command.actor, job, watch, recorded)
        except (Unavailable, ImportRunning):
            raise
        except AnalisaError as error:
            await self._register.fail(command.actor, job.id, code=error.code, message=str(error))
            await self._clear(job)
            raise
        mended = _mended(job.options)
        if mended is not None:
            await self._mending.settle(command.actor, mended, job.id, recorded)
        await self._register.finish(command.actor, job.id, report)
        await self._clear(job)
        return report

    async def give_up(self, actor: Actor, import_id: ImportId, reason: ImportGivenUp) -> None:
        """Note that nobody carries the import out any more. Its files stay, so that it can be asked for again."""
        job = await self._register.get(actor, import_id)
        if job.state in {"queued", "running"}:
            await self._register.fail(actor, job.id, code=reason.code, message=str(reason))

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
        with ExitStack() as opened:
            (part,) = await self._planned(command.actor, job, opened)
            if part.plan.needs:
                return Preview(plan=part.plan, report=None)
            async with self._store.run(job, dry=True) as run:
                return Preview(plan=part.plan, report=await _read([part], job, run))

    async def _clear(self, job: ImportJob) -> None:
        """Forget what was sent in: the import has ended, well or not, and is never carried out again."""
        if job.options.uploaded:
            await self._shelf.discard(job.id)

    async def _import(self, actor: Actor, job: ImportJob, watch: Watch | None, recorded: set[Place]) -> ImportReport:
        """Do the import; where rows are tried again, note in *recorded* of which of them there are records."""
        with ExitStack() as opened:
            parts = await self._planned(actor, job, opened)
            for part in parts:
                if part.plan.needs:
                    raise ImportNeeds(part.reader.name, part.plan.needs)
            places = None if job.options.retry_of is None else recorded
            async with self._store.run(job) as run:
                return await _read(parts, job, run, watch, places)

    async def _planned(self, actor: Actor, job: ImportJob, opened: ExitStack) -> list[_Part]:
        """Open the files, which *opened* closes, choose their readers and plan."""
        options = job.options
        profile = None if options.profile is None else await self._directory.resolve(actor, _named(options.profile))
        said = ReadOptions(
            mapping=None if options.mapping is None else options.mapping.encode(),
            profile=profile,
            observed_at=options.observed_at,
            author_salt=self._secrets.author_salt(),
            encoding=options.encoding if options.retry_of is None else None,
            settled={} if options.retry_of is None else await self._mending.settled(actor, options.retry_of),
            networks=self._archives.networks(),
        )
        parts = []
        for source, name in await self._sources(actor, job):
            opened.callback(source.close)
            reader = await asyncio.to_thread(
                self._archives.choose, source, name, has_mapping=options.mapping is not None
            )
            with _foreign(reader):
                plan = await asyncio.to_thread(reader.plan, source, said)
            if options.public and ArchiveKind.OWNER_EXPORT in {reader.kind, plan.kind}:
                raise AlwaysPrivate(reader.name)
            parts.append(_Part(source, reader, plan))
        return parts

    async def _sources(self, actor: Actor, job: ImportJob) -> list[tuple[ArchiveSource, str | None]]:
        """Return what is to be read, and by which reader where that is settled."""
        options = job.options
        mended = _mended(options)
        if mended is not None:
            return await self._mending.sources(actor, mended, self._limits)
        paths = self._shelf.files(job.id) if options.uploaded else [Path(path) for path in options.paths]
        return [(await asyncio.to_thread(self._archives.open, paths, self._limits), options.reader)]


@dataclass(frozen=True, slots=True)
class _Part:
    """Files, who reads them, and how."""

    source: ArchiveSource
    reader: ArchiveReader
    plan: Plan


async def _read(
    parts: Sequence[_Part],
    job: ImportJob,
    run: ImportRun,
    watch: Watch | None = None,
    recorded: set[Place] | None = None,
) -> ImportReport:
    intake = Intake(job, run, watch, files=len({table.file for part in parts for table in part.plan.tables}))
    files: list[FileReport] = []
    for part in parts:
        batches = fed(_batches(part, recorded))
        try:
            files = await intake.take(batches, part.source)
        finally:
            await batches.aclose()
    plans = [part.plan for part in parts]
    return ImportReport(
        reader=parts[0].reader.name,
        files=files,
        controls=[
            ControlFigures(file=row.file, line=row.line, label=row.label, values=dict(row.values))
            for plan in plans
            for row in plan.controls
        ],
        doubts=[doubt for plan in plans for doubt in plan.doubts],
        ignored=[name for plan in plans for name in plan.ignored],
        columns={file: names for plan in plans for file, names in _headers(plan).items()},
        settled={file: words for plan in plans for file, words in plan.settled.items()},
    )


def _mended(options: ImportOptions) -> MendedFile | None:
    if options.retry_of is None:
        return None
    return MendedFile(import_id=options.retry_of, path=Path(options.paths[0]), encoding=options.encoding)


def _batches(part: _Part, recorded: set[Place] | None) -> Iterator[Batch]:
    with _foreign(part.reader):
        for batch in part.reader.read(part.source, part.plan):
            if recorded is not None:
                recorded.update((batch.file, line) for line in batch.lines)
            yield batch


@contextmanager
def _foreign(reader: ArchiveReader) -> Iterator[None]:
    """Let nothing out of foreign code but what everybody here can tell people about."""
    try:
        yield
    except AnalisaError:
        raise
    except Exception as error:
        raise ReaderFailed(reader.name, error) from error


def _headers(plan: Plan) -> dict[str, list[str]]:
    """Return the header of each file; of readers that do not tell it, the columns that they take something from."""
    headers: dict[str, list[str]] = {}
    for table in plan.tables:
        taken = (column.column for column in table.columns)
        headers.setdefault(table.file, []).extend(table.header or filter(None, taken))
    return {file: list(dict.fromkeys(names)) for file, names in headers.items()}


def _owner(actor: Actor, options: ImportOptions) -> Owner:
    if actor.demonstration:
        raise DemonstrationReadOnly
    return actor.owner_of(public=options.public)


def _named(profile: str) -> ProfileRef:
    try:
        return ProfileRef.parse(profile)
    except ValueError as error:
        raise ImportRefused(f"--profile: {error}") from error
