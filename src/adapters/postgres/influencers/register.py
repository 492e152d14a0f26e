"""Influencers in PostgreSQL: registered by name, or made one for each profile that an import finds nobody for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ....application.shared.actor import Actor
from ....application.shared.ports import Ids
from ....domain.influencers.influencer import Influencer
from ....domain.shared.ids import Owner
from ..database import Database, Driver, Tenant, driver

_AT_ONCE = 10_000


class PostgresInfluencers:
    """`InfluencerRegister`, one transaction per call."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, actor: Actor, influencers: Sequence[Influencer]) -> int:
        async with self._database.writing(Tenant.of(actor)) as connection:
            raw = await driver(connection)
            await raw.execute("create temp table arriving (id uuid, place int, profile_id bigint) on commit drop")
            await _number_profiles(raw, influencers)
            held = await raw.fetch(
                "select distinct a.id from arriving a join influencer_profiles h "
                "on h.profile_id = a.profile_id and h.owner is not distinct from $1",
                influencers[0].owner,
            )
            taken = {row["id"] for row in held}
            added = [influencer for influencer in influencers if influencer.id not in taken]
            await raw.executemany(
                "insert into influencers (id, owner, name, kind) values ($1, $2, $3, $4)",
                [(influencer.id, influencer.owner, influencer.name, str(influencer.kind)) for influencer in added],
            )
            await raw.execute(
                "insert into influencer_profiles (owner, influencer_id, profile_id) "
                "select i.owner, i.id, a.profile_id from arriving a join influencers i using (id) on conflict do nothing"
            )
            return len(added)


async def _number_profiles(raw: Driver, influencers: Sequence[Influencer]) -> None:
    named = [
        (influencer.id, place, str(ref.network), ref.name)
        for influencer in influencers
        for place, ref in enumerate(influencer.profiles)
    ]
    people, places, networks, names = zip(*named, strict=True) if named else ((), (), (), ())
    await raw.execute(
        "insert into profiles (network, network_id) select distinct * from unnest($1::text[], $2::text[]) as n(a, b) "
        "where not exists (select from profiles where network = a and network_id = b) "
        "order by 1, 2 on conflict do nothing",
        networks,
        names,
    )
    await raw.execute(
        "insert into arriving select n.id, n.place, p.id from "
        "unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) as n(id, place, network, name) "
        "join profiles p on p.network = n.network and p.network_id = n.name",
        people,
        places,
        networks,
        names,
    )


_NAME: Final = "coalesce(d.display_name, d.handle, p.network_id)"
_CALLED: Final = "left join profile_descriptions d on d.profile_id = p.id and d.owner is not distinct from $1"


async def introduce_influencers(raw: Driver, ids: Ids, owner: Owner) -> int:
    """Make an influencer for each of `file_profiles` that nobody whom the owner can see holds; the number made.

    Public evidence looks for public influencers only: others must see somebody behind a public profile. Whoever is
    called like their profile goes on being called so, in whatever order a file brings what the profile is called.
    """
    visible = "h.owner is null" if owner is None else f"(h.owner is null or h.owner = '{owner}')"
    unheld = (
        f"select p.id, {_NAME} as name from file_profiles f join profiles p on p.id = f.id {_CALLED} "  # noqa: S608  ours
        f"where not exists (select from influencer_profiles h where h.profile_id = p.id and {visible}) "
        f"order by p.network, p.network_id limit {_AT_ONCE}"
    )
    await raw.execute(
        f"update influencers i set name = {_NAME} "  # noqa: S608  ours
        f"from file_profiles f join profiles p on p.id = f.id {_CALLED} "
        "join influencer_profiles h on h.profile_id = p.id and h.owner is not distinct from $1 "
        f"where i.id = h.influencer_id and not i.name_chosen and i.name <> {_NAME}",
        owner,
    )
    made = 0
    while rows := await raw.fetch(unheld, owner):
        new = [ids.new() for _ in rows]
        await raw.execute(
            "insert into influencers (id, owner, name, name_chosen) "
            "select id, $1, name, false from unnest($2::uuid[], $3::text[]) n(id, name)",
            owner,
            new,
            [row["name"] for row in rows],
        )
        await raw.execute(
            "insert into influencer_profiles (owner, influencer_id, profile_id) "
            "select $1, * from unnest($2::uuid[], $3::bigint[])",
            owner,
            new,
            [row["id"] for row in rows],
        )
        made += len(rows)
    return made
