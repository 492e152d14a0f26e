"""Questions about people, and what they are answered with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ...domain.identity.email import EmailAddress
from ...domain.identity.roles import Roles
from ...domain.identity.workspace import Workspace
from ...domain.shared.ids import OrganisationId, UserId, WorkspaceId
from ..shared.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkIn:
    """What somebody is in one workspace."""

    workspace: WorkspaceId
    slug: str
    name: str
    role: str | None
    """None where they are in it by what they are everywhere in the organisation."""
    permissions: frozenset[str]
    """What the role lets them do there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    organisation: OrganisationId
    slug: str
    name: str
    role: str | None
    """None where they work in workspaces alone."""
    permissions: frozenset[str]
    """What the role lets them do everywhere in the organisation."""
    demonstration: bool
    ends_at: datetime | None = None
    """From when on the organisation is deleted, where somebody ended it."""
    workspaces: tuple[WorkIn, ...] = ()
    """Those that they may work in, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    user_id: UserId
    email: str
    name: str
    role: str | None
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session as its owner sees it."""

    session_id: UUID
    device: str
    """What the browser calls itself."""
    address: str
    begun_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key as its organisation sees it; the secret is shown once, when it is made."""

    key_id: UUID
    name: str
    begins: str
    """The first letters of the secret, to tell keys apart."""
    permissions: tuple[str, ...]
    made_by: str
    made_at: datetime
    used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An address that is to join an organisation."""

    invitation_id: UUID
    organisation: OrganisationId
    organisation_name: str
    email: str
    role: str
    workspace: WorkspaceId | None = None
    """The one in which they are to have the role; None is everywhere in the organisation."""
    invited_by: str
    expires_at: datetime


class IdentityViews(Protocol):
    """Questions about people."""

    async def memberships(self, user_id: UserId) -> tuple[Membership, ...]:
        """Return where the user belongs, the first joined first."""
        ...

    async def members(self, actor: Actor) -> tuple[Member, ...]: ...

    async def roles(self, actor: Actor) -> Roles: ...

    async def workspaces(self, actor: Actor) -> tuple[Workspace, ...]:
        """Return those that the actor sees, by name."""
        ...

    async def people_in(self, actor: Actor, workspace_id: WorkspaceId) -> tuple[Member, ...]:
        """Return who was let into the workspace, the first joined first, and as what there."""
        ...

    async def invitations(self, actor: Actor) -> tuple[Invitation, ...]:
        """Return the open ones of the actor's organisation, the newest first."""
        ...

    async def sessions(self, user_id: UserId) -> tuple[OpenSession, ...]:
        """Return the open ones, the last used first."""
        ...

    async def keys(self, actor: Actor) -> tuple[Key, ...]:
        """Return the organisation's API keys, the newest first."""
        ...

    async def knows_device(self, email: EmailAddress, device: bytes) -> bool: ...
