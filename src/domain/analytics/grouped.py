"""The plain figures of rows grouped by profile: counts, totals, means, medians, the first row and the last.

Every answer for a profile depends on that profile's rows alone, and totals run over sorted values: the same rows give
the same bits, in whatever order they come and whoever stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .columns import NO_TIME, Instants, Offsets, Values
from .segments import Index, Mask, counts, matrices, middle


def count(marked: Mask, offsets: Offsets) -> Values:
    """Marked rows of each profile."""
    return counts(marked, offsets).astype(np.float64)


def first_where(marked: Mask, offsets: Offsets) -> Index:
    """Index of the first marked row of each profile, -1 where none is."""
    index = np.append(np.flatnonzero(marked), len(marked))
    found = index[np.searchsorted(index[:-1], offsets[:-1])]
    return np.where(found < offsets[1:], found, -1)


def last_where(marked: Mask, offsets: Offsets) -> Index:
    """Index of the last marked row of each profile, -1 where none is."""
    index = np.append(np.flatnonzero(marked), -1)
    found = index[np.searchsorted(index[:-1], offsets[1:]) - 1]
    return np.where(found >= offsets[:-1], found, -1)


def pick(values: Values, index: Index) -> Values:
    """*values* at *index*, NaN where the index is -1."""
    return np.where(index >= 0, np.append(values, np.nan)[index], np.nan)


def pick_instants(instants: Instants, index: Index) -> Instants:
    """*instants* at *index*, `NO_TIME` where the index is -1."""
    return np.where(index >= 0, np.append(instants, NO_TIME)[index], NO_TIME)


def as_values(instants: Instants) -> Values:
    """Instants as microseconds in float64 (exact to the year 2255), NaN for `NO_TIME`."""
    return np.where(instants == NO_TIME, np.nan, instants)


def as_instants(values: Values) -> Instants:
    """The way back from `as_values`."""
    return np.where(np.isnan(values), float(NO_TIME), values).astype(np.int64)


def ratio(above: Values, below: Values) -> Values:
    """*above* / *below*; NaN where either is missing or *below* is not above 0."""
    quotient: Values = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return quotient


def percent(above: Values, below: Values) -> Values:
    """`ratio` times 100."""
    return ratio(above, below) * 100


@dataclass(frozen=True, slots=True)
class SortedRows:
    """Some profiles, one line each: the known values ascending, then NaN up to the common width."""

    profiles: Index
    values: Values
    known: Index


def sorted_rows(values: Values, offsets: Offsets) -> Iterator[SortedRows]:
    """Hand out every profile that has a known value, sorted, beside others of like size."""
    for profiles, rows, filled in matrices(offsets):
        lines = np.where(filled, values[rows], np.nan)
        lines.sort(axis=1)
        known = np.count_nonzero(~np.isnan(lines), axis=1)
        some = known > 0
        yield SortedRows(profiles[some], lines[some], known[some])


@dataclass(frozen=True, slots=True)
class Spread:
    """The known values of each profile in four figures; without any, all but *known* are NaN."""

    known: Values
    total: Values
    mean: Values
    median: Values


def spread(values: Values, offsets: Offsets) -> Spread:
    """Summarise *values* by profile, leaving missing ones out."""
    profiles = len(offsets) - 1
    known, total, median = np.zeros(profiles), np.full(profiles, np.nan), np.full(profiles, np.nan)
    for rows in sorted_rows(values, offsets):
        known[rows.profiles] = rows.known
        total[rows.profiles] = np.nan_to_num(rows.values, nan=0.0).sum(axis=1)
        median[rows.profiles] = middle(rows.values, rows.known)
    return Spread(known, total, ratio(total, known), median)
