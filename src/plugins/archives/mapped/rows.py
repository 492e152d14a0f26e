"""One chunk of a foreign file as batches, one per table that it feeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ....domain.collection.batch import Batch, Finding, Severity
from ....domain.collection.cells import Parsed, Problem
from ....domain.collection.headers import normalise
from ....domain.collection.mapping_columns import Circumstances, Column, pseudonym, read_column, read_extra
from ....domain.collection.records import COMMENTS, POSTS, PROFILES
from ..assemble import assemble
from ..chunks import Chunk
from .binding import Bound, BoundTable
from .survey import totals_in


@dataclass(slots=True)
class Labels:
    """Cells of one column that were taken as "not known", over a whole file."""

    line: int
    seen: Counter[str] = field(default_factory=Counter)


class FileRows:
    """Turns the chunks of one file into batches of all the tables that it feeds."""

    def __init__(self, file: str, tables: Sequence[BoundTable], salt: bytes) -> None:
        self._file = file
        self._tables = tables
        self._salt = salt
        self._labels: dict[tuple[str, str, str], Labels] = {}

    def batches(self, chunk: Chunk) -> Iterator[Batch]:
        """Read *chunk* for every table; a row is counted, and a problem told, for the first table only."""
        told: set[tuple[int, str]] = set()
        # A row that is the total of one table's posts is no profile of another table either.
        totals = [
            any(said) for said in zip(*(totals_in(table, chunk, self._file) for table in self._tables), strict=True)
        ]
        for place, table in enumerate(self._tables):
            batch = self._batch(table, chunk, totals)
            fresh = [finding for finding in batch.findings if (finding.line, finding.code) not in told]
            told |= {(finding.line, finding.code) for finding in fresh}
            extra = self._unreadable(chunk) if place == 0 else ()
            read = chunk.read if place == 0 else 0
            yield Batch(batch.table, batch.file, batch.lines, batch.columns, [*extra, *fresh], read)

    def _unreadable(self, chunk: Chunk) -> Sequence[Finding]:
        """Return the findings of rows that are no rows; in a list of comments without cells, one may be a name."""
        if all(table.rule.table is not COMMENTS for table in self._tables):
            return chunk.findings
        return [replace(finding, cells={}) for finding in chunk.findings]

    def closing(self) -> Iterator[Batch]:
        """Tell, at the end of the file, which cells were taken as "not known"."""
        for (table, name, column), labels in self._labels.items():
            rule = next(one.rule for one in self._tables if one.rule.table.name == table)
            shown = ", ".join(f"{label[:40]!r} {count} times" for label, count in labels.seen.most_common(5))
            message = (
                f"{labels.seen.total()} cells of the column {column!r} could not be read as {name} "
                f"and count as not known: {shown}"
            )
            finding = Finding(
                severity=Severity.FLAGGED,
                code="cell.not_known",
                message=message,
                file=self._file,
                line=labels.line,
                table=table,
                field=name,
            )
            yield Batch(rule.table, self._file, [], {}, [finding])

    def _batch(self, table: BoundTable, chunk: Chunk, totals: Sequence[bool]) -> Batch:
        kept, left_out = _select(table, chunk, self._file, totals)
        columns: dict[str, Parsed] = {
            name: Parsed([value] * len(kept.lines)) for name, value in table.constants.items()
        }
        around = Circumstances(link=table.link, style=table.style, salt=self._salt, network=table.network)
        read: dict[str, Column] = {}
        extra: dict[str, Sequence[object]] = {}
        unstorable: dict[int, Problem] = {}
        for bound in sorted(table.columns, key=lambda one: one.name == "published_at"):
            cells = bound.cells(kept, self._file)
            around = replace(around, otherwise=bound.others(kept, self._file))
            if bound.in_extra:
                column = read_extra(bound.rule, cells, around)
                extra[bound.name] = column.parsed.values
                unstorable |= column.parsed.problems
            else:
                column = read_column(bound.target, bound.rule, cells, _knowing(around, table, bound, read))
                read[bound.name] = column
                columns[bound.name] = column.parsed
            self._note(table, bound, kept, column.parsed)
        if extra:
            columns["extra"] = Parsed(_extras(table.constants.get("extra"), extra, len(kept.lines)), unstorable)
        _precisions(table, columns, read, len(kept.lines))
        batch = assemble(
            table.rule.table,
            self._file,
            kept.lines,
            columns,
            lambda row: self._shown(table, kept, row),
            findings=left_out,
        )
        return _newest(batch) if batch.table is PROFILES else batch

    def _note(self, table: BoundTable, bound: Bound, chunk: Chunk, parsed: Parsed) -> None:
        if not parsed.labels:
            return
        key = (table.rule.table.name, bound.name, bound.column)
        if key not in self._labels:
            rows = zip(bound.cells(chunk, self._file), parsed.values, chunk.lines, strict=True)
            silent = bound.rule.missing | {""}
            first = (line for cell, value, line in rows if value is None and normalise(cell) not in silent)
            self._labels[key] = Labels(next(first, 0))
        self._labels[key].seen.update(parsed.labels)

    def _shown(self, table: BoundTable, chunk: Chunk, row: int) -> Mapping[str, str]:
        """Return a row for the report: authors under their pseudonym, and of a comment only what is mapped."""
        cells = chunk.cells(row)
        authors = {bound.column for bound in table.columns if bound.name == "author_ref"}
        around = Circumstances(salt=self._salt, network=table.network)
        mapped = {bound.column for bound in table.columns}
        if authors or table.rule.table is COMMENTS:
            cells = {name: cell for name, cell in cells.items() if name in mapped}
        return {name: (pseudonym(cell, around) or "") if name in authors else cell for name, cell in cells.items()}


def _knowing(around: Circumstances, table: BoundTable, bound: Bound, read: Mapping[str, Column]) -> Circumstances:
    referees: list[datetime | None] | None = None
    zone = table.zone(bound)
    if bound.name == "published_at" and "post_id" in read and zone not in {None, "UTC"}:
        referees = table.instants(read["post_id"].parsed.values)
    return replace(around, order=table.order(bound), zone=zone, referees=referees)


def _select(table: BoundTable, chunk: Chunk, file: str, totals: Sequence[bool]) -> tuple[Chunk, list[Finding]]:
    """Leave out rows of totals and those that the mapping drops."""
    reasons: dict[int, tuple[str, str]] = {}
    for drop in table.rule.drop:
        named = {normalise(name): place for place, name in enumerate(chunk.header)}
        place = named.get(normalise(drop.column))
        cells = chunk.columns[place] if place is not None else [""] * len(chunk.lines)
        for row, cell in enumerate(cells):
            if (drop.empty and not cell.strip()) or (drop.equals and normalise(cell) in drop.equals):
                reasons[row] = ("row.dropped", f"left out by the mapping: {drop.column} is {cell!r}")
    for row, total in enumerate(totals):
        if total:
            reasons[row] = ("row.total", "a row of totals is no record; its figures are shown as control sums")
    if not reasons:
        return chunk, []
    keep = [row for row in range(len(chunk.lines)) if row not in reasons]
    kept = Chunk(
        chunk.header, [[column[row] for row in keep] for column in chunk.columns], [chunk.lines[row] for row in keep]
    )
    findings = [
        Finding(severity=Severity.LEFT_OUT, code=code, message=message, file=file, line=chunk.lines[row])
        for row, (code, message) in sorted(reasons.items())
    ]
    return kept, findings


def _extras(constant: object, extra: Mapping[str, Sequence[object]], count: int) -> list[object]:
    base = constant if isinstance(constant, dict) else {}
    rows: list[object] = []
    for row in range(count):
        found = {name: values[row] for name, values in extra.items() if values[row] is not None}
        rows.append({**base, **found} or None)
    return rows


def _precisions(table: BoundTable, columns: dict[str, Parsed], read: Mapping[str, Column], count: int) -> None:
    """Note how fine counts and times are, where the mapping does not say it."""
    names = table.rule.table.names
    if table.rule.table is POSTS and "published_precision" not in columns and "published_at" in read:
        columns["published_precision"] = Parsed(list(read["published_at"].precisions or ()))
    compact = [column.compact for column in read.values() if column.compact is not None]
    if "precision" in names and "precision" not in columns and compact:
        rows = zip(*compact, strict=True)
        columns["precision"] = Parsed(["compact" if any(row) else "exact" for row in rows] if count else [])


def _newest(batch: Batch) -> Batch:
    """Of equal descriptions of one profile keep the newest: a list of posts repeats it on every row."""
    if not len(batch):
        return batch
    times = batch.columns.get("observed_at")
    said = [values for name, values in batch.columns.items() if name not in {"observed_at", "extra"}]
    best: dict[object, int] = {}
    for row, key in enumerate(zip(*said, strict=True)):
        if key not in best or (times is not None and _later(times[row], times[best[key]])):
            best[key] = row
    if len(best) == len(batch):
        return batch
    rows = sorted(best.values())
    columns = {name: [values[row] for row in rows] for name, values in batch.columns.items()}
    return Batch(batch.table, batch.file, [batch.lines[row] for row in rows], columns, batch.findings, batch.rows_read)


def _later(one: object, other: object) -> bool:
    return isinstance(one, datetime) and (not isinstance(other, datetime) or one > other)
