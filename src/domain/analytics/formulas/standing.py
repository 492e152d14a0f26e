"""Standing: the place of a profile among those of its network that are asked for together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...shared.errors import RuleViolated
from ..columns import Values
from ..ranking import ranks
from .evidence import Evidence
from .following import follower_growth_pct
from .formula import Basis, Column, Figures, Formula, Unit


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


def places(
    figures: Mapping[str, Column], *, network: Sequence[str], keys: Sequence[str], rank_by: str | None = None
) -> Figures:
    """Give the columns of all formulas here from figures that are known: `posts`, and those of `RANKABLE`.

    Profiles may thus be computed a few at a time, and ranked together in the end.
    """
    if rank_by is not None and rank_by not in RANKABLE:
        raise NotRankable(rank_by)

    def place(values: Values) -> Values:
        return ranks(values, keys=keys, groups=network)

    enough = figures["posts"] >= ENOUGH_POSTS
    return {
        "rank": place(np.where(enough, _chosen(figures, network, enough, rank_by), np.nan)),
        "rank_followers": place(np.where(enough, figures["er_followers_median_pct"], np.nan)),
        "rank_growth": place(figures["follower_growth_pct"]),
    }


def _chosen(
    figures: Mapping[str, Column], network: Sequence[str], enough: NDArray[np.bool_], rank_by: str | None
) -> Values:
    """The ranked figure of each profile: the one asked for, else the first choice that anyone in its network has."""
    if rank_by is not None:
        return figures[rank_by]
    networks = np.asarray(network, dtype=np.str_)
    answer = np.full(len(networks), np.nan)
    for each in np.unique(networks):
        here = networks == each
        for column in (_FIRST_CHOICE.get(str(each), _CHOICES[0]), *_CHOICES):
            if not np.isnan(figures[column][here & enough]).all():
                answer[here] = figures[column][here]
                break
    return answer


def _only(column: str) -> Callable[[Evidence], Figures]:
    def compute(evidence: Evidence) -> Figures:
        known = {"posts": evidence.post_count, **{name: value(evidence) for name, value in RANKABLE.items()}}
        network, keys = evidence.profiles.network, evidence.keys
        return {column: places(known, network=network, keys=keys, rank_by=evidence.rank_by)[column]}

    return compute


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
        compute=_only("rank"),
    ),
    Formula(
        name="rank.followers",
        title="Rank by engagement of followers",
        unit=Unit.RANK,
        basis=Basis.FOLLOWERS,
        text="By er_followers_median_pct." + _TIES + _LEAST,
        source="arithmetic",
        columns=("rank_followers",),
        compute=_only("rank_followers"),
    ),
    Formula(
        name="rank.growth",
        title="Rank by growth",
        unit=Unit.RANK,
        basis=Basis.FOLLOWERS,
        text="By follower_growth_pct, however few the posts." + _TIES,
        source="arithmetic",
        columns=("rank_growth",),
        compute=_only("rank_growth"),
    ),
)
