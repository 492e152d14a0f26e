"""Growth of the followers: the Theil-Sen slope of their logarithm, for many profiles at once."""

from __future__ import annotations

from typing import Final

import numpy as np

from .columns import DAY, Instants, Values
from .segments import Index, Mask, kept, segment_of

BLOCKS: Final = 5
MOST: Final = 18
"""More readings than this are thinned evenly: pairs grow with the square, and say little new."""
NEAREST: Final = DAY // 2
"""Readings nearer than half a day make no pair: the hour of a crawl would decide the slope."""
MONTH_DAYS: Final = 30.0
_CELLS: Final = 1 << 19


def slopes(instants: Instants, logs: Values, side: Index, block: Index, offsets: Index) -> Values:
    """(P, 6): the slope of each profile in log-points per 30 days, then the slope with each of five blocks left out.

    A slope is the median of all pairs of readings at least half a day apart that lie on the same *side* of every
    flagged step. NaN where no such pair is left. *instants* ascend within a profile.
    """
    keep = thinned(instants, offsets)
    rest = kept(keep, offsets)
    instants, logs, side, block = instants[keep], logs[keep], side[keep], block[keep]
    result = np.full((len(offsets) - 1, 1 + BLOCKS), np.nan)
    sizes = np.diff(rest)
    for size in np.unique(sizes[sizes > 1]).tolist():
        profiles = np.flatnonzero(sizes == size)
        first, second = np.triu_indices(size, 1)
        step = max(1, _CELLS // len(first))
        for start in range(0, len(profiles), step):
            some = profiles[start : start + step]
            rows = rest[some][:, None] + np.arange(size)
            early, late = rows[:, first], rows[:, second]
            apart = instants[late] - instants[early]
            usable = (apart >= NEAREST) & (side[early] == side[late])
            slope = MONTH_DAYS * (logs[late] - logs[early]) / (np.maximum(apart, 1) / DAY)
            result[some] = _medians(slope, usable, block[early], block[late])
    return result


def thinned(instants: Instants, offsets: Index) -> Mask:
    """Keep at most 18 readings of each profile, evenly: the newest of every k days, counted back from the newest day.

    k is the span in days over 18, rounded up; readings sparser than that all stay.
    """
    day = instants // DAY
    owner = segment_of(offsets)
    filled = offsets[1:] > offsets[:-1]
    newest, oldest = np.zeros(len(filled), dtype=np.int64), np.zeros(len(filled), dtype=np.int64)
    newest[filled], oldest[filled] = day[offsets[1:][filled] - 1], day[offsets[:-1][filled]]
    width = -(-(newest - oldest + 1) // MOST)
    bucket = (newest[owner] - day) // width[owner]
    keep = np.ones(len(day), dtype=np.bool_)
    keep[:-1] = (bucket[1:] != bucket[:-1]) | (owner[1:] != owner[:-1])
    return keep


def _medians(slope: Values, usable: Mask, early: Index, late: Index) -> Values:
    """The median of each row's usable pairs: all of them, then those that touch not the first, second, ... block.

    NaN for a block without a reading: nothing would be left out.
    """
    order = np.argsort(np.where(usable, slope, np.inf), axis=1)
    # One bit for each block that a pair touches, and one more for a pair that counts nowhere.
    touched = np.left_shift(1, early) | np.left_shift(1, late) | np.where(usable, 0, 1 << BLOCKS)
    ordered = np.take_along_axis(slope, order, axis=1)
    bits = np.take_along_axis(touched.astype(np.uint8), order, axis=1)
    there = np.bitwise_or.reduce(bits, axis=1)
    columns = [_pick(ordered, bits < 1 << BLOCKS)]
    for block in range(BLOCKS):
        median = _pick(ordered, bits & ((1 << block) | (1 << BLOCKS)) == 0)
        columns.append(np.where(there & (1 << block), median, np.nan))
    return np.column_stack(columns)


def _pick(ordered: Values, stays: Mask) -> Values:
    """The median of the cells of *stays* in rows that are already in order; NaN where none stays."""
    n = stays.sum(axis=1)
    some = n > 0
    rest, start, many = ordered[stays], (np.cumsum(n) - n)[some], n[some]
    result = np.full(len(n), np.nan)
    result[some] = (rest[start + (many - 1) // 2] + rest[start + many // 2]) / 2
    return result
