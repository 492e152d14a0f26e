"""A first pass through a file: order of dates, zone by the referee, totals, columns that hold something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ....application.collection.archives import ControlSum, Need
from ....domain.collection.dates import CLOSE, Order, OrderEvidence, median_offset, weigh_order
from ....domain.collection.headers import normalise
from ....domain.collection.mapping_columns import Circumstances, prepare, read_column
from ....domain.collection.records import Kind
from ..chunks import Chunk, shown
from .binding import Bound, BoundTable

TOTALS = frozenset(
    {
        "total", "totals", "gesamt", "gesamtsumme", "summe", "total geral", "totais", "totales", "total general", "totale",
        "totaal", "suma", "razem", "toplam", "всего", "итого", "合計", "总计", "總計", "합계", "المجموع", "összesen", "celkem",
    }
)  # fmt: skip
"""What stands in the key's column of a row of totals, in the languages of spreadsheets and networks."""

_REFEREE_ROWS = 2_000
_MOST_CONTROLS = 20
_MOSTLY = 0.5
_ENOUGH = 50_000
"""Filled cells after which a number column has shown what it holds."""
_NO_OPEN_ORDER = OrderEvidence(0, None, None)


@dataclass(slots=True)
class Survey:
    """What the first pass through one file showed for one table."""

    table: BoundTable
    orders: dict[str, OrderEvidence] = field(default_factory=dict)
    controls: list[ControlSum] = field(default_factory=list)
    numbers: dict[str, tuple[int, Counter[str]]] = field(default_factory=dict)
    """By field: filled cells, and those of them that are no numbers."""
    pairs: list[tuple[str, datetime | None]] = field(default_factory=list)
    """Published times as the file has them, beside the times in the ids of the same rows."""

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
            kind = bound.target.kind
            if kind is Kind.INSTANT and bound.rule.dates == "infer":
                known = self.orders.get(bound.name, _NO_OPEN_ORDER)
                self.orders[bound.name] = known + weigh_order(cells, [chunk.lines[row] for row in keep])
            if kind in {Kind.INTEGER, Kind.DECIMAL} and not bound.in_extra:
                self._note_numbers(bound, cells)
        if len(self.pairs) < _REFEREE_ROWS:
            self._note_referees(chunk, file, keep[:_REFEREE_ROWS])

    def settle(self, file: str) -> Iterator[str]:
        """Decide orders and zone; yields doubts, and notes in the table what the person must say."""
        for name, evidence in self.orders.items():
            yield from self._settle_order(name, evidence, file)
        yield from self._settle_zone(file)
        yield from self._wrong_columns(file)

    def _note_totals(self, chunk: Chunk, file: str, rows: set[int]) -> None:
        for row in sorted(rows)[:_MOST_CONTROLS]:
            cells = chunk.cells(row)
            label = next((cell for cell in cells.values() if normalise(cell) in TOTALS), "Total")
            values = {name: shown(cell) for name, cell in cells.items() if cell and cell != label}
            self.controls.append(ControlSum(file, chunk.lines[row], shown(label), values))

    def _note_numbers(self, bound: Bound, cells: Sequence[str]) -> None:
        filled, labels = self.numbers.get(bound.name, (0, Counter()))
        if filled > _ENOUGH:
            return
        read = read_column(bound.target, bound.rule, cells, Circumstances())
        values = read.parsed.values
        known = sum(value is not None for value in values)
        total = Counter(labels)
        total.update(read.parsed.labels)
        self.numbers[bound.name] = (filled + known + read.parsed.labels.total(), total)

    def _note_referees(self, chunk: Chunk, file: str, rows: Sequence[int]) -> None:
        """Collect published times beside the times in the posts' ids."""
        times, ids = self._bound("published_at"), self._bound("post_id")
        if times is None or ids is None:
            return
        id_cells, time_cells = ids.cells(chunk, file), times.cells(chunk, file)
        posts = prepare(ids.target, ids.rule, [id_cells[row] for row in rows], Circumstances(link=self.table.link))
        referees = self.table.instants([post.strip() for post in posts])
        if referees is not None:
            self.pairs += zip([time_cells[row] for row in rows], referees, strict=True)

    def _bound(self, name: str) -> Bound | None:
        return next((bound for bound in self.table.columns if bound.name == name and not bound.in_extra), None)

    def _offset(self, order: Order | None) -> tuple[timedelta | None, bool]:
        """Return the median offset of the published times, read in *order*, and whether they lack a zone."""
        times = self._bound("published_at")
        if times is None:
            return None, False
        cells = [cell for cell, _ in self.pairs]
        read = read_column(times.target, times.rule, cells, Circumstances(order=order))
        fine = [row for row, precision in enumerate(read.precisions or ()) if precision in {"second", "minute"}]
        offset = median_offset([read.parsed.values[row] for row in fine], [self.pairs[row][1] for row in fine])
        return offset, bool(fine) and read.naive and times.rule.zone is None

    def _refereed_order(self) -> Order | None:
        """Return the order in which the published times lie close to those in the ids, if just one does."""
        near = []
        for order in Order:
            offset, _ = self._offset(order)
            if offset is not None and abs(offset) < timedelta(days=1):
                near.append(order)
        return near[0] if len(near) == 1 else None

    def _settle_order(self, name: str, evidence: OrderEvidence, file: str) -> Iterator[str]:
        if not evidence.numeric:
            return
        if evidence.contradictory:
            message = (
                f"{file}: in the column of {name}, line {evidence.day_first_row} can only be day-first and line "
                f"{evidence.month_first_row} only month-first; mend the file, or write dates = [formats] into the mapping"
            )
            self.table.needs.append(Need("date_order", message))
            return
        order = evidence.order or (self._refereed_order() if name == "published_at" else None)
        if order is None:
            message = (
                f"{file}: the dates of {name} fit day-first and month-first alike; "
                'write dates = "day-first" or "month-first" into the mapping'
            )
            self.table.needs.append(Need("date_order", message))
            return
        self.table.orders[name] = order
        why = "that fits all its dates" if evidence.order else "that agrees with the times inside the posts' ids"
        yield f"{file}: {name} is read {order}, the only order {why}"

    def _settle_zone(self, file: str) -> Iterator[str]:
        offset, naive = self._offset(self.table.orders.get("published_at"))
        if offset is None:
            if naive:
                yield f'{file}: published_at has no zone and is taken as UTC; write zone = "…" if it is another'
            return
        if abs(offset) <= CLOSE:
            if naive:
                yield f"{file}: published_at has no zone; the times inside the posts' ids show that it is UTC"
            return
        hours = f"{abs(offset) / timedelta(hours=1):.1f} hours {'behind' if offset > timedelta(0) else 'ahead of'}"
        told = f"{file}: published_at lies {hours} the times inside the posts' ids"
        if naive:
            message = f'{told}, so it is not UTC; write its zone into the mapping, as in zone = "America/Los_Angeles"'
            self.table.needs.append(Need("zone", message))
        else:
            yield f"{told}; is its zone right?"

    def _wrong_columns(self, file: str) -> Iterator[str]:
        columns = {bound.name: bound.column for bound in self.table.columns}
        for name, (filled, labels) in self.numbers.items():
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
