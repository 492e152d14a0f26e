"""How people answer posts: what each snapshot of a post's figures shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .creators import Profiles
from .draw import Flags, Indices, Values
from .growth import Growth
from .habits import NETWORKS, TYPES
from .posting import DAY, Posts, Span

AGES: Final = np.array([0.25, 1.0, 3.0, 7.0, 14.0, 30.0])
"""Days after publication at which a snapshot is taken."""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """One row per lifetime snapshot, grouped by post, oldest first. Counts are whole; NaN where not shown."""

    post: Indices
    """Position in `Posts`."""
    observed: Indices
    """Seconds since 1970."""
    views: Values
    impressions: Values
    reach: Values
    likes: Values
    comments: Values
    shares: Values
    saves: Values
    clicks: Values
    follows: Values
    watch_time: Values
    """Seconds."""

    def __len__(self) -> int:
        return len(self.post)


def draw_snapshots(
    chance: np.random.Generator, profiles: Profiles, growth: Growth, posts: Posts, span: Span
) -> Snapshots:
    final = _answers(chance, profiles, growth, posts, span)
    post, observed = _moments(chance, posts, span)
    age = (observed - posts.published[post]) / DAY
    half = _rates("half")[profiles.network[posts.profile]]
    share = 1.0 - np.exp2(-((age / half[post]) ** 0.7))
    counts = {
        name: np.where(_shown(name, profiles, posts)[post], np.floor(values[post] * share), np.nan)
        for name, values in final.items()
    }
    return Snapshots(post=post, observed=observed, **counts)


def _moments(chance: np.random.Generator, posts: Posts, span: Span) -> tuple[Indices, Indices]:
    """Say which post is seen when: a recent one at every age it has reached, an old one when it was a month old."""
    late = chance.random((len(posts), len(AGES))) * np.array([0.1, 0.25, 0.5, 0.5, 0.5, 5.0])
    seen = posts.published[:, None] + np.floor((AGES + late) * DAY).astype(np.int64)
    reached = seen < span.until
    taken = reached & (~reached[:, -1:] | (np.arange(len(AGES)) == len(AGES) - 1))
    return np.nonzero(taken)[0], seen[taken]


def _answers(
    chance: np.random.Generator, profiles: Profiles, growth: Growth, posts: Posts, span: Span
) -> dict[str, Values]:
    """What each post will have gathered in the end; only real followers see it."""
    network = profiles.network[posts.profile]
    followers = np.maximum(growth.organic[posts.profile, span.day(posts.published)], 1.0)
    luck = _noise(chance, 0.40, posts) * np.exp(0.35 * profiles.quality[posts.profile])
    luck *= np.where(posts.viral, 8.0 * np.exp(0.6 * np.abs(chance.standard_normal(len(posts)))), 1.0)
    luck *= np.where(posts.paid, 0.85, 1.0)
    reach = followers * _rates("reach")[network] * (followers / 3000.0) ** -_rates("decay")[network] * luck
    boost = np.where(posts.boosted, 2.5 + 2.5 * chance.random(len(posts)), 1.0)
    views = reach * (1.1 + 0.3 * chance.random(len(posts)))
    return {
        "reach": reach,
        "views": views,
        "impressions": views * 1.15,
        "likes": reach * _rates("likes")[network] * _noise(chance, 0.20, posts) * boost,
        "comments": reach * _rates("comments")[network] * _noise(chance, 0.45, posts),
        "shares": reach * _rates("shares")[network] * _noise(chance, 0.50, posts),
        "saves": reach * _rates("saves")[network] * _noise(chance, 0.50, posts),
        "clicks": reach * 0.010 * _noise(chance, 0.50, posts),
        "follows": reach * 0.001 * _noise(chance, 0.70, posts),
        "watch_time": views * posts.duration * 0.45,
    }


def _noise(chance: np.random.Generator, spread: float, posts: Posts) -> Values:
    return np.exp(spread * chance.standard_normal(len(posts)))


def _shown(count: str, profiles: Profiles, posts: Posts) -> Flags:
    """Say for each post whether *count* is public there, or an insight that its owner shares."""
    network = profiles.network[posts.profile]
    public = np.array([count in habits.public for habits in NETWORKS])[network]
    insight = np.array([count in habits.insights for habits in NETWORKS])[network]
    shown = public | (insight & profiles.connected[posts.profile])
    if count == "views":
        shown &= _HAS_VIEWS[network, posts.type]
    if count == "likes":
        shown &= ~profiles.hides_likes[posts.profile]
    if count == "watch_time":
        shown &= ~np.isnan(posts.duration)
    return np.asarray(shown, dtype=np.bool_)


def _rates(name: str) -> Values:
    return np.array([getattr(habits, name) for habits in NETWORKS], dtype=np.float64)


_HAS_VIEWS: Final = np.array([[kind in habits.views_of for kind in TYPES] for habits in NETWORKS])
