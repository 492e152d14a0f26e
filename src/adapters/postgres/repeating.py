"""`RepeatableRequests` in PostgreSQL: each step is one statement that commits at once, and the row is its own lock."""

# ruff: noqa: S608  the conditions are this file's own
from __future__ import annotations

from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from ...application.shared.ports import Ids
from ...application.shared.repeating import LEASE, Answer, KeyReused, RequestInFlight, RequestKey, Turn
from .database import Database, Tenant, driver
from .organisations import organisations_known

_BEGIN: Final = """
    insert into repeatable_requests as r (organisation, caller, route, key, fingerprint, reserved_id, held_until)
    values ($1, $2, $3, $4, $5, $6, now() + $7)
    on conflict (organisation, caller, route, key) do update
        set attempt = r.attempt + 1, held_until = now() + $7
        where r.status is null and r.held_until < now()
        and (r.fingerprint = excluded.fingerprint or excluded.fingerprint = '')
    returning reserved_id, attempt
"""
_SEE: Final = """
    select fingerprint, status, headers, body from repeatable_requests
    where organisation = $1 and caller = $2 and route = $3 and key = $4
"""
_MINE: Final = "organisation = $1 and caller = $2 and route = $3 and key = $4 and attempt = $5 and reserved_id = $6 and status is null"
"""A key that was forgotten begins to count anew, under another id."""


class PostgresRepeatableRequests:
    def __init__(self, database: Database, ids: Ids) -> None:
        self._database = database
        self._ids = ids

    async def begin(self, key: RequestKey, fingerprint: bytes | None) -> Turn | Answer:
        async with self._database.writing(Tenant.of(key.actor)) as connection:
            raw = await driver(connection)
            row = await raw.fetchrow(_BEGIN, *_named(key), fingerprint or b"", self._ids.new(), LEASE)
            if row is not None:
                return Turn(reserved_id=row["reserved_id"], attempt=row["attempt"])
            there = await raw.fetchrow(_SEE, *_named(key))
        return _told(key, fingerprint, there)

    async def extend(self, key: RequestKey, turn: Turn, fingerprint: bytes | None = None) -> None:
        async with self._database.writing(Tenant.of(key.actor)) as connection:
            raw = await driver(connection)
            known = await raw.fetchval(
                "update repeatable_requests set held_until = now() + $7::interval, "
                f"fingerprint = case when fingerprint = '' then $8 else fingerprint end where {_MINE} "
                "returning fingerprint",
                *_mine(key, turn),
                LEASE,
                fingerprint or b"",
            )
        if known is None:
            raise RequestInFlight(key.key)
        if fingerprint is not None and known != fingerprint:
            raise KeyReused(key.key)

    async def answered(self, key: RequestKey, turn: Turn, answer: Answer) -> None:
        async with self._database.writing(Tenant.of(key.actor)) as connection:
            raw = await driver(connection)
            await raw.execute(
                "update repeatable_requests set status = $7, headers = $8::text::jsonb, body = $9, "
                "fingerprint = $10, held_until = null "
                f"where {_MINE}",
                *_mine(key, turn),
                answer.status,
                msgspec.json.encode(dict(answer.headers)).decode(),
                answer.body,
                answer.fingerprint,
            )

    async def give_up(self, key: RequestKey, turn: Turn, *, forget: bool) -> None:
        does = "delete from repeatable_requests" if forget else "update repeatable_requests set held_until = now()"
        async with self._database.writing(Tenant.of(key.actor)) as connection:
            raw = await driver(connection)
            await raw.execute(f"{does} where {_MINE}", *_mine(key, turn))


def _named(key: RequestKey) -> tuple[object, ...]:
    return (key.actor.organisation, key.actor.caller, key.route, key.key)


def _mine(key: RequestKey, turn: Turn) -> tuple[object, ...]:
    return (*_named(key), turn.attempt, turn.reserved_id)


def _told(key: RequestKey, fingerprint: bytes | None, row: asyncpg.Record | None) -> Answer:
    if row is None:
        raise RequestInFlight(key.key)  # it was refused and forgotten this very moment
    # One that is being read has no fingerprint yet, and what it is nobody knows.
    if fingerprint is not None and row["fingerprint"] not in {b"", fingerprint}:
        raise KeyReused(key.key)
    if row["status"] is None:
        raise RequestInFlight(key.key)
    return Answer(
        status=row["status"], headers=row["headers"], body=bytes(row["body"]), fingerprint=bytes(row["fingerprint"])
    )


async def forget_answers(database: Database, *, before: datetime, limit: int) -> int:
    """Delete up to *limit* requests per organisation that began before *before*; the number deleted."""
    deleted = 0
    for organisation in await organisations_known(database):
        async with database.writing(Tenant(organisation)) as connection:
            raw = await driver(connection)
            tag: str = await raw.execute(
                "delete from repeatable_requests where ctid = any(array("
                "select ctid from repeatable_requests where begun_at < $1 limit $2))",
                before,
                limit,
            )
            deleted += int(tag.rpartition(" ")[2])
    return deleted
