"""`NoteWorks` and `FieldWorks` over PostgreSQL: one transaction over what an organisation keeps of influencers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ....application.shared.actor import Actor
from ....application.shared.ports import Ids
from ....domain.influencers.fields import CustomField, FieldKind, Value
from ....domain.influencers.notes import Note, Price, Tag
from ....domain.shared.ids import InfluencerId
from ..auditing import noted
from ..database import Database, Driver, Tenant, driver
from .visible import SEEN

_TAG: Final = """
    with spelt as (
        select n.key, coalesce((select t.tag from tags t where t.owner = $1 and t.key = n.key limit 1), n.tag) as tag
        from unnest($3::text[], $4::text[]) n(key, tag))
    insert into tags (owner, influencer_id, key, tag, added_by)
    select $1, i.id, spelt.key, spelt.tag, $5 from unnest($2::uuid[]) i(id) cross join spelt
    on conflict do nothing returning influencer_id
"""
_SAVE_NOTE: Final = """
    insert into notes as n (id, owner, influencer_id, text, written_by, author, written_at, edited_at, version)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (id) do update set text = excluded.text, edited_at = excluded.edited_at, version = excluded.version
        where n.owner = excluded.owner
"""
_PRICE: Final = """
    insert into prices (id, owner, influencer_id, network, format, minor, currency, since, remark, noted_by, noted_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing returning true
"""
FIELDS: Final = "select key, label, kind, options from custom_fields where owner = $1"


class PostgresNoteWorks:
    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    @asynccontextmanager
    async def work(self, actor: Actor) -> AsyncIterator[PostgresNoteWork]:
        async with self._database.writing(Tenant.of(actor)) as connection:
            yield PostgresNoteWork(connection, await driver(connection), self._ids, actor)


class _Work:
    """What is common to all that is kept: whose it is, and that it stands in the record."""

    def __init__(self, connection: AsyncConnection, raw: Driver, ids: Ids, actor: Actor) -> None:
        self._connection = connection
        self._raw = raw
        self._ids = ids
        self._actor = actor
        self._owner = actor.organisation

    async def _note(self, action: str, subject: str, **details: str) -> None:
        await noted(
            self._connection,
            self._ids,
            organisation=self._owner,
            actor=self._actor.caller,
            action=action,
            subject=subject,
            **details,
        )


class PostgresNoteWork(_Work):
    async def seen(self, influencers: Sequence[InfluencerId]) -> frozenset[InfluencerId]:
        rows = await self._raw.fetch(SEEN, influencers, self._owner, self._actor.demonstration)
        return frozenset(InfluencerId(row["id"]) for row in rows)

    async def tag(self, influencers: Sequence[InfluencerId], tags: Sequence[Tag]) -> frozenset[InfluencerId]:
        keys, texts = [tag.key for tag in tags], [tag.text for tag in tags]
        rows = await self._raw.fetch(_TAG, self._owner, influencers, keys, texts, self._actor.name)
        return await self._tagged("influencers.tagged", rows, keys)

    async def untag(self, influencers: Sequence[InfluencerId], tags: Sequence[Tag]) -> frozenset[InfluencerId]:
        keys = [tag.key for tag in tags]
        rows = await self._raw.fetch(
            "delete from tags where owner = $1 and key = any($3::text[]) and influencer_id in ("
            "select id from influencers where id = any($2::uuid[]) or merged_into = any($2::uuid[])) "
            "returning influencer_id",
            self._owner,
            influencers,
            keys,
        )
        return await self._tagged("influencers.untagged", rows, keys)

    async def _tagged(
        self, action: str, rows: Sequence[asyncpg.Record], keys: Sequence[str]
    ) -> frozenset[InfluencerId]:
        changed = frozenset(InfluencerId(row["influencer_id"]) for row in rows)
        if changed:
            of = f"influencer:{next(iter(changed))}" if len(changed) == 1 else "influencers"
            await self._note(action, of, tags=", ".join(keys), influencers=str(len(changed)))
        return changed

    async def most_tagged(self, influencers: Sequence[InfluencerId]) -> int:
        most: int = await self._raw.fetchval(
            "select coalesce(max(tags), 0) from (select count(*) as tags from tags "
            "where owner = $1 and influencer_id = any($2::uuid[]) group by influencer_id) counted",
            self._owner,
            influencers,
        )
        return most

    async def note(self, note_id: UUID) -> Note | None:
        row = await self._raw.fetchrow(
            "select id, influencer_id, text, written_by, author, written_at, edited_at, version from notes "
            "where id = $1 and owner = $2 for update",
            note_id,
            self._owner,
        )
        if row is None:
            return None
        facts: dict[str, Any] = dict(row)
        return Note(**{**facts, "influencer_id": InfluencerId(facts["influencer_id"])})

    async def save_note(self, note: Note) -> None:
        await self._raw.execute(
            _SAVE_NOTE,
            note.id,
            self._owner,
            note.influencer_id,
            note.text,
            note.written_by,
            note.author,
            note.written_at,
            note.edited_at,
            note.version,
        )
        await self._note("influencers.note_written", f"influencer:{note.influencer_id}", note=str(note.id))

    async def delete_note(self, note: Note) -> None:
        await self._raw.execute("delete from notes where id = $1 and owner = $2", note.id, self._owner)
        await self._note("influencers.note_deleted", f"influencer:{note.influencer_id}", note=str(note.id))

    async def custom_field(self, key: str) -> CustomField | None:
        row = await self._raw.fetchrow(f"{FIELDS} and key = $2 for share", self._owner, key)
        return None if row is None else field_of(row)

    async def fill(self, influencer_id: InfluencerId, key: str, value: Value) -> None:
        await self._raw.execute(
            "insert into field_values (owner, influencer_id, key, value, set_by) values ($1, $2, $3, $4::text::jsonb, $5) "
            "on conflict (owner, influencer_id, key) do update "
            "set value = excluded.value, set_by = excluded.set_by, set_at = now()",
            self._owner,
            influencer_id,
            key,
            msgspec.json.encode(value).decode(),
            self._actor.name,
        )
        await self._note("influencers.field_filled", f"influencer:{influencer_id}", field=key)

    async def clear(self, influencer_id: InfluencerId, key: str) -> bool:
        tag: str = await self._raw.execute(
            "delete from field_values where owner = $1 and key = $3 and influencer_id in ("
            "select id from influencers where id = $2 or merged_into = $2)",
            self._owner,
            influencer_id,
            key,
        )
        cleared = not tag.endswith(" 0")
        if cleared:
            await self._note("influencers.field_cleared", f"influencer:{influencer_id}", field=key)
        return cleared

    async def add_price(self, price: Price) -> None:
        added = await self._raw.fetchval(
            _PRICE,
            price.id,
            self._owner,
            price.influencer_id,
            price.network,
            price.format,
            price.money.minor,
            price.money.currency,
            price.since,
            price.remark,
            price.noted_by,
            price.noted_at,
        )
        if added:
            await self._note("influencers.price_noted", f"influencer:{price.influencer_id}", price=str(price.money))


class PostgresFieldWorks:
    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    @asynccontextmanager
    async def work(self, actor: Actor) -> AsyncIterator[PostgresFieldWork]:
        async with self._database.writing(Tenant.of(actor)) as connection:
            raw = await driver(connection)
            await raw.execute("select from organisations where id = $1 for no key update", actor.organisation)
            yield PostgresFieldWork(connection, raw, self._ids, actor)


class PostgresFieldWork(_Work):
    async def all(self) -> tuple[CustomField, ...]:
        return tuple(map(field_of, await self._raw.fetch(f"{FIELDS} order by made_at, key", self._owner)))

    async def save(self, custom: CustomField) -> None:
        await self._raw.execute(
            "insert into custom_fields (owner, key, label, kind, options) values ($1, $2, $3, $4, $5) "
            "on conflict (owner, key) do update "
            "set label = excluded.label, kind = excluded.kind, options = excluded.options",
            self._owner,
            custom.key,
            custom.label,
            custom.kind,
            list(custom.options),
        )
        await self._note("influencers.field_kept", f"field:{custom.key}", kind=custom.kind)

    async def values_of(self, key: str) -> tuple[object, ...]:
        # Nobody fills the field in until this work is kept: whoever does holds a share of its row.
        await self._raw.execute("select from custom_fields where owner = $1 and key = $2 for update", self._owner, key)
        rows = await self._raw.fetch(
            "select distinct value::text from field_values where owner = $1 and key = $2", self._owner, key
        )
        return tuple(msgspec.json.decode(row["value"]) for row in rows)

    async def delete(self, key: str) -> bool:
        tag: str = await self._raw.execute("delete from custom_fields where owner = $1 and key = $2", self._owner, key)
        deleted = tag.endswith(" 1")
        if deleted:
            await self._note("influencers.field_deleted", f"field:{key}")
        return deleted


def field_of(row: asyncpg.Record) -> CustomField:
    return CustomField(key=row["key"], label=row["label"], kind=FieldKind(row["kind"]), options=tuple(row["options"]))
