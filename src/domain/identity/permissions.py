"""What may be done, by name, and the roles that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from .errors import RoleUnknown

MEANINGS: Final[Mapping[str, str]] = {
    "influencers.read": "see influencers, profiles, posts and figures",
    "influencers.write": "make influencers known, and change them",
    "scores.read": "see scores, their history and receipts",
    "imports.read": "see imports and what was found in them",
    "imports.create": "bring in files",
    "exports.read": "see exports, and fetch their files",
    "exports.create": "write lists into files",
    "catalogue.read": "see what the installation can do: networks, formulas, niches",
    "members.read": "see who belongs to the organisation",
    "members.manage": "let people in and out, and give them roles",
    "keys.manage": "make and revoke the organisation's API keys",
    "audit.read": "see what was done in the organisation, and by whom",
    "organisation.manage": "rename the organisation",
    "organisation.delete": "delete the organisation, or hand it over",
    "operations.read": "read the installation's metrics",
}
"""Every permission, and what it lets people do."""

PERMISSIONS: Final = frozenset(MEANINGS)
OF_THE_INSTALLATION: Final = frozenset({"operations.read"})
"""No organisation's to give: an operator of the installation has them."""


class Role(StrEnum):
    """What a member of an organisation is there."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    ANALYST = "analyst"
    CLIENT = "client"
    CREATOR = "creator"


_READING: Final = frozenset({"influencers.read", "scores.read", "catalogue.read"})
_ANALYSING: Final = _READING | {"imports.read", "exports.read", "exports.create", "members.read"}
_MANAGING: Final = _ANALYSING | {"influencers.write", "imports.create"}
_ADMINISTERING: Final = _MANAGING | {"members.manage", "keys.manage", "audit.read", "organisation.manage"}
OF_ROLES: Final[Mapping[Role, frozenset[str]]] = {
    Role.OWNER: PERMISSIONS - OF_THE_INSTALLATION,
    Role.ADMIN: _ADMINISTERING,
    Role.MANAGER: _MANAGING,
    Role.ANALYST: _ANALYSING,
    Role.CLIENT: _READING,
    Role.CREATOR: frozenset({"catalogue.read"}),
}
"""What each role may do."""


def role_named(name: str) -> Role:
    """Return the role, or raise `RoleUnknown`."""
    try:
        return Role(name)
    except ValueError:
        raise RoleUnknown(name, tuple(Role)) from None


def permitted(role: Role, *, operator: bool) -> frozenset[str]:
    """What a member with *role* may do; an *operator* of the installation may look after that as well."""
    return OF_ROLES[role] | OF_THE_INSTALLATION if operator else OF_ROLES[role]
