"""What a reader hands on: some rows of one table, column by column, and the rows it could not read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .records import Table


class Severity(StrEnum):
    """What became of the row that a finding speaks of."""

    QUARANTINED = "quarantined"
    """Not stored; it can be mended and retried."""
    CONFLICT = "conflict"
    """A repeat of a stored or earlier row with other values; what was done is in the message."""
    FLAGGED = "flagged"
    """Stored, and marked: a suspect zero, more likes than views, a lost id digit."""
    LEFT_OUT = "left_out"
    """Not a record: a Total row, an empty row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a person should know about one row of one file."""

    severity: Severity
    code: str
    """Stable and machine-readable: `number.unreadable`, `id.damaged`, `row.total` …"""
    message: str
    """One sentence: the place, what is wrong, the cure."""
    file: str
    line: int
    """1-based physical line (CSV, JSONL) or sheet row (XLSX) where the row starts."""
    table: str = ""
    field: str = ""
    cells: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The row as the file had it, header to cell; never an author's name."""

    @property
    def rows(self) -> int:
        """How many rows of the file it speaks of."""
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyRows(Finding):
    """Empty rows share a finding, because a file may have any number of them, and nobody mends them one by one."""

    count: int

    @property
    def rows(self) -> int:
        return self.count


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table, read and typed.

    *columns* maps a field name of *table* to a sequence as long as *lines*, of the values that the field's `Kind`
    promises, or None where not known. A field that the file does not have is absent. Key fields are never None in
    *required*. Rows come in file order, so that the first of two equal keys is the first in the file.
    """

    table: Table
    file: str
    lines: Sequence[int]
    columns: Mapping[str, Sequence[object]]
    findings: Sequence[Finding] = ()
    rows_read: int = 0
    """Data rows of the file that this batch used up, kept or not. When one file row feeds several tables, only the
    batch of the first of them counts it."""

    def __len__(self) -> int:
        return len(self.lines)
