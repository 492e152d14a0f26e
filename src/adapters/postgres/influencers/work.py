"""`InfluencerWork` over PostgreSQL: one influencer at a time, locked while it is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ....application.influencers.errors import ProfileHeld
from ....application.shared.actor import Actor
from ....application.shared.ports import Ids
from ....domain.influencers.events import InfluencerChanged
from ....domain.influencers.influencer import Influencer, Kind
from ....domain.shared.ids import InfluencerId, OrganisationId
from ....domain.shared.social import NetworkName, ProfileRef
from .. import outbox
from ..auditing import noted
from ..database import Database, Driver, Tenant, driver
from .profiles import resolved

_FIND: Final = """
    select i.owner, i.name, i.kind, i.version, i.archived_at is not null as archived, i.name_chosen, i.merged_into,
        array(select f.network || ':' || f.network_id from influencer_profiles l join profiles f on f.id = l.profile_id
            where l.influencer_id = i.id order by f.network, f.network_id) as profiles
    from influencers i where i.id = $1 and (i.owner is null or i.owner = $2) for update of i
"""
_NUMBER: Final = """
    with named as (select * from unnest($1::text[], $2::text[]) n(network, network_id)), made as (
        insert into profiles (network, network_id)
        select network, network_id from named n
        where not exists (select from profiles p where p.network = n.network and p.network_id = n.network_id)
        order by 1, 2 on conflict (network, network_id) do nothing
        returning id
    ) select count(*) from made
"""
_HELD: Final = """
    select f.network, f.network_id, l.influencer_id from influencer_profiles l join profiles f on f.id = l.profile_id
    join unnest($2::text[], $3::text[]) n(network, network_id) on f.network = n.network and f.network_id = n.network_id
    where l.owner is not distinct from $1 and l.influencer_id <> $4
    order by f.network, f.network_id limit 1
"""
_KEEP: Final = """
    insert into influencers as i (id, owner, name, kind, version, archived_at, name_chosen, merged_into)
    values ($1, $2, $3, $4, $5, case when $6 then now() end, $7, $8)
    on conflict (id) do update set name = excluded.name, kind = excluded.kind, version = excluded.version,
        archived_at = case when $6 then coalesce(i.archived_at, now()) end, name_chosen = excluded.name_chosen,
        merged_into = excluded.merged_into
"""
_LEAVE: Final = """
    delete from influencer_profiles l using profiles f
    where f.id = l.profile_id and l.influencer_id = $1 and not exists (
        select from unnest($2::text[], $3::text[]) n(network, network_id)
        where n.network = f.network and n.network_id = f.network_id)
"""
_TAKE: Final = """
    insert into influencer_profiles (owner, influencer_id, profile_id)
    select $1, $2, f.id from unnest($3::text[], $4::text[]) n(network, network_id)
    join profiles f on f.network = n.network and f.network_id = n.network_id
    on conflict (profile_id, owner) do nothing
"""


class PostgresInfluencerWorks:
    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    @asynccontextmanager
    async def work(self, actor: Actor) -> AsyncIterator[PostgresInfluencerWork]:
        async with self._database.writing(Tenant.of(actor)) as connection:
            yield PostgresInfluencerWork(connection, await driver(connection), self._ids, actor)


class PostgresInfluencerWork:
    def __init__(self, connection: AsyncConnection, raw: Driver, ids: Ids, actor: Actor) -> None:
        self._actor = actor
        self._connection = connection
        self._raw = raw
        self._ids = ids

    async def find(self, influencer_id: InfluencerId) -> Influencer | None:
        row = await self._raw.fetchrow(_FIND, influencer_id, self._actor.organisation)
        if row is None:
            return None
        return Influencer(
            id=influencer_id,
            owner=None if row["owner"] is None else OrganisationId(row["owner"]),
            name=row["name"],
            kind=Kind(row["kind"]),
            profiles=tuple(ref(name) for name in row["profiles"]),
            version=row["version"],
            archived=row["archived"],
            name_chosen=row["name_chosen"],
            merged_into=None if row["merged_into"] is None else InfluencerId(row["merged_into"]),
        )

    async def resolve(self, profiles: Sequence[ProfileRef]) -> tuple[ProfileRef, ...]:
        return tuple([await resolved(self._raw, profile) for profile in profiles])

    async def save(self, influencer: Influencer) -> None:
        networks = [str(profile.network) for profile in influencer.profiles]
        names = [profile.name for profile in influencer.profiles]
        # Two people who list the same profile at once take turns: the second then sees whose it is.
        await self._raw.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", _turn(influencer))
        await self._refuse_held(influencer, networks, names)
        await self._raw.execute(
            _KEEP,
            influencer.id,
            influencer.owner,
            influencer.name,
            str(influencer.kind),
            influencer.version,
            influencer.archived,
            influencer.name_chosen,
            influencer.merged_into,
        )
        await self._raw.fetchval(_NUMBER, networks, names)
        await self._raw.execute(_LEAVE, influencer.id, networks, names)
        await self._raw.execute(_TAKE, influencer.owner, influencer.id, networks, names)
        await self._refuse_held(influencer, networks, names)  # an import may have introduced somebody meanwhile
        await outbox.record(self._connection, self._ids, *influencer.events)
        for event in influencer.events:
            if isinstance(event, InfluencerChanged):
                await noted(
                    self._connection,
                    self._ids,
                    organisation=self._actor.organisation,
                    actor=self._actor.caller,
                    action=f"influencers.{event.change}",
                    subject=f"influencer:{influencer.id}",
                )

    async def _refuse_held(self, influencer: Influencer, networks: Sequence[str], names: Sequence[str]) -> None:
        held = await self._raw.fetchrow(_HELD, influencer.owner, networks, names, influencer.id)
        if held is not None:
            raise ProfileHeld(ProfileRef(NetworkName(held["network"]), held["network_id"]), held["influencer_id"])


def _turn(influencer: Influencer) -> str:
    return f"influencers of {influencer.owner or 'everybody'}"


def ref(name: str) -> ProfileRef:
    network, _, network_id = name.partition(":")
    return ProfileRef(NetworkName(network), network_id)
