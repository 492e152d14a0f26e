"""Engagement: what people did with the posts, and how much that is of those who could have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from ..columns import NO_TIME, PostColumns, Values
from ..grouped import count, percent, spread
from ..segments import segment_of
from .evidence import Evidence, interactions
from .formula import Basis, Column, Figures, Formula, Unit

COUNTED: Final = ("likes", "comments", "shares", "saves", "views", "reach")
RECENT: Final = 12
"""Posts in the older Instagram formula."""


def _tally(*metrics: str) -> Callable[[Evidence], Figures]:
    def compute(evidence: Evidence) -> Figures:
        answer: Figures = {}
        for metric in metrics:
            known = evidence.spread(metric)
            answer[f"sum_{metric}"] = known.total
            answer[f"mean_{metric}"] = known.mean
            answer[f"median_{metric}"] = known.median
            missing = evidence.post_count - known.known
            answer[f"missing_{metric}"] = np.where(evidence.post_count > 0, missing, np.nan)
        return answer

    return compute


def _tally_columns(*metrics: str) -> tuple[str, ...]:
    return tuple(f"{figure}_{metric}" for metric in metrics for figure in ("sum", "mean", "median", "missing"))


def _rate(metric: str) -> Callable[[Evidence], Mapping[str, Column]]:
    def compute(evidence: Evidence) -> Figures:
        rate = evidence.spread(metric)
        return {f"{metric}_mean_pct": rate.mean, f"{metric}_median_pct": rate.median}

    return compute


def _pooled(part: Callable[[PostColumns], Values], column: str) -> Callable[[Evidence], Figures]:
    """Sum of *part* over the sum of views, both over the posts where views are above 0 and *part* is known."""

    def compute(evidence: Evidence) -> Figures:
        posts, above = evidence.posts, part(evidence.posts)
        counted = (posts.views > 0) & ~np.isnan(above)
        totals = [spread(np.where(counted, values, np.nan), evidence.offsets).total for values in (above, posts.views)]
        return {column: percent(*totals)}

    return compute


def _likes_of_recent(evidence: Evidence) -> Figures:
    posts, profile = evidence.posts, segment_of(evidence.offsets)
    oldest_first = posts.published_at[np.lexsort((posts.published_at, profile))]
    since = np.maximum(evidence.offsets[1:] - RECENT, evidence.offsets[:-1])[profile]
    recent = (posts.published_at >= oldest_first[since]) & (posts.published_at != NO_TIME)
    mean = [spread(np.where(recent, part, np.nan), evidence.offsets).mean for part in (posts.likes, posts.comments)]
    latest = spread(np.where(recent, posts.followers, np.nan), evidence.offsets).mean
    share = percent(np.nan_to_num(mean[0]) + np.nan_to_num(mean[1]), latest)
    return {"er_recent_pct": np.where(count(recent & ~np.isnan(posts.likes), evidence.offsets) > 0, share, np.nan)}


_PARTS = "interactions = likes + comments + shares + saves; a part that is not known counts 0, none known is missing."
_SUMMARY = " Mean and median over the posts that have it."

TALLIES: Final = (
    Formula(
        name="tally",
        title="Counts of the posts",
        unit=Unit.COUNT,
        text="Sum, mean and median of each post's latest lifetime count; missing_ is how many posts lack it. "
        "A missing count is left out, never taken as 0. Median: the mean of the two middle values when even.",
        source="arithmetic",
        columns=_tally_columns(*COUNTED),
        compute=_tally(*COUNTED),
    ),
    Formula(
        name="interactions",
        title="Interactions",
        unit=Unit.COUNT,
        text=_PARTS + " Likes of Facebook posts are all reactions.",
        source="Keyhole: engagement = likes + comments + shares, with saves where a network counts them",
        columns=_tally_columns("interactions"),
        compute=_tally("interactions"),
    ),
)

RATES: Final = (
    Formula(
        name="er.followers",
        title="Engagement rate by followers",
        unit=Unit.PERCENT,
        basis=Basis.FOLLOWERS,
        text="Per post: interactions / followers at the snapshot * 100, where followers > 0." + _SUMMARY,
        source="HypeAuditor and Traackr: engagements over the followers of the network",
        columns=("er_followers_mean_pct", "er_followers_median_pct"),
        compute=_rate("er_followers"),
    ),
    Formula(
        name="view_rate",
        title="View rate",
        unit=Unit.PERCENT,
        basis=Basis.FOLLOWERS,
        text="Per post: views / followers at the snapshot * 100, where followers > 0." + _SUMMARY,
        source="common usage: how far past its followers a profile is watched",
        columns=("view_rate_mean_pct", "view_rate_median_pct"),
        compute=_rate("view_rate"),
    ),
    Formula(
        name="er.views",
        title="Engagement rate by views",
        unit=Unit.PERCENT,
        basis=Basis.VIEWS,
        text="Per post: interactions / views * 100, where views > 0." + _SUMMARY,
        source="Tiktal and Modash for TikTok and YouTube: interactions over views",
        columns=("er_views_mean_pct", "er_views_median_pct"),
        compute=_rate("er_views"),
    ),
    Formula(
        name="er.views_pooled",
        title="Engagement rate by views, pooled",
        unit=Unit.PERCENT,
        basis=Basis.VIEWS,
        text="sum(interactions) / sum(views) * 100 over the posts with views > 0 and interactions known.",
        source="Modash: averages over averages, so that a much-seen post weighs more",
        columns=("er_views_pooled_pct",),
        compute=_pooled(interactions, "er_views_pooled_pct"),
    ),
    Formula(
        name="er.reach",
        title="Engagement rate by reach",
        unit=Unit.PERCENT,
        basis=Basis.REACH,
        text="Per post: interactions / reach * 100, where reach > 0." + _SUMMARY,
        source="Meta Business Suite and Keyhole: engagement over people reached",
        columns=("er_reach_mean_pct", "er_reach_median_pct"),
        compute=_rate("er_reach"),
    ),
)

ALTERNATIVES: Final = (
    Formula(
        name="er.impressions",
        title="Engagement rate by impressions",
        unit=Unit.PERCENT,
        basis=Basis.IMPRESSIONS,
        text="Per post: interactions / impressions * 100, where impressions > 0." + _SUMMARY,
        source="Tagger: engagement over impressions, one of the bases a campaign may choose",
        columns=("er_impressions_mean_pct", "er_impressions_median_pct"),
        compute=_rate("er_impressions"),
    ),
    Formula(
        name="likes.followers",
        title="Likes by followers",
        unit=Unit.PERCENT,
        basis=Basis.FOLLOWERS,
        text="Per post: likes / followers at the snapshot * 100, where followers > 0." + _SUMMARY,
        source="Modash and Lefty: engagement rate of Instagram as median likes over followers",
        columns=("likes_per_follower_mean_pct", "likes_per_follower_median_pct"),
        compute=_rate("likes_per_follower"),
    ),
    Formula(
        name="likes.views_pooled",
        title="Likes by views, pooled",
        unit=Unit.PERCENT,
        basis=Basis.VIEWS,
        text="sum(likes) / sum(views) * 100 over the posts with views > 0 and likes known.",
        source="Modash: engagement rate of TikTok and YouTube as average likes over average views",
        columns=("likes_per_view_pooled_pct",),
        compute=_pooled(lambda posts: posts.likes, "likes_per_view_pooled_pct"),
    ),
    Formula(
        name="er.recent",
        title="Engagement rate of the newest posts",
        unit=Unit.PERCENT,
        basis=Basis.FOLLOWERS,
        text=f"(mean likes + mean comments) / mean followers at the snapshots * 100 over the {RECENT} newest dated posts "
        "and those of the same instant as the oldest of them; "
        "missing where none of them shows its likes.",
        source=f"HypeAuditor: average likes and comments of the last 12 to 18 posts ({RECENT} here)",
        columns=("er_recent_pct",),
        compute=_likes_of_recent,
    ),
)
