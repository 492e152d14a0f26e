"""Evidence for scoring: each profile's window up to its own day, whether it was seen yesterday or in an old export."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....application.analytics.assembly import Identity, PostRows, ReadingRows, SnapshotRows, assemble
from ....application.analytics.instants import datetime_of, end_of, instant_of
from ....application.analytics.ports import Gathered
from ....domain.analytics.columns import NO_TIME, Instants
from ....domain.analytics.evidence import HISTORY_WINDOW, WINDOW, ComponentObservations
from ....domain.analytics.score import scoring_day
from ..database import Driver
from .evidence import Index, Scope, Window, along_the_index, newest_evidence, posts_in_window, readings
from .wire import Cell, Layout, fetch

Rows = tuple[PostRows, SnapshotRows, ReadingRows]


async def gather(connection: Driver, profiles: Index, scope: Scope, today: date) -> Gathered:
    """Read the evidence of *profiles*, ascending, for a pass at the end of *today*.

    Most were seen lately and are read by one window for all. For the others their newest evidence has to be found
    first; then each is read by its own window.
    """
    end = instant_of(end_of(today))
    async with along_the_index(connection):
        lately = np.full(len(profiles), end, dtype=np.int64)
        rows = await _read(connection, profiles, lately, scope)
        newest = _newest(profiles, rows)
        quiet = newest <= end - WINDOW
        newest[quiet] = await newest_evidence(connection, profiles[quiet], scope, datetime_of(end))
        as_of = scoring_day(newest, end)
        past = as_of != end
        if past.any():
            earlier = await _read(connection, profiles[past], as_of[past], scope)
            rows = _together(_without(rows, profiles[past]), earlier)
    network = await _networks(connection, profiles)
    columns = assemble(Identity(profiles, network), *rows)
    return Gathered(columns, as_of, await _observations(connection, profiles, as_of, scope))


async def _read(connection: Driver, profiles: Index, as_of: Instants, scope: Scope) -> Rows:
    posts, snapshots = await posts_in_window(connection, Window(profiles, as_of - WINDOW, as_of), scope)
    since, until = int(as_of.min()) - HISTORY_WINDOW, int(as_of.max())
    said = await readings(connection, profiles, scope, since=datetime_of(since), until=datetime_of(until))
    at = as_of[np.searchsorted(profiles, said.profile_id)]
    inside = (said.observed_at <= at) & (said.observed_at > at - HISTORY_WINDOW)
    return posts, snapshots, said if inside.all() else said.only(inside)


def _newest(profiles: Index, rows: Rows) -> Instants:
    """When each profile was last seen to do or say something, as far as *rows* tell; `NO_TIME` where they do not."""
    posts, _, said = rows
    newest = np.full(len(profiles), NO_TIME, dtype=np.int64)
    for profile, at in ((posts.profile_id, posts.published_at), (said.profile_id, said.observed_at)):
        np.maximum.at(newest, np.searchsorted(profiles, profile), at)
    return newest


def _without(rows: Rows, profiles: Index) -> Rows:
    posts, snapshots, said = rows
    return (
        posts.only(~np.isin(posts.profile_id, profiles)),
        snapshots,
        said.only(~np.isin(said.profile_id, profiles)),
    )


def _together(some: Rows, others: Rows) -> Rows:
    return some[0] + others[0], some[1] + others[1], some[2] + others[2]


async def _networks(connection: Driver, profiles: Index) -> list[str]:
    rows = await connection.fetch("select network from profiles where id = any($1) order by id", profiles.tolist())
    return [row["network"] for row in rows]


_OBSERVED: Final = Layout(
    {
        "profile_id": ("o.profile_id", Cell.ID),
        "observed_at": ("o.observed_at", Cell.INSTANT),
        "own": ("(o.owner is not null)::int::bigint", Cell.ID),
        "q": ("(o.component = 'Q')::int::bigint", Cell.ID),
        "value": ("o.value", Cell.DECIMAL),
        "n": ("o.evidence", Cell.DECIMAL),
        "variance": ("o.variance", Cell.DECIMAL),
    }
)


async def _observations(connection: Driver, profiles: Index, as_of: Instants, scope: Scope) -> ComponentObservations:
    """The newest observation of each component up to each profile's day, an own one before a public one."""
    rows = await fetch(
        connection,
        _OBSERVED,
        "from component_observations o where o.profile_id = any($1::bigint[]) and o.observed_at <= $2"
        + scope.where("o"),
        profiles.tolist(),
        datetime_of(int(as_of.max())),
    )
    place = np.searchsorted(profiles, rows["profile_id"])
    order = np.lexsort((rows["own"], rows["observed_at"]))
    order = order[rows["observed_at"][order] <= as_of[place[order]]]
    parts: list[NDArray[np.float64]] = []
    for q in (0, 1):
        mine = order[rows["q"][order] == q]
        for name in ("value", "n", "variance"):
            column = np.full(len(profiles), np.nan)
            column[place[mine]] = rows[name][mine]  # the last of several assignments stays, and that is the newest
            parts.append(column)
    return ComponentObservations(*parts)
