"""Small batches put together, so that a store copies some ten thousand rows at a time instead of a few thousand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...domain.collection.batch import Batch, Finding
from ...domain.collection.records import TABLES

ROWS = 20_000


def gather(batches: Iterable[Batch], rows: int = ROWS) -> Iterator[Batch]:
    """Join batches of one file and table until there are *rows* rows; order within a table is kept.

    What is handed on together comes in the order of `TABLES`, so that what others point to comes first.
    """
    held: list[Batch] = []
    count = 0
    for batch in batches:
        if held and held[0].file != batch.file:
            yield from _joined(held)
            held, count = [], 0
        held.append(batch)
        count += len(batch) + len(batch.findings)
        if count >= rows:
            yield from _joined(held)
            held, count = [], 0
    yield from _joined(held)


def _joined(batches: list[Batch]) -> Iterator[Batch]:
    for name in TABLES:
        same = [batch for batch in batches if batch.table.name == name]
        if same:
            yield same[0] if len(same) == 1 else _join(same)


def _join(batches: list[Batch]) -> Batch:
    lines: list[int] = []
    findings: list[Finding] = []
    columns: dict[str, list[object]] = {name: [] for batch in batches for name in batch.columns}
    for batch in batches:
        lines.extend(batch.lines)
        findings.extend(batch.findings)
        for name, values in columns.items():
            values.extend(batch.columns[name] if name in batch.columns else [None] * len(batch))
    read = sum(batch.rows_read for batch in batches)
    return Batch(batches[0].table, batches[0].file, lines, columns, findings, read)
