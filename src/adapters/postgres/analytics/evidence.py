"""Evidence of some profiles, read set-wise: posts, their snapshots, readings, names; each as rows of one width.

Snapshots are found by a sorted array of post ids, which PostgreSQL walks along the index side by side with: about as
fast as one pass over the whole table, for any part of it. Sequential scans are off meanwhile, because the planner
guesses that such an array holds ten ids, and then compares each row of a small partition with all of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....application.analytics.assembly import COUNTS, TOLD, PostRows, ReadingRows, SnapshotRows
from ....application.analytics.instants import datetime_of, instant_of
from ....application.analytics.ports import Book
from ....domain.analytics.columns import NO_TIME, POST_TYPES, Instants, NameColumns
from ..database import Driver
from .wire import Cell, Layout, fetch

Index = NDArray[np.int64]


class Scope(StrEnum):
    """Whose evidence counts, of the rows that the transaction's tenant may see."""

    PUBLIC = "public"
    """Public rows alone."""
    SHARED = "shared"
    """Public rows, and the organisation's own."""
    OWN = "own"
    """The organisation's own rows alone: a demonstration's world is not mixed with the real one."""

    def where(self, alias: str) -> str:
        """SQL to add to a condition on the rows of *alias*."""
        owners = {Scope.PUBLIC: f" and {alias}.owner is null", Scope.OWN: f" and {alias}.owner is not null"}
        return owners.get(self, "")


def scope_of(book: Book) -> Scope:
    """Whose evidence a book rests on."""
    if book.owner is None:
        return Scope.PUBLIC
    return Scope.OWN if book.demonstration else Scope.SHARED


@dataclass(frozen=True, slots=True)
class Window:
    """For each profile the time of which its posts are read: *since* excluded, *until* included."""

    profile_id: Index
    since: Instants
    until: Instants

    @property
    def shared(self) -> bool:
        """Whether it is the same for all."""
        return bool((self.since == self.since[0]).all() and (self.until == self.until[0]).all())

    def arguments(self) -> tuple[object, ...]:
        """What `_IN_ONE_WINDOW` or `_IN_WINDOWS` are asked with."""
        since, until = (_instants(self.since), _instants(self.until))
        profiles = self.profile_id.tolist()
        return (profiles, since[0], until[0]) if self.shared else (profiles, since, until)


@asynccontextmanager
async def along_the_index(connection: Driver) -> AsyncIterator[None]:
    """Keep the planner to indexes for the length of the block, whatever the server is set to."""
    await connection.execute("set local enable_seqscan = off; set local random_page_cost = 1.1; set local jit = off")
    yield
    await connection.execute("set local enable_seqscan to default")


_TYPES: Final = f"array[{', '.join(repr(name) for name in POST_TYPES)}]"
_POSTS: Final = {
    "post_id": ("p.id", Cell.ID),
    "profile_id": ("p.profile_id", Cell.ID),
    "published_at": ("p.published_at", Cell.INSTANT),
}
_OWNED: Final = {
    "own": ("(p.owner is not null)::int::bigint", Cell.ID),
    "key": ("hashtextextended(p.network_post_id, 0)", Cell.ID),
}
_TYPED: Final = {"type": (f"coalesce(array_position({_TYPES}, p.type)::bigint, 0) - 1", Cell.ID)}
_IN_ONE_WINDOW: Final = """
    from posts p where p.profile_id = any($1::bigint[]) and p.published_at > $2 and p.published_at <= $3
"""
_IN_WINDOWS: Final = """
    from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) w(profile_id, since, until)
    join posts p on p.profile_id = w.profile_id and p.published_at > w.since and p.published_at <= w.until
"""
_PUBLISHED: Final = """
    from posts p where p.profile_id = any($1::bigint[]) and (p.published_at is null or p.published_at <= $2)
"""
_OF_POSTS: Final = """
    from post_metrics m
    where m.post_id = any(array(select p.id {posts})) and m.scope = 'lifetime' and m.observed_at <= {until}
"""


def _snapshot_layout(values: Mapping[str, tuple[str, Cell]]) -> Layout:
    cells = {"post_id": ("m.post_id", Cell.ID), "observed_at": ("m.observed_at", Cell.INSTANT), **values}
    return Layout(cells, distinct_on="m.post_id")


def _believed(name: str) -> tuple[str, Cell]:
    return f"case when m.suspect is null or '{name}' <> all(m.suspect) then m.{name} end", Cell.COUNT


def _extra(key: str) -> tuple[str, Cell]:
    return f"case when jsonb_typeof(m.extra->'{key}') = 'number' then (m.extra->>'{key}')::float8 end", Cell.DECIMAL


SCORED: Final = ("views", "reach", "likes", "comments", "shares", "saves")
_BELIEVED: Final = _snapshot_layout({name: _believed(name) for name in SCORED})
_AS_IT_STANDS: Final = _snapshot_layout({name: (f"m.{name}", Cell.COUNT) for name in COUNTS})
_WITH_PRIVATE: Final = _snapshot_layout(
    {
        **{name: (f"m.{name}", Cell.COUNT) for name in (*COUNTS, "clicks", "follows")},
        "watch_time_s": ("m.watch_time_s", Cell.DECIMAL),
        **{name: _extra(name) for name in ("subscribers_gained", "subscribers_lost", "revenue_usd", "ctr_pct")},
    }
)
_FIRST: Final = _snapshot_layout({"views": ("m.views", Cell.COUNT)})


async def posts_in_window(connection: Driver, window: Window, scope: Scope) -> tuple[PostRows, SnapshotRows]:
    """Read the posts that were published in *window*, and of each the latest believed snapshot."""
    if not len(window.profile_id):
        return _no_posts()
    arguments = window.arguments()
    posts = (_IN_ONE_WINDOW if window.shared else _IN_WINDOWS) + scope.where("p")
    layout = Layout(_POSTS | _TYPED | (_OWNED if scope is Scope.SHARED else {}))
    rows = _post_rows(await fetch(connection, layout, posts, *arguments))
    # No snapshot is older than its post; a day of slack for clocks, and whole months need not be looked at.
    since = datetime_of(int(window.since.min())) - timedelta(days=1)
    snapshots = await fetch(
        connection,
        _BELIEVED,
        _OF_POSTS.format(posts=posts, until="$4")
        + " and m.observed_at > $5 order by m.post_id desc, m.observed_at desc",
        *arguments,
        datetime_of(int(window.until.max())),
        since,
    )
    return rows, _snapshots(snapshots)


async def all_posts(
    connection: Driver, profiles: Index, scope: Scope, until: datetime, *, private: bool
) -> tuple[PostRows, SnapshotRows, SnapshotRows]:
    """Read all posts of *profiles*, and of each the latest and the first snapshot up to *until*, as they stand."""
    arguments = (profiles.tolist(), until)
    posts = _PUBLISHED + scope.where("p")
    rows = _post_rows(await fetch(connection, Layout(_POSTS | _OWNED | _TYPED), posts, *arguments))
    source = _OF_POSTS.format(posts=posts, until="$2")
    layout = _WITH_PRIVATE if private else _AS_IT_STANDS
    latest = await fetch(connection, layout, source + " order by m.post_id desc, m.observed_at desc", *arguments)
    first = await fetch(connection, _FIRST, source + " order by m.post_id, m.observed_at", *arguments)
    return rows, _snapshots(latest), _snapshots(first)


_PRECISIONS: Final = "case r.precision when 'rounded' then 1 when 'compact' then 2 else 0 end::bigint"
_READINGS: Final = Layout(
    {
        "profile_id": ("r.profile_id", Cell.ID),
        "observed_at": ("r.observed_at", Cell.INSTANT),
        "own": ("(r.owner is not null)::int::bigint", Cell.ID),
        "precision": (_PRECISIONS, Cell.ID),
        "followers": ("case when r.suspect is null or 'followers' <> all(r.suspect) then r.followers end", Cell.COUNT),
        **{name: (f"r.{name}", Cell.COUNT) for name in TOLD if name != "followers"},
    }
)


DATED: Final = datetime(2000, 12, 31, tzinfo=UTC)
"""Lists that say no date are given a day of 2000, which keeps them in order; nothing can be measured by it."""


async def readings(
    connection: Driver, profiles: Index, scope: Scope, *, until: datetime, since: datetime = DATED
) -> ReadingRows:
    """Read what *profiles* said of themselves after *since*, up to *until*; undated readings are left out."""
    source = (
        "from profile_metrics r where r.profile_id = any($1::bigint[]) and r.observed_at <= $2 and r.observed_at > $3"
    )
    columns = await fetch(connection, _READINGS, source + scope.where("r"), profiles.tolist(), until, max(since, DATED))
    heads = {name: columns[name] for name in ("profile_id", "observed_at", "own", "precision")}
    return ReadingRows(**heads, values={name: columns[name] for name in TOLD})


_NEWEST: Final = Layout(
    {
        "profile_id": ("w.profile_id", Cell.ID),
        "observed_at": (
            """greatest(
                (select max(r.observed_at) from profile_metrics r
                    where r.profile_id = w.profile_id and r.observed_at <= $2 {r}),
                (select max(p.published_at) from posts p
                    where p.profile_id = w.profile_id and p.published_at <= $2 {p}),
                (select max(m.observed_at) from post_metrics m
                    where m.scope = 'lifetime' and m.observed_at <= $2
                    and m.post_id = any(array(select p.id from posts p where p.profile_id = w.profile_id {p})))
            )""",
            Cell.INSTANT,
        ),
    }
)


async def newest_evidence(connection: Driver, profiles: Index, scope: Scope, until: datetime) -> Instants:
    """Say when each of *profiles*, ascending, was last seen up to *until*; `NO_TIME` for one that never was."""
    newest = np.full(len(profiles), NO_TIME, dtype=np.int64)
    if len(profiles):
        sql, cell = _NEWEST.cells["observed_at"]
        filled = sql.format(r=scope.where("r"), p=scope.where("p"))
        layout = Layout({**_NEWEST.cells, "observed_at": (filled, cell)})
        rows = await fetch(connection, layout, "from unnest($1::bigint[]) w(profile_id)", profiles.tolist(), until)
        newest[np.searchsorted(profiles, rows["profile_id"])] = rows["observed_at"]
    return newest


async def names(connection: Driver, profiles: Index) -> NameColumns:
    """Read the display names of *profiles*, ascending, and when each was last seen."""
    rows = await connection.fetch(
        "select profile_id, name, max(last_seen_at) as seen from profile_names where profile_id = any($1) "
        "group by profile_id, name order by profile_id, name",
        profiles.tolist(),
    )
    owner = np.array([row["profile_id"] for row in rows], dtype=np.int64)
    return NameColumns(
        offsets=np.append(np.searchsorted(owner, profiles), len(rows)).astype(np.int64),
        name=tuple(row["name"] for row in rows),
        last_seen=np.array([instant_of(row["seen"]) for row in rows], dtype=np.int64),
    )


def _instants(instants: Instants) -> list[datetime]:
    known = {int(instant): datetime_of(int(instant)) for instant in np.unique(instants)}
    return [known[instant] for instant in instants.tolist()]


def _snapshots(columns: dict[str, NDArray[np.float64]]) -> SnapshotRows:
    values = {name: column for name, column in columns.items() if name not in {"post_id", "observed_at"}}
    return SnapshotRows(columns["post_id"].astype(np.int64), columns["observed_at"].astype(np.int64), values)


def _post_rows(columns: dict[str, NDArray[np.int64]]) -> PostRows:
    nothing = np.zeros(len(columns["post_id"]), dtype=np.int64)
    absent = {"type": nothing - 1, "own": nothing, "key": columns["post_id"]}
    return PostRows(**absent | columns)


def _no_posts() -> tuple[PostRows, SnapshotRows]:
    nothing = np.zeros(0, dtype=np.int64)
    return PostRows(*[nothing] * 6), SnapshotRows(nothing, nothing, {name: np.zeros(0) for name in SCORED})
