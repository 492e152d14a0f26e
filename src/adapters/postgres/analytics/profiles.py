"""`ProfileViews` and `ScoreViews` over PostgreSQL: one profile's readings, posts and scores."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg

from ....application.analytics.errors import NotScored, ProfileNotFound
from ....application.analytics.views import (
    COMPARED_DAYS,
    COMPONENTS,
    COUNTED,
    MAX_POINTS,
    SERIES_METRICS,
    ComponentLine,
    PostKey,
    PostLine,
    PostPage,
    Reading,
    ScoreDetail,
    ScorePoint,
    Total,
)
from ....application.shared.actor import Actor
from ....domain.analytics.score import WEIGHTS
from ....domain.shared.ids import ProfileId
from ....domain.shared.social import ProfileRef, handle
from ..database import Database, Driver, Tenant
from .rows import count, known

_SEEN: Final = """
    exists (select from profile_descriptions e where e.profile_id = f.id {own})
    or exists (select from posts e where e.profile_id = f.id {own})
    or exists (select from profile_metrics e where e.profile_id = f.id {own})
    or exists (select from profile_averages e where e.profile_id = f.id {own})
"""
_BELIEVED: Final = "(r.suspect is null or '{metric}' <> all(r.suspect))"


def _seen(actor: Actor) -> str:
    return _SEEN.format(own="and e.owner is not null" if actor.demonstration else "")


class PostgresProfileViews:
    """What is stored of single profiles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, actor: Actor, profile: ProfileRef) -> ProfileId:
        """By the network's own id, else by handle: a handle belongs to whoever was described under it last."""
        async with self._database.reading(Tenant.of(actor)) as connection:
            number = await connection.fetchval(
                f"select f.id from profiles f where f.network = $1 and f.network_id = $2 and ({_seen(actor)})",
                profile.network,
                profile.name,
            )
            if number is None:
                number = await connection.fetchval(_BY_HANDLE, profile.network, handle(profile.name))
        if number is None:
            raise ProfileNotFound(profile)
        return ProfileId(number)

    async def name(self, actor: Actor, profile_id: ProfileId) -> Mapping[str, str | None]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            await must_see(connection, actor, profile_id)
            row = await connection.fetchrow(_NAME, profile_id)
        return dict(row)

    async def posts(
        self, actor: Actor, profile_id: ProfileId, *, after: PostKey | None = None, limit: int = 50
    ) -> PostPage:
        own = "and p.owner is not null" if actor.demonstration else ""
        undated = after is not None and after.published_at is None
        place = (None, None, None) if after is None else (undated, after.published_at, after.post_id)
        async with self._database.reading(Tenant.of(actor)) as connection:
            await must_see(connection, actor, profile_id)
            rows = await connection.fetch(_POSTS.format(own=own), profile_id, *place, limit + 1)
            counted = await connection.fetchval(_POST_COUNT.format(own=own), profile_id)
        last = rows[limit - 1] if len(rows) > limit else None
        return PostPage(
            items=tuple(_post(row) for row in rows[:limit]),
            next=None if last is None else PostKey(published_at=last["published_at"], post_id=last["id"]),
            total=Total(value=min(counted, COUNTED), exact=counted <= COUNTED),
        )


class PostgresScoreViews:
    """Stored scores: the current ones and their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self, actor: Actor, profile_id: ProfileId) -> tuple[ScoreDetail, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            scores = (await current_scores(connection, [profile_id])).get(profile_id)
            if scores is None:
                await must_see(connection, actor, profile_id)
                raise NotScored(profile_id)
        return scores

    async def history(self, actor: Actor, profile_id: ProfileId, *, limit: int = MAX_POINTS) -> tuple[ScorePoint, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            await must_see(connection, actor, profile_id)
            return await history_of(connection, profile_id, limit)


async def must_see(connection: Driver, actor: Actor, profile_id: ProfileId) -> None:
    """Raise `ProfileNotFound` where the actor sees nothing of the profile."""
    if not await connection.fetchval(
        f"select exists (select from profiles f where f.id = $1 and ({_seen(actor)}))", profile_id
    ):
        raise ProfileNotFound(profile_id)


_BY_HANDLE: Final = """
    select f.id from profile_descriptions d join profiles f on f.id = d.profile_id
    where f.network = $1 and lower(d.handle) = $2
    order by d.described_at desc nulls last, f.id limit 1
"""

_NAME: Final = """
    select f.network, f.network_id as id, (
        select d.handle from profile_descriptions d where d.profile_id = f.id and d.handle is not null
        order by d.owner nulls last limit 1) as handle
    from profiles f where f.id = $1
"""

_POSTS: Final = """
    select p.id, p.network, p.network_post_id, coalesce(p.published_at, twin.published_at) as published_at,
        p.published_precision, p.type, p.url, p.title, p.text, p.owner is not null as own,
        m.observed_at, m.views, m.impressions, m.reach, m.likes, m.dislikes, m.comments, m.shares, m.saves, m.suspect,
        (select id from imports where no = coalesce(m.import_no, p.import_no)) as import_id
    from posts p
    left join posts twin
        on p.owner is not null and twin.owner is null
        and twin.network_post_id = p.network_post_id and twin.network = p.network
    left join lateral (
        select * from post_metrics m where m.post_id in (p.id, twin.id) and m.scope = 'lifetime'
        order by m.observed_at desc, m.owner nulls last limit 1) m on true
    where p.profile_id = $1 {own}
    and (p.owner is not null or not exists (
        select from posts mine where mine.network_post_id = p.network_post_id and mine.network = p.network
        and mine.owner is not null))
    and ($2::boolean is null
        or $2 and p.published_at is null and p.id < $4
        or not $2 and (p.published_at is null or p.published_at < $3 or p.published_at = $3 and p.id < $4))
    order by p.published_at desc nulls last, p.id desc limit $5
"""
_POST_COUNT: Final = f"""
    select count(*) from (
        select distinct p.network_post_id from posts p where p.profile_id = $1 {{own}} limit {COUNTED + 1}) counted
"""

_HISTORY: Final = """
    select as_of, score, half_width, confidence, formula_version, table_version, current, owner is not null as own,
        computed_at
    from scores where profile_id = $1
    order by as_of desc, computed_at desc, owner nulls last limit $2
"""

_CURRENT: Final = """
    select s.*, f.network, s.owner is not null as own
    from scores s join profiles f on f.id = s.profile_id
    where s.profile_id = any($1::bigint[]) and s.current
    order by s.profile_id, s.owner nulls last
"""

_NEWEST_READINGS: Final = " union all ".join(
    f"""
    select w.profile_id, '{metric}' as metric, n.{metric} as value, n.observed_at, n.precision,
        (select id from imports where no = n.import_no) as import_id, n.owner is not null as own,
        b.{metric} as previous, b.observed_at as previous_at
    from unnest($1::bigint[]) w(profile_id) cross join lateral (
        select * from profile_metrics r
        where r.profile_id = w.profile_id and r.{metric} is not null and {_BELIEVED.format(metric=metric)}
        order by r.observed_at desc, r.owner nulls last limit 1) n
    left join lateral (
        select * from profile_metrics r
        where r.profile_id = w.profile_id and r.{metric} is not null and {_BELIEVED.format(metric=metric)}
        and r.observed_at <= n.observed_at - interval '{COMPARED_DAYS} days'
        order by r.observed_at desc, r.owner nulls last limit 1) b on true
    """
    for metric in SERIES_METRICS
)


async def readings_of(connection: Driver, profiles: Sequence[int]) -> Mapping[int, tuple[Reading, ...]]:
    """The newest good reading of each count of each of *profiles*."""
    found: dict[int, tuple[Reading, ...]] = {}
    for row in await connection.fetch(_NEWEST_READINGS, profiles):
        facts = dict(row)
        number = facts.pop("profile_id")
        found[number] = (*found.get(number, ()), Reading(**facts))
    return found


async def history_of(connection: Driver, profile_id: int, limit: int) -> tuple[ScorePoint, ...]:
    """Stored scores of a profile, the newest day first."""
    return tuple(ScorePoint(**dict(row)) for row in await connection.fetch(_HISTORY, profile_id, limit))


async def current_scores(connection: Driver, profiles: Sequence[int]) -> Mapping[int, tuple[ScoreDetail, ...]]:
    """The current scores of each of *profiles*: the organisation's own first, then the public one."""
    found: dict[int, tuple[ScoreDetail, ...]] = {}
    for row in await connection.fetch(_CURRENT, profiles):
        found[row["profile_id"]] = (*found.get(row["profile_id"], ()), score_detail(row))
    return found


def score_detail(row: asyncpg.Record) -> ScoreDetail:
    return ScoreDetail(
        profile_id=ProfileId(row["profile_id"]),
        network=row["network"],
        own=row["own"],
        as_of=row["as_of"],
        score=row["score"],
        confidence=row["confidence"],
        half_width=row["half_width"],
        gate=row["gate"],
        followers=count(row["followers"]),
        cohort=row["cohort"],
        reasons=tuple(row["reasons"]),
        components=tuple(_component(row, number) for number in range(len(COMPONENTS))),
        formula_version=row["formula_version"],
        table_version=row["table_version"],
        inputs_sha256=row["inputs_sha256"],
        computed_at=row["computed_at"],
    )


def _component(row: asyncpg.Record, number: int) -> ComponentLine:
    return ComponentLine(
        component=COMPONENTS[number],
        weight=WEIGHTS[number],
        raw=known(row["raw"][number]),
        x=known(row["x"][number]),
        y=row["y"][number],
        kappa=row["kappa"][number],
        evidence=row["n"][number],
        variance=known(row["v"][number]),
        contribution=row["contributions"][number],
        seed_share=known(row["seed_share"][number]),
    )


def _post(row: asyncpg.Record) -> PostLine:
    facts = dict(row)
    return PostLine(post_id=facts.pop("id"), suspect=tuple(facts.pop("suspect") or ()), **facts)
