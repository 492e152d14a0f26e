"""Looked at again: what a second look at the same posts shows."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..columns import Values
from ..grouped import count, spread
from .evidence import Evidence
from .formula import Basis, Figures, Formula, Unit


def _again(evidence: Evidence) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Posts that were looked at twice or more, and those of them whose views are known both times."""
    posts = evidence.posts
    again = posts.observed_at > posts.first_observed_at
    return again, again & ~np.isnan(posts.views) & ~np.isnan(posts.first_views)


def _of_those_seen_again(evidence: Evidence, marked: NDArray[np.bool_]) -> Values:
    """How many are marked, missing for a profile of which no post was seen again."""
    seen = count(_again(evidence)[0], evidence.offsets)
    return np.where(seen > 0, count(marked, evidence.offsets), np.nan)


def _recrawled(evidence: Evidence) -> Figures:
    videos = _of_those_seen_again(evidence, _again(evidence)[0])
    return {"videos_recrawled": videos, "videos_in_both": videos}


def _missing(evidence: Evidence) -> Figures:
    without = _again(evidence)[0] & np.isnan(evidence.posts.views)
    return {"views_missing_in_recrawl": _of_those_seen_again(evidence, without)}


def _falling(evidence: Evidence) -> Figures:
    falling = _again(evidence)[1] & (evidence.posts.views < evidence.posts.first_views)
    return {"videos_with_falling_views": _of_those_seen_again(evidence, falling)}


def _gained(evidence: Evidence) -> Figures:
    gained = _totals(evidence)[0]
    return {"views_gained": gained, "views_gained_on_common": gained}


def _gained_pct(evidence: Evidence) -> Figures:
    gained, before = _totals(evidence)
    return {"views_gained_on_common_pct": gained / np.where(before > 0, before, np.nan) * 100}


def _totals(evidence: Evidence) -> tuple[Values, Values]:
    """Views gained by the posts known both times, and the views they had at first."""
    posts, both = evidence.posts, _again(evidence)[1]
    gained = np.where(both, posts.views - posts.first_views, np.nan)
    before = np.where(both, posts.first_views, np.nan)
    return spread(gained, evidence.offsets).total, spread(before, evidence.offsets).total


FORMULAS: Final = (
    Formula(
        name="recrawl.posts",
        title="Posts looked at again",
        unit=Unit.COUNT,
        text="Posts with lifetime snapshots at two instants or more; missing where there is none. Two names for it.",
        source="arithmetic",
        columns=("videos_recrawled", "videos_in_both"),
        compute=_recrawled,
    ),
    Formula(
        name="recrawl.views_gained",
        title="Views gained between first and last look",
        unit=Unit.COUNT,
        text="Sum of (views at the latest snapshot - at the first) over the posts looked at again with views known "
        "both times; missing where there is none. Two names for it.",
        source="arithmetic",
        columns=("views_gained", "views_gained_on_common"),
        compute=_gained,
    ),
    Formula(
        name="recrawl.views_gained_pct",
        title="Views gained in percent",
        unit=Unit.PERCENT,
        basis=Basis.VIEWS,
        text="Views gained / sum of their first views * 100, over the same posts.",
        source="arithmetic",
        columns=("views_gained_on_common_pct",),
        compute=_gained_pct,
    ),
    Formula(
        name="recrawl.views_missing",
        title="Posts that lost their view count",
        unit=Unit.COUNT,
        text="Posts looked at again whose latest snapshot has no views; missing where none was looked at again.",
        source="arithmetic",
        columns=("views_missing_in_recrawl",),
        compute=_missing,
    ),
    Formula(
        name="recrawl.falling_views",
        title="Posts with falling views",
        unit=Unit.COUNT,
        text="Posts looked at again with fewer views at the latest snapshot than at the first; missing where none "
        "was looked at again.",
        source="arithmetic",
        columns=("videos_with_falling_views",),
        compute=_falling,
    ),
)
