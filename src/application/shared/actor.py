"""Who asks, for which organisation, and what they may see and do."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ...domain.shared.errors import RuleViolated
from ...domain.shared.ids import OrganisationId, Owner, WorkspaceId


class NotPermitted(RuleViolated):
    """The actor may not do this."""

    code = "identity.not_permitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever asks. They see public rows and those of their *organisation*; only an *operator* writes public ones."""

    organisation: OrganisationId
    name: str = "local operator"
    caller: str = "local operator"
    """What tells them from everybody else: the id of a user or of an API key, or whoever has the machine."""
    person: bool = False
    """Somebody with an account, who can be told things; *caller* is its id then."""
    permissions: frozenset[str] | None = None
    """What they may do; None is everything, for whoever has the machine."""
    operator: bool = False
    workspace: WorkspaceId | None = None
    """The brand that they work for at the moment, and what is of it alone; None where they ask for the whole organisation."""
    demonstration: bool = False
    """The organisation holds demonstration data: it may be looked at, and is never written to by an import."""

    def may(self, permission: str) -> bool:
        return self.permissions is None or permission in self.permissions

    def may_all(self, permissions: AbstractSet[str]) -> bool:
        return self.permissions is None or permissions <= self.permissions

    def require(self, permission: str) -> None:
        """Raise `NotPermitted` where the actor may not do what *permission* names."""
        if not self.may(permission):
            raise NotPermitted(
                f"this needs the permission {permission}, which you do not have here; an owner can give it"
            )

    def owner_of(self, *, public: bool) -> Owner:
        """Say to whom something the actor brings in belongs, or raise `NotPermitted`."""
        if not public:
            return self.organisation
        if not self.operator:
            raise NotPermitted("only an operator of the installation may bring in public observations")
        return None
