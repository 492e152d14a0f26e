"""`IdentityViews` over PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from ....application.identity.ports import IDLE
from ....application.identity.views import Invitation, Key, Member, Membership, OpenSession, WorkIn
from ....application.shared.actor import Actor
from ....domain.identity.email import EmailAddress
from ....domain.identity.permissions import IN_WORKSPACES, OF_ROLES, Role
from ....domain.identity.roles import Roles
from ....domain.identity.workspace import Workspace
from ....domain.shared.ids import OrganisationId, UserId, WorkspaceId
from ..database import IDENTITY, Database, Tenant
from .members import CUSTOM_ROLES, INVITATION, invitation_of, roles_of
from .workspaces import WORKSPACE, workspace_of

_MEMBERSHIPS: Final = """
    select o.id, o.slug, o.name, m.role, c.permissions, o.demonstration, o.ends_at
    from memberships m join organisations o on o.id = m.organisation
    left join custom_roles c on c.organisation = m.organisation and c.name = m.role
    where m.user_id = $1 and (o.ends_at is null or m.role = $2) order by m.joined_at, o.slug
"""
_WORKSPACES: Final = """
    select w.organisation, w.id, w.slug, w.name, r.role, c.permissions
    from memberships m join workspaces w on w.organisation = m.organisation and w.archived_at is null
    left join workspace_members r on r.workspace = w.id and r.user_id = m.user_id
    left join custom_roles c on c.organisation = m.organisation and c.name = r.role
    where m.user_id = $1 and (m.role is not null or r.role is not null) order by w.name, w.id
"""


class PostgresIdentityViews:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def memberships(self, user_id: UserId) -> tuple[Membership, ...]:
        async with self._database.reading(IDENTITY) as connection:
            rows = await connection.fetch(_MEMBERSHIPS, user_id, Role.OWNER)
            rooms = await connection.fetch(_WORKSPACES, user_id)
        return tuple(_membership(row, [room for room in rooms if room["organisation"] == row["id"]]) for row in rows)

    async def members(self, actor: Actor) -> tuple[Member, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                "select u.id as user_id, u.email, u.name, m.role, m.joined_at from memberships m "
                "join users u on u.id = m.user_id where m.organisation = $1 order by m.joined_at, u.id",
                actor.organisation,
            )
        return tuple(map(_member, rows))

    async def roles(self, actor: Actor) -> Roles:
        async with self._database.reading(Tenant.of(actor)) as connection:
            return roles_of(await connection.fetch(CUSTOM_ROLES, actor.organisation))

    async def workspaces(self, actor: Actor) -> tuple[Workspace, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                f"{WORKSPACE} where organisation = $1 and ($2::uuid is null or id = $2) order by name, id",
                actor.organisation,
                actor.workspace,
            )
        return tuple(map(workspace_of, rows))

    async def people_in(self, actor: Actor, workspace_id: WorkspaceId) -> tuple[Member, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                "select u.id as user_id, u.email, u.name, m.role, m.joined_at from workspace_members m "
                "join users u on u.id = m.user_id where m.organisation = $1 and m.workspace = $2 "
                "order by m.joined_at, u.id",
                actor.organisation,
                workspace_id,
            )
        return tuple(map(_member, rows))

    async def invitations(self, actor: Actor) -> tuple[Invitation, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                f"{INVITATION} and i.organisation = $1 order by i.made_at desc, i.id",
                actor.organisation,
            )
        return tuple(map(invitation_of, rows))

    async def sessions(self, user_id: UserId) -> tuple[OpenSession, ...]:
        async with self._database.reading(IDENTITY) as connection:
            rows = await connection.fetch(
                "select id as session_id, device, address, begun_at, seen_at, expires_at from sessions "
                "where user_id = $1 and ended_at is null and expires_at > now() and seen_at > now() - $2::interval "
                "order by seen_at desc, id",
                user_id,
                IDLE,
            )
        return tuple(OpenSession(**dict(row)) for row in rows)

    async def keys(self, actor: Actor) -> tuple[Key, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                "select id as key_id, name, begins, permissions, made_by, made_at, used_at, expires_at, revoked_at "
                "from api_keys where organisation = $1 order by made_at desc, id desc",
                actor.organisation,
            )
        return tuple(Key(**{**row, "permissions": tuple(row["permissions"])}) for row in map(dict, rows))

    async def knows_device(self, email: EmailAddress, device: bytes) -> bool:
        async with self._database.reading(IDENTITY) as connection:
            known: bool = await connection.fetchval(
                "select exists (select from known_devices d join users u on u.id = d.user_id "
                "where u.email_key = $1 and d.device = $2)",
                email.key,
                device,
            )
        return known


def _membership(row: asyncpg.Record, rooms: Sequence[asyncpg.Record]) -> Membership:
    return Membership(
        organisation=OrganisationId(row["id"]),
        slug=row["slug"],
        name=row["name"],
        role=row["role"],
        permissions=permissions_of(row["role"], row["permissions"]),
        demonstration=row["demonstration"],
        ends_at=row["ends_at"],
        workspaces=tuple(
            WorkIn(
                workspace=WorkspaceId(room["id"]),
                slug=room["slug"],
                name=room["name"],
                role=room["role"],
                permissions=permissions_of(room["role"], room["permissions"]) & IN_WORKSPACES,
            )
            for room in rooms
        ),
    )


def permissions_of(role: str | None, custom: Sequence[str] | None) -> frozenset[str]:
    """What *role* lets people do, *custom* where the organisation made it; one that is gone nothing."""
    if role is None:
        return frozenset()
    return OF_ROLES[role] if role in OF_ROLES else frozenset(custom or ())


def _member(row: asyncpg.Record) -> Member:
    facts: dict[str, Any] = dict(row)
    return Member(**{**facts, "user_id": UserId(facts["user_id"])})
