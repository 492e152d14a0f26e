"""Reading a `creator-archive`: checked against its manifest, column by column, unknown columns kept in `extra`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ....application.collection.archives import (
    ArchiveKind,
    ArchiveSource,
    ColumnPlan,
    ImportRefused,
    Plan,
    ReadOptions,
    Recognition,
    TablePlan,
)
from ....domain.collection.batch import Batch, Finding, Severity
from ....domain.collection.cells import Parsed, clean, read_cells
from ....domain.collection.headers import normalise
from ....domain.collection.records import TABLES, Table
from ..assemble import assemble
from ..chunks import Chunk, TableOptions, shown
from ..gather import gather
from ..tables import chunks_of, sample_of
from . import manifest as manifests

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class _Job:
    """One file to read: its table, its name, and how many rows the manifest promises."""

    table: Table
    file: str
    rows: int | None
    options: TableOptions


class CreatorArchive:
    """`ArchiveReader` of `creator-archive` 1.x, as a folder or ZIP, with tables as CSV or JSONL."""

    name = "creator-archive"
    title = "creator-archive 1.0 (folder or ZIP with manifest.json)"
    kind = ArchiveKind.OBSERVATIONS

    def recognise(self, source: ArchiveSource) -> Recognition:
        name = manifests.find(source)
        if name is None:
            return Recognition(0, "there is no manifest.json")
        if manifests.claims(source, name):
            return Recognition(1, f"{name} says that it is a {manifests.FORMAT}")
        return Recognition(0, f"{name} is of another format")

    def plan(self, source: ArchiveSource, options: ReadOptions) -> Plan:
        """Check the manifest and every file's SHA-256; `ImportRefused` names what does not agree."""
        name = manifests.find(source)
        if name is None:
            raise ImportRefused(f"{source.label} holds no {manifests.NAME}, so it is no {manifests.FORMAT}")
        manifest = manifests.load(source, name)
        table_options = TableOptions(encoding=options.encoding)
        jobs, doubts = [], []
        for entry in manifest.tables:
            if entry.table not in TABLES:
                doubts.append(f"{entry.file}: the table {entry.table!r} is not known here and is left out")
                continue
            _check_sum(source, entry)
            jobs.append(_Job(TABLES[entry.table], entry.file, entry.rows, table_options))
        jobs.sort(key=lambda job: list(TABLES).index(job.table.name))
        if manifest.version != manifests.VERSION:
            doubts.append(f"the archive is of version {manifest.version}; what is newer than 1.0 in it goes to `extra`")
        plans = [_plan_table(source, job, doubts) for job in jobs]
        read = {name, *(job.file for job in jobs)}
        return Plan(
            reader=self.name,
            kind=self.kind,
            tables=tuple(plans),
            doubts=tuple(doubts),
            ignored=tuple(file.name for file in source.files if file.name not in read),
            detail=tuple(jobs),
        )

    def read(self, source: ArchiveSource, plan: Plan) -> Iterator[Batch]:
        jobs: Sequence[_Job] = plan.detail  # type: ignore[assignment]
        for job in jobs:
            yield from gather(_read_table(source, job))


def _check_sum(source: ArchiveSource, entry: manifests.TableEntry) -> None:
    if entry.sha256 is None:
        return
    found = source.sha256(entry.file)
    if found != entry.sha256.strip().lower():
        raise ImportRefused(
            f"has the SHA-256 {found[:12]}…, and the manifest says {entry.sha256[:12]}…: the file was changed or cut "
            "after the archive was made. Fetch the archive again",
            file=entry.file,
        )


def _plan_table(source: ArchiveSource, job: _Job, doubts: list[str]) -> TablePlan:
    sample = sample_of(source, job.file, job.options)
    fields = _fields(sample.header, job.table)
    columns = []
    for column, cells in zip(sample.header, sample.columns, strict=True):
        known = fields.get(column)
        examples = tuple(map(shown, list(dict.fromkeys(cell for cell in cells if cell))[:_EXAMPLES]))
        columns.append(
            ColumnPlan(column, known or f"extra.{column}", "as it is" if known else "kept as text", examples)
        )
        if known is None:
            doubts.append(f"{job.file}: the column {column!r} is not known here and is kept in `extra`")
    missing = [name for name in job.table.required if name not in fields.values()]
    if missing and sample.header:
        raise ImportRefused(
            f"has no column {' and no column '.join(missing)}, without which a row of {job.table.name} means nothing",
            file=job.file,
        )
    return TablePlan(file=job.file, table=job.table.name, columns=tuple(columns), header=sample.header)


def _fields(header: Sequence[str], table: Table) -> dict[str, str]:
    """Map each known column of *header* to its field; of two equal headers the first counts."""
    names = {normalise(name): name for name in table.names}
    return {column: names[normalise(column)] for column in header if normalise(column) in names}


def _read_table(source: ArchiveSource, job: _Job) -> Iterator[Batch]:
    rows = 0
    for chunk in chunks_of(source, job.file, job.options):
        rows += chunk.read
        yield _batch(job, chunk)
    if job.rows is not None and job.rows != rows:
        yield Batch(job.table, job.file, [], {}, [_rows_differ(job, rows)])


def _batch(job: _Job, chunk: Chunk) -> Batch:
    fields = _fields(chunk.header, job.table)
    columns: dict[str, Parsed] = {}
    unknown: dict[str, Sequence[str]] = {}
    for column, cells in zip(chunk.header, chunk.columns, strict=True):
        if column in fields:
            columns[fields[column]] = read_cells(job.table.field(fields[column]), cells)
        elif any(cells):
            unknown[column] = cells
    if unknown:
        columns["extra"] = _with_unknown(columns.get("extra"), unknown, len(chunk.lines))
    return assemble(
        job.table,
        job.file,
        chunk.lines,
        columns,
        chunk.cells,
        findings=[replace(finding, table=job.table.name) for finding in chunk.findings],
        rows_read=chunk.read,
    )


def _with_unknown(extra: Parsed | None, unknown: Mapping[str, Sequence[str]], count: int) -> Parsed:
    """Add the cells of columns that are not known here to `extra`, under their header."""
    values: list[object] = []
    problems = dict(extra.problems) if extra else {}
    for row in range(count):
        added = {name: cells[row] for name, cells in unknown.items() if cells[row]}
        wrong = clean("".join(added.values()))
        if wrong:
            problems.setdefault(row, wrong)
        known = extra.values[row] if extra else None
        values.append({**known, **added} if isinstance(known, dict) else added or None)
    return Parsed(values, problems)


def _rows_differ(job: _Job, rows: int) -> Finding:
    return Finding(
        severity=Severity.FLAGGED,
        code="archive.rows_differ",
        message=f"the file has {rows} rows, and the manifest says {job.rows}",
        file=job.file,
        line=0,
        table=job.table.name,
    )
