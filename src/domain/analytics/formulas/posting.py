"""Posting: how many posts, of which kinds, how often, how lately, and year by year."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..columns import DAY, HOUR, NO_TIME, POST_TYPES, Values
from ..grouped import as_instants, as_values, count, sorted_rows, spread
from ..segments import kept, segment_of
from .evidence import Evidence
from .formula import Figures, Formula, Unit

WEEK: Final = 7


def _posts(evidence: Evidence) -> Figures:
    return {"posts": evidence.post_count}


def _types(evidence: Evidence) -> Figures:
    kinds = evidence.posts.type
    if kinds is None:
        return {}
    return {f"posts_{kind}": count(kinds == code, evidence.offsets) for code, kind in enumerate(POST_TYPES)}


def _span(evidence: Evidence) -> tuple[Values, Values, Values]:
    """First and last instant of publication and the number of dated posts, of each profile."""
    first, last = (np.full(len(evidence.profiles), np.nan) for _ in range(2))
    dated = np.zeros(len(evidence.profiles))
    for rows in sorted_rows(as_values(evidence.posts.published_at), evidence.offsets):
        first[rows.profiles] = rows.values[:, 0]
        last[rows.profiles] = rows.values[np.arange(len(rows.known)), np.maximum(rows.known - 1, 0)]
        dated[rows.profiles] = rows.known
    return first, last, dated


def _first_and_last(evidence: Evidence) -> Figures:
    first, last, _ = _span(evidence)
    return {"first_post_utc": as_instants(first), "last_post_utc": as_instants(last)}


def _per_week(evidence: Evidence) -> Figures:
    first, last, dated = _span(evidence)
    days = (last - first) / DAY
    return {"posts_per_week": (dated - 1) / np.where(days > 0, days, np.nan) * WEEK}


def _gap(evidence: Evidence) -> Figures:
    answer = np.full(len(evidence.profiles), np.nan)
    for rows in sorted_rows(as_values(evidence.posts.published_at), evidence.offsets):
        gaps = np.sort(np.diff(rows.values, axis=1), axis=1)
        several = rows.known > 1
        known = rows.known[several] - 1
        line, gaps = np.arange(len(known)), gaps[several]
        answer[rows.profiles[several]] = (gaps[line, (known - 1) // 2] + gaps[line, known // 2]) / 2 / HOUR
    return {"median_gap_hours": answer}


def _recent(evidence: Evidence) -> Figures:
    published, ref = evidence.posts.published_at, evidence.ref[segment_of(evidence.offsets)]
    answer: Figures = {}
    for days in (28, 90):
        inside = (published > ref - days * DAY) & (published <= ref) & (published != NO_TIME)
        posts = count(inside, evidence.offsets)
        answer[f"posts_last_{days}d"] = np.where(evidence.ref == NO_TIME, np.nan, posts)
    return answer


def _by_year(evidence: Evidence) -> Figures:
    if not evidence.by_year:
        return {}
    published = evidence.posts.published_at
    year = published.view("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970
    medians: dict[int, Values] = {}
    for each in np.unique(year[published != NO_TIME]):
        inside = (year == each) & (published != NO_TIME)
        medians[int(each)] = spread(evidence.interactions[inside], kept(inside, evidence.offsets)).median
    answer: Figures = {f"median_interactions_{each}": median for each, median in medians.items()}
    for each, median in medians.items():
        if each - 1 in medians:
            before = np.where(medians[each - 1] > 0, medians[each - 1], np.nan)
            answer[f"median_interactions_change_{each - 1}_{each}_pct"] = (median / before - 1) * 100
    return answer


FORMULAS: Final = (
    Formula(
        name="posting.posts",
        title="Posts",
        unit=Unit.COUNT,
        text="Posts known of the profile, each once.",
        source="arithmetic",
        columns=("posts",),
        compute=_posts,
    ),
    Formula(
        name="posting.span",
        title="First and last post",
        unit=Unit.INSTANT,
        text="Earliest and latest instant of publication.",
        source="arithmetic",
        columns=("first_post_utc", "last_post_utc"),
        compute=_first_and_last,
    ),
    Formula(
        name="posting.frequency",
        title="Posts per week",
        unit=Unit.PER_WEEK,
        text="(posts - 1) / days from the first post to the last * 7, over the posts with a date; "
        "missing where first and last are one instant.",
        source="arithmetic: n posts are n - 1 steps apart",
        columns=("posts_per_week",),
        compute=_per_week,
    ),
    Formula(
        name="posting.gap",
        title="Median gap between posts",
        unit=Unit.HOURS,
        text="Median of the hours between neighbouring posts.",
        source="arithmetic",
        columns=("median_gap_hours",),
        compute=_gap,
    ),
    Formula(
        name="posting.recent",
        title="Posts of the last 28 and 90 days",
        unit=Unit.COUNT,
        text="Posts with as_of - N days < published <= as_of. as_of is an instant, the profile's latest observation "
        "of a post, or its newest post; missing where that does not exist.",
        source="arithmetic",
        columns=("posts_last_28d", "posts_last_90d"),
        compute=_recent,
    ),
    Formula(
        name="posting.types",
        title="Posts by type",
        unit=Unit.COUNT,
        text="Posts of each type; a post of unknown type is in none of them.",
        source="arithmetic",
        columns=tuple(f"posts_{kind}" for kind in POST_TYPES),
        compute=_types,
    ),
    Formula(
        name="posting.years",
        title="Median interactions by year",
        unit=Unit.COUNT,
        text="Median interactions of the posts published in each UTC year, on request.",
        source="arithmetic",
        columns=("median_interactions_<year>",),
        compute=_by_year,
    ),
)
