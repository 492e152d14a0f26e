"""From stored rows to columns: public and own evidence of the same post or instant become one, own first.

A store hands over rows as it has them, in any order; what is left is what formulas read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...domain.analytics.columns import (
    NO_TIME,
    Instants,
    NameColumns,
    Offsets,
    PostColumns,
    PrivateColumns,
    ProfileColumns,
    ReadingColumns,
    Values,
)
from ...domain.analytics.readings import followers_at, without_failed

Index = NDArray[np.int64]

COUNTS: Final = ("views", "impressions", "reach", "likes", "dislikes", "comments", "shares", "saves")
PRIVATE: Final = tuple(field.name for field in fields(PrivateColumns))
TOLD: Final = ("followers", "following", "posts", "total_likes", "total_views")

EXACT: Final = 0
ROUNDED: Final = 1
COMPACT: Final = 2
"""How a reading's followers were written down: as they are, with three digits, or as in `1.4M`."""


@dataclass(frozen=True, slots=True)
class PostRows:
    """Posts as they are stored: one row per owner, so a post that two brought in stands twice."""

    post_id: Index
    profile_id: Index
    published_at: Instants
    type: Index
    own: Index
    """1 for a row of the organisation, 0 for a public one."""
    key: Index
    """Equal for the rows of one post of a profile, different for different posts."""

    def __len__(self) -> int:
        return len(self.post_id)

    def only(self, chosen: NDArray[np.bool_]) -> PostRows:
        return PostRows(*(getattr(self, each.name)[chosen] for each in fields(self)))

    def __add__(self, others: PostRows) -> PostRows:
        both = ((getattr(self, each.name), getattr(others, each.name)) for each in fields(self))
        return PostRows(*(np.concatenate(pair) for pair in both))


@dataclass(frozen=True, slots=True)
class SnapshotRows:
    """At most one snapshot for each stored post. *values* holds what was asked for of `COUNTS` and `PRIVATE`."""

    post_id: Index
    observed_at: Instants
    values: dict[str, Values]

    def __add__(self, others: SnapshotRows) -> SnapshotRows:
        return SnapshotRows(
            np.concatenate((self.post_id, others.post_id)),
            np.concatenate((self.observed_at, others.observed_at)),
            _below(self.values, others.values),
        )


@dataclass(frozen=True, slots=True)
class ReadingRows:
    """Readings of profiles; one that two owners have stands twice."""

    profile_id: Index
    observed_at: Instants
    own: Index
    precision: Index
    values: dict[str, Values]
    """What `TOLD` names."""

    def only(self, chosen: NDArray[np.bool_]) -> ReadingRows:
        return ReadingRows(
            profile_id=self.profile_id[chosen],
            observed_at=self.observed_at[chosen],
            own=self.own[chosen],
            precision=self.precision[chosen],
            values={name: column[chosen] for name, column in self.values.items()},
        )

    def __add__(self, others: ReadingRows) -> ReadingRows:
        return ReadingRows(
            profile_id=np.concatenate((self.profile_id, others.profile_id)),
            observed_at=np.concatenate((self.observed_at, others.observed_at)),
            own=np.concatenate((self.own, others.own)),
            precision=np.concatenate((self.precision, others.precision)),
            values=_below(self.values, others.values),
        )


def _below(upper: dict[str, Values], lower: dict[str, Values]) -> dict[str, Values]:
    return {name: np.concatenate((column, lower[name])) for name, column in upper.items()}


@dataclass(frozen=True, slots=True)
class Identity:
    """The profiles asked for, ascending by number."""

    profile_id: Index
    network: Sequence[str]
    key: Sequence[str] = ()


def assemble(
    identity: Identity,
    posts: PostRows,
    latest: SnapshotRows,
    readings: ReadingRows,
    *,
    first: SnapshotRows | None = None,
    names: NameColumns | None = None,
) -> ProfileColumns:
    """Put the rows side by side; without *first*, the first snapshot is taken to be the latest."""
    raw = reading_columns(identity.profile_id, readings)
    columns = _post_columns(identity.profile_id, posts, latest, first)
    followers = followers_at(columns.observed_at, columns.offsets, raw)
    return ProfileColumns(
        profile_id=identity.profile_id,
        network=tuple(identity.network),
        posts=replace(columns, followers=followers),
        readings=without_failed(raw),
        key=tuple(identity.key),
        names=names,
    )


def reading_columns(profiles: Index, rows: ReadingRows) -> ReadingColumns:
    """Order the readings by profile and time; where two stand for one instant, the own one is filled from the other."""
    order = np.lexsort((1 - rows.own, rows.observed_at, rows.profile_id))
    profile, at = rows.profile_id[order], rows.observed_at[order]
    repeat = np.zeros(len(order), dtype=np.bool_)
    repeat[1:] = (profile[1:] == profile[:-1]) & (at[1:] == at[:-1])
    second = np.flatnonzero(repeat)
    told = {name: rows.values[name][order] for name in TOLD}
    precision = rows.precision[order]
    filled = np.isnan(told["followers"][second - 1])
    precision[second[filled] - 1] = precision[second[filled]]
    for values in told.values():
        values[second - 1] = np.where(np.isnan(values[second - 1]), values[second], values[second - 1])
    kept = ~repeat
    told = {name: values[kept] for name, values in told.items()}
    return ReadingColumns(
        offsets=_offsets(profiles, profile[kept]),
        observed_at=at[kept],
        step=rounding_step(told["followers"], precision[kept]),
        **told,
    )


def rounding_step(followers: Values, precision: Index) -> Values:
    """The step to which a count was rounded: 0 exact; three digits (`1,230,000`: 10,000); compact (`1.4M`: 100,000).

    A compact count is taken to show one decimal of its unit, and nothing below 1,000 is rounded.
    """
    known = np.where(np.isnan(followers) | (followers < 1_000), 1_000.0, followers)
    digits = np.floor(np.log10(known))
    three = 10.0 ** (digits - 2)
    compact = 10.0 ** (np.floor(digits / 3) * 3 - 1)
    step = np.select([precision == ROUNDED, precision == COMPACT], [three, compact], 0.0)
    return np.where(followers >= 1_000, step, 0.0)


def _post_columns(profiles: Index, posts: PostRows, latest: SnapshotRows, first: SnapshotRows | None) -> PostColumns:
    order = np.lexsort((posts.own, posts.key, posts.profile_id))
    profile = posts.profile_id[order]
    look = _looked_up(posts.post_id[order], latest)
    earliest = look if first is None else _looked_up(posts.post_id[order], first)
    chosen = _one_of_each(
        profile,
        posts.key[order],
        posts.own[order],
        latest=look,
        earliest=earliest,
        published_at=posts.published_at[order],
    )
    pick = chosen.latest
    private = None
    if any(name in look.values for name in PRIVATE):
        private = PrivateColumns(**{name: look.column(name)[pick] for name in PRIVATE})
    return PostColumns(
        offsets=_offsets(profiles, profile[pick]),
        published_at=chosen.published_at,
        observed_at=look.observed_at[pick],
        **{name: look.column(name)[pick] for name in COUNTS},
        followers=np.full(len(pick), np.nan),
        first_observed_at=earliest.observed_at[chosen.first],
        first_views=earliest.column("views")[chosen.first],
        type=posts.type[order][pick].astype(np.int8),
        private=private,
        post_id=posts.post_id[order][pick],
    )


@dataclass(frozen=True, slots=True)
class _Looked:
    """Snapshots laid beside posts, row for row; NaN and `NO_TIME` beside a post that has none."""

    observed_at: Instants
    values: dict[str, Values]

    def column(self, name: str) -> Values:
        return self.values.get(name, np.full(len(self.observed_at), np.nan))


def _looked_up(post_id: Index, snapshots: SnapshotRows) -> _Looked:
    order = np.argsort(snapshots.post_id, kind="stable")
    sorted_ids = snapshots.post_id[order]
    place = np.searchsorted(sorted_ids, post_id)
    found = np.append(sorted_ids, -1)[place] == post_id
    row = np.append(order, -1)[place][found]
    observed_at = np.full(len(post_id), NO_TIME, dtype=np.int64)
    observed_at[found] = snapshots.observed_at[row]
    values = {}
    for name, column in snapshots.values.items():
        values[name] = np.full(len(post_id), np.nan)
        values[name][found] = column[row]
    return _Looked(observed_at, values)


@dataclass(frozen=True, slots=True)
class _Chosen:
    latest: Index
    first: Index
    published_at: Instants


def _one_of_each(
    profile: Index, key: Index, own: Index, *, latest: _Looked, earliest: _Looked, published_at: Instants
) -> _Chosen:
    """Choose a row for each post of rows sorted by (profile, key, own): the newest snapshot, of two equal ones the own.

    The date of publication is the own one where the owner gave one.
    """
    rows = np.arange(len(profile))
    if not own.any():
        return _Chosen(rows, rows, published_at)
    repeat = np.zeros(len(rows), dtype=np.bool_)
    repeat[1:] = (profile[1:] == profile[:-1]) & (key[1:] == key[:-1])
    mine = rows[repeat]
    theirs = mine - 1
    newest, oldest, published = rows.copy(), rows.copy(), published_at.copy()
    newest[mine] = np.where(latest.observed_at[theirs] > latest.observed_at[mine], theirs, mine)
    sooner = (earliest.observed_at[theirs] != NO_TIME) & (
        (earliest.observed_at[mine] == NO_TIME) | (earliest.observed_at[theirs] < earliest.observed_at[mine])
    )
    oldest[mine] = np.where(sooner, theirs, mine)
    published[mine] = np.where(published_at[mine] == NO_TIME, published_at[theirs], published_at[mine])
    lone = np.ones(len(rows), dtype=np.bool_)
    lone[theirs] = False
    return _Chosen(newest[lone], oldest[lone], published[lone])


def _offsets(profiles: Index, profile: Index) -> Offsets:
    """Where the rows of each of *profiles* begin in rows sorted by *profile*."""
    starts = np.searchsorted(profile, profiles, side="left")
    return np.append(starts, len(profile)).astype(np.int64)
