"""Roles that an organisation makes of permissions, beside those that there are everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .errors import PermissionUnknown, RoleInvalid, RoleUnknown
from .permissions import OF_ROLES, OF_THE_INSTALLATION, PERMISSIONS, Role

MOST: Final = 50
"""Roles that one organisation makes."""
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRole:
    """A role of one organisation; it may be without a permission, for somebody who only works in workspaces."""

    name: str
    permissions: frozenset[str]

    @classmethod
    def make(cls, name: str, permissions: Iterable[str]) -> CustomRole:
        """Make one, or raise `RoleInvalid` or `PermissionUnknown`."""
        wanted = frozenset(permissions)
        if not _NAME.fullmatch(name):
            raise RoleInvalid("name", "a role is called by small letters, digits and hyphens, and begins with a letter")
        if name in OF_ROLES:
            raise RoleInvalid("name", f"{name} is a role that there is everywhere; take another name")
        unknown = sorted(wanted - PERMISSIONS)
        if unknown:
            there = ", ".join(sorted(PERMISSIONS))
            raise PermissionUnknown(f"there is no permission {', '.join(map(repr, unknown))}; there are: {there}")
        if wanted & OF_THE_INSTALLATION:
            raise PermissionUnknown(
                f"no organisation can give {', '.join(sorted(wanted & OF_THE_INSTALLATION))}: it is about the installation"
            )
        return cls(name=name, permissions=wanted)


@dataclass(frozen=True, slots=True)
class Roles:
    """Every role that somebody can have in one organisation."""

    custom: tuple[CustomRole, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (*Role, *(role.name for role in self.custom))

    def permissions(self, name: str | None) -> frozenset[str]:
        """What the role lets people do, nothing where None; raises `RoleUnknown`."""
        if name is None:
            return frozenset()
        if name in OF_ROLES:
            return OF_ROLES[name]
        for role in self.custom:
            if role.name == name:
                return role.permissions
        raise RoleUnknown(name, self.names)
