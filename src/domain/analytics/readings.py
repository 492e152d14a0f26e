"""Which readings of a profile count, and how many followers it had when a post was looked at."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .columns import DAY, NO_TIME, Instants, Offsets, ReadingColumns, Values
from .grouped import first_where, pick, pick_instants
from .segments import kept, segment_of

NOBODY_LOSES: Final = 1_000
"""No profile falls from more followers than this to none, or rises from none to more, between two readings."""

_ROWS: Final = tuple(field.name for field in fields(ReadingColumns) if field.name != "offsets")


def failed(followers: Values, offsets: Offsets) -> NDArray[np.bool_]:
    """Mark the readings of 0 followers that no person would believe: the nearest other reading says above 1,000.

    Networks answer 0 when a page did not load. The reading before counts as much as the one after, so the answer
    does not depend on the order in which archives were brought in.
    """
    said = np.flatnonzero(followers > 0)
    zeros = np.flatnonzero(followers == 0)
    if not len(said) or not len(zeros):
        return np.zeros(len(followers), dtype=np.bool_)
    profile = segment_of(offsets)
    doubted = np.zeros(len(zeros), dtype=np.bool_)
    place = np.searchsorted(said, zeros)
    for neighbour in (np.maximum(place - 1, 0), np.minimum(place, len(said) - 1)):
        same = profile[said[neighbour]] == profile[zeros]
        doubted |= same & (followers[said[neighbour]] > NOBODY_LOSES)
    marked = np.zeros(len(followers), dtype=np.bool_)
    marked[zeros[doubted]] = True
    return marked


def without_failed(readings: ReadingColumns) -> ReadingColumns:
    """Leave out the readings that failed: an unbelievable 0 becomes missing, and a reading that says nothing goes."""
    followers = np.where(failed(readings.followers, readings.offsets), np.nan, readings.followers)
    told = (followers, readings.following, readings.posts, readings.total_likes, readings.total_views)
    keep = np.logical_or.reduce([~np.isnan(values) for values in told])
    rest = {name: getattr(readings, name)[keep] for name in _ROWS}
    return replace(readings, **rest | {"offsets": kept(keep, readings.offsets), "followers": followers[keep]})


def followers_at(observed_at: Instants, offsets: Offsets, readings: ReadingColumns) -> Values:
    """Followers of each post's profile when the post was observed; *readings* still hold the failed ones.

    The reading of that very instant, if there is one: missing where it failed, since a number from another moment
    would be a guess about a page that was just being read. Else the latest good reading on the UTC day of the
    snapshot or before (a daily list counts for its whole day), else the earliest good one.
    """
    followers = np.where(failed(readings.followers, readings.offsets), np.nan, readings.followers)
    good = ~np.isnan(followers)
    profile = segment_of(offsets)
    end_of_day = observed_at - observed_at % DAY + (DAY - 1)
    known = pick(followers, _latest(profile, end_of_day, readings, good))
    earliest = pick(followers, first_where(good, readings.offsets))[profile]
    exact = _latest(profile, observed_at, readings, np.ones_like(good))
    same = pick_instants(readings.observed_at, exact) == observed_at
    answer = np.where(same, pick(followers, exact), np.where(np.isnan(known), earliest, known))
    return np.where(observed_at == NO_TIME, np.nan, answer)


def _latest(
    profile: NDArray[np.int64], until: Instants, readings: ReadingColumns, allowed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Index of each profile's last allowed reading at or before *until*, -1 where there is none."""
    times = np.unique(readings.observed_at)
    span = len(times) + 1
    index = np.flatnonzero(allowed)
    taken = np.searchsorted(times, readings.observed_at[index], side="right")
    reader = segment_of(readings.offsets)[index]
    place = np.searchsorted(
        reader * span + taken, profile * span + np.searchsorted(times, until, side="right"), side="right"
    )
    found = np.append(index, -1)[place - 1]
    mine = np.append(reader, -1)[place - 1] == profile
    return np.where(mine & (place > 0), found, -1)
