"""Figures: what the formulas say of profiles, of single posts, and of a third party's lists."""

from __future__ import annotations

from collections.abc import Iterable

from .columns import Instants, PostColumns, ProfileColumns, ReportedColumns
from .formulas import GENERAL, REPORTED
from .formulas.evidence import PER_POST, Evidence, latest_observations, newest_posts
from .formulas.formula import Column, Figures, Formula

__all__ = ["Column", "Figures", "figures", "latest_observations", "newest_posts", "post_figures", "reported_figures"]


def figures(
    profiles: ProfileColumns,
    *,
    ref: Instants,
    by_year: bool = False,
    rank_by: str | None = None,
    formulas: Iterable[Formula[Evidence]] = GENERAL,
) -> Figures:
    """Compute the columns of *formulas*, each with one entry per profile, under their names.

    *ref* is the instant that `posts_last_28d` and its like look back from, one per profile: `latest_observations`,
    `newest_posts`, or one instant for all. Nothing else depends on it. *rank_by* names one of `standing.RANKABLE`,
    or raises `NotRankable`. A formula whose inputs were not asked for (names, types, private values) gives no column.
    """
    evidence = Evidence(profiles, ref=ref, by_year=by_year, rank_by=rank_by)
    answer: Figures = {}
    for formula in formulas:
        answer |= formula.compute(evidence)
    return answer


def post_figures(posts: PostColumns) -> Figures:
    """What is computed for each post on its own: interactions, and rates in percent; one entry per post."""
    return {name: compute(posts) for name, compute in PER_POST.items()}


def reported_figures(reported: ReportedColumns) -> Figures:
    """Figures of a third party's lists, one entry per row of *reported*."""
    answer: Figures = {}
    for formula in REPORTED:
        answer |= formula.compute(reported)
    return answer
