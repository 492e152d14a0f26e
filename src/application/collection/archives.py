"""Reading archives: what an import asks of a reader, and what the reader answers before and while it reads.

The steps of an import are `Archives.open` (the files, safely), `Archives.choose` (the reader), `ArchiveReader.plan`
(what would happen, what is doubtful, what must still be said) and `ArchiveReader.read` (the rows, batch by batch).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from ...domain.collection.batch import Batch, Finding
from ...domain.shared.errors import RuleViolated
from ...domain.shared.social import ProfileRef


class ImportRefused(RuleViolated):
    """The files cannot be imported as they are; nothing of them was kept. *file* and *line* are set where known."""

    code = "collection.import_refused"

    def __init__(self, message: str, *, file: str = "", line: int = 0) -> None:
        place = f"{file}, line {line}: " if file and line else f"{file}: " if file else ""
        super().__init__(place + message)
        self.file = file
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLimits:
    """How much one import may hold; anything above is refused before it is read, or as soon as it shows."""

    max_files: int = 2_000
    max_file_bytes: int = 8 << 30
    max_unpacked_bytes: int = 16 << 30
    max_ratio: int = 250
    """Unpacked bytes per packed byte of one ZIP entry; office files compress about tenfold, bombs a thousandfold."""
    max_rows: int = 200_000_000
    """Data rows of one file."""
    max_line_chars: int = 4 << 20
    """Characters of one line, and of one row that quotes spread over several lines."""
    max_sheet_bytes: int = 512 << 20
    """Unpacked bytes of one spreadsheet, which has to be held in memory."""
    max_sheet_cells: int = 10_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source. *name* is its path inside the source, with `/`."""

    name: str
    size: int
    given: bool = False
    """It was handed in by itself, and does not just lie in a folder or ZIP that was."""


class ArchiveSource(Protocol):
    """Files handed in together: a safe view that streams and never writes."""

    @property
    def label(self) -> str:
        """How people call it: the name of the file, folder or ZIP."""
        ...

    @property
    def limits(self) -> SourceLimits: ...

    @property
    def files(self) -> Sequence[SourceFile]:
        """Every file, in name order; folders and the litter of desktop systems are left out."""
        ...

    def stream(self, name: str) -> BinaryIO:
        """Open the file from its start; the caller closes it. Each call opens anew."""
        ...

    def sha256(self, name: str) -> str:
        """Return the file's SHA-256 in lower-case hexadecimal; it is read once and remembered."""
        ...

    def close(self) -> None: ...


class ArchiveKind(StrEnum):
    """Whose files a reader reads, which decides who may see them."""

    OWNER_EXPORT = "owner_export"
    """An owner's export of their own account: always private."""
    OBSERVATIONS = "observations"
    """What anybody could observe: public when an operator says so."""


class NetworkFacts(Protocol):
    """What a reader may ask of a network without talking to it."""

    @property
    def name(self) -> str: ...

    def post_instant(self, post_id: str) -> datetime | None:
        """Return the moment that is part of the post's id, in UTC, or None where ids hold none."""
        ...

    def post_from_link(self, url: str) -> tuple[str | None, str | None]:
        """Return the post id and the author's handle that *url* shows, each None where it does not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What the person says beside the files."""

    mapping: bytes | None = None
    """The text of a TOML mapping, for the general table reader."""
    profile: ProfileRef | None = None
    """Whose export it is, where the file does not say so."""
    observed_at: datetime | None = None
    """When the figures were taken, where the file does not say so; aware."""
    author_salt: bytes = b""
    """Secret of the installation: with it, authors of comments become pseudonyms that are stable and not guessable."""
    encoding: str | None = None
    """The files' encoding, where they are not UTF-8."""
    settled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """`Plan.settled` of the import whose rows are read again; some rows alone may look otherwise than the whole file."""
    networks: Mapping[str, NetworkFacts] = field(default_factory=dict)
    """Networks of installed plugins, beside the built-in ones."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """How sure a reader is that files are of its kind: 0 (not at all) to 1 (they say so themselves), and why."""

    confidence: float
    why: str


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column of a file and the field that it would fill ("" where it is left out)."""

    column: str
    field: str
    rule: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """One table that would be read from one file."""

    file: str
    table: str
    columns: tuple[ColumnPlan, ...]
    header: tuple[str, ...] = field(default=(), repr=False)
    """The file's columns in their own order; rows that are set aside are written out and read again by it."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something the person must say before anything is read: *what* is `profile`, `observed_at` or `mapping`."""

    what: str
    message: str


@dataclass(frozen=True, slots=True)
class ControlSum:
    """A row of totals: not a record, shown beside the sums of the records."""

    file: str
    line: int
    label: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What reading would do. With *needs* it cannot be carried out yet."""

    reader: str
    kind: ArchiveKind
    tables: tuple[TablePlan, ...]
    doubts: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    controls: tuple[ControlSum, ...] = ()
    ignored: tuple[str, ...] = ()
    """Files of the source from which nothing would be read."""
    settled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By file: how it is written, as its whole content showed, in the reader's own words."""
    suggestion: str = ""
    """A TOML mapping to edit, where the reader proposes one."""
    detail: object = field(default=None, repr=False, compare=False)
    """The reader's own notes, for its `read`."""


@runtime_checkable
class ArchiveReader(Protocol):
    """One kind of archive, turned into batches of records.

    Any content gives batches and findings, or `ImportRefused` (or another `AnalisaError`) that names the place and
    the cure; never another exception. Memory stays bounded whatever the size of the files (spreadsheets excepted,
    which have their own limit). Reading twice gives the same.
    """

    @property
    def name(self) -> str:
        """What people write after `--reader`: `creator-archive`."""
        ...

    @property
    def title(self) -> str: ...

    @property
    def kind(self) -> ArchiveKind: ...

    def recognise(self, source: ArchiveSource) -> Recognition:
        """Say how likely *source* is of this kind, from its names and first rows."""
        ...

    def plan(self, source: ArchiveSource, options: ReadOptions) -> Plan:
        """Say what `read` would do, with example cells and doubts. May read through the files once."""
        ...

    def read(self, source: ArchiveSource, plan: Plan) -> Iterator[Batch]:
        """Read the planned tables. The batches of one file follow each other without those of another in between."""
        ...


@dataclass(frozen=True, slots=True)
class MendedRow:
    """A row that was set aside, as it came back from whoever mended it."""

    file: str
    table: str
    """The table of a creator-archive that its file holds; "" where the reader tells tables by other means."""
    cells: Mapping[str, str]
    """Header to cell, as the finding had it; empty cells may be absent."""
    line: int = 0
    """Where it begins when the mended rows of its file are written below a header of one line."""
    header: Sequence[str] = ()
    """The columns of its file in their order, as far as they are known."""
    unchanged: Finding | None = None
    """Why it was set aside, where nothing in it was changed since."""


class Archives(Protocol):
    """The installed readers, and the door through which files come in."""

    def open(self, paths: Sequence[Path], limits: SourceLimits) -> ArchiveSource:
        """Look at *paths* (files, folders, ZIPs) as one source, or raise `ImportRefused` for what is unsafe."""
        ...

    def choose(self, source: ArchiveSource, name: str | None, *, has_mapping: bool = False) -> ArchiveReader:
        """Return the reader *name*, or the one that recognises *source* best; `ImportRefused` where none does."""
        ...

    def edited(self, path: Path, encoding: str | None) -> Iterator[tuple[int, Mapping[str, str]]]:
        """Yield the rows of a table that somebody edited, in whatever format it was saved, with their lines.

        Raises `ImportRefused` where it cannot be read, or a row of it has more cells than headers.
        """
        ...

    def mended(self, rows: Sequence[MendedRow], limits: SourceLimits) -> ArchiveSource:
        """Return *rows* as a source in memory, for the reader and the options that set them aside."""
        ...

    def networks(self) -> Mapping[str, NetworkFacts]:
        """Return every installed network by name."""
        ...
