"""Profiles: the short numbers of accounts, and who an account is when people name it."""

from __future__ import annotations

from collections.abc import Sequence

from ....application.influencers.directory import ProfileAmbiguous
from ....application.shared.actor import Actor
from ....domain.shared.social import ProfileRef, handle
from ..database import Database, Driver, Tenant


async def number_staged_profiles(raw: Driver, tables: Sequence[str]) -> None:
    """Give every profile that the staged *tables* speak of its number, and list the numbers in `file_profiles`."""
    staged = " union ".join(f"select distinct network, profile_id from staged_{table}" for table in tables)  # noqa: S608  our names
    await raw.execute("create temp table file_profiles (id bigint not null) on commit drop")
    if not tables:
        return
    # In one order for everybody, so that two imports that bring the same new profiles wait and do not deadlock.
    await raw.execute(
        f"insert into profiles (network, network_id) select network, profile_id from ({staged}) s where not exists ("  # noqa: S608  our names
        "select from profiles p where p.network = s.network and p.network_id = s.profile_id) "
        "order by network, profile_id on conflict do nothing"
    )
    await raw.execute(
        f"insert into file_profiles select p.id from ({staged}) s "  # noqa: S608  our names
        "join profiles p on p.network = s.network and p.network_id = s.profile_id"
    )


class PostgresProfileDirectory:
    """`ProfileDirectory`: looks names up among the descriptions that the actor may see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def resolve(self, actor: Actor, ref: ProfileRef) -> ProfileRef:
        async with self._database.reading(Tenant.of(actor)) as connection:
            return await resolved(connection, ref)


async def resolved(connection: Driver, ref: ProfileRef) -> ProfileRef:
    """Return the profile by the network's own id; one that nobody described under that name is called by it.

    Raises `ProfileAmbiguous`.
    """
    rows = await connection.fetch(
        "select network_id from profiles where network = $1 and network_id = $2",
        ref.network,
        ref.name.lstrip("@"),
    ) or await connection.fetch(
        "select distinct p.network_id from profiles p join profile_descriptions d on d.profile_id = p.id "
        "where p.network = $1 and lower(d.handle) in ($2, '@' || $2) order by 1 limit 5",
        ref.network,
        handle(ref.name),
    )
    if len(rows) > 1:
        raise ProfileAmbiguous(ref, [row["network_id"] for row in rows])
    return ProfileRef(ref.network, rows[0]["network_id"] if rows else ref.name.lstrip("@"))
