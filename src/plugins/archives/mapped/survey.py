"""A first pass through a file: how its numbers and times are written, rows of totals, columns that hold something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ....application.collection.archives import ControlSum
from ....domain.collection.headers import normalise
from ....domain.collection.mapping_columns import Circumstances, read_column
from ....domain.collection.records import Kind
from ..chunks import Chunk, shown
from .binding import Bound, BoundTable
from .numbers import Numbers
from .times import Times

TOTALS = frozenset(
    {
        "total", "totals", "gesamt", "gesamtsumme", "summe", "total geral", "totais", "totales", "total general", "totale",
        "totaal", "suma", "razem", "toplam", "всего", "итого", "合計", "总计", "總計", "합계", "المجموع", "összesen", "celkem",
    }
)  # fmt: skip
"""What stands in the key's column of a row of totals, in the languages of spreadsheets and networks."""

_MOST_CONTROLS = 20
_MOSTLY = 0.5
_ENOUGH = 50_000
"""Filled cells after which a number column has shown what it holds."""


@dataclass(slots=True)
class Survey:
    """What the first pass through one file showed for one table."""

    table: BoundTable
    controls: list[ControlSum] = field(default_factory=list)
    labels: dict[str, tuple[int, Counter[str]]] = field(default_factory=dict)
    """By field: filled cells, and those of them that are no numbers."""
    numbers: Numbers = field(init=False)
    times: Times = field(init=False)

    def __post_init__(self) -> None:
        self.numbers = Numbers(self.table)
        self.times = Times(self.table)

    def take(self, chunk: Chunk, file: str) -> None:
        """Look through one chunk."""
        keep = [row for row, total in enumerate(totals_in(self.table, chunk, file)) if not total]
        if len(keep) < len(chunk.lines):
            self._note_totals(chunk, file, set(range(len(chunk.lines))) - set(keep))
        whole = len(keep) == len(chunk.lines)
        for bound in self.table.columns:
            cells = bound.cells(chunk, file)
            if not whole:
                cells = [cells[row] for row in keep]
            self.numbers.take(bound, cells)
            if bound.target.kind in {Kind.INTEGER, Kind.DECIMAL} and not (bound.in_extra or self.table.rule.known):
                self._note_labels(bound, cells)
        self.times.take(chunk, file, keep)

    def settle(self, file: str) -> Iterator[str]:
        """Decide what the columns leave open; yields doubts, and notes in the table what the person must say."""
        self.numbers.settle(file)
        yield from self.times.settle(file)
        yield from self._wrong_columns(file)

    def _note_totals(self, chunk: Chunk, file: str, rows: set[int]) -> None:
        for row in sorted(rows)[:_MOST_CONTROLS]:
            cells = chunk.cells(row)
            label = next((cell for cell in cells.values() if normalise(cell) in TOTALS), "Total")
            values = {name: shown(cell) for name, cell in cells.items() if cell and cell != label}
            self.controls.append(ControlSum(file, chunk.lines[row], shown(label), values))

    def _note_labels(self, bound: Bound, cells: Sequence[str]) -> None:
        filled, labels = self.labels.get(bound.name, (0, Counter()))
        if filled > _ENOUGH:
            return
        read = read_column(bound.target, bound.rule, cells, Circumstances())
        values = read.parsed.values
        known = sum(value is not None for value in values)
        total = Counter(labels)
        total.update(read.parsed.labels)
        self.labels[bound.name] = (filled + known + read.parsed.labels.total(), total)

    def _wrong_columns(self, file: str) -> Iterator[str]:
        columns = {bound.name: bound.column for bound in self.table.columns}
        for name, (filled, labels) in self.labels.items():
            if filled and labels.total() > _MOSTLY * filled:
                shown = ", ".join(repr(label[:40]) for label, _ in labels.most_common(3))
                yield (
                    f"{file}: {labels.total()} of {filled} cells of the column {columns[name]!r} are no numbers "
                    f"({shown}); is it really {name}?"
                )


def totals_in(table: BoundTable, chunk: Chunk, file: str) -> list[bool]:
    """Say of every row whether it is a row of totals."""
    column = table.rule.totals
    if column is not None:
        named = {normalise(name): name for name in chunk.header}
        cells = chunk.columns[chunk.header.index(named[normalise(column)])] if normalise(column) in named else ()
    else:
        # Only where ids stand: an account may call itself `total`, a post cannot.
        keys = [bound for bound in table.columns if bound.name in {"post_id", "comment_id"} and not bound.rule.link]
        cells = keys[0].cells(chunk, file) if keys else ()
    if not cells:
        return [False] * len(chunk.lines)
    known = {cell: normalise(cell) in TOTALS for cell in set(cells)}
    return [known[cell] for cell in cells]
