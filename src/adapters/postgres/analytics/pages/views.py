"""`PageViews` over PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from .....application.analytics.discovery.search import Search
from .....application.analytics.pages import Asked, Benchmark, Comparing, InfluencerPage, Overview, Tab, TimeChart
from .....application.analytics.timeline import Grid, Step
from .....application.shared.actor import Actor
from .....domain.shared.ids import ProfileId
from ...database import Database, Tenant
from ..influencers import profiles_of
from ..profiles import must_see
from .benchmarking import benchmark
from .comparing import comparing
from .influencer import influencer_page
from .overview import overview
from .reading import posts_chart, posts_of, readings_chart, readings_of, renamings_of


class PostgresPageViews:
    """Every page shows one moment of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def influencer(self, actor: Actor, influencer_id: UUID, asked: Asked, tabs: Sequence[Tab]) -> InfluencerPage:
        async with self._database.reading(Tenant.of(actor)) as connection:
            return await influencer_page(connection, actor, influencer_id, asked, tabs)

    async def series(self, actor: Actor, influencer_id: UUID, metric: str, asked: Asked, step: Step) -> TimeChart:
        grid, before = Grid.over(asked.period, step), asked.before
        async with self._database.reading(Tenant.of(actor)) as connection:
            profiles = await profiles_of(connection, actor, influencer_id)
            read = readings_of if metric == "followers" else posts_of
            now = await read(connection, actor, profiles, asked.period)
            beside = None if before is None else (before, await read(connection, actor, profiles, before))
            renamed = await renamings_of(connection, actor, profiles, asked.period)
        if metric == "followers":
            return readings_chart(grid, asked.period, now, beside, renamed)
        return posts_chart(grid, asked.period, now, beside, (metric,), renamed)

    async def readings(self, actor: Actor, profile_id: ProfileId, metric: str, asked: Asked, step: Step) -> TimeChart:
        grid, before = Grid.over(asked.period, step), asked.before
        async with self._database.reading(Tenant.of(actor)) as connection:
            await must_see(connection, actor, profile_id)
            now = await readings_of(connection, actor, [profile_id], asked.period, metric)
            older = None if before is None else await readings_of(connection, actor, [profile_id], before, metric)
            renamed = await renamings_of(connection, actor, [profile_id], asked.period)
        beside = None if before is None or older is None else (before, older)
        return readings_chart(grid, asked.period, now, beside, renamed, metric=metric)

    async def overview(self, actor: Actor, asked: Asked) -> Overview:
        async with self._database.reading(Tenant.of(actor)) as connection:
            return await overview(connection, actor, asked)

    async def compare(
        self, actor: Actor, influencers: Sequence[UUID], metrics: Sequence[str], asked: Asked, *, peers: bool
    ) -> Comparing:
        async with self._database.reading(Tenant.of(actor)) as connection:
            return await comparing(connection, actor, influencers, metrics, asked, peers=peers)

    async def benchmark(self, actor: Actor, search: Search, metrics: Sequence[str]) -> Benchmark:
        async with self._database.reading(Tenant.of(actor), plan_anew=True) as connection:
            return await benchmark(connection, actor, search, metrics)
