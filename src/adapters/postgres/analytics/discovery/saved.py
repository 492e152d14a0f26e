"""`SavedSearchWorks` and `SavedSearchViews` over PostgreSQL."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from .....application.analytics.discovery.saved import (
    NAMED,
    Anew,
    SavedSearchKey,
    SavedSearchNotFound,
    SavedSearchPage,
    SavedSearchShown,
    on_saved_search,
)
from .....application.analytics.discovery.search import Search
from .....application.shared.actor import Actor
from .....application.shared.ports import Ids
from .....domain.analytics.events import SearchFoundMore
from .....domain.analytics.saved_search import MOST_WATCHED, Alert, SavedSearch
from .....domain.shared.ids import OrganisationId, WorkspaceId
from .....domain.shared.plan import Standing
from ... import outbox
from ...auditing import noted
from ...bounded import counted_for_one_more
from ...database import Database, Driver, Tenant, driver
from ...organisations import organisations_known
from .conditions import Statement
from .pages import matching
from .spelling import meanings
from .words import Sought

COUNT: Final = {Standing.SAVED_SEARCHES: "select count(*) from saved_searches where owner = $1"}
"""What plans bound, counted of the organisation $1."""
_COLUMNS: Final = "id, workspace, name, filter, q, sort, private, made_by, alert, due_at, version"
_THEIRS: Final = "owner = $1 and (not private or made_by = $2)"
"""Saved searches of the organisation $1 that $2 sees; of which workspaces, the lock says."""
_SAVE: Final = """
    insert into saved_searches as s
        (id, owner, workspace, name, filter, q, sort, private, made_by, made_by_name, alert, due_at, version)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    on conflict (id) do update set name = excluded.name, filter = excluded.filter, q = excluded.q, sort = excluded.sort,
        private = excluded.private, alert = excluded.alert, due_at = excluded.due_at, version = excluded.version,
        changed_at = now() where s.owner = excluded.owner
"""
_SHOWN: Final = f"""
    select id as search_id, workspace as workspace_id, name, filter, q, sort, private, alert, looked_at,
        made_by_name as made_by, changed_at, version
    from saved_searches where {_THEIRS}
"""
_DUE: Final = f"""
    select {_COLUMNS}, owner, made_by_name, begun,
        (select demonstration from organisations o where o.id = owner) as demonstration
    from saved_searches where owner = $1 and due_at <= $2 order by due_at limit 1 for update skip locked
"""


class PostgresSavedSearchWorks:
    """*most* is how many a search may find of which whoever is new is told."""

    def __init__(self, database: Database, ids: Ids, *, most: int = MOST_WATCHED) -> None:
        self._database = database
        self._ids = ids
        self._most = most

    @asynccontextmanager
    async def work(self, actor: Actor) -> AsyncIterator[PostgresSavedSearchWork]:
        async with self._database.writing(Tenant.of(actor)) as connection:
            yield PostgresSavedSearchWork(connection, await driver(connection), self._ids, actor)

    async def organisations(self) -> Sequence[OrganisationId]:
        return await organisations_known(self._database)

    @asynccontextmanager
    async def due(self, organisation: OrganisationId, now: datetime) -> AsyncIterator[PostgresWatchWork | None]:
        async with self._database.writing(Tenant.owning(organisation)) as connection:
            raw = await driver(connection)
            row = await raw.fetchrow(_DUE, organisation, now)
            if row is None:
                yield None
                return
            work = PostgresWatchWork(connection, raw, self._ids, row, self._most)
            await raw.execute(Tenant.of(work.actor).settings_sql)
            yield work


class PostgresSavedSearchWork:
    def __init__(self, connection: AsyncConnection, raw: Driver, ids: Ids, actor: Actor) -> None:
        self._connection = connection
        self._raw = raw
        self._ids = ids
        self._actor = actor

    async def get(self, search_id: UUID) -> SavedSearch | None:
        row = await self._raw.fetchrow(
            f"select {_COLUMNS} from saved_searches where {_THEIRS} and id = $3 for update",
            self._actor.organisation,
            self._actor.caller,
            search_id,
        )
        return None if row is None else _saved(row, self._actor.organisation)

    async def count(self) -> int:
        return await counted_for_one_more(self._raw, self._actor, COUNT[Standing.SAVED_SEARCHES])

    async def save(self, saved: SavedSearch) -> None:
        await self._raw.execute(
            _SAVE,
            saved.id,
            saved.organisation,
            saved.workspace,
            saved.name,
            saved.filter,
            saved.q,
            saved.sort,
            saved.private,
            saved.made_by,
            self._actor.name,
            saved.alert,
            saved.due_at,
            saved.version,
        )
        await self._note("analytics.search_saved", saved)

    async def forget_found(self, saved: SavedSearch) -> None:
        await self._raw.execute(
            "delete from saved_search_finds where search_id = $1 and owner = $2", saved.id, saved.organisation
        )
        await self._raw.execute(
            "update saved_searches set begun = false where id = $1 and owner = $2", saved.id, saved.organisation
        )

    async def delete(self, saved: SavedSearch) -> None:
        await self._raw.execute("delete from saved_searches where id = $1 and owner = $2", saved.id, saved.organisation)
        await self._note("analytics.search_deleted", saved)

    async def _note(self, action: str, saved: SavedSearch) -> None:
        await noted(
            self._connection,
            self._ids,
            organisation=saved.organisation,
            actor=self._actor.caller,
            action=action,
            subject=f"search:{saved.id}",
            name=saved.name,
        )


class PostgresWatchWork:
    def __init__(self, connection: AsyncConnection, raw: Driver, ids: Ids, row: asyncpg.Record, most: int) -> None:
        self._connection = connection
        self._raw = raw
        self._ids = ids
        self._most = most
        self._begun: bool = row["begun"]
        self.saved = _saved(row, OrganisationId(row["owner"]))
        self.actor = Actor(
            organisation=self.saved.organisation,
            name=row["made_by_name"],
            caller=self.saved.made_by,
            workspace=self.saved.workspace,
            demonstration=row["demonstration"],
        )

    async def found_anew(self, search: Search) -> Anew | None:
        statement = Statement()
        sought = Sought(search.words, await meanings(self._raw, search.words))
        where = matching(statement, self.actor, search, sought, "d", at_once=True)
        await self._raw.execute("create temp table found (influencer_id uuid) on commit drop")
        tag: str = await self._raw.execute(
            f"insert into found select distinct d.influencer_id from discovery d where {where} limit {self._most + 1}",
            *statement.values,
        )
        if int(tag.rpartition(" ")[2]) > self._most:
            return Anew(found=0, names=(), whole=False)
        new = await self._raw.fetch(
            "insert into saved_search_finds (owner, search_id, influencer_id) "
            "select $1, $2, influencer_id from found on conflict do nothing returning influencer_id",
            self.saved.organisation,
            self.saved.id,
        )
        if not self._begun:
            self._begun = True
            return None
        names = await self._raw.fetch(
            "select i.name from influencers i left join lateral ("
            "select s.score from standings s where s.influencer_id = i.id order by s.owner nulls last limit 1) s on true "
            f"where i.id = any($1::uuid[]) order by s.score desc nulls last, i.name limit {NAMED}",
            [row["influencer_id"] for row in new],
        )
        return Anew(found=len(new), names=tuple(row["name"] for row in names), whole=True)

    async def settle(self, at: datetime, *events: SearchFoundMore) -> None:
        await self._raw.execute(
            "update saved_searches set looked_at = $3, due_at = $4, alert = $5, begun = $6 where id = $1 and owner = $2",
            self.saved.id,
            self.saved.organisation,
            at,
            self.saved.due_at,
            self.saved.alert,
            self._begun,
        )
        await outbox.record(self._connection, self._ids, *events)


class PostgresSavedSearchViews:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, actor: Actor, *, after: SavedSearchKey | None = None, limit: int = 50) -> SavedSearchPage:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                f"{_SHOWN} and ($3::timestamptz is null or (changed_at, id) < ($3, $4::uuid)) "
                "order by changed_at desc, id desc limit $5",
                actor.organisation,
                actor.caller,
                None if after is None else after.changed_at,
                None if after is None else after.search_id,
                limit + 1,
            )
        items = tuple(_shown(actor, row) for row in rows[:limit])
        more = len(rows) > limit
        last = SavedSearchKey(changed_at=items[-1].changed_at, search_id=items[-1].search_id) if more else None
        return SavedSearchPage(items=items, next=last)

    async def get(self, actor: Actor, search_id: UUID) -> SavedSearchShown:
        async with self._database.reading(Tenant.of(actor)) as connection:
            row = await connection.fetchrow(f"{_SHOWN} and id = $3", actor.organisation, actor.caller, search_id)
        if row is None:
            raise SavedSearchNotFound(search_id)
        return _shown(actor, row)


def _shown(actor: Actor, row: asyncpg.Record) -> SavedSearchShown:
    facts: dict[str, Any] = dict(row)
    return SavedSearchShown(**{**facts, "alert": Alert(facts["alert"])}, can=on_saved_search(actor))


def _saved(row: asyncpg.Record, organisation: OrganisationId) -> SavedSearch:
    facts: dict[str, Any] = {name.strip(): row[name.strip()] for name in _COLUMNS.split(",")}
    workspace: UUID | None = facts["workspace"]
    return SavedSearch(
        **{
            **facts,
            "organisation": organisation,
            "workspace": None if workspace is None else WorkspaceId(workspace),
            "alert": Alert(facts["alert"]),
        }
    )
