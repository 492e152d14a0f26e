"""Who belongs to an organisation, and as what."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.identity.events import MembershipChanged
from ...domain.identity.roles import Roles
from ...domain.shared.ids import UserId
from ..shared.actor import Actor, NotPermitted
from ..shared.ports import Ids
from .errors import MemberNotFound
from .ports import Credentials, Identity, IdentityWork
from .views import IdentityViews, Member


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveRole:
    """Make somebody who belongs to the actor's organisation something else there; None lets them work in workspaces alone."""

    actor: Actor
    user_id: UserId
    role: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember:
    """Let somebody go."""

    actor: Actor
    user_id: UserId


class MembersHandler:
    def __init__(self, identity: Identity, views: IdentityViews, credentials: Credentials, ids: Ids) -> None:
        self._identity = identity
        self._ids = ids
        self._views = views
        self._credentials = credentials

    async def all(self, actor: Actor) -> tuple[Member, ...]:
        actor.require("members.read")
        return await self._views.members(actor)

    async def give_role(self, command: GiveRole) -> None:
        """Raises `NotPermitted`, `MemberNotFound`, `RoleUnknown` and `LastOwner`.

        Nobody makes or unmakes somebody who may do more than they themselves.
        """
        actor = command.actor
        async with self._identity.work() as work:
            roles = await self._within_reach(work, actor, command.user_id)
            require_reach(actor, roles, command.role)
            await work.give_role(command.user_id, actor.organisation, command.role)
            await work.note(
                "identity.role_given",
                f"user:{command.user_id}",
                actor=actor.caller,
                organisation=actor.organisation,
                role=command.role or "",
            )
            if command.role is not None:
                await work.record(self._changed(actor, command.user_id, command.role))
            known = await work.known_by(command.user_id)
        await self._credentials.forget(known)

    async def remove(self, command: RemoveMember) -> None:
        """Raises `NotPermitted`, `MemberNotFound` and `LastOwner`."""
        actor = command.actor
        async with self._identity.work() as work:
            await self._within_reach(work, actor, command.user_id)
            await work.remove_member(command.user_id, actor.organisation)
            await work.note(
                "identity.member_removed",
                f"user:{command.user_id}",
                actor=actor.caller,
                organisation=actor.organisation,
            )
            await work.record(self._changed(actor, command.user_id, None))
            known = await work.known_by(command.user_id)
        await self._credentials.forget(known)

    async def _within_reach(self, work: IdentityWork, actor: Actor, user_id: UserId) -> Roles:
        """Return the organisation's roles, where *actor* may change what the member is."""
        actor.require("members.manage")
        roles = await work.roles(actor.organisation)
        member = await work.member(user_id, actor.organisation)
        if member is None:
            raise MemberNotFound(user_id)
        require_reach(actor, roles, member.role)
        return roles

    def _changed(self, actor: Actor, user_id: UserId, role: str | None) -> MembershipChanged:
        return MembershipChanged(
            occurrence=self._ids.new(), organisation=actor.organisation, user_id=user_id, role=role
        )


def require_reach(actor: Actor, roles: Roles, role: str | None) -> None:
    """Raise `RoleUnknown`, or `NotPermitted` where the role may do more than *actor* themselves."""
    if not actor.may_all(roles.permissions(role)):
        raise NotPermitted(f"whoever makes or unmakes a member who is {role} may do as much themselves")
