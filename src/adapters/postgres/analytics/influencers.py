"""`InfluencerViews` over PostgreSQL: people and brands by score, and one of them with all that is known."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from ....application.analytics.views import (
    InfluencerDetail,
    InfluencerLine,
    ProfileDetail,
    ProfileLine,
    Standing,
)
from ....application.influencers.errors import InfluencerNotFound
from ....application.influencers.policy import allowed
from ....application.shared.actor import Actor
from ....domain.shared.ids import ProfileId
from ..database import Database, Driver, Tenant
from .profiles import current_scores, readings_of
from .rows import count, known, six

_HIDDEN: Final = """
    i.owner is null and exists (
        select from influencer_profiles theirs
        join influencer_profiles mine on mine.profile_id = theirs.profile_id and mine.owner is not null
        where theirs.influencer_id = i.id
    )
"""
_VISIBLE: Final = f"i.archived_at is null and not ({_HIDDEN}) and ($1::boolean is not true or i.owner is not null)"
"""$1: only what is the organisation's own."""

STANDING: Final = """s.score, s.confidence, s.half_width, s.as_of, s.followers, s.contributions, s.seed_share,
    s.computed_at, s.owner is not null as own_standing,
    array(select distinct reason from influencer_profiles l join scores c on c.profile_id = l.profile_id and c.current,
        unnest(c.reasons) reason where l.influencer_id = i.id
        and (c.owner is not null or not exists (
            select from scores o where o.profile_id = c.profile_id and o.current and o.owner is not null))
        order by reason) as reasons"""
LINE: Final = "i.id, i.name, i.kind, i.owner is not null as own"
_BEST: Final = """
    (s.owner is not null or not exists (
        select from standings o where o.influencer_id = s.influencer_id and o.owner is not null))
"""
"""The organisation's own standing stands before the public one."""

_TOP: Final = f"""
    select {LINE}, {STANDING} from standings s join influencers i on i.id = s.influencer_id
    where {_BEST} and {_VISIBLE} order by s.score desc, s.influencer_id limit $2
"""

_PROFILES: Final = """
    select l.influencer_id, f.id, f.network, f.network_id, d.handle, d.display_name, r.followers, c.score
    from influencer_profiles l
    join profiles f on f.id = l.profile_id
    left join lateral (
        select handle, display_name from profile_descriptions d where d.profile_id = f.id
        order by d.owner nulls last limit 1) d on true
    left join lateral (
        select followers from profile_metrics r
        where r.profile_id = f.id and r.followers is not null and (r.suspect is null or 'followers' <> all(r.suspect))
        order by r.observed_at desc, r.owner nulls last limit 1) r on true
    left join lateral (
        select score from scores c where c.profile_id = f.id and c.current order by c.owner nulls last limit 1) c on true
    where l.influencer_id = any($1::uuid[])
    order by f.network, f.network_id
"""

_TOP_ON_NETWORK: Final = f"""
    select * from (
        select distinct on (i.id) {LINE}, f.id as profile_id, f.network, f.network_id, d.handle, d.display_name,
            s.score, s.confidence, s.half_width, s.as_of, s.followers, s.contributions, s.seed_share, s.reasons,
            s.computed_at, s.owner is not null as own_standing
        from scores s
        join profiles f on f.id = s.profile_id
        join influencer_profiles l on l.profile_id = f.id
        join influencers i on i.id = l.influencer_id
        left join lateral (
            select handle, display_name from profile_descriptions d where d.profile_id = f.id
            order by d.owner nulls last limit 1) d on true
        where s.current and f.network = $2 and {_VISIBLE}
        and (s.owner is not null or not exists (
            select from scores o where o.profile_id = s.profile_id and o.current and o.owner is not null))
        order by i.id, s.score desc, f.id
    ) best order by score desc, id limit $3
"""

_ONE: Final = f"""
    select {LINE}, i.version, i.owner, {STANDING}
    from influencers i left join lateral (
        select * from standings s where s.influencer_id = i.id order by s.owner nulls last limit 1) s on true
    where i.id = $2 and i.archived_at is null and ($1::boolean is not true or i.owner is not null)
"""

_MEMBERS: Final = """
    select array(select l.profile_id from influencer_profiles l where l.influencer_id = i.id order by 1) as profiles
    from influencers i where i.id = $2 and i.archived_at is null and ($1::boolean is not true or i.owner is not null)
"""

_DESCRIBED: Final = """
    select f.id, f.network, f.network_id, d.handle, d.display_name, d.url, d.bio, d.category, d.country, d.language,
        d.is_verified, d.account_type, d.described_at,
        (select count(distinct p.network_post_id) from posts p where p.profile_id = f.id) as posts_known
    from influencer_profiles l
    join profiles f on f.id = l.profile_id
    left join lateral (
        select * from profile_descriptions d where d.profile_id = f.id order by d.owner nulls last limit 1) d on true
    where l.influencer_id = $1
    order by f.network, f.network_id
"""


class PostgresInfluencerViews:
    """Ranked lists, and one influencer whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def top(self, actor: Actor, *, network: str | None, limit: int) -> tuple[InfluencerLine, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            if network is not None:
                rows = await connection.fetch(_TOP_ON_NETWORK, actor.demonstration, network, limit)
                return tuple(_line(row, (_profile(row, row["profile_id"]),)) for row in rows)
            rows = await connection.fetch(_TOP, actor.demonstration, limit)
            profiles = await _profiles(connection, [row["id"] for row in rows])
        return tuple(_line(row, profiles.get(row["id"], ())) for row in rows)

    async def detail(self, actor: Actor, influencer_id: UUID) -> InfluencerDetail:
        async with self._database.reading(Tenant.of(actor)) as connection:
            return await detail_of(connection, actor, influencer_id)


async def profiles_of(connection: Driver, actor: Actor, influencer_id: UUID) -> list[int]:
    """Return the numbers of an influencer's profiles, or raise `InfluencerNotFound`."""
    row = await connection.fetchrow(_MEMBERS, actor.demonstration, influencer_id)
    if row is None:
        raise InfluencerNotFound(influencer_id)
    numbers: list[int] = row["profiles"]
    return numbers


async def detail_of(connection: Driver, actor: Actor, influencer_id: UUID) -> InfluencerDetail:
    """Read one influencer whole, or raise `InfluencerNotFound`."""
    row = await connection.fetchrow(_ONE, actor.demonstration, influencer_id)
    if row is None:
        raise InfluencerNotFound(influencer_id)
    described = await connection.fetch(_DESCRIBED, influencer_id)
    numbers = [each["id"] for each in described]
    scores = await current_scores(connection, numbers)
    readings = await readings_of(connection, numbers)
    return InfluencerDetail(
        influencer_id=row["id"],
        name=row["name"],
        kind=row["kind"],
        own=row["own"],
        version=row["version"],
        can=allowed(actor, row["owner"]),
        standing=standing_of(row),
        profiles=tuple(
            ProfileDetail(
                profile_id=ProfileId(each["id"]),
                **{name: each[name] for name in _FACTS},
                readings=readings.get(each["id"], ()),
                scores=scores.get(each["id"], ()),
            )
            for each in described
        ),
    )


_FACTS: Final = (
    "network",
    "network_id",
    "handle",
    "display_name",
    "url",
    "bio",
    "category",
    "country",
    "language",
    "is_verified",
    "account_type",
    "described_at",
    "posts_known",
)


async def _profiles(connection: Driver, influencers: Sequence[UUID]) -> Mapping[UUID, tuple[ProfileLine, ...]]:
    found: dict[UUID, tuple[ProfileLine, ...]] = {}
    for row in await connection.fetch(_PROFILES, influencers):
        found[row["influencer_id"]] = (*found.get(row["influencer_id"], ()), _profile(row, row["id"]))
    return found


def _profile(row: asyncpg.Record, number: int) -> ProfileLine:
    return ProfileLine(
        profile_id=ProfileId(number),
        network=row["network"],
        network_id=row["network_id"],
        handle=row["handle"],
        display_name=row["display_name"],
        followers=count(row["followers"]),
        score=known(row["score"]),
    )


def _line(row: asyncpg.Record, profiles: tuple[ProfileLine, ...]) -> InfluencerLine:
    return InfluencerLine(
        influencer_id=row["id"],
        name=row["name"],
        kind=row["kind"],
        own=row["own"],
        profiles=profiles,
        standing=standing_of(row),
    )


def standing_of(row: asyncpg.Record) -> Standing | None:
    """The standing in a row of `STANDING`; None until the first score."""
    if row.get("score") is None:
        return None
    return Standing(
        score=row["score"],
        confidence=row["confidence"],
        half_width=row["half_width"],
        as_of=row["as_of"],
        followers=count(row["followers"]),
        contributions=tuple(row["contributions"]),
        seed_share=six(row["seed_share"]),
        reasons=tuple(row["reasons"]),
        own=row["own_standing"],
        computed_at=row["computed_at"],
    )
