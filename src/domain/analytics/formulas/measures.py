"""Measures: the few figures of a profile that people search by, from the evidence that its score rests on.

They are taken over the posts and readings of the score's window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..columns import DAY, POST_TYPES, Instants, ProfileColumns, ReadingColumns, Values
from ..components import BASIS_NAMES
from ..evidence import FOLLOWERS, REACH, VIEWS, WINDOW
from ..grouped import percent
from ..segments import Mask, counts, kept, matrices, row_medians, segment_of, sums
from .evidence import interactions, newest_posts
from .formula import Figures, Formula, Unit

GROWTH_DAYS: Final = (30, 60, 90, 120, 150, 180)
COUNTS: Final = ("followers", "following", "posts", "total_likes", "total_views")
MEANS: Final = (
    "avg_interactions",
    "avg_likes",
    "avg_comments",
    "avg_shares",
    "avg_saves",
    "avg_views",
    "avg_reel_views",
)
NAMES: Final = (
    *COUNTS,
    "er",
    *MEANS,
    "posts_per_week",
    *(f"growth_{days}d" for days in GROWTH_DAYS),
    "views_growth_30d",
    "likes_growth_30d",
)
"""Every measure, by name."""
STRETCH: Final = 1.5
"""The older of two readings lies at most so many times as far back as the days that growth is asked of."""
WEEKS: Final = WINDOW / (7 * DAY)
SHORT_VIDEOS: Final = tuple(POST_TYPES.index(name) for name in ("reel", "short"))


@dataclass(frozen=True, slots=True)
class Measures:
    """One entry per profile, NaN where not known (instants: `NO_TIME`)."""

    profile_id: NDArray[np.int64]
    values: dict[str, Values]
    """By `NAMES`: counts as the newest reading that has them told, means over posts, and rates and growth in per cent."""
    last_post: Instants
    seen: Instants
    """When the profile was last read, or seen to post."""


def measured(columns: ProfileColumns, basis: NDArray[np.int8]) -> Measures:
    """Measure every profile; *basis* says what the engagement of each is divided by (index in `BASIS_NAMES`)."""
    posts, readings, offsets = columns.posts, columns.readings, columns.posts.offsets
    parts = interactions(posts)
    values = {f"avg_{name}": _means(getattr(posts, name), offsets) for name in ("likes", "comments", "shares", "saves")}
    values["avg_interactions"] = _means(parts, offsets)
    values["avg_views"] = _means(posts.views, offsets)
    values["avg_reel_views"] = _reel_views(columns)
    values["er"] = _engagement_rates(columns, parts, basis)
    n = np.diff(offsets).astype(np.float64)
    values["posts_per_week"] = np.where(n > 0, n / WEEKS, np.nan)
    for name in COUNTS:
        values[name] = _newest(readings, getattr(readings, name))
    for days in GROWTH_DAYS:
        values[f"growth_{days}d"] = growth(readings, readings.followers, days)
    values["views_growth_30d"] = growth(readings, readings.total_views, 30)
    values["likes_growth_30d"] = growth(readings, readings.total_likes, 30)
    newest = newest_posts(posts)
    seen = newest.copy()
    np.maximum.at(seen, segment_of(readings.offsets), readings.observed_at)
    return Measures(columns.profile_id, values, newest, seen)


def growth(readings: ReadingColumns, counted: Values, days: int) -> Values:
    """(newest / older - 1) * 100 of each profile's counts, the older reading being the newest at least *days* before.

    NaN where there is no such reading, it lies more than half as far back again, or it counted nothing.
    """
    known = ~np.isnan(counted)
    offsets = kept(known, readings.offsets)
    at, value, owner = readings.observed_at[known], counted[known], segment_of(offsets)
    result = np.full(len(offsets) - 1, np.nan)
    filled = np.flatnonzero(np.diff(offsets) > 0)
    last = offsets[1:][filled] - 1
    wanted = at[last] - days * DAY
    # Readings ascend within a profile; the number of those not after `wanted` says where the older one stands.
    before = counts(at <= np.repeat(wanted, np.diff(offsets)[filled]), offsets)[filled] if len(owner) else last[:0]
    older = offsets[:-1][filled] + before - 1
    there = before > 0
    filled, last, older, wanted = filled[there], last[there], older[there], wanted[there]
    usable = (at[older] >= wanted - int((STRETCH - 1) * days * DAY)) & (value[older] > 0)
    result[filled[usable]] = (value[last[usable]] / value[older[usable]] - 1) * 100
    return result


def _means(values: Values, offsets: NDArray[np.int64]) -> Values:
    known = ~np.isnan(values)
    n = counts(known, offsets)
    total = sums(np.where(known, values, 0.0), offsets)
    means: Values = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    return means


def _reel_views(columns: ProfileColumns) -> Values:
    posts = columns.posts
    if posts.type is None:
        return np.full(len(columns), np.nan)
    short: Mask = np.isin(posts.type, SHORT_VIDEOS)
    return _means(np.where(short, posts.views, np.nan), posts.offsets)


def _engagement_rates(columns: ProfileColumns, parts: Values, basis: NDArray[np.int8]) -> Values:
    """The median over posts of interactions in per cent of what the network's engagement is divided by."""
    posts = columns.posts
    by = basis[segment_of(posts.offsets)]
    base = np.full(len(parts), np.nan)
    for name in (FOLLOWERS, VIEWS, REACH):
        base = np.where(by == BASIS_NAMES.index(name), getattr(posts, name), base)
    rates = percent(parts, base)
    known = ~np.isnan(rates)
    offsets, rates = kept(known, posts.offsets), rates[known]
    result = np.full(len(columns), np.nan)
    for some, rows, filled in matrices(offsets):
        result[some] = row_medians(rates[rows], filled)
    return result


def _newest(readings: ReadingColumns, counted: Values) -> Values:
    known = ~np.isnan(counted)
    offsets = kept(known, readings.offsets)
    filled = offsets[1:] > offsets[:-1]
    result = np.full(len(filled), np.nan)
    result[filled] = counted[known][offsets[1:][filled] - 1]
    return result


def _these(*names: str) -> Callable[[Measures], Figures]:
    return lambda measures: {name: measures.values[name] for name in names}


_POSTS: Final = "the posts of the 90 days before the newest evidence"
_SOURCE: Final = "the evidence that the Social Score rests on"
_GROWTH: Final = (*(f"growth_{days}d" for days in GROWTH_DAYS), "views_growth_30d", "likes_growth_30d")

FORMULAS: Final[tuple[Formula[Measures], ...]] = (
    Formula(
        name="measure.newest",
        title="Counts as they were read last",
        unit=Unit.COUNT,
        text="The newest reading of the 272 days before the newest evidence that has the count.",
        source=_SOURCE,
        columns=COUNTS,
        compute=_these(*COUNTS),
    ),
    Formula(
        name="measure.er",
        title="Engagement rate that searches go by",
        unit=Unit.PERCENT,
        text=f"Median over {_POSTS} of (likes + comments + shares + saves) in per cent of what the network's engagement is "
        "divided by: followers at the snapshot, views, or reach.",
        source=_SOURCE,
        columns=("er",),
        compute=_these("er"),
    ),
    Formula(
        name="measure.means",
        title="What a post brings",
        unit=Unit.COUNT,
        text=f"Mean over {_POSTS}; those that lack the figure are left out. `avg_reel_views` is over reels and shorts alone.",
        source=_SOURCE,
        columns=MEANS,
        compute=_these(*MEANS),
    ),
    Formula(
        name="measure.posts_per_week",
        title="Posts a week that searches go by",
        unit=Unit.PER_WEEK,
        text=f"Number of {_POSTS} / (90 / 7); not known without a post.",
        source=_SOURCE,
        columns=("posts_per_week",),
        compute=_these("posts_per_week"),
    ),
    Formula(
        name="measure.growth",
        title="Growth that searches go by",
        unit=Unit.PERCENT,
        text="(newest reading / older reading - 1) x 100; the older one is the newest at least so many days before, not more "
        "than half as far back again, and above 0.",
        source=_SOURCE,
        columns=_GROWTH,
        compute=_these(*_GROWTH),
    ),
)
