"""Roles: those that there are everywhere, and those that the organisation makes of permissions."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody, PathParameter

from ...application.identity.policy import on_role
from ...application.identity.roles import KeepRole, RolesHandler
from ...application.shared.actor import Actor
from ...domain.identity.permissions import MEANINGS, OF_ROLES, PERMISSIONS
from .access import needs
from .parameters import Wired
from .problems import refusals

RoleName = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9-]*$")]
"""A role of `GET /roles`."""
Permission = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z]+\.[a-z]+$")]
RoleInPath = FromPath[
    Annotated[str, PathParameter(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="What the role is called")]
]


class RolePermissions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a role may do."""

    permissions: Annotated[tuple[Permission, ...], msgspec.Meta(max_length=len(PERMISSIONS))]


class PermissionLine(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    meaning: str


class RoleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A role, and what it may do."""

    role: str
    permissions: tuple[str, ...]
    custom: bool
    """The organisation made it."""
    can: tuple[str, ...]
    """What the caller may do with it: `edit`, `delete`."""


class RoleLines(msgspec.Struct, frozen=True, kw_only=True):
    """Every role and every permission there is."""

    items: tuple[RoleLine, ...]
    permissions: tuple[PermissionLine, ...]


@get("/roles", operation_id="listRoles", tags=["identity"], opt=needs("catalogue.read"), responses=refusals(404))
async def roles(actor: Wired[Actor], organisation_roles: Wired[RolesHandler]) -> RoleLines:
    """List the roles, those of the organisation last, and what each of them may do."""
    there = await organisation_roles.all(actor)
    return RoleLines(
        items=tuple(_line(actor, name, there.permissions(name)) for name in there.names),
        permissions=tuple(PermissionLine(name=name, meaning=meaning) for name, meaning in MEANINGS.items()),
    )


@put(
    "/roles/{role:str}",
    operation_id="keepRole",
    tags=["identity"],
    opt=needs("roles.manage", fresh=True),
    responses=refusals(402, 404, 415, 422),
)
async def keep(
    actor: Wired[Actor], organisation_roles: Wired[RolesHandler], role: RoleInPath, data: JSONBody[RolePermissions]
) -> RoleLine:
    """Make a role of permissions, or make one of other permissions; whoever has it may do so from their next request on."""
    kept = await organisation_roles.keep(KeepRole(actor=actor, name=role, permissions=data.permissions))
    return _line(actor, kept.name, kept.permissions)


@delete(
    "/roles/{role:str}",
    operation_id="deleteRole",
    tags=["identity"],
    opt=needs("roles.manage", fresh=True),
    responses=refusals(404, 409),
    status_code=204,
)
async def drop(actor: Wired[Actor], organisation_roles: Wired[RolesHandler], role: RoleInPath) -> None:
    """Delete a role of the organisation that nobody has any more."""
    await organisation_roles.drop(actor, role)


def _line(actor: Actor, name: str, permissions: frozenset[str]) -> RoleLine:
    return RoleLine(
        role=name,
        permissions=tuple(sorted(permissions)),
        custom=name not in OF_ROLES,
        can=on_role(actor, name, permissions),
    )


HANDLERS: list[Any] = [roles, keep, drop]
