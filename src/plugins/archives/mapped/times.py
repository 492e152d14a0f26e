"""In which order and zone a file writes its times: shown by whole columns, and by the times inside the posts' ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ....application.collection.archives import Need
from ....domain.collection.dates import CLOSE, MANY, Order, OrderEvidence, median_offset, steady_zone, weigh_order
from ....domain.collection.mapping_columns import Circumstances, prepare, read_column
from ....domain.collection.records import Kind
from ..chunks import Chunk
from .binding import Bound, BoundTable, dates_of, zone_of

_PUBLISHED = "published_at"
_EITHER_ORDER = 'dates = "day-first" or "month-first"'
_SOME_ZONE = 'zone = "…" (a name like "America/Sao_Paulo", or "-03:00")'
_REFEREE_ROWS = 2_000
_SAME_DATE = timedelta(days=2)
"""No zone, and no day without a time, takes a date farther from the time in an id; the wrong order takes it weeks off."""
_NO_OPEN_ORDER = OrderEvidence(0, None, None)


@dataclass(slots=True)
class Times:
    """What the first pass through a file showed of one table's times."""

    table: BoundTable
    orders: dict[str, OrderEvidence] = field(default_factory=dict)
    pairs: list[tuple[str, datetime | None]] = field(default_factory=list)
    """Published times as the file has them, beside the times in the ids of the same rows."""

    def take(self, chunk: Chunk, file: str, rows: Sequence[int]) -> None:
        """Look through those *rows* of one chunk that are records."""
        for bound in self.table.columns:
            if bound.target.kind is Kind.INSTANT and bound.rule.dates == "infer":
                cells = bound.cells(chunk, file)
                known = self.orders.get(bound.name, _NO_OPEN_ORDER)
                lines = [chunk.lines[row] for row in rows]
                self.orders[bound.name] = known + weigh_order([cells[row] for row in rows], lines)
        if len(self.pairs) < _REFEREE_ROWS:
            self._note_referees(chunk, file, rows[:_REFEREE_ROWS])

    def settle(self, file: str) -> Iterator[str]:
        """Decide orders and zone; yields doubts, and notes in the table what the person must say."""
        for bound in self.table.columns:
            if bound.name in self.orders and self.table.order(bound) is None:
                yield from self._settle_order(bound, self.orders[bound.name], file)
        times = self._bound(_PUBLISHED)
        if times is not None and zone_of(times.column) not in self.table.settled:
            yield from self._settle_zone(times, file)

    def _note_referees(self, chunk: Chunk, file: str, rows: Sequence[int]) -> None:
        """Collect published times beside the times in the posts' ids."""
        times, ids = self._bound(_PUBLISHED), self._bound("post_id")
        if times is None or ids is None:
            return
        id_cells, time_cells = ids.cells(chunk, file), times.cells(chunk, file)
        posts = prepare(ids.target, ids.rule, [id_cells[row] for row in rows], Circumstances(link=self.table.link))
        referees = self.table.instants([post.strip() for post in posts])
        if referees is not None:
            self.pairs += zip([time_cells[row] for row in rows], referees, strict=True)

    def _settle_order(self, bound: Bound, evidence: OrderEvidence, file: str) -> Iterator[str]:
        name, habit = bound.name, bound.rule.habit
        if not evidence.numeric:
            return
        if evidence.contradictory:
            self._ask_which(bound, evidence, file)
            return
        refereed = self._refereed_order(bound) if evidence.order is None and name == _PUBLISHED else None
        order = evidence.order or refereed or (habit.order if habit else None)
        told = f"{file}: the dates of {name} fit day-first and month-first alike"
        if order is None:
            self._ask("date_order", f"{told}; {self.table.cure(_EITHER_ORDER)}")
            return
        self.table.settled[dates_of(bound.column)] = order.value
        if refereed:
            yield f"{file}: {name} is read {order}, the only order that agrees with the times inside the posts' ids"
        elif evidence.order is None:
            yield f"{told}; they are read {order}, as such exports are known to write them"
        elif habit is None or order is not habit.order:
            yield f"{file}: {name} is read {order}, the only order that fits all its dates"

    def _ask_which(self, bound: Bound, evidence: OrderEvidence, file: str) -> None:
        cure = "mend the file, or write dates = [formats] into the mapping"
        if self.table.rule.known:
            cure = "a spreadsheet has probably changed some of the dates: export the file again"
        self._ask(
            "date_order",
            f"{file}: line {evidence.day_first_row} of {bound.column!r} can only be day-first, and line "
            f"{evidence.month_first_row} only month-first; {cure}",
        )

    def _refereed_order(self, times: Bound) -> Order | None:
        """Return the order in which the published times lie close to those in the ids, if just one does."""
        zone = self._zone(times)
        read = {order: self._read(times, order, zone) for order in Order}
        instants = [reading.instants for reading in read.values()]
        telling = [row for row, values in enumerate(zip(*instants, strict=True)) if len(set(values)) > 1]
        near = []
        for order, reading in read.items():
            offset = median_offset(*reading.pairs(telling), least=1)
            if offset is not None and abs(offset) < _SAME_DATE:
                near.append(order)
        return near[0] if len(near) == 1 else None

    def _settle_zone(self, times: Bound, file: str) -> Iterator[str]:
        order, zone = self.table.order(times), self._zone(times)
        read = self._read(times, order, zone)
        # What is usual gives way to a single post; a person's word or silence does not.
        least = MANY if times.rule.habit is None else 1
        offset = median_offset(*read.to_the_minute, least=least)
        naive = read.naive and zone is None
        if offset is None or abs(offset) <= CLOSE:
            if times.rule.zone is None and (zone or read.naive):
                self.table.settled[zone_of(times.column)] = zone or "UTC"
            if naive and offset is None:
                cure = '; write zone = "…" if it is another' if not self.table.rule.known else ""
                yield f"{file}: published_at has no zone and is taken as UTC{cure}"
            elif naive:
                yield f"{file}: published_at has no zone; the times inside the posts' ids show that it is UTC"
            return
        hours = f"{abs(offset) / timedelta(hours=1):.1f} hours {'behind' if offset > timedelta(0) else 'ahead of'}"
        told = f"{file}: published_at lies {hours} the times inside the posts' ids"
        if times.rule.habit is not None:
            few = median_offset(*read.to_the_minute) is None
            wall = self._read(times, order, "UTC").to_the_minute
            shown = steady_zone(*wall, least=least) if read.naive else None
            if shown is None and not few:
                self._ask("zone", f"{told}, and no zone explains it; {self.table.cure(_SOME_ZONE)}")
                return
            self.table.settled[zone_of(times.column)] = shown or zone or "UTC"
            told = f"{told} if it is in {zone or 'UTC'}"
            if shown is None:
                yield f"{told}, as it is read; is that its zone?"
            else:
                yield f"{told}; it is read in the zone {shown}, with which they agree" + (
                    ", although only one or two posts show it" if few else ""
                )
        elif naive:
            self._ask("zone", f"{told}, so it is not UTC; {self.table.cure(_SOME_ZONE)}")
        else:
            yield f"{told}; is its zone right?"

    def _zone(self, times: Bound) -> str | None:
        """Return the zone that is written in the rule, or the one that such exports are known to use."""
        return times.rule.zone or (times.rule.habit.zone if times.rule.habit else None)

    def _read(self, times: Bound, order: Order | None, zone: str | None) -> _Reading:
        """Read the published times that stand beside referees."""
        cells = [cell for cell, _ in self.pairs]
        read = read_column(times.target, times.rule, cells, Circumstances(order=order, zone=zone))
        fine = [precision in {"second", "minute"} for precision in read.precisions or ()]
        return _Reading(read.parsed.values, [referee for _, referee in self.pairs], fine, any(fine) and read.naive)

    def _bound(self, name: str) -> Bound | None:
        return next((bound for bound in self.table.columns if bound.name == name and not bound.in_extra), None)

    def _ask(self, what: str, message: str) -> None:
        self.table.needs.append(Need(what, message))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Published times read in one way, beside the times in the ids of the same rows."""

    instants: Sequence[object]
    referees: Sequence[datetime | None]
    fine: Sequence[bool]
    """By row: the time is finer than a day."""
    naive: bool
    """Some of the fine ones carried no zone."""

    @property
    def to_the_minute(self) -> tuple[Sequence[object], Sequence[datetime | None]]:
        """The pairs by which zones can be told apart."""
        return self.pairs([row for row, fine in enumerate(self.fine) if fine])

    def pairs(self, rows: Sequence[int]) -> tuple[Sequence[object], Sequence[datetime | None]]:
        return [self.instants[row] for row in rows], [self.referees[row] for row in rows]
