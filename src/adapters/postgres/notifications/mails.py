"""`Mails` in PostgreSQL; what a mail says is kept under seal, for codes stand in it."""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from ....application.notifications.ports import KeptMail, MailState
from ....application.shared.ports import Ids
from ....domain.notifications.events import MailWritten
from ....domain.notifications.mail import Mail
from ...security.sealing import Sealer
from .. import outbox
from ..database import IDENTITY, Database, driver

_MAIL: Final = "select id, sealed, state, made_at, sent_at, error from mails "


class PostgresMails:
    def __init__(self, database: Database, sealer: Sealer, ids: Ids) -> None:
        self._database = database
        self._sealer = sealer
        self._ids = ids

    async def written(self, occurrence: UUID) -> bool:
        async with self._database.reading(IDENTITY) as connection:
            there: bool = await connection.fetchval(
                "select exists (select from mails where occurrence = $1)", occurrence
            )
        return there

    async def write(self, occurrence: UUID, mail: Mail) -> None:
        mail_id = self._ids.new()
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            added = await raw.fetchval(
                "insert into mails (id, occurrence, recipient, kind, sealed) values ($1, $2, $3, $4, $5) "
                "on conflict (occurrence, recipient) do nothing returning id",
                mail_id,
                occurrence,
                sha256(mail.to.casefold().encode()).hexdigest(),
                mail.kind,
                self._sealer.seal(msgspec.json.encode(mail), _place(mail_id)),
            )
            if added is not None:
                await outbox.record(connection, self._ids, MailWritten(mail_id=mail_id))

    async def get(self, mail_id: UUID) -> KeptMail | None:
        async with self._database.reading(IDENTITY) as connection:
            row = await connection.fetchrow(f"{_MAIL} where id = $1", mail_id)
        return None if row is None else self._kept(row)

    async def newest(self, *, limit: int, state: MailState | None = None) -> tuple[KeptMail, ...]:
        async with self._database.reading(IDENTITY) as connection:
            rows = await connection.fetch(
                f"{_MAIL} where $1::text is null or state = $1 order by made_at desc, id desc limit $2", state, limit
            )
        return tuple(map(self._kept, rows))

    async def settle(self, mail_id: UUID, state: MailState, error: str | None = None) -> None:
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            await raw.execute(
                "update mails set state = $2, error = $3, sent_at = case when $2 = 'sent' then now() end where id = $1",
                mail_id,
                state,
                error,
            )

    async def send_again(self) -> int:
        async with self._database.writing(IDENTITY) as connection:
            raw = await driver(connection)
            rows = await raw.fetch("select id from mails where state = 'waiting' order by made_at, id")
            await outbox.record(connection, self._ids, *(MailWritten(mail_id=row["id"]) for row in rows))
        return len(rows)

    def _kept(self, row: asyncpg.Record) -> KeptMail:
        return KeptMail(
            mail_id=row["id"],
            mail=msgspec.json.decode(self._sealer.open(bytes(row["sealed"]), _place(row["id"])), type=Mail),
            state=row["state"],
            made_at=row["made_at"],
            sent_at=row["sent_at"],
            error=row["error"],
        )


def _place(mail_id: UUID) -> str:
    return f"mails.sealed.{mail_id}"
