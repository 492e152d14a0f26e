"""Who belongs to organisations, as what, and who is invited to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg

from ....application.identity.ports import Membered
from ....application.identity.views import Invitation
from ....domain.identity.email import EmailAddress
from ....domain.identity.errors import LastOwner, RoleInUse
from ....domain.identity.permissions import Role
from ....domain.identity.roles import CustomRole, Roles
from ....domain.shared.ids import OrganisationId, UserId, WorkspaceId
from ....domain.shared.plan import Standing
from ..database import Driver

INVITATION: Final = """
    select i.id as invitation_id, i.organisation, o.name as organisation_name, i.email, i.role, i.invited_by, i.expires_at, i.workspace
    from invitations i join organisations o on o.id = i.organisation
    where i.accepted_at is null and i.withdrawn_at is null and i.expires_at > now()
"""
CUSTOM_ROLES: Final = "select name, permissions from custom_roles where organisation = $1 order by name"
_HOLDERS: Final = """
    select (select count(*) from memberships where organisation = $1 and role = $2)
        + (select count(*) from workspace_members where organisation = $1 and role = $2)
        + (select count(*) from invitations where organisation = $1 and role = $2 and accepted_at is null
            and withdrawn_at is null and expires_at > now())
"""
COUNTS: Final[Mapping[Standing, str]] = {
    Standing.MEMBERS: "select (select count(*) from memberships where organisation = $1) + (select count(*) from invitations "
    "where organisation = $1 and accepted_at is null and withdrawn_at is null and expires_at > now())",
    Standing.WORKSPACES: "select count(*) from workspaces where organisation = $1 and archived_at is null",
}
"""What is counted of an organisation, $1, by whoever bounds it."""


class MemberRecords:
    """The part of `IdentityWork` that is about who belongs where."""

    _connection: Driver

    async def roles(self, organisation: OrganisationId) -> Roles:
        # One at a time for an organisation, or two owners who leave together would both see the other one.
        await self._connection.execute("select from organisations where id = $1 for no key update", organisation)
        return roles_of(await self._connection.fetch(CUSTOM_ROLES, organisation))

    async def keep_role(self, organisation: OrganisationId, role: CustomRole) -> None:
        await self._connection.execute(
            "insert into custom_roles (organisation, name, permissions) values ($1, $2, $3) "
            "on conflict (organisation, name) do update set permissions = excluded.permissions",
            organisation,
            role.name,
            sorted(role.permissions),
        )

    async def drop_role(self, organisation: OrganisationId, name: str) -> bool:
        holders: int = await self._connection.fetchval(_HOLDERS, organisation, name)
        if holders:
            raise RoleInUse(name, holders)
        tag: str = await self._connection.execute(
            "delete from custom_roles where organisation = $1 and name = $2", organisation, name
        )
        return tag.endswith(" 1")

    async def count(self, organisation: OrganisationId, what: Standing) -> int:
        found: int = await self._connection.fetchval(COUNTS[what], organisation)
        return found

    async def member(self, user_id: UserId, organisation: OrganisationId) -> Membered | None:
        row = await self._connection.fetchrow(
            "select role from memberships where organisation = $1 and user_id = $2", organisation, user_id
        )
        return None if row is None else Membered(row["role"])

    async def give_role(self, user_id: UserId, organisation: OrganisationId, role: str | None) -> None:
        async with self._keeping_an_owner(user_id, organisation):
            await self._connection.execute(
                "insert into memberships (organisation, user_id, role) values ($1, $2, $3) "
                "on conflict (organisation, user_id) do update set role = excluded.role",
                organisation,
                user_id,
                role,
            )

    async def remove_member(self, user_id: UserId, organisation: OrganisationId) -> None:
        async with self._keeping_an_owner(user_id, organisation):
            await self._connection.execute(
                "delete from memberships where organisation = $1 and user_id = $2", organisation, user_id
            )

    @asynccontextmanager
    async def _keeping_an_owner(self, user_id: UserId, organisation: OrganisationId) -> AsyncIterator[None]:
        """Refuse what makes the user no owner any more where no other one is left."""
        await self._connection.execute("select from organisations where id = $1 for no key update", organisation)
        was = await self.member(user_id, organisation)
        yield
        if (
            was is not None
            and was.role == Role.OWNER
            and not await self._connection.fetchval(
                "select exists (select from memberships where organisation = $1 and role = $2)",
                organisation,
                Role.OWNER,
            )
        ):
            raise LastOwner

    async def add_invitation(self, invitation: Invitation) -> None:
        await self._connection.execute(
            "insert into invitations (id, organisation, email, email_key, role, invited_by, expires_at, "
            "workspace) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            invitation.invitation_id,
            invitation.organisation,
            invitation.email,
            EmailAddress(invitation.email).key,
            invitation.role,
            invitation.invited_by,
            invitation.expires_at,
            invitation.workspace,
        )

    async def invitation(self, invitation_id: UUID) -> Invitation | None:
        row = await self._connection.fetchrow(f"{INVITATION} and i.id = $1 for update of i", invitation_id)
        return None if row is None else invitation_of(row)

    async def invited(self, email: EmailAddress) -> bool:
        there: bool = await self._connection.fetchval(f"select exists ({INVITATION} and i.email_key = $1)", email.key)
        return there

    async def accept(self, invitation_id: UUID) -> None:
        await self._connection.execute("update invitations set accepted_at = now() where id = $1", invitation_id)

    async def withdraw(self, organisation: OrganisationId, invitation_id: UUID) -> bool:
        tag: str = await self._connection.execute(
            "update invitations set withdrawn_at = now() where id = $1 and organisation = $2 and accepted_at is null "
            "and withdrawn_at is null",
            invitation_id,
            organisation,
        )
        return tag.endswith(" 1")


def invitation_of(row: asyncpg.Record) -> Invitation:
    facts: dict[str, Any] = dict(row)
    workspace: UUID | None = facts["workspace"]
    return Invitation(
        **{
            **facts,
            "organisation": OrganisationId(facts["organisation"]),
            "workspace": None if workspace is None else WorkspaceId(workspace),
        }
    )


def roles_of(rows: list[asyncpg.Record]) -> Roles:
    return Roles(tuple(CustomRole(name=row["name"], permissions=frozenset(row["permissions"])) for row in rows))
