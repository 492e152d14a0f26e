"""Builders of columns: profiles written as lists of posts and readings, set side by side as formulas want them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from analisa.domain.analytics.columns import (
    NO_TIME,
    POST_TYPES,
    NameColumns,
    PostColumns,
    PrivateColumns,
    ProfileColumns,
    ReadingColumns,
)
from analisa.plugins.manager import Plugins

NAN = float("nan")
BASES = Plugins.load([]).engagement_bases()
"""What engagement is divided by on the built-in networks, as their plugins say."""
START = datetime(1970, 1, 1, tzinfo=UTC)


def at(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 instant, UTC when it names no zone."""
    moment = datetime.fromisoformat(text)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - START) // timedelta(microseconds=1)


@dataclass(kw_only=True)
class Post:
    published_at: int = NO_TIME
    observed_at: int = 0
    first_observed_at: int | None = None
    first_views: float = NAN
    views: float = NAN
    impressions: float = NAN
    reach: float = NAN
    likes: float = NAN
    dislikes: float = NAN
    comments: float = NAN
    shares: float = NAN
    saves: float = NAN
    followers: float = NAN
    type: str = ""
    clicks: float = NAN
    follows: float = NAN
    watch_time_s: float = NAN
    subscribers_gained: float = NAN
    subscribers_lost: float = NAN
    revenue_usd: float = NAN
    ctr_pct: float = NAN


@dataclass(kw_only=True)
class Reading:
    observed_at: int
    followers: float = NAN
    following: float = NAN
    posts: float = NAN
    total_likes: float = NAN
    total_views: float = NAN
    step: float = 0.0


@dataclass(kw_only=True)
class Profile:
    key: str = "p"
    network: str = "instagram"
    posts: list[Post] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    names: list[tuple[str, int]] = field(default_factory=list)


COUNTS = ("views", "impressions", "reach", "likes", "dislikes", "comments", "shares", "saves", "followers")
PRIVATE = ("clicks", "follows", "watch_time_s", "subscribers_gained", "subscribers_lost", "revenue_usd", "ctr_pct")
READ = ("followers", "following", "posts", "total_likes", "total_views", "step")


def _offsets(groups: Sequence[Sequence[object]]) -> np.ndarray:
    return np.cumsum([0, *(len(group) for group in groups)], dtype=np.int64)


def _values(rows: Sequence[object], name: str) -> np.ndarray:
    return np.array([getattr(row, name) for row in rows], dtype=np.float64)


def _instants(values: Sequence[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def post_columns(*groups: Sequence[Post]) -> PostColumns:
    posts = [post for group in groups for post in group]
    first = [post.observed_at if post.first_observed_at is None else post.first_observed_at for post in posts]
    return PostColumns(
        offsets=_offsets(groups),
        published_at=_instants([post.published_at for post in posts]),
        observed_at=_instants([post.observed_at for post in posts]),
        first_observed_at=_instants(first),
        first_views=_values(posts, "first_views"),
        type=np.array([POST_TYPES.index(post.type) if post.type else -1 for post in posts], dtype=np.int8),
        private=PrivateColumns(**{name: _values(posts, name) for name in PRIVATE}),
        **{name: _values(posts, name) for name in COUNTS},
    )


def reading_columns(*groups: Sequence[Reading]) -> ReadingColumns:
    readings = [reading for group in groups for reading in group]
    return ReadingColumns(
        offsets=_offsets(groups),
        observed_at=_instants([reading.observed_at for reading in readings]),
        **{name: _values(readings, name) for name in READ},
    )


def profile_columns(*profiles: Profile) -> ProfileColumns:
    names = [name for profile in profiles for name in profile.names]
    return ProfileColumns(
        profile_id=np.arange(1, len(profiles) + 1),
        network=tuple(profile.network for profile in profiles),
        posts=post_columns(*(profile.posts for profile in profiles)),
        readings=reading_columns(*(profile.readings for profile in profiles)),
        key=tuple(profile.key for profile in profiles),
        names=NameColumns(
            offsets=_offsets([profile.names for profile in profiles]),
            name=tuple(name for name, _ in names),
            last_seen=_instants([seen for _, seen in names]),
        ),
    )
