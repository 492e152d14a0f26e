"""Who asks, for which organisation, and what they may see."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.shared.errors import RuleViolated
from ...domain.shared.ids import OrganisationId, Owner


class NotPermitted(RuleViolated):
    """The actor may not do this."""

    code = "identity.not_permitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever asks. They see public rows and those of their *organisation*; only an *operator* writes public ones."""

    organisation: OrganisationId
    name: str = "local operator"
    operator: bool = False
    demonstration: bool = False
    """The organisation holds demonstration data: it may be looked at, and is never written to by an import."""

    def owner_of(self, *, public: bool) -> Owner:
        """Say to whom something the actor brings in belongs, or raise `NotPermitted`."""
        if not public:
            return self.organisation
        if not self.operator:
            raise NotPermitted("only an operator of the installation may bring in public observations")
        return None
