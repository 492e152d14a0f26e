"""`Credentials` in PostgreSQL: whom the secret of a session or an API key stands for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

import asyncpg

from ....application.identity.errors import WorkspaceNotFound
from ....application.identity.ports import ANYWHERE, IDLE, Caller, Place
from ....application.shared.actor import Actor
from ....application.shared.organisations import OrganisationNotFound
from ....domain.identity.permissions import OF_THE_INSTALLATION, permitted
from ....domain.shared.ids import OrganisationId, UserId, WorkspaceId
from ..database import IDENTITY, Database, Tenant, driver
from .views import permissions_of

_SEEN: Final = timedelta(minutes=1)
"""So exactly it is known when a session or a key was last used."""
_SESSION: Final = """
    select s.id, s.user_id, s.fresh_at, u.name, u.operator, s.seen_at < now() - $3::interval as stale, m.organisation, m.role,
        m.demonstration, c.permissions, w.id as workspace, w.role as role_in, d.permissions as permissions_in
    from sessions s join users u on u.id = s.user_id
    left join lateral (
        select m.organisation, m.role, o.demonstration from memberships m join organisations o on o.id = m.organisation
        where m.user_id = u.id and ($4::text is null or o.slug = $4) and (o.ends_at is null or m.role = 'owner')
        order by o.ends_at nulls first, m.joined_at, o.slug limit 1) m on true
    left join custom_roles c on c.organisation = m.organisation and c.name = m.role
    left join lateral (
        select w.id, r.role from workspaces w left join workspace_members r on r.workspace = w.id and r.user_id = u.id
        where w.organisation = m.organisation and w.archived_at is null and (m.role is not null or r.role is not null)
            and (w.slug = $6 or ($6 is null and m.role is null))
        order by r.joined_at, w.slug limit 1) w on true
    left join custom_roles d on d.organisation = m.organisation and d.name = w.role
    where s.secret = $1 and s.kind = $5 and s.ended_at is null and s.expires_at > now() and s.seen_at > now() - $2::interval
        and not u.disabled
"""
"""Who is in no role everywhere acts in the first workspace that they were let into."""
_KEY: Final = """
    select k.id, k.name, k.organisation, k.permissions, k.operator, o.slug, o.demonstration, w.id as workspace,
        k.used_at is null or k.used_at < now() - $2::interval as stale
    from api_keys k join organisations o on o.id = k.organisation
    left join workspaces w on w.organisation = k.organisation and w.slug = $3 and w.archived_at is null
    where k.secret = $1 and o.ends_at is null and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
"""


class PostgresCredentials:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def session(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        return await self._session("cookie", credential, place)

    async def token(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        return await self._session("tokens", credential, place)

    async def _session(self, kind: str, credential: str, place: Place) -> Caller | None:
        secret = bytes.fromhex(credential)
        async with self._database.reading(IDENTITY) as connection:
            row = await connection.fetchrow(_SESSION, secret, IDLE, _SEEN, place.organisation, kind, place.workspace)
        if row is None:
            return None
        if place.organisation is not None and row["organisation"] is None:
            raise OrganisationNotFound(place.organisation)
        _require_workspace(row, place)
        if row["stale"]:
            await self._touch("update sessions set seen_at = now() where secret = $1", secret)
        return Caller(
            actor=None if row["organisation"] is None else _member(row),
            user_id=UserId(row["user_id"]),
            session_id=row["id"],
            credential=credential,
            fresh_at=row["fresh_at"],
        )

    async def key(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        secret = bytes.fromhex(credential)
        async with self._database.reading(IDENTITY) as connection:
            row = await connection.fetchrow(_KEY, secret, _SEEN, place.workspace)
        if row is None:
            return None
        if place.organisation not in {None, row["slug"]}:
            raise OrganisationNotFound(place.organisation or "")
        _require_workspace(row, place)
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


def _require_workspace(row: asyncpg.Record, place: Place) -> None:
    if place.workspace is not None and row["workspace"] is None:
        raise WorkspaceNotFound(repr(place.workspace))


def _member(row: asyncpg.Record) -> Actor:
    operator = row["operator"] and not row["demonstration"]
    return Actor(
        organisation=OrganisationId(row["organisation"]),
        name=row["name"],
        caller=str(row["user_id"]),
        person=True,
        permissions=permitted(
            permissions_of(row["role"], row["permissions"]),
            permissions_of(row["role_in"], row["permissions_in"]),
            operator=operator,
        ),
        operator=operator,
        workspace=_workspace(row["workspace"]),
        demonstration=row["demonstration"],
    )


def _program(row: asyncpg.Record) -> Actor:
    permissions = frozenset(row["permissions"])
    return Actor(
        organisation=OrganisationId(row["organisation"]),
        name=row["name"],
        caller=str(row["id"]),
        permissions=permissions if row["operator"] else permissions - OF_THE_INSTALLATION,
        workspace=_workspace(row["workspace"]),
        demonstration=row["demonstration"],
    )


def _workspace(found: UUID | None) -> WorkspaceId | None:
    return None if found is None else WorkspaceId(found)
