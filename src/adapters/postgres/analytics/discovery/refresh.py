"""Bringing the rows that searches run over up to date: one statement over all that was touched, then texts and audiences.

All of it follows from other tables, so doing it twice changes nothing, and a row that is as it should be is not written.
"""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from .....domain.analytics.columns import NO_TIME
from .....domain.analytics.formulas.measures import NAMES, Measures
from ...collection.targets import Owned
from ...database import Driver
from ..evidence import Scope, along_the_index
from ..wire import put
from .audiences import refresh_audiences
from .niches import places
from .texts import refresh_texts

_INSTANTS: Final = ("last_post", "seen")
DECIMALS: Final = 6

_STAGE: Final = f"""
    create temp table if not exists staged_measures (
        profile_id bigint primary key, {", ".join(f"{name} double precision" for name in NAMES)},
        {", ".join(f"{name}_us bigint" for name in _INSTANTS)}
    ) on commit drop;
    truncate staged_measures
"""
_TOUCHED: Final = """
    create temp table if not exists touched_influencers (influencer_id uuid primary key) on commit drop;
    truncate touched_influencers
"""
_FIND_TOUCHED: Final = """
    with named as (
        select influencer_id from influencer_profiles where profile_id = any($1::bigint[])
        union select id from unnest($2::uuid[]) id
        union select influencer_id from discovery d where d.profile_id = any($1::bigint[]) and {mine}
    )
    insert into touched_influencers
    select influencer_id from named
    union
    select theirs.influencer_id
    from named join influencer_profiles held using (influencer_id)
    join influencer_profiles theirs on theirs.profile_id = held.profile_id
"""

_NO_LONGER_STANDING: Final = """
    delete from standings s using touched_influencers t
    where s.influencer_id = t.influencer_id and {mine} and not exists (
        select from influencer_profiles l join scores c on c.profile_id = l.profile_id and c.current
        where l.influencer_id = s.influencer_id)
"""
_BEST: Final = """
    left join lateral (
        select * from profile_descriptions d where d.profile_id = l.profile_id {described}
        order by d.owner nulls last limit 1) d on true
    left join lateral (
        select s.score, s.confidence, s.followers from standings s where s.influencer_id = i.id {standing}
        order by s.owner nulls last limit 1) s on true
    left join lateral (
        select c.score, case when c.x[6] <> 'NaN' then c.y[6] end as audience_quality
        from scores c where c.profile_id = l.profile_id and c.current {scored}
        order by c.owner nulls last limit 1) c on true
"""
_NUMBERS: Final = """
    left join staged_measures m on m.profile_id = l.profile_id
    left join lateral (
        select * from discovery k where k.profile_id = l.profile_id and k.measured and {mine_k} limit 1) k on true
    left join lateral (
        select * from discovery p where p.profile_id = l.profile_id and p.owner is null limit 1) p on {public}
"""


def _instant(name: str) -> str:
    # Whole seconds and then the rest: a double holds the microseconds of an instant only just.
    return (
        f"timestamptz 'epoch' + m.{name}_us / 1000000 * interval '1 second' + m.{name}_us % 1000000 * interval '1 us'"
    )


def _number(name: str, staged: str) -> str:
    return f"case when m.profile_id is not null then {staged} when k.id is not null then k.{name} else p.{name} end"


_COLUMNS: Final = {
    "influencer_id": "i.id",
    "profile_id": "l.profile_id",
    "shown": "not {hidden}",
    "several": "count(*) over (partition by i.id) > 1",
    "measured": "m.profile_id is not null or k.id is not null",
    "own": "i.owner is not null",
    "kind": "i.kind",
    "added": "i.created_at",
    "network": "f.network",
    "score": "s.score",
    "confidence": "s.confidence",
    "followers_total": "nullif(s.followers, 'NaN')",
    "profile_score": "c.score",
    "audience_quality": "c.audience_quality",
    **{name: _number(name, f"nullif(m.{name}, 'NaN')") for name in NAMES},
    **{name: _number(name, f"case when m.{name}_us <> {NO_TIME} then {_instant(name)} end") for name in _INSTANTS},
    "niches": f"""coalesce((
        with said as (
            select distinct on (v.niche) v.niche, v.holds from niche_verdicts v where v.influencer_id = i.id
            order by v.niche, v.owner nulls last)
        select bit_or(1::bigint << place.bit) from {places()} where place.niche in (
            select said.niche from said where said.holds
            union
            select n.niche from niche_labels n where n.profile_id = l.profile_id {{labelled}} and not exists (
                select from said where said.niche = n.niche and not said.holds))), 0)""",
    "country": "upper(nullif(btrim(d.country), ''))",
    "language": "lower(nullif(btrim(d.language), ''))",
    "verified": "d.is_verified",
    "handle": "lower(ltrim(d.handle, '@'))",
    "category": "nullif(btrim(d.category), '')",
    "account_type": "lower(nullif(btrim(d.account_type), ''))",
    "contact": r"""case when d.bio is not null or d.url is not null then array_remove(array[
        case when d.bio ~ '[[:alnum:]._%+-]+@[[:alnum:]-]+\.[[:alpha:]]' then 'email' end,
        case when d.bio ~* '(https?://|www\.)' or d.extra ? 'external_url' then 'link' end], null) end""",
}
_HIDDEN: Final = """(i.owner is null and exists (
    select from influencer_profiles theirs
    join influencer_profiles held on held.profile_id = theirs.profile_id and held.owner is not null
    join influencers own on own.id = held.influencer_id and own.archived_at is null
    where theirs.influencer_id = i.id))"""
_CONCERNS_US: Final = f"""
    and (i.owner is not null or {_HIDDEN}
        or exists (select from standings o where o.influencer_id = i.id and o.owner is not null)
        or exists (select from niche_verdicts o where o.influencer_id = i.id and o.owner is not null))
"""
_UPSERT: Final = """
    with wanted as materialized (
        select {values}
        from touched_influencers t
        join influencers i on i.id = t.influencer_id and i.archived_at is null {of_theirs}
        left join influencer_profiles l on l.influencer_id = i.id
        left join profiles f on f.id = l.profile_id
        {best} {numbers}
        where true {concerned}
    ), gone as (
        delete from discovery d where d.id in (
            select kept.id from touched_influencers t
            cross join lateral (
                select d.id, d.influencer_id, d.profile_id from discovery d
                where d.influencer_id = t.influencer_id and {mine_d} offset 0) kept
            where not exists (
                select from wanted w
                where w.influencer_id = kept.influencer_id and w.profile_id is not distinct from kept.profile_id))
    )
    insert into discovery as d (owner, {names})
    select {owner}, {names} from wanted
    on conflict (influencer_id, profile_id, owner) do update set {assignments}
    where row({old}) is distinct from row({new})
"""


async def refresh(
    raw: Driver,
    owned: Owned,
    scope: Scope,
    *,
    profiles: Sequence[int],
    influencers: Sequence[UUID] = (),
    measures: Measures | None = None,
    texts_of: Sequence[int] = (),
) -> int:
    """Bring up to date whoever has one of *profiles* or is one of *influencers*; the number of rows written.

    Numbers come from *measures*, and where it says nothing stay as they are. Texts and audiences are made anew where
    they are missing, for *influencers*, and for *texts_of*, profiles of which there is new evidence.
    """
    await one_at_a_time(raw, owned)
    await raw.execute(f"{_STAGE}; {_TOUCHED}")
    if measures is not None and len(measures.profile_id):
        await put(raw, "staged_measures", _staged(measures))
    touched = _FIND_TOUCHED.format(mine=owned.holds("d"))
    if _count(await raw.execute(touched, list(profiles), list(influencers))) == 0:
        return 0
    await raw.execute(_NO_LONGER_STANDING.format(mine=owned.holds("s")))
    anew = (list(texts_of), list(influencers))
    async with along_the_index(raw):
        written = _count(await raw.execute(_upsert(owned, scope)))
    await refresh_texts(raw, owned, scope, *anew)
    await refresh_audiences(raw, owned, scope, *anew)
    return written


async def one_at_a_time(raw: Driver, owned: Owned) -> None:
    """Wait until nobody else changes what the searches of an owner run over: two would wait for each other's words."""
    await raw.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"discovery of {owned.owner or 'everybody'}"
    )


def _upsert(owned: Owned, scope: Scope) -> str:
    ours = owned.owner is not None
    hidden = _HIDDEN if ours else "false"
    values = (
        ", ".join(f"{sql} as {name}" for name, sql in _COLUMNS.items())
        .replace("{hidden}", hidden)
        .replace("{labelled}", scope.where("n"))
    )
    names = list(_COLUMNS)
    changing = [name for name in names if name not in {"influencer_id", "profile_id"}]
    best = _BEST.format(described=scope.where("d"), standing=scope.where("s"), scored=scope.where("c"))
    public = "true" if ours and scope is Scope.SHARED else "false"
    return _UPSERT.format(
        values=values,
        of_theirs=scope.where("i"),
        best=best,
        numbers=_NUMBERS.format(mine_k=owned.holds("k"), public=public),
        concerned=_CONCERNS_US if ours else "",
        mine_d=owned.holds("d"),
        owner=owned.literal,
        names=", ".join(names),
        assignments=", ".join(f"{name} = excluded.{name}" for name in changing),
        old=", ".join(f"d.{name}" for name in changing),
        new=", ".join(f"excluded.{name}" for name in changing),
    )


def _staged(measures: Measures) -> dict[str, NDArray[np.generic]]:
    return {
        "profile_id": measures.profile_id.astype(np.int64),
        **{name: np.round(measures.values[name], DECIMALS) for name in NAMES},
        "last_post_us": measures.last_post,
        "seen_us": measures.seen,
    }


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
