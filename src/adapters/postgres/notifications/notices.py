"""`Notices` and `People` in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec

from ....application.notifications.ports import Notice, NoticePage, Recipient
from ....application.shared.ports import Ids
from ....domain.shared.ids import UserId
from ..database import IDENTITY, Database, driver
from ..jsonb import as_a


class PostgresNotices:
    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    async def add(self, occurrence: UUID, user_id: UserId, kind: str, facts: Mapping[str, str]) -> None:
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            await raw.execute(
                "insert into notices (id, occurrence, user_id, kind, facts) "
                "select $1, $2, u.id, $4, $5::text::jsonb from users u where u.id = $3 "
                "on conflict (occurrence, user_id) do nothing",
                self._ids.new(),
                occurrence,
                user_id,
                kind,
                msgspec.json.encode(dict(facts)).decode(),
            )

    async def page(self, user_id: UserId, *, after: UUID | None = None, limit: int = 50) -> NoticePage:
        async with self._database.reading(IDENTITY) as connection:
            rows = await connection.fetch(
                "select id, kind, facts, made_at, read_at from notices "
                "where user_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3",
                user_id,
                after,
                limit + 1,
            )
            unread: int = await connection.fetchval(
                "select count(*) from notices where user_id = $1 and read_at is null", user_id
            )
        items = tuple(
            Notice(
                notice_id=row["id"],
                kind=row["kind"],
                facts=as_a(dict[str, str], row["facts"]),
                made_at=row["made_at"],
                read_at=row["read_at"],
            )
            for row in rows[:limit]
        )
        return NoticePage(items=items, unread=unread, next=items[-1].notice_id if len(rows) > limit else None)

    async def read(self, user_id: UserId, notices: Collection[UUID] | None) -> int:
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            tag: str = await raw.execute(
                "update notices set read_at = now() where user_id = $1 and read_at is null "
                "and ($2::uuid[] is null or id = any($2))",
                user_id,
                None if notices is None else list(notices),
            )
        return int(tag.rpartition(" ")[2])


class PostgresPeople:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def recipient(self, user_id: UserId) -> Recipient | None:
        async with self._database.reading(IDENTITY) as connection:
            row = await connection.fetchrow(
                "select email, name, locale from users where id = $1 and not disabled", user_id
            )
        return None if row is None else Recipient(**dict(row))

    async def belongs(self, user_id: UserId, organisation: UUID) -> bool:
        async with self._database.reading(IDENTITY) as connection:
            there: bool = await connection.fetchval(
                "select exists (select from memberships m join users u on u.id = m.user_id "
                "where m.user_id = $1 and m.organisation = $2 and not u.disabled)",
                user_id,
                organisation,
            )
        return there

    async def organisation_name(self, organisation: UUID) -> str | None:
        async with self._database.reading(IDENTITY) as connection:
            name: str | None = await connection.fetchval("select name from organisations where id = $1", organisation)
        return name
