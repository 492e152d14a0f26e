"""`Discovery` over PostgreSQL: pages of influencers along an order, and the lines that are shown of them."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from .....application.analytics.discovery.fields import BY_NAME, RELEVANCE, Kind
from .....application.analytics.discovery.search import (
    COUNTED_BESIDE,
    Found,
    FoundProfile,
    Search,
    SearchKey,
    SearchPage,
)
from .....application.analytics.views import Total
from .....application.shared.actor import Actor
from .....domain.shared.ids import ProfileId
from ...database import Database, Driver, Tenant
from ..influencers import LINE, STANDING, standing_of
from ..rows import count
from .conditions import Conditions, Statement
from .facets import Sampling, counted
from .spelling import meanings
from .visibility import visible
from .words import Sought

Asked: TypeAlias = tuple[str, Sequence[object]]
"""A statement, and the values that travel beside it."""
_AT_ONCE: Final = 500
"""Rows of a walk that are in memory together."""
_WALK_S: Final = 300
"""How long the first rows of a walk may take: whoever is exported is sorted before."""


class PostgresDiscovery:
    """Walks the index of the order where there is one, so that a page costs the same wherever it begins."""

    def __init__(self, database: Database, *, sampling: Sampling = Sampling()) -> None:  # noqa: B008  it is frozen
        self._database = database
        self._sampling = sampling

    async def search(
        self,
        actor: Actor,
        search: Search,
        *,
        after: SearchKey | None = None,
        limit: int = 50,
        facets: tuple[str, ...] = (),
    ) -> SearchPage:
        async with self._database.reading(Tenant.of(actor), plan_anew=True) as connection:
            sought = Sought(search.words, await meanings(connection, search.words))
            rows = await _page(connection, actor, search, sought, after, limit + 1)
            shown = rows[:limit]
            items = await _lines(connection, [row["influencer_id"] for row in shown], [row["id"] for row in shown])
            if facets:
                total, told = await counted(connection, actor, search, sought, facets, self._sampling)
            elif after is None and len(rows) <= limit:
                total, told = Total(value=len(rows), exact=True), None
            elif search.sort.field == RELEVANCE and rows:
                total, told = Total(value=rows[0]["found"], exact=True), None
            else:
                total, told = await _total(connection, actor, search, sought), None
        return SearchPage(items=items, next=_key(shown[-1]) if len(rows) > limit else None, total=total, facets=told)

    async def walk(self, actor: Actor, search: Search) -> AsyncGenerator[tuple[Found, ...], None]:
        async with self._database.reading(Tenant.of(actor), plan_anew=True, timeout_s=_WALK_S) as connection:
            sought = Sought(search.words, await meanings(connection, search.words))
            for sql, values in _whole(actor, search, sought):
                cursor = await connection.cursor(sql, *values)
                while rows := await cursor.fetch(_AT_ONCE):
                    yield await _lines(connection, [row["influencer_id"] for row in rows], [row["id"] for row in rows])

    async def lookup(self, actor: Actor, influencers: tuple[UUID, ...]) -> tuple[Found, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                f"select distinct d.influencer_id from discovery d where d.influencer_id = any($1) and {visible(actor, 'd')}",
                list(influencers),
            )
            seen = {row["influencer_id"] for row in rows}
            return await _lines(connection, [each for each in influencers if each in seen], [])


async def _page(
    connection: Driver, actor: Actor, search: Search, sought: Sought, after: SearchKey | None, wanted: int
) -> list[asyncpg.Record]:
    """Read on after *after*: first those who have a value in the order, then those without."""
    if search.sort.field == RELEVANCE:
        sql, values = _by_relevance(actor, search, sought, after, wanted)
        found: list[asyncpg.Record] = await connection.fetch(sql, *values)
        return found
    rows: list[asyncpg.Record] = []
    if after is None or after.value is not None:
        sql, values = _ordered(actor, search, sought, after, wanted, known=True)
        rows = await connection.fetch(sql, *values)
        after = None
    if len(rows) < wanted:
        sql, values = _ordered(actor, search, sought, after, wanted - len(rows), known=False)
        rows += await connection.fetch(sql, *values)
    return rows


def _whole(actor: Actor, search: Search, sought: Sought) -> Sequence[Asked]:
    """The statements that read everybody, one after the other, in the order of the search."""
    if search.sort.field == RELEVANCE:
        return [_by_relevance(actor, search, sought, None, None)]
    return [_ordered(actor, search, sought, None, None, known=known) for known in (True, False)]


def _ordered(
    actor: Actor, search: Search, sought: Sought, after: SearchKey | None, wanted: int | None, *, known: bool
) -> Asked:
    statement = Statement()
    key, direction = _sort_value(search, "d"), "desc" if search.sort.descending else "asc"
    where = matching(statement, actor, search, sought, "d")
    best = _none_better(statement, actor, search, sought, known=known)
    if known:
        where += f" and {_sort_column(search, 'd')} is not null and {best}"
        if after is not None:
            value = statement.put(after.value, "double precision")
            last = statement.put(after.influencer_id, "uuid")
            bound = f"to_timestamp({value})" if _is_day(search) else value
            sign = "<=" if search.sort.descending else ">="
            column = _sort_column(search, "d")
            where += f" and {column} {sign} {bound} and not ({column} = {bound} and d.influencer_id <= {last})"
        order = f"{_sort_column(search, 'd')} {direction}, d.influencer_id"
    else:
        where += f" and {_sort_column(search, 'd')} is null and {best}"
        if after is not None:
            where += f" and d.influencer_id > {statement.put(after.influencer_id, 'uuid')}"
        order = "d.influencer_id"
    sql = f"select d.influencer_id, d.id, {key} as key from discovery d where {where} order by {order}{_up_to(wanted)}"
    return sql, statement.values


def _up_to(wanted: int | None) -> str:
    return "" if wanted is None else f" limit {int(wanted)}"


def _by_relevance(actor: Actor, search: Search, sought: Sought, after: SearchKey | None, wanted: int | None) -> Asked:
    """Few have the words, so their ranks are computed all, and ordered."""
    statement = Statement()
    where = matching(statement, actor, search, sought, "d", at_once=True)
    rank = sought.rank(statement)
    begin = ""
    if after is not None:
        value, last = statement.put(after.value, "double precision"), statement.put(after.influencer_id, "uuid")
        begin = f"where key <= {value} and not (key = {value} and influencer_id <= {last})"
    sql = (
        "select influencer_id, id, key, found from (select *, count(*) over () as found from ("
        f"select distinct on (d.influencer_id) d.influencer_id, d.id, {rank} as key "
        f"from discovery d join discovery_texts x on x.discovery_id = d.id where {where} "
        "order by d.influencer_id, key desc, d.id"
        f") ranked) counted {begin} order by key desc, influencer_id{_up_to(wanted)}"
    )
    return sql, statement.values


def matching(
    statement: Statement, actor: Actor, search: Search, sought: Sought, alias: str, *, at_once: bool = False
) -> str:
    criteria = Conditions(statement, search.now, actor.caller).of(search.criteria, alias)
    words = f" and {sought.condition(statement, alias, at_once=at_once)}" if sought.words else ""
    return f"{visible(actor, alias)} and {criteria}{words}"


def _none_better(statement: Statement, actor: Actor, search: Search, sought: Sought, *, known: bool) -> str:
    """The condition that no other profile of the influencer that is found too stands before this one in the order."""
    mine, theirs = _sort_column(search, "d"), _sort_column(search, "o")
    if known:
        sign = ">" if search.sort.descending else "<"
        better = f"({theirs} {sign} {mine} or ({theirs} = {mine} and o.id < d.id))"
    else:
        better = f"({theirs} is not null or o.id < d.id)"
    others = matching(statement, actor, search, sought, "o")
    return (
        "(not d.several or not exists (select from discovery o "
        f"where o.influencer_id = d.influencer_id and o.id <> d.id and {better} and {others}))"
    )


async def _total(connection: Driver, actor: Actor, search: Search, sought: Sought) -> Total:
    """Count exactly up to `COUNTED_BESIDE`; of more, the planner's guess is told: a count would cost more than the page."""
    statement = Statement()
    where = matching(statement, actor, search, sought, "d")
    rows = f"select d.several, d.influencer_id from discovery d where {where}"
    row = await connection.fetchrow(
        "select count(*) as rows, "
        "count(*) filter (where not several) + count(distinct influencer_id) filter (where several) as influencers "
        f"from ({rows} limit {COUNTED_BESIDE + 1}) found",
        *statement.values,
    )
    assert row is not None
    if row["rows"] <= COUNTED_BESIDE:
        return Total(value=row["influencers"], exact=True)
    plan = msgspec.json.decode(await connection.fetchval(f"explain (format json) {rows}", *statement.values))
    return Total(value=max(row["influencers"], int(plan[0]["Plan"]["Plan Rows"])), exact=False)


def _is_day(search: Search) -> bool:
    return BY_NAME[search.sort.field].kind is Kind.DAY


def _sort_column(search: Search, alias: str) -> str:
    return f"{alias}.{BY_NAME[search.sort.field].name}"


def _sort_value(search: Search, alias: str) -> str:
    """As a cursor carries it: seconds since 1970 where it is an instant."""
    column = _sort_column(search, alias)
    return f"extract(epoch from {column})::double precision" if _is_day(search) else column


def _key(row: asyncpg.Record) -> SearchKey:
    return SearchKey(value=row["key"], influencer_id=row["influencer_id"])


_LINES: Final = f"""
    select {LINE}, {STANDING}
    from unnest($1::uuid[]) with ordinality asked(id, place)
    join influencers i on i.id = asked.id
    left join lateral (
        select * from standings s where s.influencer_id = i.id order by s.owner nulls last limit 1) s on true
    order by asked.place
"""
_PROFILES: Final = """
    select distinct on (d.influencer_id, d.network, f.network_id)
        d.influencer_id, d.profile_id, d.network, f.network_id, e.handle, e.display_name, d.country, d.language,
        d.category, d.verified, d.followers, d.profile_score as score, d.er, d.avg_views, d.avg_interactions,
        d.posts_per_week, d.growth_30d, d.last_post, (d.seen at time zone 'UTC')::date as seen,
        d.id = any($2::bigint[]) as matched
    from discovery d
    join profiles f on f.id = d.profile_id
    left join lateral (
        select e.handle, e.display_name from profile_descriptions e where e.profile_id = d.profile_id
        order by e.owner nulls last limit 1) e on true
    where d.influencer_id = any($1::uuid[])
    order by d.influencer_id, d.network, f.network_id, d.owner nulls last
"""


async def _lines(connection: Driver, influencers: Sequence[UUID], matched: Sequence[int]) -> tuple[Found, ...]:
    if not influencers:
        return ()
    profiles: dict[UUID, list[FoundProfile]] = {}
    for row in await connection.fetch(_PROFILES, influencers, matched):
        profiles.setdefault(row["influencer_id"], []).append(_profile(row))
    return tuple(_found(row, profiles) for row in await connection.fetch(_LINES, influencers))


def _found(row: asyncpg.Record, profiles: Mapping[UUID, Sequence[FoundProfile]]) -> Found:
    return Found(
        influencer_id=row["id"],
        name=row["name"],
        kind=row["kind"],
        own=row["own"],
        profiles=tuple(profiles.get(row["id"], ())),
        standing=standing_of(row),
    )


def _profile(row: asyncpg.Record) -> FoundProfile:
    return FoundProfile(
        profile_id=ProfileId(row["profile_id"]),
        network=row["network"],
        network_id=row["network_id"],
        handle=row["handle"],
        display_name=row["display_name"],
        country=row["country"],
        language=row["language"],
        category=row["category"],
        verified=row["verified"],
        followers=count(row["followers"]),
        score=row["score"],
        er=row["er"],
        avg_views=row["avg_views"],
        avg_interactions=row["avg_interactions"],
        posts_per_week=row["posts_per_week"],
        growth_30d=row["growth_30d"],
        last_post=row["last_post"],
        seen=row["seen"],
        matched=row["matched"],
    )
