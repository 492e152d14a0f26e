"""What exporting needs: a register of exports, and a shelf for their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias
from uuid import UUID

from ...domain.exporting.events import ExportRequested
from ..shared.actor import Actor

KEPT: Final = timedelta(hours=24)
"""How long a file can be fetched."""
REMEMBERED: Final = timedelta(days=30)
"""How long it is known what was exported, and by whom."""
MOST_WAITING: Final = 20
"""Exports of one organisation that are not written yet."""

Cell: TypeAlias = str | int | float | bool | date | datetime | UUID | tuple[str, ...] | None
"""A value of a table: None where not known, instants aware and in UTC."""
Row: TypeAlias = tuple[Cell, ...]

ExportState = Literal["queued", "running", "done", "failed", "expired"]


class Format(StrEnum):
    """How a table is written."""

    CSV = "csv"
    """UTF-8 with a byte order mark, commas, names in the first line; text that a spreadsheet would run is disarmed."""
    JSONL = "jsonl"
    """One JSON object a line; missing is null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is exported, for whom, and what became of it."""

    export_id: UUID
    list: str
    format: Format
    parameters: Mapping[str, str]
    columns: tuple[str, ...]
    state: ExportState
    rows: int
    """Written so far."""
    bytes: int | None
    sha256: str | None
    """Of the file; None until it is whole."""
    requested_by: str
    requested_at: datetime
    """Spans such as `30d` look back from here."""
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    error_code: str | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportJob:
    """An export in a worker's hands: *actor* sees what whoever asked sees."""

    export: Export
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage:
    items: tuple[Export, ...]
    next: UUID | None
    """Where the next page begins: after this export; None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A whole file: its *name* on the shelf, and what it holds."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The bytes of an organisation's files, and when the first of them goes; None where there are none."""

    bytes: int
    until: datetime | None


class ExportRegister(Protocol):
    """Exports of the actor's organisation; a question about one raises `ExportNotFound` when it is not theirs."""

    async def add(self, actor: Actor, export: Export, event: ExportRequested) -> Export:
        """Note *export* and tell *event* in one commit; one that is there already is returned as it is.

        Raises `TooManyExports` where `MOST_WAITING` are not written yet.
        """
        ...

    async def get(self, actor: Actor, export_id: UUID) -> Export: ...

    async def page(self, actor: Actor, *, after: UUID | None = None, limit: int = 50) -> ExportPage:
        """List the newest first. Stable while exports come in."""
        ...

    async def file_of(self, actor: Actor, export_id: UUID) -> str | None:
        """Return the name of the export's file, None where there is none."""
        ...

    async def kept(self, actor: Actor, now: datetime) -> Kept:
        """Return what the files take that can be fetched at *now*."""
        ...

    async def begin(self, organisation: UUID, export_id: UUID) -> ExportJob | None:
        """Note that the export is being written; None where it has ended, or is not known any more.

        One that was given up is written after all, when its event is sent again.
        """
        ...

    async def progress(self, job: ExportJob, rows: int) -> None: ...

    async def finish(self, job: ExportJob, written: Written, expires_at: datetime) -> bool:
        """Note that the file is whole; False where another worker's was first."""
        ...

    async def fail(self, organisation: UUID, export_id: UUID, *, code: str, message: str) -> None:
        """Note why there will be no file; one that is there stays."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget the exports of every organisation that were asked for before that instant; the number of them."""
        ...


class TableFile(Protocol):
    """A table that is being written, under a name of its own; nobody sees it before it is whole."""

    async def write(self, rows: Sequence[Row]) -> None:
        """Add *rows*; raises `ExportTooLarge`, and `ExportShelfUnavailable` where the disk is full."""
        ...

    async def whole(self) -> Written:
        """Make it last, and say what it holds."""
        ...

    async def discard(self) -> None:
        """Leave nothing of it; doing so twice does no harm."""
        ...


class ExportShelf(Protocol):
    """Where the files of exports are kept for their time."""

    async def begin(self, export_id: UUID, kind: Format, columns: Sequence[str]) -> TableFile: ...

    def path(self, name: str) -> Path | None:
        """Return where the file stands, None where it is gone."""
        ...

    async def sweep(self, *, kept: timedelta = KEPT) -> int:
        """Delete what was written longer ago; the number of files."""
        ...
