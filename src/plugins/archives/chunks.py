"""A table of any format as chunks: some thousand rows of text cells, column by column, with their line numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from ...application.collection.archives import ArchiveSource, ImportRefused
from ...domain.collection.batch import EmptyRows, Finding, Severity
from ...domain.collection.headers import name_columns

MOST_COLUMNS = 2_000
_BLANKS = re.compile(r"\s+")
_SURPLUS = re.compile(r"\[column \d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """How to read a file as a table, where it does not go without saying."""

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    """1-based line (sheet row) of the header; None = the first one that is not empty."""
    sheet: str | int | None = None
    """Name or 1-based number of the sheet; None = the first that holds anything."""
    flatten: bool = False
    """JSONL: objects inside objects become columns `author.name`, instead of one column of JSON."""
    ours: bool = False
    """We wrote the headers ourselves, so they are names already: two that differ in case only are two columns."""

    def names(self, header: Sequence[str]) -> tuple[str, ...]:
        """Return one name for each column under *header*."""
        return tuple(header) if self.ours else name_columns(header)


@dataclass(slots=True)
class Chunk:
    """Rows of a table. Every column has as many cells as there are *lines*; an empty cell is ""."""

    header: tuple[str, ...]
    columns: Sequence[Sequence[str]]
    lines: Sequence[int]
    findings: list[Finding] = field(default_factory=list)
    """Rows that are no rows of this table: ragged, unreadable, empty."""
    read: int = 0
    """Data rows used up, those of the findings included, empty ones not."""

    def cells(self, row: int) -> dict[str, str]:
        """Return the row as the file had it, empty cells included, so that it can be mended and read again."""
        cells = {name: column[row] for name, column in zip(self.header, self.columns, strict=True)}
        return {name: cell.replace("\0", "\\0") for name, cell in cells.items()}

    def head(self, rows: int) -> Chunk:
        """Return the first *rows* rows alone."""
        return Chunk(self.header, [column[:rows] for column in self.columns], self.lines[:rows])


def shown(cell: str, most: int = 60) -> str:
    """Return *cell* as it can be shown on one line of a terminal: what cannot be printed is marked, the rest cut."""
    line = _BLANKS.sub(" ", cell[: 4 * most]).strip()
    printable = "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
    return printable if len(printable) <= most else f"{printable[:most]}…"


def check_width(header: Sequence[str], name: str) -> None:
    """Refuse a header that no table has."""
    if len(header) > MOST_COLUMNS:
        raise ImportRefused(f"has {len(header)} columns; {MOST_COLUMNS} are the most", file=name)


def check_rows(total: int, source: ArchiveSource, name: str) -> None:
    """Refuse a file with more rows than one import may hold."""
    if total > source.limits.max_rows:
        raise ImportRefused(f"has more than {source.limits.max_rows} rows; import it in parts", file=name)


def unreadable(name: str, line: int, code: str, message: str, cells: dict[str, str] | None = None) -> Finding:
    """Return the finding of a row that is no row; NUL characters in its cells are made visible."""
    shown = {key: cell.replace("\0", "\\0") for key, cell in (cells or {}).items()}
    return Finding(severity=Severity.QUARANTINED, code=code, message=message, file=name, line=line, cells=shown)


def name_cells(row: Sequence[str], header: Sequence[str]) -> dict[str, str]:
    """Return a row that is no row by its columns; cells behind the last header are `[column 5]` and so on."""
    names = (*header, *(f"[column {place + 1}]" for place in range(len(header), len(row))))
    return dict(zip_longest(names, row, fillvalue=""))


def surplus(cells: Mapping[str, str], header: Sequence[str]) -> list[str]:
    """Return which of *cells* stand behind the last of *header*, by the names that `name_cells` gave them."""
    named = (name for name, cell in cells.items() if cell and name not in header)
    return [name for name in named if _SURPLUS.fullmatch(name)]


def left_out(name: str, blank: Sequence[int]) -> list[Finding]:
    """Return one finding for all the empty rows of a chunk, or none."""
    if not blank:
        return []
    rows = "1 empty row was" if len(blank) == 1 else f"{len(blank)} empty rows were"
    message = f"{rows} left out, the first on line {blank[0]}"
    return [
        EmptyRows(
            severity=Severity.LEFT_OUT,
            code="row.empty",
            message=message,
            file=name,
            line=blank[0],
            count=len(blank),
        )
    ]
