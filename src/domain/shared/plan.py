"""Plans: which features an organisation has, and how much of what. Data, not code: whoever runs the installation writes them.

Without any, an organisation has everything and as much of it as it wants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from .errors import RuleViolated

UNLIMITED: Final = "unlimited"


class Feature(StrEnum):
    """What a plan has or has not."""

    CUSTOM_ROLES = "custom_roles"
    """Making roles of permissions."""
    API_KEYS = "api_keys"
    """Programs of the organisation's own."""
    ALERTS = "alerts"
    """Being told of whom a saved search finds anew."""


class Metered(StrEnum):
    """What is used up within a calendar month, in UTC."""

    IMPORTS = "imports"
    """Imports asked for."""
    EXPORTS = "exports"
    """Exports asked for."""


class Standing(StrEnum):
    """Of what there may be so much at one time."""

    MEMBERS = "members"
    """People who belong to the organisation, and those who are invited."""
    WORKSPACES = "workspaces"
    """Workspaces that are not archived."""
    LISTS = "lists"
    SAVED_SEARCHES = "saved_searches"


class PlanExceeded(RuleViolated):
    """The plan has no more of it; *entitlement* names what, and *remaining* how much is left, 0 where it is a feature."""

    code = "identity.plan_exceeded"

    def __init__(self, plan: str, entitlement: str, message: str, *, remaining: int = 0) -> None:
        super().__init__(f"{message} (plan {plan}); an owner can ask for another plan")
        self.entitlement = entitlement
        self.remaining = remaining


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    name: str
    features: frozenset[Feature] = frozenset(Feature)
    limits: Mapping[Metered | Standing, int] = field(default_factory=dict)
    """Most of each; what is not named is without limit."""

    def limit(self, of: Metered | Standing) -> int | None:
        return self.limits.get(of)

    def require(self, feature: Feature) -> None:
        """Raise `PlanExceeded` where the plan lacks the *feature*."""
        if feature not in self.features:
            raise PlanExceeded(self.name, feature, f"the organisation's plan has no {feature.replace('_', ' ')}")

    def require_room(self, of: Standing, there: int, more: int = 1) -> None:
        """Raise `PlanExceeded` where there cannot be *more* beside those that are *there*."""
        most = self.limit(of)
        if most is not None and there + more > most:
            left = max(0, most - there)
            what = of.replace("_", " ")
            raise PlanExceeded(
                self.name,
                of,
                f"the organisation's plan has room for {most} {what}, of which {there} are taken",
                remaining=left,
            )


EVERYTHING: Final = Plan(name=UNLIMITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The plans of an installation."""

    by_name: Mapping[str, Plan] = field(default_factory=lambda: {UNLIMITED: EVERYTHING})
    usual: str = UNLIMITED
    """The plan of an organisation that nobody gave another one."""

    def of(self, name: str | None) -> Plan:
        """Return the plan; one that is not there any more counts as the usual one."""
        return self.by_name.get(name or self.usual) or self.by_name[self.usual]


def month_of(at: datetime) -> str:
    """The month that a use at the aware UTC instant *at* counts in, as `2026-01`."""
    return f"{at:%Y-%m}"
