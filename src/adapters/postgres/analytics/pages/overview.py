"""The overview: how much there is, who moves, how fresh it is, and what was brought in lately."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from typing import Final, Literal

import asyncpg

from .....application.analytics.pages import Asked, Freshness, ImportShown, Mover, Overview
from .....application.shared.actor import Actor
from ...database import Driver
from ..discovery.visibility import visible
from .metrics import metric

MOVERS: Final = 5
LARGE_ENOUGH: Final = 1_000
"""Followers below which growth in per cent says little."""
IMPORTS: Final = 5

_COUNTS: Final = """
    select count(distinct d.influencer_id) as influencers, count(d.profile_id) as profiles,
        count(distinct d.influencer_id) filter (where d.added >= $1 and d.added < $2) as added,
        count(distinct d.influencer_id) filter (where d.added >= $3 and d.added < $4) as added_before,
        count(*) filter (where d.last_post >= $1 and d.last_post < $2) as posting,
        sum(d.followers) as followers, count(d.followers) as counted,
        sum(d.posts_per_week) as posts_per_week,
        percentile_cont(0.5) within group (order by d.er) as er, count(d.er) as rated,
        percentile_cont(0.5) within group (order by d.score) as score, count(d.score) as scored,
        max(d.seen) as seen, bool_or(d.owner is not null) as own,
        count(d.profile_id) filter (where d.seen >= $5::timestamptz - interval '1 day') as day,
        count(d.profile_id) filter (where d.seen >= $5 - interval '7 days' and d.seen < $5 - interval '1 day') as week,
        count(d.profile_id) filter (where d.seen >= $5 - interval '30 days' and d.seen < $5 - interval '7 days') as month,
        count(d.profile_id) filter (where d.seen < $5 - interval '30 days') as older,
        count(d.profile_id) filter (where d.seen is null) as never
    from discovery d where {visible}
"""
_MOVERS: Final = f"""
    select d.influencer_id, i.name, d.profile_id, d.network, d.followers, d.growth_30d
    from discovery d join influencers i on i.id = d.influencer_id
    where {{visible}} and d.followers >= {LARGE_ENOUGH} and d.growth_30d {{sign}} 0
    order by d.growth_30d {{direction}}, d.id limit {MOVERS}
"""
_IMPORTS: Final = f"""
    select id as import_id, state, requested_at, finished_at, reader from imports
    where organisation = $1 order by id desc limit {IMPORTS}
"""
_AGES: Final[tuple[Literal["day", "week", "month", "older", "never"], ...]] = ("day", "week", "month", "older", "never")


async def overview(connection: Driver, actor: Actor, asked: Asked) -> Overview:
    now, before = asked.period, asked.before
    older = (None, None) if before is None else (before.start, before.end)
    seen = visible(actor, "d")
    row = await connection.fetchrow(_COUNTS.format(visible=seen), now.start, now.end, *older, now.end)
    assert row is not None
    own = row["own"]
    return Overview(
        metrics=(
            metric("influencers", row["influencers"], own=own, formula="count", sample=row["profiles"]),
            metric("profiles", row["profiles"], own=own, formula="count"),
            metric(
                "added",
                row["added"],
                previous=None if before is None else row["added_before"],
                own=own,
                formula="count",
                good_when=None,
            ),
            metric("posting", row["posting"], own=own, formula="count", as_of=row["seen"], sample=row["profiles"]),
            metric("followers", row["followers"], own=own, formula="read", as_of=row["seen"], sample=row["counted"]),
            metric(
                "posts_per_week",
                row["posts_per_week"],
                own=own,
                formula="measure.posts_per_week.v1",
                as_of=row["seen"],
                estimated=True,
                good_when=None,
            ),
            metric(
                "er", row["er"], own=own, formula="measure.er.v1", as_of=row["seen"], sample=row["rated"], kind="pp"
            ),
            metric("score", row["score"], own=own, formula="social-score.v1", sample=row["scored"], kind="pp"),
        ),
        rising=await _movers(connection, seen, ">", "desc"),
        falling=await _movers(connection, seen, "<", "asc"),
        freshness=tuple(Freshness(key=key, profiles=row[key]) for key in _AGES),
        imports=tuple(ImportShown(**dict(each)) for each in await connection.fetch(_IMPORTS, actor.organisation)),
    )


async def _movers(connection: Driver, seen: str, sign: str, direction: str) -> tuple[Mover, ...]:
    sql = _MOVERS.format(visible=seen, sign=sign, direction=direction)
    rows: list[asyncpg.Record] = await connection.fetch(sql)
    return tuple(Mover(**dict(row)) for row in rows)
