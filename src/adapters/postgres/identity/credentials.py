"""`Credentials` in PostgreSQL: whom the secret of a session or an API key stands for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

import asyncpg

from ....application.identity.ports import IDLE, Caller
from ....application.shared.actor import Actor
from ....application.shared.organisations import OrganisationNotFound
from ....domain.identity.permissions import OF_THE_INSTALLATION, Role, permitted
from ....domain.shared.ids import OrganisationId, UserId
from ..database import IDENTITY, Database, Tenant, driver

_SEEN: Final = timedelta(minutes=1)
"""So exactly it is known when a session or a key was last used."""
_SESSION: Final = """
    select s.id, s.user_id, s.fresh_at, u.name, u.operator, s.seen_at < now() - $3::interval as stale, m.organisation, m.role, m.demonstration
    from sessions s join users u on u.id = s.user_id
    left join lateral (
        select m.organisation, m.role, o.demonstration from memberships m join organisations o on o.id = m.organisation
        where m.user_id = u.id and ($4::text is null or o.slug = $4) and (o.ends_at is null or m.role = 'owner')
        order by o.ends_at nulls first, m.joined_at, o.slug limit 1) m on true
    where s.secret = $1 and s.kind = $5 and s.ended_at is null and s.expires_at > now() and s.seen_at > now() - $2::interval
        and not u.disabled
"""
_KEY: Final = """
    select k.id, k.name, k.organisation, k.permissions, k.operator, o.slug, o.demonstration,
        k.used_at is null or k.used_at < now() - $2::interval as stale
    from api_keys k join organisations o on o.id = k.organisation
    where k.secret = $1 and o.ends_at is null and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
"""


class PostgresCredentials:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def session(self, credential: str, organisation: str | None) -> Caller | None:
        return await self._session("cookie", credential, organisation)

    async def token(self, credential: str, organisation: str | None) -> Caller | None:
        return await self._session("tokens", credential, organisation)

    async def _session(self, kind: str, credential: str, organisation: str | None) -> Caller | None:
        secret = bytes.fromhex(credential)
        async with self._database.reading(IDENTITY) as connection:
            row = await connection.fetchrow(_SESSION, secret, IDLE, _SEEN, organisation, kind)
        if row is None:
            return None
        if organisation is not None and row["organisation"] is None:
            raise OrganisationNotFound(organisation)
        if row["stale"]:
            await self._touch("update sessions set seen_at = now() where secret = $1", secret)
        return Caller(
            actor=None if row["organisation"] is None else _member(row),
            user_id=UserId(row["user_id"]),
            session_id=row["id"],
            credential=credential,
            fresh_at=row["fresh_at"],
        )

    async def key(self, credential: str, organisation: str | None) -> Caller | None:
        secret = bytes.fromhex(credential)
        async with self._database.reading(IDENTITY) as connection:
            row = await connection.fetchrow(_KEY, secret, _SEEN)
        if row is None:
            return None
        if organisation not in {None, row["slug"]}:
            raise OrganisationNotFound(organisation or "")
        if row["stale"]:
            await self._touch(
                "update api_keys set used_at = now() where secret = $1", secret, organisation=row["organisation"]
            )
        return Caller(actor=_program(row), credential=credential)

    async def forget(self, credentials: Collection[str]) -> None:
        """Nothing is remembered."""

    async def _touch(self, statement: str, secret: bytes, *, organisation: OrganisationId | None = None) -> None:
        async with self._database.writing(Tenant(organisation, identity=True)) as connection:
            raw = await driver(connection)
            await raw.execute(statement, secret)


def _member(row: asyncpg.Record) -> Actor:
    operator = row["operator"] and not row["demonstration"]
    return Actor(
        organisation=OrganisationId(row["organisation"]),
        name=row["name"],
        caller=str(row["user_id"]),
        permissions=permitted(Role(row["role"]), operator=operator),
        operator=operator,
        demonstration=row["demonstration"],
    )


def _program(row: asyncpg.Record) -> Actor:
    permissions = frozenset(row["permissions"])
    return Actor(
        organisation=OrganisationId(row["organisation"]),
        name=row["name"],
        caller=str(row["id"]),
        permissions=permissions if row["operator"] else permissions - OF_THE_INSTALLATION,
        demonstration=row["demonstration"],
    )
