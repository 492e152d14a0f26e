"""What became of an import, in words for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...application.collection.archives import Plan
from ...application.collection.views import FindingLine, ImportLine
from ...domain.collection.batch import Severity
from ...domain.collection.records import TABLES
from ...domain.collection.report import CommentCoverage, FileReport, ImportReport, TableCounts
from ...domain.shared.text import harmless

_WORDS = {
    "new": "new",
    "merged": "merged",
    "unchanged": "unchanged",
    "repeated": "repeated",
    "conflicts": "in conflict",
    "quarantined": "quarantined",
    "flagged": "flagged",
}
_MOST_DOUBTS = 20


def report_lines(report: ImportReport) -> Iterator[str]:
    """Say of every file and table what became of its rows, why, and what the totals rows claim."""
    for file in report.files:
        yield f"{file.name}: {_rows(file.rows_read)} read"
        for table in filter(file.tables.__contains__, TABLES):
            yield f"  {table:<16} {_counts(file.tables[table])}"
        if file.comments is not None:
            yield f"  {_covered(file.comments)}"
        yield from (f"  {line}" for line in _reasons(file))
    for row in report.controls:
        values = ", ".join(f"{name} {value}" for name, value in row.values.items() if value)
        yield harmless(f"{row.file}, line {row.line}: {row.label} (left out, as a control sum): {values}")
    yield from _doubts(report.doubts)
    if report.ignored:
        yield f"nothing was read of: {', '.join(report.ignored)}"


def plan_lines(plan: Plan) -> Iterator[str]:
    """Say which reader was found, how each column would be read, and what is doubtful or still needed."""
    yield f"reader {plan.reader}"
    for table in plan.tables:
        yield f"{table.file} -> {table.table}"
        for column in table.columns:
            shown = ", ".join(cell[:40] for cell in column.examples)
            told = f"  {column.column[:32]:<32} -> {column.field or 'left out':<20} {column.rule:<24} {shown}"
            yield harmless(told.rstrip())
    yield from (f"needed: {need.message}" for need in plan.needs)


def examples(findings: Iterable[FindingLine]) -> Iterator[str]:
    """Name the place and the reason of each finding."""
    for line in findings:
        finding = line.finding
        place = f"{finding.file}, line {finding.line}" if finding.line else finding.file
        field = f" {finding.table}.{finding.field}" if finding.field else f" {finding.table}" if finding.table else ""
        told = (
            f"#{line.finding_id} {place}:{field} {finding.message} [{finding.severity}, {finding.code}, {line.state}]"
        )
        yield harmless(told)


def import_line(line: ImportLine) -> str:
    """One import in a list."""
    rows = f", {_rows(line.progress.rows)}" if line.progress.rows else ""
    waiting = f", {line.quarantined} in quarantine" if line.quarantined else ""
    files = ", ".join(line.files[:3]) + (" …" if len(line.files) > 3 else "")
    error = f": {_without_place(line.error, line.files)}" if line.error else ""
    return f"{line.import_id}  {line.requested_at:%Y-%m-%d %H:%M}  {line.state:<7} {files}{rows}{waiting}{error}"


def _covered(comments: CommentCoverage) -> str:
    unknown = f", {comments.posts_unknown:,} of which nobody has described" if comments.posts_unknown else ""
    return f"{comments.distinct_ids:,} comments by {comments.authors:,} authors on {comments.posts:,} posts{unknown}"


def _without_place(error: str, files: Sequence[str]) -> str:
    """Leave out the file's name, with which an error about a file begins, where the line names that file alone."""
    return error.removeprefix(f"{files[0]}: ").removeprefix(f"{files[0]}, ") if len(files) == 1 else error


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"


def _counts(counts: TableCounts) -> str:
    parts = [f"{getattr(counts, name):,} {word}" for name, word in _WORDS.items() if getattr(counts, name)]
    return f"{_rows(counts.rows)}: {', '.join(parts) or 'nothing'}"


def _reasons(file: FileReport) -> Iterator[str]:
    for severity in Severity:
        reasons: Mapping[str, int] = file.findings.get(severity, {})
        if reasons:
            yield f"{severity.replace('_', ' ')}: {', '.join(f'{number:,} {code}' for code, number in reasons.items())}"


def _doubts(doubts: Iterable[str]) -> Iterator[str]:
    told = list(doubts)
    yield from (harmless(f"doubtful: {doubt}") for doubt in told[:_MOST_DOUBTS])
    if len(told) > _MOST_DOUBTS:
        yield f"and {len(told) - _MOST_DOUBTS} more doubts; --json lists them all"
