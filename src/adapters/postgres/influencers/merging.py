"""`MergeWorks` and `MergeViews` over PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from ....application.influencers.errors import InfluencerNotFound
from ....application.influencers.merging import IdentityChangeShown
from ....application.influencers.policy import on_identity_change
from ....application.shared.actor import Actor
from ....application.shared.ports import Ids
from ....domain.influencers.merging import Change, IdentityChange
from ....domain.shared.ids import InfluencerId, OrganisationId
from ..auditing import noted
from ..database import Database, Tenant, driver
from .visible import SEEN
from .work import PostgresInfluencerWork, ref

_CHANGE: Final = "select id, owner, change, kept, other, moved, done_by, done_at, undone_at from identity_changes"
_RECORD: Final = """
    with carried as (
        update influencers set merged_into = $4 where merged_into = $5 and $3 = 'merge' returning id
    )
    insert into identity_changes (id, owner, change, kept, other, moved, carried, done_by, done_at)
    select $1, $2, $3, $4, $5, $6, array(select id from carried), $7, $8
"""
_TAKE_BACK: Final = """
    with changed as (
        update identity_changes set undone_at = $2 where id = $1 and owner is not distinct from $3 returning other, carried
    )
    update influencers i set merged_into = c.other from changed c
    where i.id = any(c.carried) and i.owner is not distinct from $3
"""
_OF: Final = """
    select c.id as change_id, c.change, c.kept, c.other, o.name as other_name, c.moved, c.done_by, c.done_at, c.undone_at, c.owner
    from identity_changes c join influencers o on o.id = c.other
    where c.kept = $1 or c.other = $1 order by c.done_at desc, c.id desc limit 200
"""


class PostgresMergeWorks:
    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    @asynccontextmanager
    async def work(self, actor: Actor) -> AsyncIterator[PostgresMergeWork]:
        async with self._database.writing(Tenant.of(actor)) as connection:
            yield PostgresMergeWork(connection, await driver(connection), self._ids, actor)


class PostgresMergeWork(PostgresInfluencerWork):
    async def record(self, change: IdentityChange) -> None:
        await self._raw.execute(
            _RECORD,
            change.id,
            change.owner,
            change.change,
            change.kept,
            change.other,
            [str(profile) for profile in change.moved],
            change.done_by,
            change.done_at,
        )
        await self._told("influencers.merged" if change.change is Change.MERGE else "influencers.split", change)

    async def recorded(self, change_id: UUID) -> IdentityChange | None:
        row = await self._raw.fetchrow(
            f"{_CHANGE} where id = $1 and (owner is null or owner = $2) for update",
            change_id,
            self._actor.organisation,
        )
        return None if row is None else _change(row)

    async def take_back(self, change: IdentityChange, at: datetime) -> None:
        await self._raw.execute(_TAKE_BACK, change.id, at, change.owner)
        await self._told("influencers.identity_change_undone", change)

    async def _told(self, action: str, change: IdentityChange) -> None:
        await noted(
            self._connection,
            self._ids,
            organisation=self._actor.organisation,
            actor=self._actor.caller,
            action=action,
            subject=f"influencer:{change.kept}",
            other=str(change.other),
            profiles=", ".join(map(str, change.moved)),
        )


class PostgresMergeViews:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, actor: Actor, influencer_id: UUID) -> tuple[IdentityChangeShown, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            if not await connection.fetchval(SEEN, [influencer_id], actor.organisation, actor.demonstration):
                raise InfluencerNotFound(influencer_id)
            rows = await connection.fetch(_OF, influencer_id)
        return tuple(_shown(actor, row) for row in rows)


def _shown(actor: Actor, row: asyncpg.Record) -> IdentityChangeShown:
    facts = dict(row)
    owner = facts.pop("owner")
    return IdentityChangeShown(
        **{**facts, "change": Change(facts["change"]), "moved": tuple(facts["moved"])},
        can=on_identity_change(actor, owner, undone=row["undone_at"] is not None),
    )


def _change(row: asyncpg.Record) -> IdentityChange:
    return IdentityChange(
        id=row["id"],
        owner=None if row["owner"] is None else OrganisationId(row["owner"]),
        change=Change(row["change"]),
        kept=InfluencerId(row["kept"]),
        other=InfluencerId(row["other"]),
        moved=tuple(map(ref, row["moved"])),
        done_by=row["done_by"],
        done_at=row["done_at"],
        undone_at=row["undone_at"],
    )
