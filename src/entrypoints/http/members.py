"""Who belongs to the organisation, what they are there, and what each role may do."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody

from ...application.identity.members import GiveRole, MembersHandler
from ...application.shared.actor import Actor
from ...domain.identity.permissions import MEANINGS, OF_ROLES, Role
from ...domain.shared.ids import UserId
from .access import needs
from .parameters import Wired
from .problems import refusals


class MemberLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who belongs to the organisation."""

    user_id: UUID
    email: str
    name: str
    role: Role
    joined_at: datetime


class MemberLines(msgspec.Struct, frozen=True, kw_only=True):
    """All who belong to the organisation, the first who joined first."""

    items: tuple[MemberLine, ...]


class GivenRole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a member is to be."""

    role: Role


class PermissionLine(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    meaning: str


class RoleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A role, and what it may do."""

    role: Role
    permissions: tuple[str, ...]


class RoleLines(msgspec.Struct, frozen=True, kw_only=True):
    """Every role and every permission there is."""

    items: tuple[RoleLine, ...]
    permissions: tuple[PermissionLine, ...]


@get("/members", operation_id="listMembers", tags=["identity"], opt=needs("members.read"), responses=refusals(404))
async def members(actor: Wired[Actor], organisation_members: Wired[MembersHandler]) -> MemberLines:
    """List who belongs to the organisation."""
    return MemberLines(
        items=tuple(
            MemberLine(user_id=each.user_id, email=each.email, name=each.name, role=each.role, joined_at=each.joined_at)
            for each in await organisation_members.all(actor)
        )
    )


@put(
    "/members/{user_id:uuid}",
    operation_id="giveRole",
    tags=["identity"],
    opt=needs("members.manage", fresh=True),
    responses=refusals(404, 409, 415),
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
    await organisation_members.give_role(GiveRole(actor=actor, user_id=UserId(user_id), role=None))


@get("/roles", operation_id="listRoles", tags=["catalogue"], opt=needs("catalogue.read"), responses=refusals(404))
async def roles() -> RoleLines:
    """List the roles, and what each of them may do."""
    return RoleLines(
        items=tuple(RoleLine(role=role, permissions=tuple(sorted(may))) for role, may in OF_ROLES.items()),
        permissions=tuple(PermissionLine(name=name, meaning=meaning) for name, meaning in MEANINGS.items()),
    )


HANDLERS: list[Any] = [members, give_role, remove, roles]
