"""`IdentityViews` over PostgreSQL."""

from __future__ import annotations

from ....application.identity.ports import IDLE, Invitation, Key, Member, Membership, OpenSession
from ....application.shared.actor import Actor
from ....domain.identity.email import EmailAddress
from ....domain.identity.permissions import Role
from ....domain.shared.ids import OrganisationId, UserId
from ..database import IDENTITY, Database, Tenant
from .work import INVITATION, invitation_of


class PostgresIdentityViews:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def memberships(self, user_id: UserId) -> tuple[Membership, ...]:
        async with self._database.reading(IDENTITY) as connection:
            rows = await connection.fetch(
                "select o.id as organisation, o.slug, o.name, m.role, o.demonstration, o.ends_at from memberships m "
                "join organisations o on o.id = m.organisation "
                "where m.user_id = $1 and (o.ends_at is null or m.role = $2) order by m.joined_at, o.slug",
                user_id,
                Role.OWNER,
            )
        return tuple(
            Membership(**{**row, "organisation": OrganisationId(row["organisation"]), "role": Role(row["role"])})
            for row in map(dict, rows)
        )

    async def members(self, actor: Actor) -> tuple[Member, ...]:
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                "select u.id as user_id, u.email, u.name, m.role, m.joined_at from memberships m "
                "join users u on u.id = m.user_id where m.organisation = $1 order by m.joined_at, u.id",
                actor.organisation,
            )
        return tuple(
            Member(**{**row, "user_id": UserId(row["user_id"]), "role": Role(row["role"])}) for row in map(dict, rows)
        )

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
