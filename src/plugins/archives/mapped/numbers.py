"""In which style a file writes its numbers, where nobody said it: `6.006` is a count of six thousand, or a fraction.

A known export is written in one style, which all its number columns show together. A person's mapping is not guessed
beyond `plain`; where other styles read more of a column, or read it otherwise, the person is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ....application.collection.archives import Need
from ....domain.collection.mapping_columns import Circumstances, number_rule, prepare
from ....domain.collection.number_styles import STYLES, StyleVote
from ....domain.collection.records import Kind
from ..chunks import shown
from .binding import NUMBERS, Bound, BoundTable, numbers_of


@dataclass(slots=True)
class Numbers:
    """What the first pass through a file showed of one table's numbers."""

    table: BoundTable
    votes: dict[str, StyleVote] = field(default_factory=dict)
    """By column, or by "" for all the columns of a known export together."""

    def take(self, bound: Bound, cells: Sequence[str]) -> None:
        """Look through *cells* of a column, if it holds numbers whose style is open."""
        if not _is_open(bound):
            return
        vote = self.votes.setdefault("" if self.table.rule.known else bound.column, StyleVote())
        texts = prepare(bound.target, bound.rule, cells, Circumstances())
        integral = bound.target.kind is Kind.INTEGER
        vote.take(texts, number_rule(bound.rule, integral=integral, signed=bound.in_extra or bound.target.signed))

    def settle(self, file: str) -> None:
        """Decide the style of a known export, and note in the table what the person must say."""
        for column, vote in self.votes.items():
            place = numbers_of(column) if column else NUMBERS
            if place in self.table.settled:
                continue
            unclear = vote.doubtful or (vote.not_plain if column else "")
            if unclear:
                where = f"{file}: {shown(unclear)!r}" + (f" in the column {column!r}" if column else "")
                self._ask(where, vote.winner)
            else:
                self.table.settled[place] = vote.winner

    def _ask(self, where: str, likely: str) -> None:
        styles = " or ".join(f'"{style}"' for style in dict.fromkeys((likely, *STYLES)))
        message = f"{where} does not show how numbers are written; {self.table.cure(f'numbers = {styles}')}"
        self.table.needs.append(Need("numbers", message))


def _is_open(bound: Bound) -> bool:
    rule = bound.rule
    if rule.number is not None:
        return False
    if bound.in_extra:
        return rule.kind == "number"
    return bound.target.kind in {Kind.INTEGER, Kind.DECIMAL} and bound.name != "duration_s"
