"""Standings: the score of each influencer over all profiles, brought up to date with the scores of a pass."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....application.analytics.views import COMPONENTS
from ....domain.analytics.columns import DAY
from ....domain.analytics.person import person_scores
from ....domain.analytics.score import published, published_parts
from ....domain.analytics.segments import sums
from ..collection.targets import Owned
from ..database import Driver
from .wire import Cell, Layout, fetch, put

_SIX: Final = ("contributions", "seed_share")
_MEMBERS: Final = Layout(
    {
        "influencer_id": ("l.influencer_id", Cell.UUID),
        "as_of": ("s.as_of::timestamp at time zone 'UTC'", Cell.INSTANT),
        **{name: (f"s.{name}", Cell.DECIMAL) for name in ("score", "confidence", "half_width", "followers")},
        **{
            f"{name}{place}": (f"s.{name}[{place}]", Cell.DECIMAL)
            for name in _SIX
            for place in range(1, len(COMPONENTS) + 1)
        },
    }
)
_SOURCE: Final = """
    from (select distinct influencer_id from influencer_profiles where profile_id = any($1::bigint[])) touched
    join influencers i on i.id = touched.influencer_id and i.archived_at is null
    join influencer_profiles l on l.influencer_id = i.id
    join scores s on s.profile_id = l.profile_id and s.current {best}
    order by l.influencer_id, l.profile_id
"""
_OWN_FIRST: Final = """
    and (s.owner is not null or not exists (
        select from scores o where o.profile_id = s.profile_id and o.current and o.owner is not null))
"""
_STAGE: Final = """
    create temp table if not exists staged_standings (
        influencer_id uuid, score double precision, confidence double precision, half_width double precision,
        day integer, followers double precision, contributions double precision[], seed_share double precision[]
    ) on commit drop;
    truncate staged_standings
"""
_VALUES: Final = ("score", "confidence", "half_width", "as_of", "followers", "contributions", "seed_share")
_UPSERT: Final = f"""
    insert into standings as t (owner, influencer_id, {", ".join(_VALUES)}, computed_at)
    select {{owner}}, influencer_id, score, confidence, half_width, date '1970-01-01' + day, followers,
        contributions, seed_share, $1::timestamptz
    from staged_standings
    on conflict (influencer_id, owner) do update set
        {", ".join(f"{name} = excluded.{name}" for name in (*_VALUES, "computed_at"))}
    where row({", ".join(f"t.{name}" for name in _VALUES)})
        is distinct from row({", ".join(f"excluded.{name}" for name in _VALUES)})
"""


async def place(raw: Driver, owned: Owned, profiles: NDArray[np.int64], computed_at: datetime) -> int:
    """Combine the current scores of everyone who has one of *profiles*; the number of standings that changed.

    Two passes may hold different profiles of one person: the second waits here until the first has committed, and
    then sees what it kept.
    """
    key = f"standings of {owned.owner or 'everybody'}"
    await raw.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", key)
    best = "" if owned.owner is None else _OWN_FIRST
    members = await fetch(raw, _MEMBERS, _SOURCE.format(best=best), profiles.tolist())
    if not len(members["score"]):
        return 0
    await raw.execute(_STAGE)
    await put(raw, "staged_standings", _combined(members))
    tag: str = await raw.execute(_UPSERT.format(owner=owned.literal), computed_at)
    return int(tag.rpartition(" ")[2])


def _combined(members: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """One row per influencer out of rows that stand by influencer."""
    influencer, rows = members["influencer_id"], len(members["score"])
    starts = np.flatnonzero(np.concatenate(([True], influencer[1:] != influencer[:-1])))
    offsets = np.append(starts, rows).astype(np.int64)
    person = person_scores(
        members["score"], members["confidence"], members["half_width"], members["followers"], offsets
    )
    size = np.diff(offsets)
    unknown = sums(person.share, offsets) == 0
    # Where nothing is known of any account they count alike: every one of them says 50.
    share = np.where(np.repeat(unknown, size), 1 / np.repeat(size, size), person.share)
    six = {name: _shared(members, name, share, offsets) for name in _SIX}
    score, contributions = published_parts(six["contributions"])
    width = published(np.sqrt(sums((share * members["half_width"]) ** 2, offsets)))
    followers = sums(np.nan_to_num(members["followers"]), offsets)
    nobody = sums(np.isnan(members["followers"]).astype(np.float64), offsets) == size
    return {
        "influencer_id": influencer[starts],
        "score": score,
        "confidence": person.confidence,
        "half_width": width,
        "day": (np.maximum.reduceat(members["as_of"], starts) // DAY).astype(np.int32),
        "followers": np.where(nobody, np.nan, followers),
        "contributions": contributions,
        "seed_share": published(six["seed_share"]),
    }


def _shared(
    members: dict[str, NDArray[Any]], name: str, share: NDArray[np.float64], offsets: NDArray[np.int64]
) -> NDArray[np.float64]:
    places = range(1, len(COMPONENTS) + 1)
    return np.column_stack([sums(share * np.nan_to_num(members[f"{name}{place}"]), offsets) for place in places])
