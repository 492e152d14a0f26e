"""The Social Score: six percentiles, shrunk by how much is known, weighted, and dampened by a doubtful audience.

INTELLIGENCE section 3. A score is a function of the evidence up to `as_of`, `as_of`, the formula version and the
reference tables, and of nothing else: not of the clock, not of the order of rows, not of the other profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .columns import DAY, NO_TIME, Instants, ProfileColumns, Values
from .components import (
    BASIS_NAMES,
    COMPONENTS,
    MISSING,
    WHY,
    C,
    Codes,
    E,
    G,
    PostValues,
    Q,
    R,
    RawComponents,
    S,
    measure,
)
from .evidence import WINDOW, ComponentObservations, collect
from .reference import TIERS, ReferenceSet, TableKey, tier_below, tier_position
from .segments import segment_of, variances

FORMULA_VERSION: Final = "social-score.v1"
WEIGHTS: Final = (0.30, 0.15, 0.15, 0.10, 0.10, 0.20)
PRIORS: Final = (6.0, 6.0, 14.0, 30.0, 6.0, 100.0)
"""Evidence at which a component counts half: posts, posts, days, comments, posts, units of audience quality."""
NEUTRAL: Final = 50.0
NEUTRAL_VARIANCE: Final = 28.9**2
"""Variance of a percentile of which nothing is known: that of a uniform one, (100 / sqrt 12)^2."""
Z90: Final = 1.645
GATE_FULL: Final = 40.0
SEED_CAP: Final = 0.5
UNIT: Final = 1e6
"""Published figures have 6 decimals."""

_W: Final = np.array(WEIGHTS)
_M: Final = np.array(PRIORS)


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of P profiles and what explains them; (P, 6) in the order of `COMPONENTS`, rounded to 6 decimals.

    `contributions` of a profile add up to its `score`. NaN in `raw` and `x` is a missing component, and `why` tells why.
    """

    network: tuple[str, ...]
    profile_id: NDArray[np.int64]
    as_of: Instants
    score: Values
    confidence: Values
    half_width: Values
    """Of the 90 % interval."""
    gate: Values
    raw: Values
    x: Values
    y: Values
    kappa: Values
    n: Values
    v: Values
    contributions: Values
    seed_share: Values
    """How far each component's comparison rests on published figures instead of accounts seen here, 0 to 1."""
    basis: Codes
    why: Codes
    followers: Values
    tier: Values
    """Position among the tiers, 0 (nano) to 4 (mega); NaN where followers are not known."""
    stale: NDArray[np.bool_]
    likes_exceed_views: NDArray[np.bool_]
    inputs_hash: list[bytes]
    table_version: str
    formula_version: str = FORMULA_VERSION

    def __len__(self) -> int:
        return len(self.network)

    def reasons(self, profile: int) -> tuple[str, ...]:
        """Machine codes that tell why profile number *profile* has the score it has, in alphabetical order."""
        codes = {WHY[code] for code in self.why[profile].tolist()} - {""}
        known = ~np.isnan(self.x[profile])
        told = {
            "insufficient_data": not known.any(),
            "seed_only": bool(np.any(known & (self.seed_share[profile] == 1.0))),
            "stale": bool(self.stale[profile]),
            "likes_exceed_views": bool(self.likes_exceed_views[profile]),
            "no_followers": not self.followers[profile] > 0,
        }
        return tuple(sorted(codes | {code for code, holds in told.items() if holds}))

    def component_reasons(self, profile: int) -> dict[str, str]:
        """Why each missing component of profile number *profile* is missing."""
        codes = zip(COMPONENTS, self.why[profile].tolist(), strict=True)
        return {component: WHY[code] for component, code in codes if code}

    def cohort(self, profile: int) -> str:
        """With whom profile number *profile* is compared: `instagram:4.25-5.00@0.40`, or `instagram:all`.

        The numbers are the log10 of followers of the two tiers' centres, and the share of the higher one.
        """
        position = float(self.tier[profile])
        if np.isnan(position):
            return f"{self.network[profile]}:all"
        low = int(tier_below(np.array([position]))[0])
        return f"{self.network[profile]}:{TIERS[low]:.2f}-{TIERS[low + 1]:.2f}@{position - low:.2f}"


def end_of_day(instant: int) -> int:
    """The last microsecond of the UTC day of *instant*: the only kind of instant that scores are made for."""
    return instant - instant % DAY + DAY - 1


def newest_evidence(columns: ProfileColumns) -> Instants:
    """When each profile was last seen to do or be anything; `NO_TIME` for one that never was."""
    newest = np.full(len(columns), NO_TIME, dtype=np.int64)
    for rows, offsets in (
        (columns.posts.published_at, columns.posts.offsets),
        (columns.posts.observed_at, columns.posts.offsets),
        (columns.readings.observed_at, columns.readings.offsets),
    ):
        np.maximum.at(newest, segment_of(offsets), rows)
    return newest


def scoring_day(newest_evidence: Instants, today: int) -> Instants:
    """For which instant to score each profile in a pass at the instant *today*: the end of a UTC day.

    Today; or, where the newest evidence is older than the window, the day of that evidence: an old export is scored
    as it was, and marked `stale`. Evidence dated in the future does not count.
    """
    now = end_of_day(today)
    seen = (newest_evidence != NO_TIME) & (newest_evidence <= now)
    days = np.where(seen, newest_evidence, now)
    ends = days - days % DAY + DAY - 1
    return np.where(ends <= now - WINDOW, ends, now).astype(np.int64)


def raw_components(
    columns: ProfileColumns, *, as_of: Instants, observations: ComponentObservations, bases: Mapping[str, str]
) -> RawComponents:
    """Measure what scores and reference tables are made of; see `score_profiles`."""
    return measure(collect(columns, as_of, observations, bases))


def score_profiles(
    columns: ProfileColumns,
    *,
    as_of: Instants,
    observations: ComponentObservations,
    references: ReferenceSet,
    bases: Mapping[str, str],
    today: int | None = None,
) -> Scores:
    """Score every profile of *columns* as of its own instant.

    *bases* tell what each network's engagement is divided by (what its plugin declares).
    Profiles whose *as_of* lies before the day of *today* are marked stale. Raises `InvalidEvidence` for columns that
    nobody can have observed.
    """
    evidence = collect(columns, as_of, observations, bases)
    raw = measure(evidence)
    stale = np.zeros(len(raw), dtype=np.bool_) if today is None else as_of < end_of_day(today)
    compared = _compare(raw, references)
    return _weigh(
        raw,
        compared,
        profile_id=columns.profile_id,
        as_of=as_of,
        stale=stale,
        hashes=evidence.hashes(),
        table_version=references.version,
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    x: Values
    v: Values
    seed_share: Values
    why: Codes


def _compare(raw: RawComponents, references: ReferenceSet) -> _Compared:
    profiles = len(raw)
    ranking = _Ranking(raw, references)
    x, share = np.full((profiles, 6), np.nan), np.zeros((profiles, 6))
    for k in (E, R, G, S, C):
        x[:, k] = ranking.percentiles(k, raw.raw[:, k], np.arange(profiles))
        share[:, k] = ranking.seed_shares(k)
    x[:, Q] = 100.0 * raw.raw[:, Q]
    alone = ~np.isnan(raw.raw) & np.isnan(x)
    v = np.full((profiles, 6), NEUTRAL_VARIANCE)
    v[:, E] = _spread(ranking, E, raw.engagement_posts)
    v[:, R] = _spread(ranking, R, raw.reach_posts)
    for place, k in enumerate((G, C)):
        v[:, k] = _jackknife(ranking, k, raw.left_out[:, place, :], raw.n[:, k])
    for place, k in enumerate((S, Q)):
        given = raw.variance[:, place]
        v[:, k] = np.where(np.isnan(given), NEUTRAL_VARIANCE, given)
    share[np.isnan(x)] = 0.0
    v[np.isnan(x)] = NEUTRAL_VARIANCE
    return _Compared(x, v, published(share), np.where(alone, MISSING["no_reference"], raw.why).astype(np.int8))


class _Ranking:
    """Percentiles of values of given profiles, in the tables that those profiles are compared with."""

    def __init__(self, raw: RawComponents, references: ReferenceSet) -> None:
        self._basis = raw.basis
        self._references = references
        self._names = sorted(set(raw.network))
        place = {name: code for code, name in enumerate(self._names)}
        self._network = np.array([place[name] for name in raw.network], dtype=np.int64)
        self.position = tier_position(raw.followers)
        self._below = tier_below(self.position)

    def _tables(self, k: int, profile: NDArray[np.int64]) -> list[tuple[TableKey, int, NDArray[np.int64]]]:
        """(table, lower tier or -1, rows) for the rows of *profile* that can be compared in component *k*."""
        width = len(TIERS)
        kind = (self._network * len(BASIS_NAMES) + self._basis[:, k]) * width + self._below + 1
        kinds = kind[profile]
        found = []
        for code in np.unique(kind).tolist():
            group, below = divmod(code, width)
            network, basis = divmod(group, len(BASIS_NAMES))
            key = TableKey(self._names[network], COMPONENTS[k], BASIS_NAMES[basis])
            table = self._references.tables.get(key)
            if table is not None and table.usable:
                found.append((key, below - 1, np.flatnonzero(kinds == code)))
        return found

    def percentiles(self, k: int, values: Values, profile: NDArray[np.int64]) -> Values:
        """The percentile (0-100) of each of *values*, which belong to *profile*; NaN without a value or a table."""
        result = np.full(len(values), np.nan)
        for key, below, rows in self._tables(k, profile):
            here = values[rows]
            if below < 0:
                result[rows] = self._references.curve(key, None)(here)
                continue
            share = self.position[profile[rows]] - below
            low, high = (self._references.curve(key, tier)(here) for tier in (below, below + 1))
            result[rows] = (1.0 - share) * low + share * high
        return np.where(np.isnan(values), np.nan, result)

    def seed_shares(self, k: int) -> Values:
        """How far each profile's comparison rests on the seed."""
        result = np.zeros(len(self.position))
        for key, below, rows in self._tables(k, np.arange(len(self.position))):
            if below < 0:
                result[rows] = self._references.seed_share(key, None)
                continue
            share = self.position[rows] - below
            low, high = (self._references.seed_share(key, tier) for tier in (below, below + 1))
            result[rows] = low if low == high else (1.0 - share) * low + share * high
        return result


def _spread(ranking: _Ranking, k: int, posts: PostValues) -> Values:
    """The variance of the percentiles of single posts, from three posts on."""
    values = ranking.percentiles(k, posts.values, segment_of(posts.offsets))
    found = variances(np.nan_to_num(values), posts.offsets)
    return np.where(np.diff(posts.offsets) >= 3, found, NEUTRAL_VARIANCE)


def _jackknife(ranking: _Ranking, k: int, left_out: Values, n: Values) -> Values:
    """Squared half of what the percentile moves over when a fifth of the time is left out, times n.

    Where fewer than two of the five leave anything, nothing is known of how it moves.
    """
    profiles = np.arange(len(n))
    columns = [ranking.percentiles(k, left_out[:, block], profiles) for block in range(left_out.shape[1])]
    there = ~np.isnan(np.column_stack(columns))
    low = np.min(np.where(there, np.column_stack(columns), np.inf), axis=1)
    high = np.max(np.where(there, np.column_stack(columns), -np.inf), axis=1)
    enough = there.sum(axis=1) >= 2
    half = np.where(enough, (np.where(enough, high, 0.0) - np.where(enough, low, 0.0)) / 2, 0.0)
    return np.where(enough, half**2 * n, NEUTRAL_VARIANCE)


def _weigh(
    raw: RawComponents,
    compared: _Compared,
    *,
    profile_id: NDArray[np.int64],
    as_of: Instants,
    stale: NDArray[np.bool_],
    hashes: list[bytes],
    table_version: str,
) -> Scores:
    there = ~np.isnan(compared.x) & (raw.n > 0)
    n = np.where(there, raw.n, 0.0)
    kappa = n / (n + _M)
    y = kappa * np.where(there, compared.x, NEUTRAL) + (1.0 - kappa) * NEUTRAL
    gate = 0.5 + 0.5 * np.minimum(1.0, y[:, Q] / GATE_FULL)
    parts = gate[:, None] * _W * y
    known = np.divide(kappa**2 * compared.v, n, out=np.zeros_like(n), where=n > 0)
    unknown = (1.0 - kappa) ** 2 * NEUTRAL_VARIANCE
    half_width = Z90 * gate * np.sqrt(np.sum(_W**2 * (known + unknown), axis=1))
    confidence = np.sum(_W * kappa, axis=1)
    seed_only = np.any((compared.seed_share == 1.0) & there, axis=1)
    score, contributions = published_parts(parts)
    return Scores(
        network=raw.network,
        profile_id=profile_id,
        as_of=as_of,
        score=score,
        confidence=published(np.where(seed_only, np.minimum(confidence, SEED_CAP), confidence)),
        half_width=published(half_width),
        gate=published(gate),
        raw=published(raw.raw),
        x=published(compared.x),
        y=published(y),
        kappa=published(kappa),
        n=published(raw.n),
        v=published(compared.v),
        contributions=contributions,
        seed_share=compared.seed_share,
        basis=raw.basis,
        why=compared.why,
        followers=raw.followers,
        tier=tier_position(raw.followers),
        stale=stale,
        likes_exceed_views=raw.likes_exceed_views,
        inputs_hash=hashes,
        table_version=table_version,
    )


def published(values: Values) -> Values:
    """Round half-even to 6 decimals; never minus zero."""
    return np.asarray(np.rint(values * UNIT) / UNIT + 0.0)


def published_parts(parts: Values) -> tuple[Values, Values]:
    """Round the contributions (P, 6) so that they still add up: (scores, contributions), both of 6 decimals.

    The score is the rounded sum. What rounding the parts leaves over (at most 3 millionths) goes, a millionth each,
    to the parts that were rounded the farthest the other way.
    """
    units = parts * UNIT
    whole = np.rint(units)
    total = np.rint(np.sum(parts, axis=1) * UNIT)
    over = total - np.sum(whole, axis=1)
    order = np.argsort(-np.sign(over)[:, None] * (units - whole), axis=1, kind="stable")
    turn = np.argsort(order, axis=1, kind="stable")
    whole += np.where(turn < np.abs(over)[:, None], np.sign(over)[:, None], 0.0)
    return total / UNIT + 0.0, whole / UNIT + 0.0
