"""The quarantine: rows written out for people to mend, read again by the reader that set them aside, and settled.

A row keeps its place in the quarantine of the import that first met it, however often it is tried again. What the
store itself set aside had been read well; its cells are those of the archive format, whoever read the file. What a
reader set aside and nobody changed is not tried again: it would only look mended where its form was the problem.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from ...domain.collection.batch import Finding, Severity
from ...domain.collection.mending import MendedRow as Mended
from ...domain.collection.mending import NotMendable, header_of, marked, read_back, starts
from ...domain.shared.ids import ImportId
from ..shared.actor import Actor
from .archives import Archives, ArchiveSource, ImportRefused, MendedRow, SourceLimits
from .ports import ImportRegister
from .views import MAX_PAGE, FindingLine, ImportViews

STORED_AS_READ: Final = frozenset({"post.unknown", "time.impossible"})
"""Findings of the store, and of no reader: the row could be read, so its cells are fields of the archive format."""

Place = tuple[str, int]
"""File and line of a row."""

_ARCHIVE = "creator-archive"


class RowFiles(Protocol):
    """Tables that people edit: CSV, or JSONL if the name says so."""

    def write(self, target: Path, header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
        """Write *rows* and return their number; an existing *target* is refused."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportQuarantine:
    """Write the rows of an import that wait to be mended to *target*."""

    actor: Actor
    import_id: ImportId
    target: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MendedFile:
    """Rows of an import's quarantine as somebody edited and saved them."""

    import_id: ImportId
    path: Path
    encoding: str | None = None
    """Where it is not UTF-8, nor says what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropQuarantined:
    """Give rows up: those of *findings*, or all that still wait."""

    actor: Actor
    import_id: ImportId
    findings: Sequence[int] = ()


class Mending:
    """The way of quarantined rows out to people and back in."""

    def __init__(self, archives: Archives, register: ImportRegister, views: ImportViews, files: RowFiles) -> None:
        self._archives = archives
        self._register = register
        self._views = views
        self._files = files

    async def export(self, command: ExportQuarantine) -> int:
        """Write the open rows out and return their number."""
        lines = [line async for line in self._waiting(command.actor, command.import_id)]
        detail = await self._views.detail(command.actor, command.import_id)
        header = header_of((line.finding for line in lines), detail.report.columns)
        rows = [marked(line.finding_id, line.finding) for line in lines]
        return await asyncio.to_thread(self._files.write, command.target, header, rows)

    async def drop(self, command: DropQuarantined) -> int:
        """Mark rows as given up and return how many were still open."""
        chosen = command.findings or [line.finding_id async for line in self._waiting(command.actor, command.import_id)]
        return await self._register.settle(command.actor, command.import_id, dict.fromkeys(chosen, "dropped"))

    async def sources(
        self, actor: Actor, mended: MendedFile, limits: SourceLimits
    ) -> list[tuple[ArchiveSource, str | None]]:
        """Return the mended rows as files again: for the reader that met them, and for the archive's own."""
        detail = await self._views.detail(actor, mended.import_id)
        rows = [row for _, row in await self._rows(actor, mended)]
        if not rows:
            raise ImportRefused(
                f"{mended.path.name} holds no row that still waits in the quarantine of import {mended.import_id}"
            )
        read: list[MendedRow] = []
        stored: list[MendedRow] = []
        for row in rows:
            (stored if row.file.startswith(_STORED) else read).append(row)
        reader = detail.report.reader or detail.options.reader
        if reader != _ARCHIVE:
            read = [replace(row, table="") for row in read]
        sources: list[tuple[ArchiveSource, str | None]] = []
        if read:
            sources.append((self._archives.mended(read, limits), reader))
        if stored:
            sources.append((self._archives.mended(stored, limits), _ARCHIVE))
        return sources

    async def settled(self, actor: Actor, import_id: ImportId) -> Mapping[str, Mapping[str, str]]:
        """Return how the files of the import are written, which a few of their rows would not show again."""
        return (await self._views.detail(actor, import_id)).report.settled

    async def settle(self, actor: Actor, mended: MendedFile, retry: ImportId, recorded: set[Place]) -> None:
        """Mark rows as mended of which the import *retry* made records, those at the places *recorded*.

        What it set aside again, or left out, waits where it waited before.
        """
        failed = [line async for line in self._found(actor, retry, Severity.QUARANTINED)]
        left_out = [line async for line in self._found(actor, retry, Severity.LEFT_OUT)]
        rows = await self._rows(actor, mended)
        waiting = _still_waiting(rows, _places(failed) | (_places(left_out) - recorded))
        settled = {number: "mended" for number, _ in rows if number not in waiting}
        await self._register.settle(actor, mended.import_id, settled)
        await self._register.settle(actor, retry, {line.finding_id: "dropped" for line in failed})

    async def _rows(self, actor: Actor, mended: MendedFile) -> list[tuple[int, MendedRow]]:
        """Read *mended* and find for each row the file and table where it was met; settled rows are passed over."""
        waiting = {line.finding_id: line.finding async for line in self._waiting(actor, mended.import_id)}
        columns = (await self._views.detail(actor, mended.import_id)).report.columns
        rows = [row for row in await asyncio.to_thread(self._read, mended) if row.finding_id in waiting]
        met = _placed([_as_met(row, waiting[row.finding_id], columns) for row in rows])
        return [(row.finding_id, placed) for row, placed in zip(rows, met, strict=True)]

    def _read(self, mended: MendedFile) -> list[Mended]:
        rows: list[Mended] = []
        for line, row in self._archives.edited(mended.path, mended.encoding):
            try:
                rows.append(read_back(row))
            except NotMendable as error:
                raise ImportRefused(str(error), file=mended.path.name, line=line) from error
        return rows

    def _waiting(self, actor: Actor, import_id: ImportId) -> AsyncIterator[FindingLine]:
        return self._found(actor, import_id, Severity.QUARANTINED)

    async def _found(self, actor: Actor, import_id: ImportId, severity: Severity) -> AsyncIterator[FindingLine]:
        """Yield the findings of *severity* that nobody has settled."""
        after: int | None = None
        while True:
            page = await self._views.findings(
                actor, import_id, severity=severity, state="open", after=after, limit=MAX_PAGE
            )
            for line in page.items:
                yield line
            if page.next is None:
                return
            after = page.next


_STORED = "mended/"


def _as_met(row: Mended, finding: Finding, columns: Mapping[str, Sequence[str]]) -> MendedRow:
    if finding.code in STORED_AS_READ:
        return MendedRow(f"{_STORED}{finding.table}.csv", finding.table, row.cells)
    unchanged = row.cells == {name: cell for name, cell in finding.cells.items() if cell}
    return MendedRow(
        finding.file,
        finding.table,
        row.cells,
        header=columns.get(finding.file, ()),
        unchanged=finding if unchanged else None,
    )


def _placed(rows: Sequence[MendedRow]) -> list[MendedRow]:
    """Give each of *rows* the line on which it begins among those of its file."""
    cells: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        cells.setdefault(row.file, []).append(row.cells)
    begins = {file: iter(starts(of_file)) for file, of_file in cells.items()}
    return [replace(row, line=next(begins[row.file])) for row in rows]


def _places(lines: Iterable[FindingLine]) -> set[Place]:
    return {(line.finding.file, line.finding.line) for line in lines}


def _still_waiting(rows: Sequence[tuple[int, MendedRow]], failed: set[Place]) -> set[int]:
    """Tell by file and line which rows came to nothing; all of a file, where a line cannot be placed."""
    lost = {file for file, _ in failed - {(row.file, row.line) for _, row in rows}}
    return {number for number, row in rows if row.file in lost or (row.file, row.line) in failed}
