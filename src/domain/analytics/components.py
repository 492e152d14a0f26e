"""The six components of the Social Score, as they come out of a profile's evidence, before any comparison.

E engagement, R reach, G growth, S sentiment, C consistency, Q audience quality; INTELLIGENCE section 3, and
docs/decisions/0003-social-score.md for every reading of a sentence that could be read in two ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .anomaly import follower_steps
from .columns import DAY, Instants, Values
from .evidence import FOLLOWERS, HALF_LIFE_DAYS, REACH, VIEWS, VIEWS_ELSE_FOLLOWERS, WINDOW, Evidence
from .growth import slopes
from .segments import (
    Index,
    Mask,
    combined,
    counts,
    effective,
    kept,
    matrices,
    row_mads,
    segment_of,
    weighted_means,
    weighted_medians,
)

COMPONENTS: Final = ("E", "R", "G", "S", "C", "Q")
E, R, G, S, C, Q = range(6)
BASIS_NAMES: Final = ("", FOLLOWERS, VIEWS, REACH)
_NO_BASIS, _BY_FOLLOWERS, _BY_VIEWS, _BY_REACH = range(4)

OFFSET: Final = 1e-4
"""Added to r before its logarithm, so that a post nobody answered counts as very low, not as minus infinity."""
WEEKS: Final = 12
BLOCKS: Final = 5
DECIMALS: Final = 1e12
"""Raw values are rounded to 12 decimals, so that equal evidence is equal whichever way its logarithm was taken."""

WHY: Final = (
    "",
    "no_posts",
    "no_followers",
    "no_base",
    "likes_hidden",
    "no_reach",
    "short_history",
    "no_comments",
    "no_follower_sample",
    "no_reference",
)
"""Why a component is missing; the index is what `why` holds."""
MISSING: Final = {name: code for code, name in enumerate(WHY)}

Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class PostValues:
    """One value per post that has it: its percentile's spread says how sure a component is."""

    offsets: Index
    values: Values


@dataclass(frozen=True, slots=True)
class RawComponents:
    """Raw values (P, 6) in the order of `COMPONENTS`, NaN where missing, and what is needed to compare them."""

    network: tuple[str, ...]
    followers: Values
    raw: Values
    n: Values
    """Effective evidence counts; 0 where missing."""
    basis: Codes
    """Index in `BASIS_NAMES`: a raw value is compared only with values of the same basis."""
    why: Codes
    """Index in `WHY`: why a component is missing, 0 where it is not."""
    engagement_posts: PostValues
    reach_posts: PostValues
    left_out: Values
    """(P, 2, 5): growth and consistency with one of five time blocks left out; NaN where nothing is left."""
    variance: Values
    """(P, 2): v of S and Q as their observer gave it, NaN where it did not."""
    likes_exceed_views: Mask

    def __len__(self) -> int:
        return len(self.network)


@dataclass(frozen=True, slots=True)
class _Posted:
    """The posts of the evidence, with what several components ask of each."""

    evidence: Evidence
    offsets: Index
    owner: Index
    weight: Values
    """Halved every 30 days of age."""
    basis: Codes
    """What each profile's engagement is divided by."""
    base: Values
    """That number for each post; NaN where it is missing or 0."""
    rated: Mask
    """Likes and base are known: the post has an r."""
    block: Index
    """Which fifth of its profile's time the post lies in."""


def measure(evidence: Evidence) -> RawComponents:
    """Compute the raw components of every profile."""
    profiles, posted = len(evidence), _posted(evidence)
    result = RawComponents(
        network=evidence.network,
        followers=evidence.followers,
        raw=np.full((profiles, 6), np.nan),
        n=np.zeros((profiles, 6)),
        basis=np.zeros((profiles, 6), dtype=np.int8),
        why=np.zeros((profiles, 6), dtype=np.int8),
        engagement_posts=_engagement(posted),
        reach_posts=_reach(posted),
        left_out=np.full((profiles, 2, BLOCKS), np.nan),
        variance=np.column_stack((evidence.observations.s_variance, evidence.observations.q_variance)),
        likes_exceed_views=_likes_exceed_views(evidence),
    )
    _fill_engagement_and_consistency(result, posted)
    _fill_reach(result, posted)
    _fill_growth(result, evidence)
    _fill_observed(result, evidence)
    return result


def rounded_raw(values: Values) -> Values:
    """Round half-even to 12 decimals (see `DECIMALS`); never minus zero."""
    return np.asarray(np.rint(values * DECIMALS) / DECIMALS + 0.0)


def _posted(evidence: Evidence) -> _Posted:
    offsets, posts = evidence.post_offsets, evidence.posts
    owner, basis = segment_of(offsets), engagement_basis(evidence)
    by, base = basis[owner], posts[FOLLOWERS]
    for code, name in ((_BY_VIEWS, VIEWS), (_BY_REACH, REACH)):
        base = np.where(by == code, posts[name], base)
    base = np.where(base > 0, base, np.nan)
    age = (evidence.as_of[owner] - evidence.published_at) / DAY
    return _Posted(
        evidence=evidence,
        offsets=offsets,
        owner=owner,
        weight=np.exp2(-age / HALF_LIFE_DAYS),
        basis=basis,
        base=base,
        rated=~np.isnan(posts["likes"]) & ~np.isnan(base),
        block=time_blocks(evidence.published_at, offsets),
    )


def engagement_basis(evidence: Evidence) -> Codes:
    """What each profile's engagement is divided by; X counts by views as soon as one post in the window has them."""
    named = {FOLLOWERS: _BY_FOLLOWERS, VIEWS: _BY_VIEWS, REACH: _BY_REACH, VIEWS_ELSE_FOLLOWERS: _NO_BASIS}
    basis = np.array([named[base] for base in evidence.base], dtype=np.int8)
    viewed = counts(evidence.posts["views"] > 0, evidence.post_offsets) > 0
    return np.where(basis == _NO_BASIS, np.where(viewed, _BY_VIEWS, _BY_FOLLOWERS), basis).astype(np.int8)


def _engagement(posted: _Posted) -> PostValues:
    """ln(r + 1e-4) of every post with its likes and its base known; other parts not known count 0."""
    rated, posts = posted.rated, posted.evidence.posts
    comments, shares, saves = (np.nan_to_num(posts[name][rated]) for name in ("comments", "shares", "saves"))
    r = (posts["likes"][rated] + 2.0 * comments + 3.0 * shares + 3.0 * saves) / posted.base[rated]
    return PostValues(kept(rated, posted.offsets), rounded_raw(np.log(r + OFFSET)))


def _fill_engagement_and_consistency(result: RawComponents, posted: _Posted) -> None:
    weight, offsets = posted.weight[posted.rated], result.engagement_posts.offsets
    n = effective(weight, offsets)
    result.raw[:, E] = rounded_raw(weighted_means(result.engagement_posts.values, weight, offsets))
    result.n[:, E] = result.n[:, C] = n
    result.basis[:, E] = posted.basis
    why = np.where(counts(~np.isnan(posted.base), posted.offsets) > 0, MISSING["likes_hidden"], MISSING["no_base"])
    why = np.where((why == MISSING["no_base"]) & (posted.basis == _BY_FOLLOWERS), MISSING["no_followers"], why)
    why = np.where(np.diff(posted.offsets) == 0, MISSING["no_posts"], why)
    result.why[:, E] = result.why[:, C] = np.where(n > 0, 0, why)
    result.raw[:, C] = _consistency(result.engagement_posts, posted, None)[:, 0]
    result.left_out[:, 1, :] = _consistency(result.engagement_posts, posted, posted.block)


def _consistency(rated: PostValues, posted: _Posted, block: Index | None) -> Values:
    """Consistency of everything, or (P, 5) with each *block* of the posts left out; NaN where nothing is left out."""
    alive = _weeks(posted, block) / WEEKS
    spread = np.full(alive.shape, np.nan)
    of_value = None if block is None else block[posted.rated]
    for some, rows, filled in matrices(rated.offsets):
        values = rated.values[rows]
        for left in range(alive.shape[1]):
            spread[some, left] = row_mads(values, filled if of_value is None else filled & (of_value[rows] != left))
    return rounded_raw(0.5 * alive + 0.5 / (1.0 + spread / 0.5))


def _weeks(posted: _Posted, block: Index | None) -> Values:
    """In how many of the last 12 weeks each profile posted: (P, 1), or (P, 5) with each block left out.

    NaN for a block that holds no post: nothing would be left out.
    """
    week = (posted.evidence.as_of[posted.owner] - posted.evidence.published_at) // (7 * DAY)
    bit = np.where(week < WEEKS, np.left_shift(1, np.minimum(week, WEEKS)), 0)
    if block is None:
        return np.bitwise_count(combined(bit, posted.offsets)).astype(np.float64)[:, None]
    result = np.full((len(posted.evidence), BLOCKS), np.nan)
    for left in range(BLOCKS):
        there = counts(block == left, posted.offsets) > 0
        weeks = np.bitwise_count(combined(np.where(block == left, 0, bit), posted.offsets))
        result[there, left] = weeks[there]
    return result


def time_blocks(instants: Instants, offsets: Index) -> Index:
    """Cut the span of every segment's (ordered) instants into 5 equal parts; the number of the part of each row."""
    filled = offsets[1:] > offsets[:-1]
    first, last = np.zeros(len(filled), dtype=np.int64), np.zeros(len(filled), dtype=np.int64)
    first[filled], last[filled] = instants[offsets[:-1][filled]], instants[offsets[1:][filled] - 1]
    owner = segment_of(offsets)
    span = np.maximum(last - first, 1)[owner]
    return np.asarray(np.minimum(BLOCKS * (instants - first[owner]) // span, BLOCKS - 1), dtype=np.int64)


def reach_basis(evidence: Evidence) -> Codes:
    """Views as soon as one post in the window has them, since everybody's can be compared; else reach."""
    by = [counts(~np.isnan(evidence.posts[name]), evidence.post_offsets) > 0 for name in (VIEWS, REACH)]
    return np.where(by[0], _BY_VIEWS, np.where(by[1], _BY_REACH, _NO_BASIS)).astype(np.int8)


def _reach_values(posted: _Posted) -> Values:
    by_reach = reach_basis(posted.evidence)[posted.owner] == _BY_REACH
    return np.where(by_reach, posted.evidence.posts["reach"], posted.evidence.posts["views"])


def _reach(posted: _Posted) -> PostValues:
    values = _reach_values(posted)
    known = ~np.isnan(values)
    return PostValues(kept(known, posted.offsets), rounded_raw(np.log10(1.0 + values[known])))


def _fill_reach(result: RawComponents, posted: _Posted) -> None:
    values = _reach_values(posted)
    known = ~np.isnan(values)
    weight, offsets = posted.weight[known], result.reach_posts.offsets
    n = effective(weight, offsets)
    result.raw[:, R] = rounded_raw(np.log10(1.0 + weighted_medians(values[known], weight, offsets)))
    result.n[:, R] = n
    result.basis[:, R] = reach_basis(posted.evidence)
    why = np.where(np.diff(posted.offsets) == 0, MISSING["no_posts"], MISSING["no_reach"])
    result.why[:, R] = np.where(n > 0, 0, why)


def _fill_growth(result: RawComponents, evidence: Evidence) -> None:
    series = evidence.readings
    owner = segment_of(series.offsets)
    inside = series.observed_at > evidence.as_of[owner] - WINDOW
    offsets = kept(inside, series.offsets)
    # Steps are numbered: two readings lie on the same side of all of them when their numbers are equal.
    side = np.cumsum(follower_steps(series), dtype=np.int64)[inside]
    instants, logs = series.observed_at[inside], np.log(series.followers[inside])
    found = slopes(instants, logs, side, time_blocks(instants, offsets), offsets)
    weight = np.exp2(-(evidence.as_of[owner[inside]] - instants) / DAY / HALF_LIFE_DAYS)
    there = ~np.isnan(found[:, 0])
    result.raw[:, G] = rounded_raw(found[:, 0])
    result.left_out[:, 0, :] = rounded_raw(found[:, 1:])
    result.n[:, G] = np.where(there, effective(weight, offsets), 0.0)
    nothing = np.where(np.isnan(evidence.followers), MISSING["no_followers"], MISSING["short_history"])
    result.why[:, G] = np.where(there, 0, nothing)


def _fill_observed(result: RawComponents, evidence: Evidence) -> None:
    seen = evidence.observations
    for k, value, n, missing in (
        (S, seen.s_value, seen.s_n, "no_comments"),
        (Q, seen.q_value, seen.q_n, "no_follower_sample"),
    ):
        there = ~np.isnan(value)
        result.raw[:, k] = rounded_raw(value)
        result.n[:, k] = np.where(there, n, 0.0)
        result.why[:, k] = np.where(there, 0, MISSING[missing])


def _likes_exceed_views(evidence: Evidence) -> Mask:
    with np.errstate(invalid="ignore"):
        return np.asarray(counts(evidence.posts["likes"] > evidence.posts["views"], evidence.post_offsets) > 0)
