"""Roles that an organisation makes of permissions."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.identity.errors import RoleInvalid
from ...domain.identity.roles import MOST, CustomRole, Roles
from ...domain.shared.plan import Feature
from ..shared.actor import Actor, NotPermitted
from ..shared.entitlements import Entitlements
from .errors import RoleNotFound
from .ports import Credentials, Identity
from .views import IdentityViews


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRole:
    """Make a role, or make it of other permissions."""

    actor: Actor
    name: str
    permissions: tuple[str, ...]


class RolesHandler:
    def __init__(
        self, identity: Identity, views: IdentityViews, credentials: Credentials, entitlements: Entitlements
    ) -> None:
        self._identity = identity
        self._views = views
        self._credentials = credentials
        self._entitlements = entitlements

    async def all(self, actor: Actor) -> Roles:
        return await self._views.roles(actor)

    async def keep(self, command: KeepRole) -> CustomRole:
        """Raises `NotPermitted`, `RoleInvalid`, `PermissionUnknown` and `PlanExceeded`.

        Nobody makes a role that may do more than they themselves, nor changes one that does.
        """
        actor = command.actor
        actor.require("roles.manage")
        role = CustomRole.make(command.name, command.permissions)
        (await self._entitlements.plan(actor.organisation)).require(Feature.CUSTOM_ROLES)
        async with self._identity.work() as work:
            roles = await work.roles(actor.organisation)
            was = next((each for each in roles.custom if each.name == role.name), None)
            if was is None and len(roles.custom) >= MOST:
                raise RoleInvalid("name", f"an organisation makes at most {MOST} roles; delete one first")
            _require(actor, role.permissions | (frozenset() if was is None else was.permissions))
            await work.keep_role(actor.organisation, role)
            await work.note(
                "identity.role_kept",
                f"role:{role.name}",
                actor=actor.caller,
                organisation=actor.organisation,
                permissions=" ".join(sorted(role.permissions)),
            )
            known = await work.known_in(actor.organisation)
        await self._credentials.forget(known)
        return role

    async def drop(self, actor: Actor, name: str) -> None:
        """Delete a role that nobody has. Raises `NotPermitted`, `RoleNotFound` and `RoleInUse`."""
        actor.require("roles.manage")
        async with self._identity.work() as work:
            roles = await work.roles(actor.organisation)
            was = next((each for each in roles.custom if each.name == name), None)
            if was is None:
                raise RoleNotFound(name)
            _require(actor, was.permissions)
            await work.drop_role(actor.organisation, name)
            await work.note(
                "identity.role_deleted", f"role:{name}", actor=actor.caller, organisation=actor.organisation
            )


def _require(actor: Actor, permissions: frozenset[str]) -> None:
    beyond = sorted(each for each in permissions if not actor.may(each))
    if beyond:
        raise NotPermitted(f"you may not do this yourself, so no role of yours may: {', '.join(beyond)}")
