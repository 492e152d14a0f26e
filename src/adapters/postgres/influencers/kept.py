"""`NoteViews` and `FieldViews` over PostgreSQL: what an organisation keeps of one influencer, and of all."""

# ruff: noqa: S608  statements are put together from constants of this package
from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from ....application.influencers.errors import InfluencerNotFound
from ....application.influencers.notes import (
    FieldFilled,
    KeptOf,
    NoteKey,
    NoteNotFound,
    NotePage,
    NoteShown,
    OnList,
    PriceShown,
    TagUsed,
)
from ....application.influencers.policy import LISTS_READ, NOTES_WRITE, on_note
from ....application.shared.actor import Actor
from ....domain.influencers.fields import CustomField
from ....domain.shared.ids import InfluencerId, ListId
from ....domain.shared.money import Money
from ..database import Database, Driver, Tenant
from .notes import FIELDS, field_of
from .visible import ALL_OF, SEEN

_NEWEST: Final = 10
"""Notes and prices that are shown beside everything else."""
_TAGS: Final = """
    select min(t.tag) as tag, count(distinct coalesce(i.merged_into, i.id)) as influencers
    from tags t join influencers i on i.id = t.influencer_id
    where t.owner = $1 and (i.archived_at is null or i.merged_into is not null)
    group by t.key order by influencers desc, t.key limit 1000
"""
_TAGS_OF: Final = (
    f"select min(tag) as tag from tags where owner = $2 and influencer_id in {ALL_OF} group by key order by key"
)
_FIELDS_OF: Final = f"""
    select f.key, f.label, f.kind, v.value::text, v.set_by, v.set_at from custom_fields f
    join lateral (
        select * from field_values v where v.owner = f.owner and v.key = f.key and v.influencer_id in {ALL_OF}
        order by v.influencer_id <> $1, v.set_at desc limit 1) v on true
    where f.owner = $2 order by f.made_at, f.key
"""
_LISTS_OF: Final = f"""
    select distinct l.id as list_id, l.name from list_items m join lists l on l.id = m.list_id
    where m.influencer_id in {ALL_OF} and l.owner = $2 and (not l.private or l.made_by = $3) order by l.name, l.id
"""
_NOTE: Final = "select id as note_id, text, author, written_at, edited_at, version, written_by from notes"
_NOTES_OF: Final = f"""
    {_NOTE} where owner = $2 and influencer_id in {ALL_OF}
        and ($3::timestamptz is null or (written_at, id) < ($3, $4::uuid))
    order by written_at desc, id desc limit $5
"""
_PRICES_OF: Final = f"""
    select id, network, format, minor, currency, since, remark, noted_by, noted_at from prices
    where owner = $2 and influencer_id in {ALL_OF} order by since desc, noted_at desc, id desc limit $3
"""
_MOST_PRICES: Final = 1_000


class PostgresNoteViews:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def fields(self, actor: Actor) -> tuple[CustomField, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(f"{FIELDS} order by made_at, key", actor.organisation)
        return tuple(map(field_of, rows))

    async def tags(self, actor: Actor) -> tuple[TagUsed, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            return tuple(TagUsed(**dict(row)) for row in await connection.fetch(_TAGS, actor.organisation))

    async def kept_of(self, actor: Actor, influencer_id: UUID) -> KeptOf:
        async with self._database.reading(Tenant.of(actor)) as connection:
            shown = await _shown(connection, actor, influencer_id)
            of = (shown, actor.organisation)
            lists = await connection.fetch(_LISTS_OF, *of, actor.caller) if actor.may(LISTS_READ) else []
            return KeptOf(
                influencer_id=InfluencerId(shown),
                tags=tuple(row["tag"] for row in await connection.fetch(_TAGS_OF, *of)),
                fields=tuple(map(_filled, await connection.fetch(_FIELDS_OF, *of))),
                lists=tuple(OnList(list_id=ListId(row["list_id"]), name=row["name"]) for row in lists),
                notes=tuple(_note(actor, row) for row in await connection.fetch(_NOTES_OF, *of, None, None, _NEWEST)),
                prices=tuple(map(_price, await connection.fetch(_PRICES_OF, *of, _NEWEST))),
                can=("write",) if actor.may(NOTES_WRITE) else (),
            )

    async def notes(
        self, actor: Actor, influencer_id: UUID, *, after: NoteKey | None = None, limit: int = 50
    ) -> NotePage:
        begin = (None, None) if after is None else (after.written_at, after.note_id)
        async with self._database.reading(Tenant.of(actor)) as connection:
            shown = await _shown(connection, actor, influencer_id)
            rows = await connection.fetch(_NOTES_OF, shown, actor.organisation, *begin, limit + 1)
        items = tuple(_note(actor, row) for row in rows[:limit])
        last = NoteKey(written_at=items[-1].written_at, note_id=items[-1].note_id) if len(rows) > limit else None
        return NotePage(items=items, next=last)

    async def note(self, actor: Actor, note_id: UUID) -> NoteShown:
        async with self._database.reading(Tenant.of(actor)) as connection:
            row = await connection.fetchrow(f"{_NOTE} where id = $1 and owner = $2", note_id, actor.organisation)
        if row is None:
            raise NoteNotFound(note_id)
        return _note(actor, row)

    async def prices(self, actor: Actor, influencer_id: UUID) -> tuple[PriceShown, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            shown = await _shown(connection, actor, influencer_id)
            rows = await connection.fetch(_PRICES_OF, shown, actor.organisation, _MOST_PRICES)
        return tuple(map(_price, rows))


async def _shown(connection: Driver, actor: Actor, influencer_id: UUID) -> UUID:
    found: UUID | None = await connection.fetchval(SEEN, [influencer_id], actor.organisation, actor.demonstration)
    if found is None:
        raise InfluencerNotFound(influencer_id)
    return found


def _filled(row: asyncpg.Record) -> FieldFilled:
    return FieldFilled(**{**dict(row), "value": msgspec.json.decode(row["value"])})


def _note(actor: Actor, row: asyncpg.Record) -> NoteShown:
    facts = dict(row)
    written_by: str = facts.pop("written_by")
    return NoteShown(**facts, can=on_note(actor, written_by))


def _price(row: asyncpg.Record) -> PriceShown:
    money = Money(minor=row["minor"], currency=row["currency"])
    same = {name: row[name] for name in ("network", "format", "since", "remark", "noted_by", "noted_at")}
    return PriceShown(price_id=row["id"], amount=money.amount, currency=money.currency, **same)
