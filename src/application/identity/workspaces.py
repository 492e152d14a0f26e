"""Workspaces: made for a brand, and who may work in them."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.identity.events import MembershipChanged
from ...domain.identity.permissions import IN_WORKSPACES
from ...domain.identity.roles import Roles
from ...domain.identity.workspace import Workspace
from ...domain.shared.errors import Outdated
from ...domain.shared.ids import UserId, WorkspaceId
from ...domain.shared.plan import Standing
from ..shared.actor import Actor, NotPermitted
from ..shared.entitlements import Entitlements
from ..shared.failpoints import failpoint
from ..shared.ports import Ids
from .errors import MemberNotFound, WorkspaceNotFound
from .ports import Credentials, Identity, IdentityWork
from .views import IdentityViews, Member

BEFORE_COMMIT = failpoint("identity.before_workspace_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeWorkspace:
    actor: Actor
    workspace_id: WorkspaceId
    """Made beforehand, so that making it again makes no second one."""
    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditWorkspace:
    """Change what is not None, if the workspace is still at *version*; None takes it as it is."""

    actor: Actor
    workspace_id: WorkspaceId
    version: int | None
    name: str | None = None
    archived: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetWork:
    """Let somebody who belongs to the organisation work in the workspace with *role*; None not any more."""

    actor: Actor
    workspace_id: WorkspaceId
    user_id: UserId
    role: str | None


class WorkspacesHandler:
    def __init__(
        self,
        identity: Identity,
        views: IdentityViews,
        credentials: Credentials,
        entitlements: Entitlements,
        ids: Ids,
    ) -> None:
        self._identity = identity
        self._views = views
        self._credentials = credentials
        self._entitlements = entitlements
        self._ids = ids

    async def all(self, actor: Actor) -> tuple[Workspace, ...]:
        actor.require("workspaces.read")
        return await self._views.workspaces(actor)

    async def people(self, actor: Actor, workspace_id: WorkspaceId) -> tuple[Member, ...]:
        """Raises `NotPermitted` and `WorkspaceNotFound`."""
        actor.require("members.read")
        if workspace_id not in {each.id for each in await self._views.workspaces(actor)}:
            raise WorkspaceNotFound(str(workspace_id))
        return await self._views.people_in(actor, workspace_id)

    async def make(self, command: MakeWorkspace) -> Workspace:
        """Raises `NotPermitted`, `WorkspaceInvalid`, `WorkspaceTaken` and `PlanExceeded`."""
        actor = command.actor
        actor.require("workspaces.manage")
        made = Workspace.make(command.workspace_id, actor.organisation, slug=command.slug, name=command.name)
        plan = await self._entitlements.plan(actor.organisation)
        async with self._identity.work() as work:
            await work.roles(actor.organisation)  # one at a time, or two would both find room for the last
            there = await work.workspace(actor.organisation, made.id)
            if there is not None:
                return there
            plan.require_room(Standing.WORKSPACES, await work.count(actor.organisation, Standing.WORKSPACES))
            await work.save_workspace(made)
            await self._note(work, actor, "identity.workspace_made", made, slug=made.slug)
            BEFORE_COMMIT()
        return made

    async def edit(self, command: EditWorkspace) -> Workspace:
        """Raises `NotPermitted`, `WorkspaceNotFound`, `WorkspaceInvalid`, `Outdated`, and `PlanExceeded` for one that comes back."""
        actor = command.actor
        actor.require("workspaces.manage")
        plan = await self._entitlements.plan(actor.organisation)
        async with self._identity.work() as work:
            await work.roles(actor.organisation)
            workspace = await self._there(work, actor, command.workspace_id)
            if command.version not in {None, workspace.version}:
                raise Outdated(f"workspace {workspace.slug}", version=workspace.version)
            was_archived = workspace.archived
            if not workspace.edit(name=command.name, archived=command.archived):
                return workspace
            if was_archived and not workspace.archived:
                plan.require_room(Standing.WORKSPACES, await work.count(actor.organisation, Standing.WORKSPACES))
            await work.save_workspace(workspace)
            await self._note(work, actor, "identity.workspace_edited", workspace, name=workspace.name)
            known = await work.known_in(actor.organisation)
        await self._credentials.forget(known)
        return workspace

    async def let_work(self, command: LetWork) -> None:
        """Raises `NotPermitted`, `WorkspaceNotFound`, `MemberNotFound` and `RoleUnknown`.

        Nobody lets others do in a workspace what they may not do themselves.
        """
        actor = command.actor
        actor.require("workspaces.manage")
        async with self._identity.work() as work:
            roles = await work.roles(actor.organisation)
            workspace = await self._there(work, actor, command.workspace_id)
            if await work.member(command.user_id, actor.organisation) is None:
                raise MemberNotFound(command.user_id)
            for role in (command.role, await work.role_in(workspace, command.user_id)):
                require_reach_in(actor, roles, role)
            await work.give_role_in(workspace, command.user_id, command.role)
            await self._note(
                work,
                actor,
                "identity.workspace_role_given",
                workspace,
                user=str(command.user_id),
                role=command.role or "",
            )
            await work.record(
                MembershipChanged(
                    occurrence=self._ids.new(),
                    organisation=actor.organisation,
                    user_id=command.user_id,
                    role=command.role,
                    workspace=workspace.name,
                )
            )
            known = await work.known_by(command.user_id)
        await self._credentials.forget(known)

    async def _there(self, work: IdentityWork, actor: Actor, workspace_id: WorkspaceId) -> Workspace:
        workspace = await work.workspace(actor.organisation, workspace_id)
        if workspace is None:
            raise WorkspaceNotFound(str(workspace_id))
        return workspace

    async def _note(self, work: IdentityWork, actor: Actor, action: str, workspace: Workspace, **details: str) -> None:
        await work.note(
            action, f"workspace:{workspace.id}", actor=actor.caller, organisation=actor.organisation, **details
        )


def require_reach_in(actor: Actor, roles: Roles, role: str | None) -> None:
    """Raise `RoleUnknown`, or `NotPermitted` where the role may do more in a workspace than *actor* themselves."""
    if not actor.may_all(roles.permissions(role) & IN_WORKSPACES):
        raise NotPermitted(f"whoever lets others work in a workspace as {role} may do as much themselves")
