"""`Niches` over PostgreSQL."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from ....application.influencers.errors import InfluencerNotFound
from ....application.influencers.niches import NicheShown, known_niche
from ....application.shared.actor import Actor
from ....application.shared.ports import Ids
from ....domain.influencers.events import InfluencerChanged
from ....domain.shared.ids import InfluencerId
from .. import outbox
from ..database import Database, Driver, Tenant, driver

_OF: Final = """
    with said as (
        select distinct on (v.niche) v.niche, v.holds, v.judged_by, v.judged_at
        from niche_verdicts v where v.influencer_id = $1 order by v.niche, v.owner nulls last
    ), told as (
        select distinct on (n.niche) n.niche, n.confidence, n.words, n.version
        from influencer_profiles l join niche_labels n on n.profile_id = l.profile_id
        where l.influencer_id = $1 and ($2::boolean is not true or n.owner is not null)
        and (n.owner is not null or not exists (
            select from niche_labels o where o.profile_id = n.profile_id and o.owner is not null))
        order by n.niche, n.confidence desc
    )
    select coalesce(s.niche, t.niche) as niche, coalesce(s.holds, true) as holds, s.niche is not null as said,
        t.confidence, t.words, t.version, s.judged_by, s.judged_at
    from said s full join told t on t.niche = s.niche
    order by s.niche is null, t.confidence desc nulls last, niche
"""
_THERE: Final = """
    select i.owner, array(select f.network || ':' || f.network_id from influencer_profiles l
        join profiles f on f.id = l.profile_id where l.influencer_id = i.id order by 1) as profiles
    from influencers i where i.id = $1 and i.archived_at is null and ($2::boolean is not true or i.owner is not null)
"""
_JUDGE: Final = """
    insert into niche_verdicts as v (owner, influencer_id, niche, holds, judged_by) values ($1, $2, $3, $4, $5)
    on conflict (influencer_id, niche, owner) do update
        set holds = excluded.holds, judged_by = excluded.judged_by, judged_at = now()
"""
_WITHDRAW: Final = "delete from niche_verdicts where owner = $1 and influencer_id = $2 and niche = $3"


class PostgresNiches:
    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    async def of(self, actor: Actor, influencer_id: UUID) -> tuple[NicheShown, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            await _profiles(connection, actor, influencer_id)
            rows = await connection.fetch(_OF, influencer_id, actor.demonstration)
        return tuple(
            NicheShown(
                niche=row["niche"],
                label_key=f"niches.{row['niche']}",
                holds=row["holds"],
                source="person" if row["said"] else "words",
                confidence=row["confidence"],
                words=tuple(row["words"] or ()),
                version=row["version"],
                judged_by=row["judged_by"],
                judged_at=row["judged_at"],
            )
            for row in rows
        )

    async def judge(self, actor: Actor, influencer_id: InfluencerId, niche: str, *, holds: bool) -> None:
        values = (actor.organisation, influencer_id, known_niche(niche), holds, actor.name)
        await self._change(actor, influencer_id, _JUDGE, *values)

    async def withdraw(self, actor: Actor, influencer_id: InfluencerId, niche: str) -> None:
        await self._change(actor, influencer_id, _WITHDRAW, actor.organisation, influencer_id, known_niche(niche))

    async def _change(self, actor: Actor, influencer_id: InfluencerId, statement: str, *values: object) -> None:
        async with self._database.writing(Tenant.of(actor)) as connection:
            raw = await driver(connection)
            profiles = await _profiles(raw, actor, influencer_id)
            await raw.execute(statement, *values)
            told = InfluencerChanged(
                owner=actor.organisation, influencer_id=influencer_id, change="labelled", profiles=profiles
            )
            await outbox.record(connection, self._ids, told)


async def _profiles(connection: Driver, actor: Actor, influencer_id: UUID) -> tuple[str, ...]:
    row = await connection.fetchrow(_THERE, influencer_id, actor.demonstration)
    if row is None:
        raise InfluencerNotFound(influencer_id)
    return tuple(row["profiles"])
