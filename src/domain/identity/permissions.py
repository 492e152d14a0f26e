"""What may be done, by name, and the roles that are made of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

MEANINGS: Final[Mapping[str, str]] = {
    "influencers.read": "see influencers, profiles, posts and figures",
    "influencers.write": "make influencers known, and change them",
    "scores.read": "see scores, their history and receipts",
    "imports.read": "see imports and what was found in them",
    "imports.create": "bring in files",
    "exports.read": "see exports, and fetch their files",
    "exports.create": "write lists into files",
    "catalogue.read": "see what the installation can do: networks, formulas, niches",
    "lists.read": "see lists of influencers and saved searches",
    "lists.write": "keep lists of influencers, and save searches",
    "notes.read": "see what the organisation keeps of influencers: tags, notes, fields of its own, prices",
    "notes.write": "tag influencers, write notes, fill in fields, and write down prices",
    "fields.manage": "say which fields of their own influencers have",
    "members.read": "see who belongs to the organisation",
    "members.manage": "let people in and out, and give them roles",
    "roles.manage": "make roles of permissions",
    "workspaces.read": "see the organisation's workspaces",
    "workspaces.manage": "make workspaces for brands, and say who works in them",
    "keys.manage": "make and revoke the organisation's API keys",
    "audit.read": "see what was done in the organisation, and by whom",
    "plan.read": "see what the organisation's plan holds, and what of it was used",
    "organisation.manage": "rename the organisation",
    "organisation.delete": "delete the organisation, or hand it over",
    "operations.read": "read the installation's metrics",
}
"""Every permission, and what it lets people do."""

PERMISSIONS: Final = frozenset(MEANINGS)
OF_THE_INSTALLATION: Final = frozenset({"operations.read"})
"""No organisation's to give: an operator of the installation has them."""
IN_WORKSPACES: Final = frozenset(
    {
        "influencers.read",
        "scores.read",
        "catalogue.read",
        "lists.read",
        "lists.write",
        "notes.read",
        "notes.write",
        "workspaces.read",
    }
)
"""What a role can be good for that is given in one workspace. All else is about the organisation as a whole."""


class Role(StrEnum):
    """What a member of an organisation is there."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    ANALYST = "analyst"
    CLIENT = "client"
    CREATOR = "creator"


_READING: Final = frozenset({"influencers.read", "scores.read", "catalogue.read"})
_ANALYSING: Final = _READING | {
    "imports.read",
    "exports.read",
    "exports.create",
    "members.read",
    "lists.read",
    "notes.read",
    "workspaces.read",
}
_MANAGING: Final = _ANALYSING | {"influencers.write", "imports.create", "lists.write", "notes.write"}
_ADMINISTERING: Final = _MANAGING | {
    "fields.manage",
    "members.manage",
    "roles.manage",
    "workspaces.manage",
    "keys.manage",
    "audit.read",
    "plan.read",
    "organisation.manage",
}
OF_ROLES: Final[Mapping[str, frozenset[str]]] = {
    Role.OWNER: PERMISSIONS - OF_THE_INSTALLATION,
    Role.ADMIN: _ADMINISTERING,
    Role.MANAGER: _MANAGING,
    Role.ANALYST: _ANALYSING,
    Role.CLIENT: _READING | {"lists.read"},
    Role.CREATOR: frozenset({"catalogue.read"}),
}
"""What each role may do that there is everywhere; organisations make others of the same permissions."""


def permitted(
    everywhere: frozenset[str], in_workspace: frozenset[str] = frozenset(), *, operator: bool = False
) -> frozenset[str]:
    """What somebody may do by the role that they have *everywhere* in an organisation and the one *in_workspace*.

    An *operator* of the installation may look after that as well, where they belong.
    """
    both = everywhere | (in_workspace & IN_WORKSPACES)
    return both | OF_THE_INSTALLATION if operator else both
