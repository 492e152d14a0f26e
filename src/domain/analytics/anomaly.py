"""Follower steps and boosted posts: signals that something unusual happened, never an accusation.

Steps: INTELLIGENCE 4 b. The gain of one reading to the next, per day, is compared with the 26 gains before it; growth
that views explain, or that neighbouring readings share, is taken off. Only gains of at least five times the usual
are flagged, and one flag is weak evidence. Posts: INTELLIGENCE 4 c, likes against the 20 posts before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .columns import DAY, Instants, Offsets, Values
from .segments import Index, Mask, row_mads, row_medians, segment_of

HISTORY: Final = 26
"""Gains that the usual gain is taken from."""
ENOUGH: Final = 8
"""Fewer earlier gains than this say nothing of what is usual."""
LONGEST_GAP: Final = 14 * DAY
"""Readings further apart do not follow each other: what happened between them has no date."""
NEIGHBOUR: Final = 1.0
"""How much of a neighbouring gain's z is taken off: growth that lasts is no step."""
STEP_Z: Final = 6.0
STEP_TIMES: Final = 5.0
"""A flagged gain is at least this many times the usual one."""
STEP_SHARE: Final = 0.005
"""... and at least this share of the followers before it, so that noise of large accounts is not looked at."""
MAD_TO_SIGMA: Final = 1.4826

POSTS_BEFORE: Final = 20
POST_FLOOR: Final = 0.2
POST_Z: Final = 3.5


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of many profiles, at most one a UTC day, oldest first, each with its followers known and positive."""

    offsets: Offsets
    observed_at: Instants
    followers: Values
    total_views: Values
    step: Values


@dataclass(frozen=True, slots=True)
class Gains:
    """What every reading gained on the one before it, per day; NaN where there is none, or too far back.

    `earlier` counts the gains in unbroken succession right before it.
    """

    days: Values
    followers: Values
    views: Values
    rounding: Values
    """The larger rounding step of the two readings; gains below it cannot be seen."""
    earlier: Index


def gains(series: Series) -> Gains:
    """Take the differences of neighbouring readings."""
    profile = segment_of(series.offsets)
    follows = np.zeros(len(profile), dtype=np.bool_)
    apart = np.diff(series.observed_at)
    follows[1:] = (profile[1:] == profile[:-1]) & (apart <= LONGEST_GAP)
    days = np.full(len(profile), np.nan)
    days[1:] = np.where(follows[1:], apart / DAY, np.nan)
    place = np.arange(len(profile), dtype=np.int64)
    start = np.maximum.accumulate(np.where(follows, 0, place))
    return Gains(
        days=days,
        followers=_rise(series.followers, days),
        views=_rise(series.total_views, days),
        rounding=np.maximum(series.step, np.concatenate((series.step[:1], series.step[:-1]))),
        earlier=np.maximum(place - start - 1, 0),
    )


def _rise(levels: Values, days: Values) -> Values:
    rise = np.full(len(levels), np.nan)
    rise[1:] = np.diff(levels) / days[1:]
    return rise


def _before(rates: Values, rows: Index, earlier: Index) -> tuple[Values, Mask]:
    """The up to `HISTORY` rates right before each of *rows*, newest last."""
    back = np.arange(HISTORY, 0, -1, dtype=np.int64)[None, :]
    known = back <= earlier[rows][:, None]
    cells = rates[np.where(known, rows[:, None] - back, rows[:, None])]
    known &= ~np.isnan(cells)
    return np.where(known, cells, 0.0), known


def _z(rates: Values, floor: Values, rows: Index, earlier: Index) -> tuple[Values, Values]:
    """The robust z of each of *rows*, NaN where too little came before, and what is usual there."""
    cells, known = _before(rates, rows, earlier)
    n = known.sum(axis=1)
    enough = (n >= ENOUGH) & ~np.isnan(rates[rows])
    usual = row_medians(cells, known)
    both = known[:, 1:] & known[:, :-1]
    jitter = np.sum(np.where(both, np.abs(np.diff(cells, axis=1)), 0.0), axis=1) / np.maximum(both.sum(axis=1), 1)
    scale = np.fmax(MAD_TO_SIGMA * row_mads(cells, known), 0.1 * np.abs(usual))
    scale = np.fmax(np.fmax(scale, 0.35 * jitter), floor[rows])
    z = np.where(enough, (rates[rows] - usual) / scale, np.nan)
    size = np.sum(np.abs(cells), axis=1) / np.maximum(n, 1)
    return z, np.where(enough, np.fmax(usual, size), np.nan)


def step_scores(found: Gains, rows: Index) -> tuple[Values, Values]:
    """How unusual the gains of *rows* are (z with views and neighbours taken off), and the usual gain per day there.

    NaN where fewer than `ENOUGH` gains came before. Views not known take nothing off.
    """
    one = 1.0 / found.days
    floor = np.fmax(found.rounding * one, one)
    z, usual = _z(found.followers, floor, rows, found.earlier)
    views, _ = _z(found.views, one, rows, found.earlier)
    last = len(found.days) - 1
    after = np.minimum(rows + 1, last)
    before_z, _ = _z(found.followers, floor, np.maximum(rows - 1, 0), found.earlier)
    after_z, _ = _z(found.followers, floor, after, found.earlier)
    before_z = np.where(found.earlier[rows] > 0, before_z, np.nan)
    after_z = np.where((after > rows) & (found.earlier[after] > 0), after_z, np.nan)
    shared = NEIGHBOUR * np.fmax(np.fmax(before_z, after_z), 0.0)
    return z - np.fmax(views, 0.0) - shared, usual


def follower_steps(series: Series) -> Mask:
    """Mark the readings whose gain is a step: sudden, alone, not explained by views, and at least five times the usual."""
    marked = np.zeros(len(series.followers), dtype=np.bool_)
    if not len(marked):
        return marked
    found = gains(series)
    gained = found.followers * found.days
    previous = np.concatenate((series.followers[:1], series.followers[:-1]))
    with np.errstate(invalid="ignore"):
        large = (gained >= STEP_SHARE * previous) & (gained >= 2 * found.rounding) & (gained > 0)
    rows = np.flatnonzero(large & (found.earlier >= ENOUGH))
    if len(rows):
        z, usual = step_scores(found, rows)
        marked[rows] = (z >= STEP_Z) & (found.followers[rows] >= STEP_TIMES * usual)
    return marked


def suspected_purchases(series: Series, steps: Mask) -> Mask:
    """Of the flagged *steps*, those that views did not answer, or of which a fifth was lost again within 56 days."""
    found = gains(series) if len(steps) else None
    marked = np.zeros(len(steps), dtype=np.bool_)
    rows = np.flatnonzero(steps)
    if found is None or not len(rows):
        return marked
    views, _ = _z(found.views, 1.0 / found.days, rows, found.earlier)
    silent = views < 1.0
    marked[rows] = silent | _lost_again(series, rows)
    return marked


def _lost_again(series: Series, rows: Index) -> Mask:
    ends = series.offsets[1:][np.searchsorted(series.offsets, rows, side="right") - 1]
    lost = np.zeros(len(rows), dtype=np.bool_)
    for place, (row, end) in enumerate(zip(rows.tolist(), ends.tolist(), strict=True)):
        after = slice(row, end)
        soon = series.observed_at[after] <= series.observed_at[row] + 56 * DAY
        gained = series.followers[row] - series.followers[row - 1]
        lost[place] = series.followers[row] - series.followers[after][soon].min() >= 0.2 * gained
    return lost


def post_scores(likes: Values, published_at: Instants, offsets: Offsets) -> Values:
    """How far each post's likes stand above the 20 posts of its profile before it, as a robust z of ln(1 + likes).

    NaN where likes are not known or fewer than `ENOUGH` posts with known likes came before. A boosted post among
    the twenty hardly moves the median, so it does not hide the next one.
    """
    known = np.flatnonzero(~np.isnan(likes))
    profile = segment_of(offsets)[known]
    order = known[np.lexsort((likes[known], published_at[known], profile))]
    level = np.log1p(likes[order])
    place = np.arange(len(order), dtype=np.int64)
    first = np.concatenate(([True], profile[1:] != profile[:-1])) if len(order) else np.zeros(0, dtype=np.bool_)
    earlier = np.minimum(place - np.maximum.accumulate(np.where(first, place, 0)), POSTS_BEFORE)
    result = np.full(len(likes), np.nan)
    back = np.arange(POSTS_BEFORE, 0, -1, dtype=np.int64)[None, :]
    for rows in np.array_split(place, max(1, len(place) // 50_000)):
        filled = back <= earlier[rows][:, None]
        cells = level[np.where(filled, rows[:, None] - back, rows[:, None])]
        scale = np.fmax(MAD_TO_SIGMA * row_mads(cells, filled), POST_FLOOR)
        z = (level[rows] - row_medians(cells, filled)) / scale
        result[order[rows]] = np.where(earlier[rows] >= ENOUGH, z, np.nan)
    return result


def boosted_posts(likes: Values, published_at: Instants, offsets: Offsets) -> NDArray[np.bool_]:
    """Mark the posts whose likes stand at least `POST_Z` above what is usual for their profile."""
    with np.errstate(invalid="ignore"):
        return post_scores(likes, published_at, offsets) >= POST_Z
