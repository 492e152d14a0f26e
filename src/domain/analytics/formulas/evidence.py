"""What formulas are computed from: columns, the moment they look back from, and summaries that several share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

import numpy as np

from ..columns import NO_TIME, Instants, Offsets, PostColumns, ProfileColumns, ReadingColumns, Values
from ..grouped import Spread, percent, spread
from ..segments import segment_of
from ..trend import Kind, Trend, trends

PARTS: Final = ("likes", "comments", "shares", "saves")
"""The interactions that networks count; one that a network or an archive lacks is missing in all its rows."""


def interactions(posts: PostColumns) -> Values:
    """Add up likes, comments, shares and saves of each post: a part not known counts 0, no part known is missing."""
    total, unknown = np.zeros(len(posts.likes)), np.ones(len(posts.likes), dtype=np.bool_)
    for name in PARTS:
        part: Values = getattr(posts, name)
        missing = np.isnan(part)
        total += np.where(missing, 0.0, part)
        unknown &= missing
    return np.where(unknown, np.nan, total)


def er_followers(posts: PostColumns) -> Values:
    return percent(interactions(posts), posts.followers)


def view_rate(posts: PostColumns) -> Values:
    return percent(posts.views, posts.followers)


def er_views(posts: PostColumns) -> Values:
    return percent(interactions(posts), posts.views)


def er_reach(posts: PostColumns) -> Values:
    return percent(interactions(posts), posts.reach)


def er_impressions(posts: PostColumns) -> Values:
    return percent(interactions(posts), posts.impressions)


def likes_per_follower(posts: PostColumns) -> Values:
    return percent(posts.likes, posts.followers)


PER_POST: Final[Mapping[str, Callable[[PostColumns], Values]]] = {
    "interactions": interactions,
    "er_followers": er_followers,
    "view_rate": view_rate,
    "er_views": er_views,
    "er_reach": er_reach,
    "er_impressions": er_impressions,
    "likes_per_follower": likes_per_follower,
}
"""What is computed for each post on its own: counts, and rates in percent."""


class Evidence:
    """Columns of some profiles and the instant *ref* of each, `NO_TIME` where there is none to look back from."""

    def __init__(self, profiles: ProfileColumns, *, ref: Instants, by_year: bool, rank_by: str | None) -> None:
        self.profiles = profiles
        self.ref = ref
        self.by_year = by_year
        self.rank_by = rank_by
        self._spreads: dict[str, Spread] = {}

    @property
    def posts(self) -> PostColumns:
        return self.profiles.posts

    @property
    def readings(self) -> ReadingColumns:
        return self.profiles.readings

    @property
    def offsets(self) -> Offsets:
        """Where the posts of each profile begin."""
        return self.profiles.posts.offsets

    @cached_property
    def post_count(self) -> Values:
        return np.diff(self.offsets).astype(np.float64)

    @cached_property
    def interactions(self) -> Values:
        return interactions(self.posts)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """What settles equal ranks: the network's own ids, else our numbers as text of one width."""
        return self.profiles.key or tuple(f"{number:020d}" for number in self.profiles.profile_id)

    @cached_property
    def follower_trends(self) -> tuple[Trend | None, ...]:
        """The newest stretch of each profile's followers, None without a reading; a few milliseconds each."""
        readings = self.readings
        newest = []
        for start, stop in zip(readings.offsets[:-1].tolist(), readings.offsets[1:].tolist(), strict=True):
            at, followers = readings.observed_at[start:stop], readings.followers[start:stop]
            step = float(readings.step[start:stop].max(initial=0.0))
            stretches = trends(at, followers, kind=Kind.LEVEL, step=step)
            newest.append(stretches[-1] if stretches else None)
        return tuple(newest)

    def spread(self, metric: str) -> Spread:
        """Summary by profile of one of `PER_POST` or of the counts of `PostColumns`; computed once."""
        if metric not in self._spreads:
            compute = PER_POST.get(metric)
            values = compute(self.posts) if compute else getattr(self.posts, metric)
            self._spreads[metric] = spread(values, self.offsets)
        return self._spreads[metric]


def newest_posts(posts: PostColumns) -> Instants:
    """For each profile when its newest post came out; `NO_TIME` without one."""
    return _latest(posts.published_at, posts.offsets)


def latest_observations(posts: PostColumns) -> Instants:
    """For each profile when a post of it was last looked at; `NO_TIME` without one."""
    return _latest(posts.observed_at, posts.offsets)


def _latest(instants: Instants, offsets: Offsets) -> Instants:
    latest = np.full(len(offsets) - 1, NO_TIME, dtype=np.int64)
    np.maximum.at(latest, segment_of(offsets), instants)
    return latest
