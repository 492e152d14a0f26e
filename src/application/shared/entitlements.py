"""What an organisation's plan lets it have, asked by every context before it makes something that a plan bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ...domain.shared.ids import OrganisationId
from ...domain.shared.plan import Metered, Plan, Standing
from .actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an organisation has of its plan at one moment."""

    plan: Plan
    used: Mapping[Metered | Standing, int]
    """Of what is metered, since the month began; of what stands, what is there."""
    until: datetime
    """When what is metered begins anew."""


class Entitlements(Protocol):
    """The plans of organisations, and what they have used of them."""

    async def plan(self, organisation: OrganisationId) -> Plan: ...

    async def use(self, actor: Actor, of: Metered, occurrence: UUID) -> None:
        """Count one use in this month, once for each *occurrence* however often it is told.

        Raises `PlanExceeded` where the month's are used up, and counts nothing then. Of many at once no more pass than
        the plan has. What was counted stays counted, whatever becomes of it.
        """
        ...

    async def usage(self, actor: Actor) -> Usage: ...

    async def give(self, organisation: OrganisationId, plan: str | None) -> None:
        """Give the organisation a plan, the usual one where None; raises `PlanUnknown`."""
        ...
