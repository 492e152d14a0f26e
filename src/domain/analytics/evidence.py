"""What a score may look at: the posts and readings of each profile in its window, in one canonical order.

Everything later (raw values, receipts, hashes) starts from this, so that the same evidence gives the same bits in
whatever order it was brought in, and nothing that lies after `as_of` is ever seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..shared.social import ENGAGEMENT_BASES
from .anomaly import Series
from .columns import DAY, Instants, PostColumns, ProfileColumns, ReadingColumns, Values
from .errors import InvalidEvidence
from .segments import Index, Mask, kept, segment_of

WINDOW: Final = 90 * DAY
"""Posts and readings of the last 90 days are evidence."""
HISTORY_WINDOW: Final = WINDOW + 26 * 7 * DAY
"""Readings of half a year more tell which of them are steps."""
HALF_LIFE_DAYS: Final = 30.0

POST_FIELDS: Final = ("views", "reach", "likes", "comments", "shares", "saves", "followers")
READING_FIELDS: Final = ("followers", "total_views", "step")

LARGEST: Final = 2.0**63
"""Nothing that is counted is larger; so sums and squares of counts are numbers still."""

FOLLOWERS, VIEWS, REACH = "followers", "views", "reach"
VIEWS_ELSE_FOLLOWERS: Final = "views_else_followers"


@dataclass(frozen=True, slots=True)
class ComponentObservations:
    """What intelligence observed of each profile: sentiment S (net, -1..1) and audience quality Q (0..1).

    NaN where nothing was observed. *n* are effective evidence counts; *variance* is v_k in squared percentile
    points, NaN where its observer gave none.
    """

    s_value: Values
    s_n: Values
    s_variance: Values
    q_value: Values
    q_n: Values
    q_variance: Values

    @classmethod
    def none(cls, profiles: int) -> ComponentObservations:
        """Nothing observed of any of *profiles* profiles."""
        nothing = np.full(profiles, np.nan)
        return cls(*(nothing.copy() for _ in range(6)))

    def canonical(self) -> ComponentObservations:
        """Drop what has a value without evidence or evidence without a value, or raise `InvalidEvidence`."""
        _bounded("sentiment", self.s_value, -1.0, 1.0)
        _bounded("audience quality", self.q_value, 0.0, 1.0)
        for name in ("s_n", "q_n", "s_variance", "q_variance"):
            _bounded(name, getattr(self, name), 0.0, LARGEST)
        rows = []
        for value, n, variance in (
            (self.s_value, self.s_n, self.s_variance),
            (self.q_value, self.q_n, self.q_variance),
        ):
            there = ~np.isnan(value) & (n > 0)
            rows += [np.where(there, part, np.nan) + 0.0 for part in (value, n, variance)]
        return ComponentObservations(*rows)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The admitted rows of P profiles. Posts stand by time, then by their numbers; readings by time, one a UTC day."""

    network: tuple[str, ...]
    base: tuple[str, ...]
    as_of: Instants
    followers: Values
    """Latest known followers of each profile: they choose its tier."""
    posts: Mapping[str, Values]
    published_at: Instants
    post_offsets: Index
    readings: Series
    observations: ComponentObservations

    def __len__(self) -> int:
        return len(self.network)

    def hashes(self) -> list[bytes]:
        """SHA-256 of each profile's evidence in its canonical binary form (docs/decisions/0003-social-score.md)."""
        posts = _packed(self.published_at, [self.posts[name] for name in POST_FIELDS])
        series = self.readings
        readings = _packed(series.observed_at, [series.followers, series.total_views, series.step])
        seen = self.observations
        heads = _packed(
            self.as_of,
            [self.followers, seen.s_value, seen.s_n, seen.s_variance, seen.q_value, seen.q_n, seen.q_variance],
        )
        result = []
        post_ends, reading_ends = self.post_offsets.tolist(), series.offsets.tolist()
        for p, (network, base) in enumerate(zip(self.network, self.base, strict=True)):
            its_posts = posts.rows(post_ends[p], post_ends[p + 1])
            its_readings = readings.rows(reading_ends[p], reading_ends[p + 1])
            sizes = len(its_posts) // posts.width, len(its_readings) // readings.width
            title = "{}\n{}\n{}\n{}\n".format(network, base, *sizes).encode()
            data = b"".join((title, heads.rows(p, p + 1), its_posts, its_readings))
            result.append(hashlib.sha256(data).digest())
        return result


def collect(
    columns: ProfileColumns, as_of: Instants, observations: ComponentObservations, bases: Mapping[str, str]
) -> Evidence:
    """Admit what lies in each profile's window, or raise `InvalidEvidence` for numbers nobody can have observed."""
    _fits(columns, as_of, observations)
    published_at, posts, offsets = _posts(columns.posts, as_of)
    readings, latest = _readings(columns.readings, as_of)
    return Evidence(
        network=columns.network,
        base=tuple(_base(network, bases) for network in columns.network),
        as_of=as_of,
        followers=np.where(np.isnan(latest), _newest(posts["followers"], offsets), latest),
        posts=posts,
        published_at=published_at,
        post_offsets=offsets,
        readings=readings,
        observations=observations.canonical(),
    )


def _base(network: str, bases: Mapping[str, str]) -> str:
    """What *network* is divided by; followers where nobody says, since one network must not stop the pass of all."""
    base = bases.get(network, FOLLOWERS)
    return base if base in ENGAGEMENT_BASES else FOLLOWERS


def _posts(posts: PostColumns, as_of: Instants) -> tuple[Instants, dict[str, Values], Index]:
    profile = segment_of(posts.offsets)
    until = as_of[profile]
    # A time that is not known is the smallest number there is, so it falls out as too old.
    inside = (posts.published_at > until - WINDOW) & (posts.published_at <= until) & (posts.observed_at <= until)
    offsets = kept(inside, posts.offsets)
    values = {name: _plain(getattr(posts, name)[inside], f"posts.{name}") for name in POST_FIELDS}
    order = canonical_order(profile[inside], posts.published_at[inside], list(values.values()))
    published_at = posts.published_at[inside]
    if order is not None:
        published_at = published_at[order]
        values = {name: column[order] for name, column in values.items()}
    return published_at, values, offsets


def canonical_order(profile: Index, instants: Instants, values: list[Values]) -> Index | None:
    """Order rows by profile, time, then their numbers; None when they already stand so."""
    same = profile[1:] == profile[:-1]
    if np.all(~same | (instants[1:] > instants[:-1])):
        return None
    order = np.lexsort((instants, profile))
    ties = (profile[order][1:] == profile[order][:-1]) & (instants[order][1:] == instants[order][:-1])
    if ties.any():
        order = np.lexsort((*reversed(values), instants, profile))
    return order.astype(np.int64)


def _readings(readings: ReadingColumns, as_of: Instants) -> tuple[Series, Values]:
    profile = segment_of(readings.offsets)
    until = as_of[profile]
    followers = _plain(readings.followers, "readings.followers")
    known = (readings.observed_at <= until) & ~np.isnan(followers)
    order = canonical_order(profile[known], readings.observed_at[known], [followers[known]])
    rows = np.flatnonzero(known) if order is None else np.flatnonzero(known)[order]
    latest = _newest(followers[rows], kept(known, readings.offsets))
    admitted = (followers[rows] > 0) & (readings.observed_at[rows] > until[rows] - HISTORY_WINDOW)
    rows = rows[admitted]
    day, owner = readings.observed_at[rows] // DAY, profile[rows]
    last = np.ones(len(rows), dtype=np.bool_)
    last[:-1] = (owner[1:] != owner[:-1]) | (day[1:] != day[:-1])
    rows, owner = rows[last], owner[last]
    series = Series(
        offsets=np.searchsorted(owner, np.arange(len(as_of) + 1, dtype=np.int64)).astype(np.int64),
        observed_at=readings.observed_at[rows],
        followers=followers[rows],
        total_views=_plain(readings.total_views[rows], "readings.total_views"),
        step=_plain(np.nan_to_num(readings.step[rows], nan=0.0, posinf=np.inf), "readings.step"),
    )
    return series, latest


def _newest(values: Values, offsets: Index) -> Values:
    """The last known value of every segment; NaN where there is none."""
    known = ~np.isnan(values)
    rest, ends = values[known], kept(known, offsets)
    result = np.full(len(offsets) - 1, np.nan)
    filled = ends[1:] > ends[:-1]
    result[filled] = rest[ends[1:][filled] - 1]
    return result


def _plain(values: Values, name: str) -> Values:
    """One bit pattern for every number: no negative zero, one NaN; what no count can be is refused."""
    known = ~np.isnan(values)
    _bounded(name, values, 0.0, LARGEST)
    return np.where(known, values + 0.0, np.nan)


def _bounded(name: str, values: Values, low: float, high: float) -> None:
    wrong: Mask = (values < low) | (values > high)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InvalidEvidence(f"{name} is {values[row]!r} in row {row}; it lies between {low} and {high} or is missing")


def _fits(columns: ProfileColumns, as_of: Instants, observations: ComponentObservations) -> None:
    profiles = len(columns.network)
    for name, offsets, rows in (
        ("posts", columns.posts.offsets, len(columns.posts.published_at)),
        ("readings", columns.readings.offsets, len(columns.readings.observed_at)),
    ):
        if len(offsets) != profiles + 1 or offsets[0] != 0 or offsets[-1] != rows or np.any(np.diff(offsets) < 0):
            raise InvalidEvidence(f"offsets of {name} do not cut {rows} rows into {profiles} profiles")
    if len(as_of) != profiles or len(observations.s_value) != profiles:
        raise InvalidEvidence(f"as_of and observations must have one entry for each of {profiles} profiles")


@dataclass(frozen=True, slots=True)
class _Packed:
    data: memoryview
    width: int

    def rows(self, first: int, end: int) -> memoryview:
        return self.data[first * self.width : end * self.width]


def _packed(instants: Instants, values: list[Values]) -> _Packed:
    rows = np.empty((len(instants), 1 + len(values)), dtype="<f8")
    rows.view("<i8")[:, 0] = instants
    for place, column in enumerate(values, start=1):
        rows[:, place] = column
    return _Packed(memoryview(rows.tobytes()), rows.shape[1] * rows.itemsize)
