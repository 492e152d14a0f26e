"""What an import needs of the outside: a place for observations, a register of imports, a shelf for uploads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from ...domain.collection.batch import Batch, Finding, Severity
from ...domain.collection.conflict import OnConflict
from ...domain.collection.report import FileReport, ImportReport
from ...domain.shared.events import Event
from ...domain.shared.ids import ImportId, OrganisationId, Owner
from ...domain.shared.social import ProfileRef
from ..shared.actor import Actor

ImportState = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the person said beside the files; kept with the import, so that it can be resumed and rows retried."""

    paths: tuple[str, ...] = ()
    """Absolute; empty where the files stand on the upload shelf."""
    reader: str | None = None
    """None: whichever recognises the files."""
    mapping: str | None = None
    """The text of a TOML mapping."""
    profile: str | None = None
    """NETWORK:ID-OR-HANDLE."""
    observed_at: datetime | None = None
    encoding: str | None = None
    public: bool = False
    on_conflict: OnConflict = OnConflict.KEEP
    uploaded: bool = False
    retry_of: ImportId | None = None
    """The import whose quarantined rows are tried again, mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """An import as the register knows it."""

    id: ImportId
    number: int
    """Short, and written beside every observation that the import brings."""
    organisation: OrganisationId
    owner: Owner
    state: ImportState
    options: ImportOptions
    requested_at: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an import has come."""

    phase: Literal["reading", "storing", "done"] = "reading"
    file: str = ""
    files_done: int = 0
    files: int = 0
    """0 where it is not known yet."""
    rows: int = 0
    """Records read so far, of all files."""


class ImportRegister(Protocol):
    """Every import that was ever asked for. An actor sees those of their organisation."""

    async def add(
        self, actor: Actor, import_id: ImportId, options: ImportOptions, *events: Event, owner: Owner
    ) -> ImportJob:
        """Note a new import that waits to be carried out, and record *events* in the same commit.

        One that is there already is returned as it is.
        """
        ...

    async def get(self, actor: Actor, import_id: ImportId) -> ImportJob:
        """Return the import, or raise `ImportNotFound`."""
        ...

    async def wanting(self, ids: Collection[ImportId]) -> Collection[ImportId]:
        """Return those of *ids*, of any organisation, that are imports whose files may be asked for again."""
        ...

    async def interrupted(self, actor: Actor, options: ImportOptions) -> ImportJob | None:
        """Return the newest import of these *options* that began and never ended, if there is one."""
        ...

    async def finish(self, actor: Actor, import_id: ImportId, report: ImportReport) -> None: ...

    async def fail(self, actor: Actor, import_id: ImportId, *, code: str, message: str) -> None: ...

    async def settle(self, actor: Actor, import_id: ImportId, settled: Mapping[int, str]) -> int:
        """Mark open quarantined findings by id as `mended` or `dropped`; the number that were open."""
        ...


class FileLoad(Protocol):
    """The records of one file on their way into the store. Nothing is visible to others before the file is left."""

    async def stage(self, batch: Batch) -> None:
        """Take in *batch*. Raises `ImportRefused` where it breaks a reader's promises."""
        ...

    async def merge(self, on_conflict: OnConflict, *, rows_read: int) -> FileReport:
        """Compare the records with what is stored, write what is new, and count what became of each.

        Raises `ImportRefused` where they contradict each other and *on_conflict* is STOP. Afterwards nothing more
        can be staged.
        """
        ...

    async def keep(self, report: FileReport, *events: Event) -> None:
        """Let the file's records, its *report* and *events* become true together, as soon as the file is left."""
        ...


class ImportRun(Protocol):
    """One import at work. No second run of the same import gets this far while this one lasts."""

    @property
    def committed(self) -> Mapping[int, FileReport]:
        """Files that an earlier, interrupted run of the same import has committed, by position."""
        ...

    def file(self, position: int, name: str, *, size: int, sha256: str) -> AbstractAsyncContextManager[FileLoad]:
        """Begin a file. Left without `keep`, or by an error, it leaves no trace."""
        ...

    async def progress(self, progress: Progress) -> None:
        """Show how far the import is; others see it while the file's own transaction is still open."""
        ...


class ObservationStore(Protocol):
    """Where observations are kept: owner in every key, what is seen once stays seen."""

    def run(self, job: ImportJob, *, dry: bool = False) -> AbstractAsyncContextManager[ImportRun]:
        """Begin the import, or raise `ImportRunning` while another run of it lasts.

        A *dry* run does all the work, across files too, needs no entry in the register, and leaves nothing behind.
        """
        ...


class ProfileDirectory(Protocol):
    """The names under which profiles are known."""

    async def resolve(self, actor: Actor, ref: ProfileRef) -> ProfileRef:
        """Return the network's own id of the profile that *ref* names by id or handle.

        A profile that nobody has seen yet keeps the name given. Raises `ProfileAmbiguous` where several have the
        handle.
        """
        ...


class UploadShelf(Protocol):
    """Where files that were sent in wait for their import."""

    async def put(self, arriving: ImportId, name: str, content: AsyncIterable[bytes], *, limit: int) -> int:
        """Store *content* as *name*, whole or not at all, and return its size; above *limit* bytes `UploadTooLarge`.

        Until all that belongs to it is there and kept, it is nobody's.
        """
        ...

    async def keep(self, arriving: ImportId, import_id: ImportId) -> None:
        """Let all that arrived as *arriving* wait for *import_id*, in the place of what may be left there."""
        ...

    def files(self, import_id: ImportId) -> Sequence[Path]:
        """Return what is kept for the import, in name order."""
        ...

    async def discard(self, import_id: ImportId) -> None:
        """Forget what arrived as *import_id* or is kept for it; doing so twice does no harm."""
        ...

    async def idle(self, *, since: timedelta) -> Collection[ImportId]:
        """Return what arrives, or is kept for an import, and was not touched *since* long ago."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """A row that could not be stored, as the file had it."""

    id: int
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    severity: Severity | None = None
    code: str | None = None
    state: Literal["open", "mended", "dropped"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportScope:
    """What to write into an archive: public and own observations, or those of one owner only."""

    profile: ProfileRef | None = None
    only_own: bool = False
    only_public: bool = False


class ObservationSource(Protocol):
    """What is stored, as the batches that a reader would give."""

    def batches(self, actor: Actor, scope: ExportScope) -> AsyncGenerator[Batch, None]:
        """Return every visible record in the order of `TABLES` and of their keys, from one moment.

        Where the actor's organisation and the public hold the same key, the organisation's own record stands.
        """
        ...


class ArchiveWriter(Protocol):
    """Writes records as an archive that `analisa import` reads back."""

    def write(self, batches: Iterator[Batch], target: Path) -> Mapping[str, int]:
        """Write the archive to *target* (a folder, or a file that ends in .zip) and return the rows per table.

        A *target* that exists already is refused.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFinding:
    """A finding as it is listed."""

    id: int
    finding: Finding
    state: Literal["open", "mended", "dropped"] = "open"
    cells: Mapping[str, str] = field(default_factory=dict)
