"""From columns that were read cell by cell to a batch of whole records: a row with a problem is set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ...domain.collection.batch import Batch, Finding, Severity
from ...domain.collection.cells import IDS, Parsed, Problem
from ...domain.collection.ids import cut_digits
from ...domain.collection.records import Table

CellsOf = Callable[[int], Mapping[str, str]]
"""The row of a chunk as the file had it."""


def assemble(
    table: Table,
    file: str,
    lines: Sequence[int],
    columns: Mapping[str, Parsed],
    cells_of: CellsOf,
    *,
    findings: Iterable[Finding] = (),
    rows_read: int = 0,
) -> Batch:
    """Put *columns* together as rows of *table*; every row left out becomes a finding."""
    problems = _problems(table, len(lines), columns)
    found = list(findings)
    for row, (field, why) in problems:
        found.append(_quarantined(table, file, lines[row], field=field, why=why, cells=cells_of(row)))
    found += _cut_ids(table, file, lines, columns, {row for row, _ in problems})
    told = {name: parsed.values for name, parsed in columns.items() if parsed.known}
    if not problems:
        return Batch(table, file, lines, told, found, rows_read)
    bad = {row for row, _ in problems}
    good = [row for row in range(len(lines)) if row not in bad]
    kept = {name: [values[row] for row in good] for name, values in told.items()}
    return Batch(table, file, [lines[row] for row in good], kept, found, rows_read)


def _problems(table: Table, count: int, columns: Mapping[str, Parsed]) -> list[tuple[int, tuple[str, Problem]]]:
    """Return the first problem of every row that has one, in row order."""
    first: dict[int, tuple[str, Problem]] = {}
    for name, parsed in columns.items():
        for row, problem in parsed.problems.items():
            first.setdefault(row, (name, problem))
    for name in table.required:
        values = columns[name].values if name in columns else [None] * count
        if None in values:
            missing = Problem("field.missing", f"{name} is empty, and a row of {table.name} means nothing without it")
            for row, value in enumerate(values):
                if value is None:
                    first.setdefault(row, (name, missing))
    return sorted(first.items())


def _quarantined(table: Table, file: str, line: int, *, field: str, why: Problem, cells: Mapping[str, str]) -> Finding:
    return Finding(
        severity=Severity.QUARANTINED,
        code=why.code,
        message=why.message,
        file=file,
        line=line,
        table=table.name,
        field=field,
        cells=cells,
    )


def _cut_ids(
    table: Table, file: str, lines: Sequence[int], columns: Mapping[str, Parsed], bad: set[int]
) -> list[Finding]:
    """Flag ids that probably lost digits in a spreadsheet; whether they did, nobody can tell from the id alone."""
    found = []
    for name in sorted(IDS & set(table.key) & set(columns)):
        values: Sequence[str | None] = columns[name].values  # type: ignore[assignment]
        for row in cut_digits(values):
            if row in bad:
                continue
            message = f"{name} {values[row]} ends in zeros from digit 16 on, as ids do after a spreadsheet rounded them"
            found.append(
                Finding(
                    severity=Severity.FLAGGED,
                    code="id.suspicious_zeros",
                    message=message,
                    file=file,
                    line=lines[row],
                    table=table.name,
                    field=name,
                )
            )
    return found
