"""Invitations: an address is asked to join an organisation, and whoever reads its mail may."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ...domain.identity.codes import Purpose
from ...domain.identity.email import EmailAddress
from ...domain.identity.errors import CodeRefused, UserInvalid
from ...domain.identity.events import CodeWanted, MembershipChanged
from ...domain.identity.password import checked
from ...domain.identity.user import User
from ...domain.shared.ids import UserId, WorkspaceId
from ...domain.shared.plan import Standing
from ..shared.actor import Actor
from ..shared.entitlements import Entitlements
from ..shared.failpoints import failpoint
from ..shared.ports import Clock, Ids
from .errors import InvitationNotFound, SignInFirst, WorkspaceNotFound
from .members import require_reach
from .ports import Credentials, Identity, IdentityWork, Passwords
from .secrets import hashed
from .views import IdentityViews, Invitation
from .workspaces import require_reach_in

BEFORE_COMMIT = failpoint("identity.before_invitation_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    actor: Actor
    organisation_name: str
    email: str
    role: str
    workspace: WorkspaceId | None = None
    """The one in which they are to have the role; None is everywhere in the organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptInvitation:
    """Join by a code; whoever has no account yet makes one, with *name* and *password*."""

    code: str
    user_id: UserId | None
    """Who is signed in."""
    name: str | None = None
    password: str | None = None
    locale: str = "pt-BR"


class InvitationsHandler:
    def __init__(
        self,
        identity: Identity,
        views: IdentityViews,
        passwords: Passwords,
        credentials: Credentials,
        entitlements: Entitlements,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._identity = identity
        self._views = views
        self._passwords = passwords
        self._credentials = credentials
        self._entitlements = entitlements
        self._clock = clock
        self._ids = ids

    async def all(self, actor: Actor) -> tuple[Invitation, ...]:
        actor.require("members.manage")
        return await self._views.invitations(actor)

    async def invite(self, command: Invite) -> Invitation:
        """Ask an address to join the organisation, or one of its workspaces.

        Raises `NotPermitted` also for a role that may do more than the actor, `RoleUnknown`, `WorkspaceNotFound`,
        `EmailRefused` and `PlanExceeded`.
        """
        actor = command.actor
        actor.require("members.manage")
        plan = await self._entitlements.plan(actor.organisation)
        invitation = Invitation(
            invitation_id=self._ids.new(),
            organisation=actor.organisation,
            organisation_name=command.organisation_name,
            email=str(EmailAddress.read(command.email)),
            role=command.role,
            workspace=command.workspace,
            invited_by=actor.name,
            expires_at=self._clock.now() + Purpose.INVITE.life,
        )
        async with self._identity.work() as work:
            await self._check(work, actor, invitation)
            plan.require_room(Standing.MEMBERS, await work.count(actor.organisation, Standing.MEMBERS))
            await work.add_invitation(invitation)
            await work.note(
                "identity.invited",
                f"invitation:{invitation.invitation_id}",
                actor=actor.caller,
                organisation=actor.organisation,
                email=invitation.email,
                role=invitation.role,
            )
            await work.record(
                CodeWanted(occurrence=self._ids.new(), purpose=Purpose.INVITE, subject=invitation.invitation_id)
            )
            BEFORE_COMMIT()
        return invitation

    async def withdraw(self, actor: Actor, invitation_id: UUID) -> None:
        """Raises `NotPermitted` and `InvitationNotFound`."""
        actor.require("members.manage")
        async with self._identity.work() as work:
            if not await work.withdraw(actor.organisation, invitation_id):
                raise InvitationNotFound(invitation_id)
            await work.note(
                "identity.invitation_withdrawn",
                f"invitation:{invitation_id}",
                actor=actor.caller,
                organisation=actor.organisation,
            )

    async def accept(self, command: AcceptInvitation) -> User:
        """Join. Raises `CodeRefused`, `SignInFirst`, `UserInvalid` and `PasswordRefused`; the code is as good as before then."""
        kept = None if command.password is None else await self._hashed(command)
        async with self._identity.work() as work:
            invitation_id = await work.use_code(hashed(command.code), Purpose.INVITE)
            invitation = None if invitation_id is None else await work.invitation(invitation_id)
            if invitation is None:
                raise CodeRefused
            email = EmailAddress(invitation.email)
            user = await work.by_email(email)
            if user is not None and user.id != command.user_id:
                raise SignInFirst(str(email))
            if user is None:
                if kept is None or command.name is None:
                    raise UserInvalid("password", "whoever has no account yet chooses a name and a password")
                user = User.create(UserId(self._ids.new()), email, name=command.name)
                user.edit(locale=command.locale)
                user.password_hash = kept
            user.verified_at = user.verified_at or self._clock.now()  # the code came to this address
            await work.save(user)
            workspace = await self._joined(work, user.id, invitation)
            await work.accept(invitation.invitation_id)
            await work.note(
                "identity.joined",
                f"user:{user.id}",
                actor=str(user.id),
                organisation=invitation.organisation,
                role=invitation.role,
            )
            await work.record(
                MembershipChanged(
                    occurrence=self._ids.new(),
                    organisation=invitation.organisation,
                    user_id=user.id,
                    role=invitation.role,
                    workspace=workspace,
                )
            )
            known = await work.known_by(user.id)
            BEFORE_COMMIT()
        await self._credentials.forget(known)
        return user

    async def _check(self, work: IdentityWork, actor: Actor, invitation: Invitation) -> None:
        roles = await work.roles(actor.organisation)
        if invitation.workspace is None:
            require_reach(actor, roles, invitation.role)
            return
        actor.require("workspaces.manage")
        if await work.workspace(actor.organisation, invitation.workspace) is None:
            raise WorkspaceNotFound(str(invitation.workspace))
        require_reach_in(actor, roles, invitation.role)

    async def _joined(self, work: IdentityWork, user_id: UserId, invitation: Invitation) -> str:
        """Make the user a member as the invitation says; return the name of the workspace where it is about one."""
        roles = await work.roles(invitation.organisation)
        roles.permissions(invitation.role)  # a role with an open invitation is not deleted
        if invitation.workspace is None:
            await work.give_role(user_id, invitation.organisation, invitation.role)
            return ""
        workspace = await work.workspace(invitation.organisation, invitation.workspace)
        if workspace is None:
            raise CodeRefused
        await work.give_role_in(workspace, user_id, invitation.role)
        return workspace.name

    async def _hashed(self, command: AcceptInvitation) -> str:
        password = checked(command.password or "", about=(command.name or "",), common=self._passwords.common)
        return await self._passwords.hashed(password)
