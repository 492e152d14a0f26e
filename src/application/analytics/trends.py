"""How a profile moves: slopes, changes of pace, weekly beat, and what stands out (steps of followers, odd posts)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...domain.analytics.anomaly import Series, boosted_posts, follower_steps, post_scores, suspected_purchases
from ...domain.analytics.columns import DAY, NO_TIME, PostColumns, ProfileColumns, ReadingColumns
from ...domain.analytics.figures import post_figures
from ...domain.analytics.trend import Kind, Trend, trends
from ...domain.shared.ids import ProfileId
from ..shared.actor import Actor
from ..shared.ports import Clock
from .errors import ProfileNotFound
from .figures import numbers_of
from .instants import datetime_of
from .ports import ColumnReader, Selection

LEVELS: Final = ("followers", "total_views")
FLOWS: Final = ("interactions", "views")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTrends:
    actor: Actor
    profile_id: ProfileId
    as_of: datetime | None = None
    """What came after it is left out; None is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Followers that came at once: a weak sign, and never an accusation."""

    at: datetime
    before: int
    after: int
    suspected_purchase: bool
    """Views did not answer, or many were lost again soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OddPost:
    """A post whose likes stand far above those of the twenty before it."""

    post: str
    published_at: datetime
    likes: int
    z: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTrends:
    series: Mapping[str, tuple[Trend, ...]]
    """By metric: `LEVELS` are readings of the profile; `FLOWS` are what the posts of a day have gathered by now."""
    steps: tuple[Step, ...]
    odd_posts: tuple[OddPost, ...]


class ShowTrendsHandler:
    def __init__(self, reader: ColumnReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    async def __call__(self, command: ShowTrends) -> ProfileTrends:
        """Describe one profile, or raise `ProfileNotFound` where nothing was ever measured of it."""
        until = command.as_of or self._clock.now()
        selection = Selection(profiles=(command.profile_id,))
        async for columns in self._reader.figures(command.actor, selection, until=until):
            odd = np.flatnonzero(_odd(columns.posts))
            keys = await self._reader.post_keys(command.actor, numbers_of(columns.posts)[odd])
            return ProfileTrends(
                series=_series(columns), steps=_steps(columns.readings), odd_posts=_odd_posts(columns.posts, odd, keys)
            )
        raise ProfileNotFound(command.profile_id)


def _series(columns: ProfileColumns) -> dict[str, tuple[Trend, ...]]:
    readings, posts = columns.readings, columns.posts
    step = float(np.max(readings.step, initial=0.0))
    computed = {"interactions": post_figures(posts)["interactions"], "views": posts.views}
    return {
        "followers": trends(readings.observed_at, readings.followers, kind=Kind.LEVEL, step=step),
        "total_views": trends(readings.observed_at, readings.total_views, kind=Kind.LEVEL),
        **{name: trends(posts.published_at, computed[name], kind=Kind.FLOW) for name in FLOWS},
    }


def _steps(readings: ReadingColumns) -> tuple[Step, ...]:
    known = np.flatnonzero(readings.followers > 0)
    day = readings.observed_at[known] // DAY
    last = known[np.append(day[1:] != day[:-1], True)] if len(known) else known
    series = Series(
        offsets=np.array([0, len(last)], dtype=np.int64),
        observed_at=readings.observed_at[last],
        followers=readings.followers[last],
        total_views=readings.total_views[last],
        step=readings.step[last],
    )
    marked = follower_steps(series)
    bought = suspected_purchases(series, marked)
    return tuple(
        Step(
            at=datetime_of(int(series.observed_at[row])),
            before=int(series.followers[row - 1]),
            after=int(series.followers[row]),
            suspected_purchase=bool(bought[row]),
        )
        for row in np.flatnonzero(marked)
    )


def _odd(posts: PostColumns) -> NDArray[np.bool_]:
    dated: NDArray[np.bool_] = posts.published_at != NO_TIME
    return dated & boosted_posts(posts.likes, posts.published_at, posts.offsets)


def _odd_posts(posts: PostColumns, rows: NDArray[np.int64], keys: Sequence[str]) -> tuple[OddPost, ...]:
    z = post_scores(posts.likes, posts.published_at, posts.offsets)
    found = [
        OddPost(
            post=key,
            published_at=datetime_of(int(posts.published_at[row])),
            likes=int(posts.likes[row]),
            z=round(float(z[row]), 2),
        )
        for row, key in zip(rows.tolist(), keys, strict=True)
    ]
    return tuple(sorted(found, key=lambda post: (post.published_at, post.post)))
