"""Who belongs to the organisation, and what they are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody

from ...application.identity.members import GiveRole, MembersHandler, RemoveMember
from ...application.identity.policy import on_member
from ...application.identity.roles import RolesHandler
from ...application.identity.views import Member
from ...application.shared.actor import Actor
from ...domain.identity.roles import Roles
from ...domain.shared.ids import UserId
from .access import needs
from .parameters import Wired
from .problems import refusals
from .roles import RoleName


class MemberLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who belongs to the organisation."""

    user_id: UUID
    email: str
    name: str
    role: str | None
    """Null where they work in workspaces alone."""
    joined_at: datetime
    can: tuple[str, ...]
    """What the caller may do with them: `give_role`, `remove`."""


class MemberLines(msgspec.Struct, frozen=True, kw_only=True):
    """All who belong to the organisation, the first who joined first."""

    items: tuple[MemberLine, ...]


class GivenRole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member is to be everywhere in the organisation; null lets them work in workspaces alone."""

    role: RoleName | None


@get("/members", operation_id="listMembers", tags=["identity"], opt=needs("members.read"), responses=refusals(404))
async def members(
    actor: Wired[Actor], organisation_members: Wired[MembersHandler], organisation_roles: Wired[RolesHandler]
) -> MemberLines:
    """List who belongs to the organisation."""
    return lines(actor, await organisation_members.all(actor), await organisation_roles.all(actor))


@put(
    "/members/{user_id:uuid}",
    operation_id="giveRole",
    tags=["identity"],
    opt=needs("members.manage", fresh=True),
    responses=refusals(404, 409, 415, 422),
    status_code=204,
)
async def give_role(
    actor: Wired[Actor], organisation_members: Wired[MembersHandler], user_id: FromPath[UUID], data: JSONBody[GivenRole]
) -> None:
    """Make a member something else in the organisation; it holds from their next request on."""
    await organisation_members.give_role(GiveRole(actor=actor, user_id=UserId(user_id), role=data.role))


@delete(
    "/members/{user_id:uuid}",
    operation_id="removeMember",
    tags=["identity"],
    opt=needs("members.manage", fresh=True),
    responses=refusals(404, 409),
    status_code=204,
)
async def remove(actor: Wired[Actor], organisation_members: Wired[MembersHandler], user_id: FromPath[UUID]) -> None:
    """Let a member go; their account stays, and what they did for the organisation."""
    await organisation_members.remove(RemoveMember(actor=actor, user_id=UserId(user_id)))


def lines(actor: Actor, members: Sequence[Member], roles: Roles | None = None) -> MemberLines:
    """Show *members* as *actor* sees them; what may be done with them where *roles* are known."""
    return MemberLines(
        items=tuple(
            MemberLine(
                user_id=each.user_id,
                email=each.email,
                name=each.name,
                role=each.role,
                joined_at=each.joined_at,
                can=() if roles is None else on_member(actor, roles, each.role),
            )
            for each in members
        )
    )


HANDLERS: list[Any] = [members, give_role, remove]
