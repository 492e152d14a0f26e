"""Who listens, as shares: the newest reading of each dimension of a profile's audience."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ...collection.targets import Owned
from ...database import Driver
from ..evidence import Scope

DIMENSIONS: Final = ("country", "city", "language", "gender", "age")

_FOLD: Final = """case dimension
    when 'country' then upper(key)
    when 'language' then lower(key)
    when 'gender' then case upper(key) when 'FEMALE' then 'F' when 'MALE' then 'M' when 'UNKNOWN' then 'U' else upper(key) end
    else key end"""
_PARTS: Final = """
    select dimension, key, value, unit from newest where dimension <> 'gender_age'
    union all
    select 'gender', split_part(key, ':', 1), value, unit from newest
    where dimension = 'gender_age' and not exists (select from newest o where o.dimension = 'gender')
    union all
    select 'age', split_part(key, ':', 2), value, unit from newest
    where dimension = 'gender_age' and not exists (select from newest o where o.dimension = 'age')
"""
"""Age by gender adds up to either of them where the network does not tell them apart."""
_SHARES: Final = f"""
    with affected as materialized (
        select d.id, d.profile_id from touched_influencers t
        join discovery d on d.influencer_id = t.influencer_id and {{mine_d}}
        where d.profile_id is not null and (d.profile_id = any($1::bigint[]) or d.influencer_id = any($2::uuid[])
            or not exists (select from discovery_audiences a where a.discovery_id = d.id))
    ), wanted as materialized (
        select f.id, s.dimension, s.key, s.share
        from affected f cross join lateral (
            with newest as materialized (
                select a.dimension, a.key, a.value, a.unit from audience a
                join lateral (
                    select o.observed_at, o.owner, o.scope from audience o
                    where o.profile_id = a.profile_id and o.network_post_id = '' and o.dimension = a.dimension {{older}}
                    order by o.observed_at desc, o.owner nulls last, o.scope limit 1) n
                    on n.observed_at = a.observed_at and n.scope = a.scope and n.owner is not distinct from a.owner
                where a.profile_id = f.profile_id and a.network_post_id = '' {{told}}
            ), parts as ({_PARTS})
            select dimension, {_FOLD} as key,
                round((sum(value) / case when bool_or(unit = 'count') then nullif(sum(sum(value)) over (partition by dimension), 0)
                    else 1 end * 100)::numeric, 6)::double precision as share
            from parts where dimension in ({", ".join(f"'{name}'" for name in DIMENSIONS)})
            group by dimension, {_FOLD}
        ) s where s.share is not null and s.key <> ''
    ), gone as (
        delete from discovery_audiences a using affected f
        where a.discovery_id = f.id and not exists (
            select from wanted w where w.id = a.discovery_id and w.dimension = a.dimension and w.key = a.key)
    )
    insert into discovery_audiences as a (owner, discovery_id, dimension, key, share)
    select {{owner}}, id, dimension, key, share from wanted
    on conflict (discovery_id, dimension, key) do update set share = excluded.share where a.share <> excluded.share
"""


async def refresh_audiences(
    raw: Driver, owned: Owned, scope: Scope, profiles: Sequence[int], influencers: Sequence[UUID]
) -> None:
    """Make the audiences of those in `touched_influencers` anew: where there are none, of *profiles* and of *influencers*."""
    sql = _SHARES.format(mine_d=owned.holds("d"), older=scope.where("o"), told=scope.where("a"), owner=owned.literal)
    await raw.execute(sql, list(profiles), list(influencers))
