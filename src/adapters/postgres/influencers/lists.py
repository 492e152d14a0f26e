"""`ListWorks` and `ListViews` over PostgreSQL; the lock lets whoever acts for a workspace see and write its lists alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from ....application.influencers.lists import (
    Changed,
    Listed,
    ListedKey,
    ListedPage,
    ListKey,
    ListNotFound,
    ListPage,
    ListShown,
)
from ....application.influencers.policy import on_list
from ....application.shared.actor import Actor
from ....application.shared.ports import Ids
from ....domain.influencers.lists import InfluencerList
from ....domain.shared.ids import InfluencerId, ListId, OrganisationId, WorkspaceId
from ....domain.shared.plan import Standing
from ..auditing import noted
from ..bounded import counted_for_one_more
from ..database import Database, Driver, Tenant, driver
from .visible import SEEN

COUNT: Final = {Standing.LISTS: "select count(*) from lists where owner = $1"}
"""What plans bound, counted of the organisation $1."""
_THEIRS: Final = "l.owner = $1 and (not l.private or l.made_by = $2)"
"""Lists of the organisation $1 that $2 sees; of which workspaces, the lock says."""
_FIND: Final = f"""
    select l.id, l.workspace, l.name, l.description, l.private, l.made_by, l.version from lists l
    where {_THEIRS} and l.id = $3 for update
"""  # noqa: S608  constants of this file
_SAVE: Final = """
    insert into lists as l (id, owner, workspace, name, description, private, made_by, made_by_name, version)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (id) do update set name = excluded.name, description = excluded.description, private = excluded.private,
        version = excluded.version, changed_at = now() where l.owner = excluded.owner
"""
_ADD: Final = f"""
    with seen as ({SEEN}), added as (
        insert into list_items (owner, workspace, list_id, influencer_id, added_by)
        select $2, $4, $5, id, $6 from seen on conflict do nothing returning influencer_id
    ) select (select count(*) from added) as added, array(select id from seen) as seen
"""  # noqa: S608
_SHOWN: Final = f"""
    select l.id as list_id, l.workspace as workspace_id, l.name, l.description, l.private, l.made_by_name as made_by,
        l.made_at, l.changed_at, l.version,
        (select count(*) from list_items m join influencers i on i.id = m.influencer_id
            where m.list_id = l.id and (i.archived_at is null or i.merged_into is not null)) as items
    from lists l where {_THEIRS}
"""  # noqa: S608
_ITEMS: Final = """
    select coalesce(i.merged_into, i.id) as influencer_id, m.added_by, m.added_at, m.influencer_id as key
    from list_items m join influencers i on i.id = m.influencer_id
    where m.list_id = $1 and (i.archived_at is null or i.merged_into is not null)
        and ($2::timestamptz is null or (m.added_at, m.influencer_id) < ($2, $3::uuid))
    order by m.added_at desc, m.influencer_id desc limit $4
"""


class PostgresListWorks:
    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    @asynccontextmanager
    async def work(self, actor: Actor) -> AsyncIterator[PostgresListWork]:
        async with self._database.writing(Tenant.of(actor)) as connection:
            yield PostgresListWork(connection, await driver(connection), self._ids, actor)


class PostgresListWork:
    def __init__(self, connection: AsyncConnection, raw: Driver, ids: Ids, actor: Actor) -> None:
        self._connection = connection
        self._raw = raw
        self._ids = ids
        self._actor = actor

    async def get(self, list_id: ListId) -> InfluencerList | None:
        row = await self._raw.fetchrow(_FIND, self._actor.organisation, self._actor.caller, list_id)
        return None if row is None else _list(row, self._actor.organisation)

    async def count(self) -> int:
        return await counted_for_one_more(self._raw, self._actor, COUNT[Standing.LISTS])

    async def save(self, kept: InfluencerList) -> None:
        await self._raw.execute(
            _SAVE,
            kept.id,
            kept.organisation,
            kept.workspace,
            kept.name,
            kept.description,
            kept.private,
            kept.made_by,
            self._actor.name,
            kept.version,
        )
        await self._note("influencers.list_kept", kept, name=kept.name)

    async def delete(self, kept: InfluencerList) -> None:
        await self._raw.execute("delete from lists where id = $1 and owner = $2", kept.id, kept.organisation)
        await self._note("influencers.list_deleted", kept, name=kept.name)

    async def size(self, kept: InfluencerList) -> int:
        found: int = await self._raw.fetchval("select count(*) from list_items where list_id = $1", kept.id)
        return found

    async def add(self, kept: InfluencerList, influencers: Sequence[InfluencerId]) -> Changed:
        row = await self._raw.fetchrow(
            _ADD,
            influencers,
            kept.organisation,
            self._actor.demonstration,
            kept.workspace,
            kept.id,
            self._actor.name,
        )
        assert row is not None
        await self._filled(kept, row["added"])
        return Changed(changed=row["added"], missing=tuple(each for each in influencers if each not in row["seen"]))

    async def remove(self, kept: InfluencerList, influencers: Sequence[InfluencerId]) -> int:
        tag: str = await self._raw.execute(
            "delete from list_items where list_id = $1 and owner = $2 and influencer_id in ("
            "select id from influencers where id = any($3::uuid[]) or merged_into = any($3::uuid[]))",
            kept.id,
            kept.organisation,
            influencers,
        )
        removed = int(tag.rpartition(" ")[2])
        await self._filled(kept, -removed)
        return removed

    async def _filled(self, kept: InfluencerList, more: int) -> None:
        if more:
            await self._raw.execute(
                "update lists set changed_at = now() where id = $1 and owner = $2", kept.id, kept.organisation
            )
            await self._note("influencers.list_filled", kept, more=str(more))

    async def _note(self, action: str, kept: InfluencerList, **details: str) -> None:
        await noted(
            self._connection,
            self._ids,
            organisation=kept.organisation,
            actor=self._actor.caller,
            action=action,
            subject=f"list:{kept.id}",
            **details,
        )


class PostgresListViews:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, actor: Actor, *, after: ListKey | None = None, limit: int = 50) -> ListPage:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                f"{_SHOWN} and ($3::timestamptz is null or (l.changed_at, l.id) < ($3, $4::uuid)) "
                "order by l.changed_at desc, l.id desc limit $5",
                actor.organisation,
                actor.caller,
                None if after is None else after.changed_at,
                None if after is None else after.list_id,
                limit + 1,
            )
        items = tuple(_shown(actor, row) for row in rows[:limit])
        more = len(rows) > limit
        return ListPage(
            items=items,
            next=ListKey(changed_at=items[-1].changed_at, list_id=items[-1].list_id) if more else None,
        )

    async def get(self, actor: Actor, list_id: UUID) -> ListShown:
        async with self._database.reading(Tenant.of(actor)) as connection:
            return _shown(actor, await _there(connection, actor, list_id))

    async def items(
        self, actor: Actor, list_id: UUID, *, after: ListedKey | None = None, limit: int = 50
    ) -> ListedPage:
        async with self._database.reading(Tenant.of(actor)) as connection:
            await _there(connection, actor, list_id)
            rows = await connection.fetch(
                _ITEMS,
                list_id,
                None if after is None else after.added_at,
                None if after is None else after.influencer_id,
                limit + 1,
            )
        shown = rows[:limit]
        return ListedPage(
            items=tuple(
                Listed(
                    influencer_id=InfluencerId(row["influencer_id"]), added_by=row["added_by"], added_at=row["added_at"]
                )
                for row in shown
            ),
            next=ListedKey(added_at=shown[-1]["added_at"], influencer_id=shown[-1]["key"])
            if len(rows) > limit
            else None,
        )


async def _there(connection: Driver, actor: Actor, list_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow(f"{_SHOWN} and l.id = $3", actor.organisation, actor.caller, list_id)
    if row is None:
        raise ListNotFound(list_id)
    return row


def _shown(actor: Actor, row: asyncpg.Record) -> ListShown:
    return ListShown(**dict(row), can=on_list(actor))


def _list(row: asyncpg.Record, organisation: OrganisationId) -> InfluencerList:
    facts = dict(row)
    return InfluencerList(
        **{
            **facts,
            "id": ListId(facts["id"]),
            "workspace": None if facts["workspace"] is None else WorkspaceId(facts["workspace"]),
            "organisation": organisation,
        }
    )
