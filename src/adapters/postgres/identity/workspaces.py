"""Workspaces, and who works in them."""

from __future__ import annotations

from typing import Final

import asyncpg

from ....domain.identity.errors import WorkspaceTaken
from ....domain.identity.workspace import Workspace
from ....domain.shared.ids import OrganisationId, UserId, WorkspaceId
from ..database import Driver

WORKSPACE: Final = "select id, organisation, slug, name, archived_at is not null as archived, version from workspaces"
_SAVE: Final = """
    insert into workspaces as w (id, organisation, slug, name, version, archived_at)
    values ($1, $2, $3, $4, $5, case when $6 then now() end)
    on conflict (id) do update set name = excluded.name, version = excluded.version,
        archived_at = case when $6 then coalesce(w.archived_at, now()) end
        where w.organisation = excluded.organisation
"""


class WorkspaceRecords:
    """The part of `IdentityWork` that is about workspaces."""

    _connection: Driver

    async def workspace(self, organisation: OrganisationId, workspace_id: WorkspaceId) -> Workspace | None:
        row = await self._connection.fetchrow(
            f"{WORKSPACE} where organisation = $1 and id = $2 for no key update", organisation, workspace_id
        )
        return None if row is None else workspace_of(row)

    async def save_workspace(self, workspace: Workspace) -> None:
        try:
            await self._connection.execute(
                _SAVE,
                workspace.id,
                workspace.organisation,
                workspace.slug,
                workspace.name,
                workspace.version,
                workspace.archived,
            )
        except asyncpg.UniqueViolationError as error:
            raise WorkspaceTaken(workspace.slug) from error

    async def role_in(self, workspace: Workspace, user_id: UserId) -> str | None:
        role: str | None = await self._connection.fetchval(
            "select role from workspace_members where workspace = $1 and user_id = $2", workspace.id, user_id
        )
        return role

    async def give_role_in(self, workspace: Workspace, user_id: UserId, role: str | None) -> None:
        if role is None:
            await self._connection.execute(
                "delete from workspace_members where workspace = $1 and user_id = $2", workspace.id, user_id
            )
            return
        await self._connection.execute(
            "insert into memberships (organisation, user_id) values ($1, $2) on conflict do nothing",
            workspace.organisation,
            user_id,
        )
        await self._connection.execute(
            "insert into workspace_members (organisation, workspace, user_id, role) values ($1, $2, $3, $4) "
            "on conflict (workspace, user_id) do update set role = excluded.role",
            workspace.organisation,
            workspace.id,
            user_id,
            role,
        )


def workspace_of(row: asyncpg.Record) -> Workspace:
    facts = dict(row)
    return Workspace(**{**facts, "id": WorkspaceId(facts["id"]), "organisation": OrganisationId(facts["organisation"])})
