"""The report of an import: what became of every row of every file, so that the sums can be checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from .batch import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCounts:
    """What became of the records of one table: `rows` is the sum of all others but `flagged`."""

    rows: int = 0
    """Records that the reader made of the file's rows."""
    new: int = 0
    merged: int = 0
    """Added something to a stored row that was silent about it, or replaced it as the person asked."""
    unchanged: int = 0
    """Said what is stored already."""
    repeated: int = 0
    """Said what an earlier row of the same file says, or described a profile or a post as it looked before."""
    conflicts: int = 0
    """Said something else than an earlier or stored row, which stayed."""
    quarantined: int = 0
    """Read well, and not storable: an unknown post, a date out of range."""
    flagged: int = 0
    """Stored, and marked as suspect."""

    def __add__(self, other: TableCounts) -> TableCounts:
        names = [field.name for field in dataclasses.fields(self)]
        return TableCounts(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def changed(self) -> int:
        return self.new + self.merged


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentCoverage:
    """What the comments of a file are about, and by how many people."""

    rows: int
    distinct_ids: int
    posts: int
    posts_unknown: int
    """Of these nobody has described the post."""
    authors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What became of one file."""

    name: str
    bytes: int = 0
    sha256: str = ""
    rows_read: int = 0
    """Data rows of the file, records or not."""
    tables: Mapping[str, TableCounts] = dataclasses.field(default_factory=dict)
    findings: Mapping[str, Mapping[str, int]] = dataclasses.field(default_factory=dict)
    """Severity, code, number: rows that were quarantined, left out, flagged or in conflict, and why."""
    profiles: int = 0
    """Profiles about which something new was learnt."""
    comments: CommentCoverage | None = None
    """Where the file brings any."""

    def found(self, severity: Severity) -> int:
        return sum(self.findings.get(severity, {}).values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFigures:
    """A row of totals that the file brought: not a record, shown beside the sums of the records."""

    file: str
    line: int
    label: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a whole import."""

    reader: str
    files: Sequence[FileReport] = ()
    controls: Sequence[ControlFigures] = ()
    doubts: Sequence[str] = ()
    ignored: Sequence[str] = ()
    """Files of which nothing was read."""
    columns: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    """The header of each file, for writing rows of it again."""
    settled: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    """How each file is written, as its whole content showed, for reading rows of it again."""

    @property
    def tables(self) -> Mapping[str, TableCounts]:
        """The counts of all files together."""
        names = dict.fromkeys(name for file in self.files for name in file.tables)
        return {name: _sum(file.tables[name] for file in self.files if name in file.tables) for name in names}

    @property
    def rows_read(self) -> int:
        return sum(file.rows_read for file in self.files)

    def found(self, severity: Severity) -> int:
        return sum(file.found(severity) for file in self.files)


def _sum(counts: Iterable[TableCounts]) -> TableCounts:
    return reduce(TableCounts.__add__, counts, TableCounts())


def tally(findings: Iterable[tuple[str, str, int]]) -> Mapping[str, Mapping[str, int]]:
    """Add up (severity, code, number) by severity and code."""
    sums: dict[str, dict[str, int]] = {}
    for severity, code, number in findings:
        if number:
            of_severity = sums.setdefault(str(severity), {})
            of_severity[code] = of_severity.get(code, 0) + number
    return sums
