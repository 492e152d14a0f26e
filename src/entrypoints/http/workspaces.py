"""Workspaces: what the organisation does for one brand, and who works in it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from ...application.identity.policy import on_workspace
from ...application.identity.workspaces import EditWorkspace, LetWork, MakeWorkspace, WorkspacesHandler
from ...application.shared.actor import Actor
from ...application.shared.repeating import RepeatableRequests
from ...domain.identity.workspace import MAX_NAME, Workspace
from ...domain.shared.ids import UserId, WorkspaceId
from .access import needs
from .members import MemberLines, lines
from .organisations import Slug
from .parameters import Wired
from .problems import refusals
from .repeating import IdempotencyKey, once
from .roles import RoleName
from .versions import IfMatch, tag_of, version_in

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]*$")]


class NewWorkspace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A workspace to make, for a brand."""

    slug: Slug
    """Its short name, for addresses (`?workspace=`); it stays."""
    name: Name


class WorkspaceEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change (JSON Merge Patch, RFC 7396): what is not there stays as it is."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


class WorkRole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody is to be in a workspace."""

    role: RoleName


class WorkspaceShown(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace."""

    workspace_id: UUID
    slug: str
    name: str
    archived: bool
    version: int
    """Raised by each change; edits name it in `If-Match`."""
    can: tuple[str, ...]
    """What the caller may do with it: `edit`, `let_work`."""


class WorkspaceLines(msgspec.Struct, frozen=True, kw_only=True):
    """The workspaces that the caller may see, by name."""

    items: tuple[WorkspaceShown, ...]


@get(
    "/workspaces",
    operation_id="listWorkspaces",
    tags=["identity"],
    opt=needs("workspaces.read"),
    responses=refusals(404),
)
async def workspaces(actor: Wired[Actor], brand_workspaces: Wired[WorkspacesHandler]) -> WorkspaceLines:
    """List the organisation's workspaces; whoever works in one alone sees that one."""
    return WorkspaceLines(items=tuple(_shown(actor, each) for each in await brand_workspaces.all(actor)))


@post(
    "/workspaces",
    operation_id="makeWorkspace",
    tags=["identity"],
    opt=needs("workspaces.manage"),
    responses=refusals(402, 404, 409, 415, 422),
    status_code=201,
)
async def make(
    request: Request[Any, Any, Any],
    actor: Wired[Actor],
    brand_workspaces: Wired[WorkspacesHandler],
    repeatable_requests: Wired[RepeatableRequests],
    data: JSONBody[NewWorkspace],
    idempotency_key: IdempotencyKey = None,
) -> Response[WorkspaceShown]:
    """Make a workspace for a brand."""

    async def making(reserved: UUID) -> Response[WorkspaceShown]:
        made = await brand_workspaces.make(
            MakeWorkspace(actor=actor, workspace_id=WorkspaceId(reserved), slug=data.slug, name=data.name)
        )
        return Response(_shown(actor, made), status_code=201, headers={"etag": tag_of(made.version)})

    return await once(repeatable_requests, actor, request, idempotency_key, making)


@patch(
    "/workspaces/{workspace_id:uuid}",
    operation_id="editWorkspace",
    tags=["identity"],
    opt=needs("workspaces.manage"),
    responses=refusals(402, 404, 412, 415, 422, 428),
)
async def edit(
    actor: Wired[Actor],
    brand_workspaces: Wired[WorkspacesHandler],
    workspace_id: FromPath[UUID],
    data: JSONBody[WorkspaceEdit],
    if_match: IfMatch = None,
) -> Response[WorkspaceShown]:
    """Rename a workspace, or archive it: nobody works in it then, and what is in it is kept."""
    edited = await brand_workspaces.edit(
        EditWorkspace(
            actor=actor,
            workspace_id=WorkspaceId(workspace_id),
            version=version_in(if_match),
            name=None if data.name is msgspec.UNSET else data.name,
            archived=None if data.archived is msgspec.UNSET else data.archived,
        )
    )
    return Response(_shown(actor, edited), headers={"etag": tag_of(edited.version)})


@get(
    "/workspaces/{workspace_id:uuid}/members",
    operation_id="listWorkspaceMembers",
    tags=["identity"],
    opt=needs("members.read"),
    responses=refusals(404),
)
async def people(
    actor: Wired[Actor], brand_workspaces: Wired[WorkspacesHandler], workspace_id: FromPath[UUID]
) -> MemberLines:
    """List who was let into a workspace, and as what; who has a role everywhere works in it as that besides."""
    return lines(actor, await brand_workspaces.people(actor, WorkspaceId(workspace_id)))


@put(
    "/workspaces/{workspace_id:uuid}/members/{user_id:uuid}",
    operation_id="letWork",
    tags=["identity"],
    opt=needs("workspaces.manage", fresh=True),
    responses=refusals(404, 415, 422),
    status_code=204,
)
async def let_work(
    actor: Wired[Actor],
    brand_workspaces: Wired[WorkspacesHandler],
    workspace_id: FromPath[UUID],
    user_id: FromPath[UUID],
    data: JSONBody[WorkRole],
) -> None:
    """Let a member of the organisation work in a workspace; of the role counts what can be done in one."""
    await brand_workspaces.let_work(
        LetWork(actor=actor, workspace_id=WorkspaceId(workspace_id), user_id=UserId(user_id), role=data.role)
    )


@delete(
    "/workspaces/{workspace_id:uuid}/members/{user_id:uuid}",
    operation_id="endWork",
    tags=["identity"],
    opt=needs("workspaces.manage", fresh=True),
    responses=refusals(404),
    status_code=204,
)
async def end_work(
    actor: Wired[Actor],
    brand_workspaces: Wired[WorkspacesHandler],
    workspace_id: FromPath[UUID],
    user_id: FromPath[UUID],
) -> None:
    """Let somebody work in a workspace no more; they stay a member of the organisation."""
    await brand_workspaces.let_work(
        LetWork(actor=actor, workspace_id=WorkspaceId(workspace_id), user_id=UserId(user_id), role=None)
    )


def _shown(actor: Actor, workspace: Workspace) -> WorkspaceShown:
    return WorkspaceShown(
        workspace_id=workspace.id,
        slug=workspace.slug,
        name=workspace.name,
        archived=workspace.archived,
        version=workspace.version,
        can=on_workspace(actor),
    )


HANDLERS: list[Any] = [workspaces, make, edit, people, let_work, end_work]
