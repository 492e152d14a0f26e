"""Standing: the place of a profile among those of its network that are asked for together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from ...shared.errors import RuleViolated
from ..columns import Values
from ..ranking import ranks
from .evidence import Evidence
from .following import follower_growth_pct
from .formula import Basis, Figures, Formula, Unit


def _median(metric: str) -> Callable[[Evidence], Values]:
    return lambda evidence: evidence.spread(metric).median


RANKABLE: Final[Mapping[str, Callable[[Evidence], Values]]] = {
    "er_followers_median_pct": _median("er_followers"),
    "er_views_median_pct": _median("er_views"),
    "er_reach_median_pct": _median("er_reach"),
    "view_rate_median_pct": _median("view_rate"),
    "median_interactions": _median("interactions"),
    "median_views": _median("views"),
    "follower_growth_pct": follower_growth_pct,
}
"""What profiles can be ranked by."""

ENOUGH_POSTS: Final = 5
"""Fewer posts than these, and one lucky post decides: such a profile is shown without a rank."""

_FIRST_CHOICE: Final[Mapping[str, str]] = {"tiktok": "er_views_median_pct"}
"""TikTok shows posts to people who follow nobody, so its engagement is measured by views; elsewhere by followers."""

_CHOICES: Final = ("er_followers_median_pct", "er_views_median_pct", "er_reach_median_pct", "median_interactions")


class NotRankable(RuleViolated):
    """Profiles cannot be ranked by that figure."""

    code = "analytics.not_rankable"

    def __init__(self, column: str) -> None:
        super().__init__(f"profiles cannot be ranked by {column!r}; they can by {', '.join(RANKABLE)}")
        self.column = column


def _enough(evidence: Evidence, values: Values) -> Values:
    return np.where(evidence.post_count >= ENOUGH_POSTS, values, np.nan)


def _chosen(evidence: Evidence) -> Values:
    """The ranked figure of each profile: the one asked for, else the first choice that anyone in its network has."""
    if evidence.rank_by is not None:
        if evidence.rank_by not in RANKABLE:
            raise NotRankable(evidence.rank_by)
        return RANKABLE[evidence.rank_by](evidence)
    networks = np.asarray(evidence.profiles.network, dtype=np.str_)
    answer = np.full(len(networks), np.nan)
    for network in np.unique(networks):
        here = networks == network
        for column in (_FIRST_CHOICE.get(str(network), _CHOICES[0]), *_CHOICES):
            values = _enough(evidence, RANKABLE[column](evidence))
            if not np.isnan(values[here]).all():
                answer[here] = values[here]
                break
    return answer


def _rank(evidence: Evidence) -> Figures:
    return {"rank": _place(evidence, _enough(evidence, _chosen(evidence)))}


def _rank_followers(evidence: Evidence) -> Figures:
    return {"rank_followers": _place(evidence, _enough(evidence, evidence.spread("er_followers").median))}


def _rank_growth(evidence: Evidence) -> Figures:
    return {"rank_growth": _place(evidence, follower_growth_pct(evidence))}


def _place(evidence: Evidence, values: Values) -> Values:
    return ranks(values, keys=evidence.keys, groups=evidence.profiles.network)


_TIES = " Within a network, among the profiles asked for; 1 is the highest, ties by the network's id ascending."
_LEAST = f" Only profiles with {ENOUGH_POSTS} posts or more."

FORMULAS: Final = (
    Formula(
        name="rank",
        title="Rank",
        unit=Unit.RANK,
        text="By the figure asked for (" + ", ".join(RANKABLE) + "), else by er_views_median_pct on TikTok and "
        "er_followers_median_pct elsewhere, else the first of "
        + ", ".join(_CHOICES)
        + " that anyone there has."
        + _TIES
        + _LEAST,
        source="arithmetic",
        columns=("rank",),
        compute=_rank,
    ),
    Formula(
        name="rank.followers",
        title="Rank by engagement of followers",
        unit=Unit.RANK,
        basis=Basis.FOLLOWERS,
        text="By er_followers_median_pct." + _TIES + _LEAST,
        source="arithmetic",
        columns=("rank_followers",),
        compute=_rank_followers,
    ),
    Formula(
        name="rank.growth",
        title="Rank by growth",
        unit=Unit.RANK,
        basis=Basis.FOLLOWERS,
        text="By follower_growth_pct, however few the posts." + _TIES,
        source="arithmetic",
        columns=("rank_growth",),
        compute=_rank_growth,
    ),
)
