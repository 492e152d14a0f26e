"""Identity without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from analisa.application.identity.errors import PlanUnknown
from analisa.application.shared.actor import Actor
from analisa.application.shared.entitlements import Usage
from analisa.application.shared.ports import Clock
from analisa.domain.shared.ids import OrganisationId
from analisa.domain.shared.plan import Metered, Plan, PlanExceeded, Plans, Standing, month_of


class FakeEntitlements:
    """`Entitlements` in memory; *standing* is what there is of what stands."""

    def __init__(
        self, clock: Clock, plans: Plans | None = None, standing: Mapping[Standing, int] | None = None
    ) -> None:
        self._clock = clock
        self._plans = plans or Plans()
        self._given: dict[OrganisationId, str | None] = {}
        self._standing = standing or {Standing.MEMBERS: 0, Standing.WORKSPACES: 0}
        self._used: dict[tuple[OrganisationId, Metered, UUID], str] = {}

    async def plan(self, organisation: OrganisationId) -> Plan:
        return self._plans.of(self._given.get(organisation))

    async def use(self, actor: Actor, of: Metered, occurrence: UUID) -> None:
        if (actor.organisation, of, occurrence) in self._used:
            return
        plan = await self.plan(actor.organisation)
        most = plan.limit(of)
        if most is not None and self._counted(actor, of) >= most:
            raise PlanExceeded(plan.name, of, f"there are {most} {of} a month")
        self._used[actor.organisation, of, occurrence] = month_of(self._clock.now())

    async def usage(self, actor: Actor) -> Usage:
        now = self._clock.now()
        metered = {of: self._counted(actor, of) for of in Metered}
        until = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=now.tzinfo)
        return Usage(plan=await self.plan(actor.organisation), used={**metered, **self._standing}, until=until)

    async def give(self, organisation: OrganisationId, plan: str | None) -> None:
        if plan is not None and plan not in self._plans.by_name:
            raise PlanUnknown(plan, tuple(self._plans.by_name))
        self._given[organisation] = plan

    def _counted(self, actor: Actor, of: Metered) -> int:
        month = month_of(self._clock.now())
        return sum(
            used == month and (organisation, metered) == (actor.organisation, of)
            for (organisation, metered, _), used in self._used.items()
        )
