"""Mended rows as tables: they need no parsing any more, but are still rows that somebody may not have mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...application.collection.archives import MendedRow
from ...domain.collection.batch import Finding
from .chunks import Chunk, TableOptions, name_cells, surplus, unreadable
from .jsonl import as_cells, read_object
from .source import Source
from .whole_lines import JSON_LINE, divided_line, find_divided, take_apart


@dataclass
class MendedSource(Source):
    """A source whose files hold mended rows; their bytes are for readers that take files apart by themselves."""

    rows: dict[str, list[MendedRow]] = field(default_factory=dict)

    def hold(self, rows: dict[str, list[MendedRow]]) -> None:
        """Take *rows* by file; what lies beside those files says only what they are."""
        self.rows = rows
        self._given.update(rows)

    def chunk(self, name: str, options: TableOptions) -> Chunk:
        """Return the rows of the file *name*. How that file was written does not matter any more."""
        kept: list[Mapping[str, str]] = []
        lines: list[int] = []
        findings: list[Finding] = []
        for row in self.rows[name]:
            read = row.unchanged or _read(row, options)
            if isinstance(read, Finding):
                findings.append(replace(read, line=row.line))
            else:
                kept.append(read)
                lines.append(row.line)
        known = [column for row in self.rows[name] for column in row.header]
        header = tuple(dict.fromkeys([*known, *(column for cells in kept for column in cells)]))
        columns = [[cells.get(column, "") for cells in kept] for column in header]
        return Chunk(header, columns, lines, findings, len(self.rows[name]))


def _read(row: MendedRow, options: TableOptions) -> Mapping[str, str] | Finding:
    """Return the cells of *row*, or the finding of a row that is still none."""
    if row.cells.get(JSON_LINE):
        return _from_json(row, options)
    divided = find_divided(row.cells)
    if divided is not None:
        return _from_line(row, *divided)
    beyond = surplus(row.cells, row.header)
    if beyond:
        told = f"cells stand behind the last header ({', '.join(beyond)}); move them where they belong, and empty these"
        return unreadable(row.file, row.line, "row.ragged", told, dict(row.cells))
    if not any(row.cells.values()):
        return unreadable(row.file, row.line, "row.empty", "the row has no cells; fill them in from the file")
    return row.cells


def _from_json(row: MendedRow, options: TableOptions) -> Mapping[str, str] | Finding:
    line = row.cells[JSON_LINE]
    read = read_object(line)
    if isinstance(read, str):
        return unreadable(row.file, row.line, "row.json", read, {JSON_LINE: line})
    return as_cells(read, flatten=options.flatten)


def _from_line(row: MendedRow, line: str, delimiter: str) -> Mapping[str, str] | Finding:
    width = len(row.header)
    cells = take_apart(line, delimiter)
    told = ""
    if cells is None:
        told = "the row cannot be read; check its quotes"
    elif len(cells) < width or any(cells[width:]):
        told = f"the row has {len(cells)} cells under {width} headers; check its quotes and separators"
    if cells is None or told:
        return unreadable(row.file, row.line, "row.quotes", told, {divided_line(delimiter): line})
    return name_cells(cells[:width], row.header)
