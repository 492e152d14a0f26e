"""Figures from a third party's averages: one row per profile, source and date."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..columns import ReportedColumns, Values
from ..grouped import percent, pick, ratio
from ..ranking import ranks
from .formula import Basis, Figures, Formula, Unit

PARTS: Final = ("avg_likes", "avg_comments", "avg_shares")


def interactions(reported: ReportedColumns) -> Values:
    """The average interactions of a post as named, else likes + comments + shares over those that are known."""
    parts = [getattr(reported, name) for name in PARTS]
    unknown = np.logical_and.reduce([np.isnan(part) for part in parts])
    total: Values = np.sum([np.nan_to_num(part) for part in parts], axis=0)
    return np.where(np.isnan(reported.avg_interactions), np.where(unknown, np.nan, total), reported.avg_interactions)


def _followers(reported: ReportedColumns) -> Figures:
    return {"followers": reported.followers}


def _interactions(reported: ReportedColumns) -> Figures:
    return {"interactions": interactions(reported)}


def _er_followers(reported: ReportedColumns) -> Figures:
    return {"er_followers_pct": percent(interactions(reported), reported.followers)}


def _er_views(reported: ReportedColumns) -> Figures:
    return {"er_views_pct": percent(interactions(reported), reported.avg_views)}


def _view_rate(reported: ReportedColumns) -> Figures:
    return {"view_rate_pct": percent(reported.avg_views, reported.followers)}


def _growth(reported: ReportedColumns) -> Figures:
    lists, previous = _lists(reported)
    before = pick(reported.followers, _rows_of(previous, lists, reported.profile_id))
    return {"follower_growth_pct_vs_previous_file": (ratio(reported.followers, before) - 1) * 100}


def _rank(reported: ReportedColumns) -> Figures:
    er = percent(interactions(reported), reported.followers)
    return {"rank": ranks(er, keys=reported.key, groups=_lists(reported)[0])}


def _lists(reported: ReportedColumns) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the lists, one per network, source and date: each row's own, and the one just before it or -1."""
    rows = sorted(set(zip(reported.network, reported.source, reported.observed_at.tolist(), strict=True)))
    number = {each: place for place, each in enumerate(rows)}
    before = [place - 1 if place and rows[place - 1][:2] == each[:2] else -1 for place, each in enumerate(rows)]
    own = [number[each] for each in zip(reported.network, reported.source, reported.observed_at.tolist(), strict=True)]
    lists = np.asarray(own, dtype=np.int64)
    return lists, np.asarray(before, dtype=np.int64)[lists]


def _rows_of(wanted: NDArray[np.int64], lists: NDArray[np.int64], profile: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of the row of list *wanted* that speaks of the same profile, -1 where there is none."""
    place = {pair: row for row, pair in enumerate(zip(lists.tolist(), profile.tolist(), strict=True))}
    found = [place.get(pair, -1) for pair in zip(wanted.tolist(), profile.tolist(), strict=True)]
    return np.asarray(found, dtype=np.int64)


FORMULAS: Final = (
    Formula(
        name="reported.followers",
        title="Followers, as reported",
        unit=Unit.COUNT,
        text="The profile's followers at the date of the list.",
        source="the third party that made the list",
        columns=("followers",),
        compute=_followers,
    ),
    Formula(
        name="reported.interactions",
        title="Interactions of an average post, as reported",
        unit=Unit.COUNT,
        text="The average interactions where the list names them, else average likes + comments + shares over the "
        "parts that are known; none known is missing.",
        source="the third party that made the list",
        columns=("interactions",),
        compute=_interactions,
    ),
    Formula(
        name="reported.er.followers",
        title="Engagement rate by followers, as reported",
        unit=Unit.PERCENT,
        basis=Basis.FOLLOWERS,
        text="Average interactions / followers * 100: a ratio of averages, not the average of ratios that "
        "er.followers is.",
        source="from a third party's averages",
        columns=("er_followers_pct",),
        compute=_er_followers,
    ),
    Formula(
        name="reported.er.views",
        title="Engagement rate by views, as reported",
        unit=Unit.PERCENT,
        basis=Basis.VIEWS,
        text="Average interactions / average views * 100, where the average views are above 0.",
        source="from a third party's averages",
        columns=("er_views_pct",),
        compute=_er_views,
    ),
    Formula(
        name="reported.view_rate",
        title="View rate, as reported",
        unit=Unit.PERCENT,
        basis=Basis.FOLLOWERS,
        text="Average views / followers * 100.",
        source="from a third party's averages",
        columns=("view_rate_pct",),
        compute=_view_rate,
    ),
    Formula(
        name="reported.growth",
        title="Follower growth since the list before",
        unit=Unit.PERCENT,
        basis=Basis.FOLLOWERS,
        text="(followers / followers of the same profile in the list just before - 1) * 100. The list just before is "
        "the latest earlier date of the same network and source; a profile that it does not hold has no growth.",
        source="from a third party's lists",
        columns=("follower_growth_pct_vs_previous_file",),
        compute=_growth,
    ),
    Formula(
        name="reported.rank",
        title="Rank within the list",
        unit=Unit.RANK,
        basis=Basis.FOLLOWERS,
        text="By er_followers_pct within one network, source and date; ties by the profile's id or handle ascending.",
        source="arithmetic",
        columns=("rank",),
        compute=_rank,
    ),
)
