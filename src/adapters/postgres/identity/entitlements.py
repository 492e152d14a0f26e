"""`Entitlements` over PostgreSQL: plans come from the installation's file, and what was used of them is counted here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from ....application.identity.errors import PlanUnknown
from ....application.shared.actor import Actor
from ....application.shared.entitlements import Usage
from ....application.shared.ports import Clock
from ....domain.shared.ids import OrganisationId
from ....domain.shared.plan import Metered, Plan, PlanExceeded, Plans, Standing, month_of
from ..database import NOBODY, Database, Tenant, driver
from .members import COUNTS

_COUNT: Final = """
    insert into uses_of_months as u (organisation, metered, month, used) values ($1, $2, $3, 1)
    on conflict (organisation, metered, month) do update set used = u.used + 1
    where $4::int is null or u.used < $4 returning used
"""
_NOTE: Final = """
    insert into uses (organisation, metered, occurrence, month) values ($1, $2, $3, $4) on conflict do nothing returning true
"""


class PostgresEntitlements:
    """A plan is looked up each time; *others* has what other contexts count of an organisation, $1."""

    def __init__(self, database: Database, plans: Plans, clock: Clock, others: Mapping[Standing, str]) -> None:
        self._database = database
        self._plans = plans
        self._clock = clock
        self._counts = {**COUNTS, **others}

    async def plan(self, organisation: OrganisationId) -> Plan:
        if len(self._plans.by_name) == 1:
            return self._plans.of(None)
        async with self._database.reading(NOBODY) as connection:
            return self._plans.of(
                await connection.fetchval("select plan from organisations where id = $1", organisation)
            )

    async def use(self, actor: Actor, of: Metered, occurrence: UUID) -> None:
        plan = await self.plan(actor.organisation)
        most, month = plan.limit(of), month_of(self._clock.now())
        async with self._database.writing(Tenant.of(actor)) as connection:
            raw = await driver(connection)
            if not await raw.fetchval(_NOTE, actor.organisation, of, occurrence, month):
                return
            used = None if most == 0 else await raw.fetchval(_COUNT, actor.organisation, of, month, most)
            if used is None:  # the note goes with the transaction
                raise PlanExceeded(
                    plan.name, of, f"the organisation's plan has {most} {of} a month, and they are used up"
                )

    async def usage(self, actor: Actor) -> Usage:
        now = self._clock.now()
        async with self._database.reading(Tenant.of(actor)) as connection:
            rows = await connection.fetch(
                "select metered, used from uses_of_months where organisation = $1 and month = $2",
                actor.organisation,
                month_of(now),
            )
            metered = {row["metered"]: row["used"] for row in rows}
            used: dict[Metered | Standing, int] = {each: metered.get(each, 0) for each in Metered}
            for what, count in self._counts.items():
                used[what] = await connection.fetchval(count, actor.organisation)
        return Usage(plan=await self.plan(actor.organisation), used=used, until=_next_month(now))

    async def give(self, organisation: OrganisationId, plan: str | None) -> None:
        if plan is not None and plan not in self._plans.by_name:
            raise PlanUnknown(plan, tuple(self._plans.by_name))
        async with self._database.writing(NOBODY) as connection:
            raw = await driver(connection)
            await raw.execute("update organisations set plan = $2 where id = $1", organisation, plan)


def _next_month(now: datetime) -> datetime:
    year, month = divmod(now.year * 12 + now.month, 12)
    return now.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
