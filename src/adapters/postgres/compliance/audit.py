"""The record in PostgreSQL: added to by one at a time for each chain, and changed by nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ....application.compliance.ports import Chain, Done, DonePage, SignedHead
from ....application.shared.actor import Actor
from ....domain.compliance.audit import BEGIN, Entry, Head, Recorded, chained
from ....domain.shared.events import ActionTaken
from ...security.sealing import Sealer
from ..database import IDENTITY, Database, Tenant, driver

_COLUMNS: Final = "organisation, number, at, actor, action, subject, sealed, hash"
_AT_ONCE: Final = 1_000


def appending(sealer: Sealer) -> Callable[[AsyncConnection, ActionTaken], Any]:
    """Return what adds an event to its chain, in the transaction that notes that it was added."""

    async def append(connection: AsyncConnection, event: ActionTaken) -> None:
        raw = await driver(connection)
        await raw.execute("select set_config('analisa.identity', 'on', true)")
        await raw.execute(
            "insert into audit_heads (organisation, number, hash) values ($1, 0, $2) on conflict do nothing",
            event.organisation,
            BEGIN,
        )
        head = await raw.fetchrow(
            "select number, hash from audit_heads where organisation is not distinct from $1 for update",
            event.organisation,
        )
        number = head["number"] + 1
        entry = Entry(
            organisation=event.organisation,
            number=number,
            at=event.at,
            actor=event.actor,
            action=event.action,
            subject=event.subject,
            sealed=sealer.seal(event.details.encode(), _place(event.organisation, number)),
        )
        seal = chained(bytes(head["hash"]), entry)
        await raw.execute(
            f"insert into audit_entries ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)",  # noqa: S608  a constant
            entry.organisation,
            number,
            entry.at,
            entry.actor,
            entry.action,
            entry.subject,
            entry.sealed,
            seal,
        )
        await raw.execute(
            "update audit_heads set number = $2, hash = $3 where organisation is not distinct from $1",
            event.organisation,
            number,
            seal,
        )

    return append


class PostgresAudit:
    """`AuditViews` and `AuditChains`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def page(
        self,
        actor: Actor,
        *,
        by: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> DonePage:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(_PAGE, actor.organisation, by, action, since, until, after, limit + 1)
        items = tuple(self._done(row) for row in rows[:limit])
        return DonePage(items=items, next=items[-1].number if len(rows) > limit else None)

    async def chains(self) -> Sequence[Chain]:
        async with self._database.reading(IDENTITY) as connection:
            rows = await connection.fetch(
                "select h.organisation, coalesce(o.slug, h.organisation::text, 'the installation') as name "
                "from audit_heads h left join organisations o on o.id = h.organisation order by o.created_at nulls first"
            )
        return [Chain(organisation=row["organisation"], name=row["name"]) for row in rows]

    @asynccontextmanager
    async def reading(self, organisation: UUID | None) -> AsyncIterator[AsyncIterator[Recorded]]:
        async with self._database.reading(IDENTITY, timeout_s=600) as connection:

            async def entries() -> AsyncIterator[Recorded]:
                cursor = await connection.cursor(
                    f"select {_COLUMNS} from audit_entries where organisation is not distinct from $1 order by number",  # noqa: S608
                    organisation,
                )
                while rows := await cursor.fetch(_AT_ONCE):
                    for row in rows:
                        yield _recorded(row)

            yield entries()

    async def head(self, organisation: UUID | None) -> Head | None:
        async with self._database.reading(IDENTITY) as connection:
            row = await connection.fetchrow(
                "select number, hash from audit_heads where organisation is not distinct from $1 and number > 0",
                organisation,
            )
        return None if row is None else Head(number=row["number"], hash=bytes(row["hash"]))

    async def signed(self, organisation: UUID | None) -> Sequence[SignedHead]:
        async with self._database.reading(IDENTITY) as connection:
            rows = await connection.fetch(
                "select number, hash, at, key_id, signature from audit_signatures "
                "where organisation is not distinct from $1 order by number",
                organisation,
            )
        return [
            SignedHead(
                organisation=organisation,
                head=Head(number=row["number"], hash=bytes(row["hash"])),
                at=row["at"],
                key_id=row["key_id"],
                signature=bytes(row["signature"]),
            )
            for row in rows
        ]

    async def sign(self, signed: SignedHead) -> None:
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            await raw.execute(
                "insert into audit_signatures (organisation, number, hash, at, key_id, signature) "
                "values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                signed.organisation,
                signed.head.number,
                signed.head.hash,
                signed.at,
                signed.key_id,
                signed.signature,
            )

    def _done(self, row: asyncpg.Record) -> Done:
        opened = self._sealer.open(bytes(row["sealed"]), _place(row["organisation"], row["number"]))
        details: Mapping[str, str] = msgspec.json.decode(opened, type=dict[str, str])
        return Done(
            number=row["number"],
            at=row["at"],
            actor=row["actor"],
            actor_name=row["actor_name"],
            action=row["action"],
            subject=row["subject"],
            details=details,
            hash=bytes(row["hash"]).hex(),
        )


_PAGE: Final = """
    select e.organisation, e.number, e.at, e.actor, e.action, e.subject, e.sealed, e.hash,
        coalesce(u.name, k.name) as actor_name
    from audit_entries e
    left join users u on u.id::text = e.actor
    left join api_keys k on k.id::text = e.actor
    where e.organisation = $1 and ($2::text is null or e.actor = $2)
        and ($3::text is null or starts_with(e.action, $3))
        and ($4::timestamptz is null or e.at >= $4) and ($5::timestamptz is null or e.at < $5)
        and ($6::bigint is null or e.number < $6)
    order by e.number desc limit $7
"""


def _recorded(row: asyncpg.Record) -> Recorded:
    entry = Entry(
        organisation=row["organisation"],
        number=row["number"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        sealed=bytes(row["sealed"]),
    )
    return Recorded(entry=entry, hash=bytes(row["hash"]))


def _place(organisation: UUID | None, number: int) -> str:
    return f"audit_entries.sealed.{organisation or 'installation'}.{number}"
