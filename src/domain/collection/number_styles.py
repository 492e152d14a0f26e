"""Which style a file writes its numbers in, as all of them together show it: `6.006` alone could be 6 or 6,006."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .cells_numbers import NumberRule, NumberStyle, read_numbers

STYLES = ("plain", "1,234.5", "1.234,5", "1 234,5", "1'234.5")
"""In the order of preference among styles that read everything alike."""

_SHAPE = str.maketrans("23456789", "1" * 8)
"""Cells that differ in these digits only are numbers in the same styles."""
_PLAIN = STYLES.index("plain")


@dataclass(slots=True)
class StyleVote:
    """Votes for the style in which the most cells are numbers; counts must come out whole."""

    compact: bool = False
    """Numbers may have a suffix, as in `1.4M`."""
    unread: list[int] = field(default_factory=lambda: [0] * len(STYLES))
    """By style: cells that are no numbers in it."""
    forks: dict[str, tuple[str, Sequence[object]]] = field(default_factory=dict)
    """By the marks between its digits: the first cell that is not the same number in all styles, and what it is in each."""

    def take(self, cells: Sequence[str], rule: NumberRule) -> None:
        """Count the votes of *cells*, which are read by *rule* in every style."""
        joined = "".join(cells)
        if joined.isascii() and joined.isdigit():
            return
        distinct = [cell for cell in dict.fromkeys(cells) if cell]
        # Whether a unit makes a count whole hangs on every digit.
        scaled = rule.integral and (rule.unit != 1 or rule.percent)
        shapes = distinct if scaled else [cell.translate(_SHAPE) for cell in distinct]
        weights = Counter(shapes)
        first = dict(zip(reversed(shapes), reversed(distinct), strict=True))
        examples = [first[shape] for shape in weights]
        styles = [replace(NumberStyle.parse(style), compact=self.compact) for style in STYLES]
        readings = [read_numbers(examples, replace(rule, style=style)).parsed.values for style in styles]
        for place, values in enumerate(readings):
            self.unread[place] += sum(
                weight for weight, value in zip(weights.values(), values, strict=True) if value is None
            )
        for cell, values in zip(examples, zip(*readings, strict=True), strict=True):
            if len(set(values)) > 1:
                self.forks.setdefault(re.sub(r"\d+", "", cell), (cell, values))

    @property
    def winner(self) -> str:
        return STYLES[self._best[0]]

    @property
    def doubtful(self) -> str:
        """A cell that means different numbers in styles that read equally many cells; "" where there is none."""
        return next((cell for cell, values in self.forks.values() if len({values[one] for one in self._best}) > 1), "")

    @property
    def not_plain(self) -> str:
        """A cell that the winner reads and `plain` does not; "" where there is none."""
        best = self._best[0]
        found = (cell for cell, values in self.forks.values() if values[_PLAIN] is None is not values[best])
        return next(found, "")

    @property
    def _best(self) -> list[int]:
        least = min(self.unread)
        return [place for place, unread in enumerate(self.unread) if unread == least]
