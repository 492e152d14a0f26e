"""Sums, means and medians of many segments at once: rows `offsets[s]:offsets[s + 1]` belong to segment *s*.

Every function gives a segment the same bits whatever its neighbours are, so scoring one profile equals scoring
a million of which it is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .columns import Offsets, Values

Mask = NDArray[np.bool_]
Index = NDArray[np.int64]

_CELLS: Final = 1 << 20
"""How many cells a padded matrix may hold: 8 MB of float64, so that a few of them stay in the caches."""

TIE: Final = 1e-12
"""Cumulated weights nearer than this to one half (relative to their sum) are one half: floating sums are not exact."""


def segment_of(offsets: Offsets) -> Index:
    """The number of the segment that each row belongs to."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def kept(mask: Mask, offsets: Offsets) -> Offsets:
    """The offsets that remain when only the rows of *mask* stay."""
    before = np.concatenate(([0], np.cumsum(mask, dtype=np.int64)))
    return np.asarray(before[offsets], dtype=np.int64)


def sums(values: Values, offsets: Offsets) -> Values:
    """The sum of every segment; 0 for an empty one."""
    total = np.zeros(len(offsets) - 1)
    filled = offsets[:-1] < offsets[1:]
    if filled.any():
        total[filled] = np.add.reduceat(values, offsets[:-1][filled])
    return total


def counts(mask: Mask, offsets: Offsets) -> Index:
    """How many rows of *mask* every segment has."""
    return np.diff(kept(mask, offsets))


def combined(bits: NDArray[np.int64], offsets: Offsets) -> NDArray[np.int64]:
    """The bitwise or of every segment; 0 for an empty one."""
    total = np.zeros(len(offsets) - 1, dtype=np.int64)
    filled = offsets[:-1] < offsets[1:]
    if filled.any():
        total[filled] = np.bitwise_or.reduceat(bits, offsets[:-1][filled])
    return total


def effective(weights: Values, offsets: Offsets) -> Values:
    """The effective count of every segment, (sum w)^2 / sum w^2; 0 for an empty one."""
    squares = sums(weights * weights, offsets)
    return np.divide(sums(weights, offsets) ** 2, squares, out=np.zeros_like(squares), where=squares > 0)


def weighted_means(values: Values, weights: Values, offsets: Offsets) -> Values:
    """The weighted mean of every segment; NaN for an empty one."""
    total = sums(weights, offsets)
    return np.divide(sums(values * weights, offsets), total, out=np.full_like(total, np.nan), where=total > 0)


def variances(values: Values, offsets: Offsets) -> Values:
    """The sample variance (n - 1) of every segment; NaN for fewer than two rows."""
    n = np.diff(offsets).astype(np.float64)
    mean = np.divide(sums(values, offsets), n, out=np.zeros_like(n), where=n > 0)
    squares = sums((values - np.repeat(mean, np.diff(offsets))) ** 2, offsets)
    return np.divide(squares, n - 1, out=np.full_like(n, np.nan), where=n > 1)


def matrices(offsets: Offsets) -> Iterator[tuple[Index, Index, Mask]]:
    """Lay segments of like length side by side: (segments, row numbers, which cells are filled) for each matrix.

    Widths are powers of two, so at most half of the cells are empty; empty segments are left out.
    """
    sizes = np.diff(offsets)
    width = 1
    while width < 2 * max(1, int(sizes.max(initial=0))):
        rows = np.flatnonzero((sizes > width // 2) & (sizes <= width))
        step = max(1, _CELLS // width)
        for first in range(0, len(rows), step):
            some = rows[first : first + step]
            cells = np.arange(width, dtype=np.int64)
            filled = cells[None, :] < sizes[some][:, None]
            yield some, np.where(filled, offsets[some][:, None] + cells[None, :], offsets[some][:, None]), filled
        width *= 2


def middle(ordered: Values, n: Index) -> Values:
    """The median of each row of *ordered*, whose first *n* cells (1 or more) are sorted."""
    low = np.take_along_axis(ordered, ((n - 1) // 2)[:, None], axis=1)[:, 0]
    high = np.take_along_axis(ordered, (n // 2)[:, None], axis=1)[:, 0]
    return (low + high) / 2


def row_medians(cells: Values, filled: Mask) -> Values:
    """The median of the *filled* cells of each row; NaN for a row that has none."""
    n = filled.sum(axis=1)
    ordered = np.sort(np.where(filled, cells, np.inf), axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(n > 0, middle(ordered, np.maximum(n, 1)), np.nan)


def row_mads(cells: Values, filled: Mask) -> Values:
    """The median absolute deviation from the median (not scaled) of each row; NaN for a row that has none."""
    centre = row_medians(cells, filled)
    with np.errstate(invalid="ignore"):
        return row_medians(np.abs(cells - centre[:, None]), filled)


def weighted_medians(values: Values, weights: Values, offsets: Offsets) -> Values:
    """The weighted median of every segment; NaN for an empty one.

    It is the value below and above which lies at most half of the weight; where exactly half lies on either side
    (within `TIE`), the middle of the two values there.
    """
    result = np.full(len(offsets) - 1, np.nan)
    for some, rows, filled in matrices(offsets):
        cells = np.where(filled, values[rows], np.inf)
        order = np.argsort(cells, axis=1, kind="stable")
        ordered = np.take_along_axis(cells, order, axis=1)
        mass = np.cumsum(np.take_along_axis(np.where(filled, weights[rows], 0.0), order, axis=1), axis=1)
        total = mass[:, -1:]
        low = np.argmax(mass >= total * (0.5 - TIE), axis=1)[:, None]
        tied = np.take_along_axis(mass, low, axis=1) <= total * (0.5 + TIE)
        high = np.where(tied, low + 1, low)
        pair = np.take_along_axis(ordered, low, axis=1) + np.take_along_axis(ordered, high, axis=1)
        result[some] = pair[:, 0] / 2
    return result
