"""Who belongs to an organisation, and as what."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.identity.events import MembershipChanged
from ...domain.identity.permissions import OF_ROLES, Role
from ...domain.shared.ids import UserId
from ..shared.actor import Actor, NotPermitted
from ..shared.ports import Ids
from .errors import MemberNotFound
from .ports import Credentials, Identity, IdentityViews, Member


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveRole:
    """Make somebody who belongs to the actor's organisation something else there; None lets them go."""

    actor: Actor
    user_id: UserId
    role: Role | None


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
        """Raises `NotPermitted`, `MemberNotFound` and `LastOwner`.

        Nobody makes or unmakes somebody who may do more than they themselves.
        """
        actor = command.actor
        actor.require("members.manage")
        member = next((each for each in await self._views.members(actor) if each.user_id == command.user_id), None)
        if member is None:
            raise MemberNotFound(command.user_id)
        for role in (member.role, command.role):
            if role is not None and not actor.may_all(OF_ROLES[role]):
                raise NotPermitted(f"whoever makes or unmakes a member who is {role} has to be one")
        async with self._identity.work() as work:
            await work.give_role(command.user_id, actor.organisation, command.role)
            await work.record(
                MembershipChanged(
                    occurrence=self._ids.new(),
                    organisation=actor.organisation,
                    user_id=command.user_id,
                    role=command.role,
                )
            )
            await work.note(
                "identity.role_given",
                f"user:{command.user_id}",
                actor=actor.caller,
                organisation=actor.organisation,
                role=command.role or "",
            )
            known = await work.known_by(command.user_id)
        await self._credentials.forget(known)
