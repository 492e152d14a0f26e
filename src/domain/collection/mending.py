"""Mending: rows of the quarantine as a table that people edit, and back.

Each row carries who it is in columns of its own (`_finding`, `_file`, `_line`, `_problem`); the rest are its cells as
the file had them. A cell that a spreadsheet would take for a formula is written with an apostrophe before it, which
reading takes off again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .batch import Finding

NUMBER, FILE, LINE, PROBLEM = "_finding", "_file", "_line", "_problem"
MARKS = (NUMBER, FILE, LINE, PROBLEM)

_FORMULA = re.compile(r"[=+\-@\t\r]")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*%?")
_GUARDED = re.compile(r"'[=+\-@\t\r]")


@dataclass(frozen=True, slots=True, kw_only=True)
class MendedRow:
    """One row as it came back from whoever mended it."""

    finding_id: int
    cells: Mapping[str, str]


class NotMendable(ValueError):
    """A row that came back does not say which quarantined row it is."""


def guarded(cell: str) -> str:
    """Return *cell* so that no spreadsheet computes it."""
    return f"'{cell}" if _FORMULA.match(cell) and not _PLAIN_NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """Undo `guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell


def header_of(findings: Iterable[Finding], columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the columns of a table that holds all of *findings*: the marks, then the files' own *columns* in order."""
    names: dict[str, None] = {}
    for finding in findings:
        found = dict.fromkeys(name for name in columns.get(finding.file, ()) if name in finding.cells)
        names.update(found | dict.fromkeys(finding.cells))
    return [*MARKS, *names]


def marked(finding_id: int, finding: Finding) -> dict[str, str]:
    """Return the finding as a row of that table."""
    marks = {
        NUMBER: str(finding_id),
        FILE: finding.file,
        LINE: str(finding.line),
        PROBLEM: guarded(f"{finding.field}: {finding.message}" if finding.field else finding.message),
    }
    return {**marks, **{name: guarded(cell) for name, cell in finding.cells.items()}}


def read_back(row: Mapping[str, object]) -> MendedRow:
    """Return what a row of the table says after mending, or raise `NotMendable`."""
    if NUMBER not in row:
        raise NotMendable(f"there is no column {NUMBER}; is it the table that was exported?")
    number = str(row[NUMBER] or "").strip()
    if not number.isdecimal():
        raise NotMendable(
            f"column {NUMBER} says {number!r}; it holds the number of the quarantined row, leave it as it was"
        )
    cells = {
        str(name): unguarded(str(cell)) for name, cell in row.items() if name not in MARKS and cell not in {None, ""}
    }
    return MendedRow(finding_id=int(number), cells=cells)


def starts(rows: Sequence[Mapping[str, str]]) -> list[int]:
    """Say on which physical line each of *rows* begins when they are written below a header of one line."""
    begins, line = [], 2
    for cells in rows:
        begins.append(line)
        line += 1 + sum(cell.count("\n") for cell in cells.values())
    return begins
