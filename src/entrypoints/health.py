"""How this process and what it depends on are doing: for `/health/ready`, `/metrics` and whoever looks after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry

from ..adapters.observability.metrics import Sample, SampleCollector, exposition
from ..adapters.postgres.database import NOBODY, Database
from ..adapters.postgres.heartbeats import alive
from ..adapters.postgres.schema import head_revision
from ..adapters.postgres.vitals import Vitals, VitalsReader
from ..adapters.queue.stream import waiting
from ..adapters.redis.client import AWAY
from ..domain.shared.errors import Unavailable
from .container import Application

ROLES = ("worker", "relay", "scheduler")

State = Literal["ok", "away", "outdated", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether requests can be served, and what is missing. Without Redis or a role work waits, and nothing is refused."""

    database: State
    schema: State
    redis: State
    roles: Mapping[str, int]
    """Living processes of each role."""

    @property
    def ready(self) -> bool:
        return self.database == "ok" and self.schema == "ok"


async def readiness(application: Application) -> Readiness:
    """Ask everything this program depends on; takes two seconds at the most."""
    redis = asyncio.create_task(_redis(application))
    try:
        async with asyncio.timeout(2):
            schema = await _schema(application.database)
            roles = await alive(application.database) if schema == "ok" else {}
    except (Unavailable, TimeoutError):
        return Readiness(database="away", schema="away", redis=await redis, roles={})
    known = {role: roles.get(role, 0) for role in ROLES}
    return Readiness(database="ok", schema=schema, redis=await redis, roles=known)


async def _schema(database: Database) -> State:
    async with database.reading(NOBODY, timeout_s=2) as connection:
        exists = await connection.fetchval("select to_regclass('alembic_version') is not null")
        reached = await connection.fetchval("select version_num from alembic_version") if exists else None
    return "ok" if reached == head_revision() else "outdated"


async def _redis(application: Application) -> State:
    if application.redis is None:
        return "absent"
    try:
        async with asyncio.timeout(1):
            await application.redis.ping()
    except AWAY:
        return "away"
    return "ok"


class MetricsPage:
    """What one process counted itself and, where it is asked for, how the whole installation is doing."""

    def __init__(self, application: Application, registry: CollectorRegistry) -> None:
        self._application = application
        self._registry = registry
        self._installation = SampleCollector(registry)
        self._vitals = VitalsReader(application.database)

    async def __call__(self) -> bytes:
        """Return the page in Prometheus' text format; what cannot be read now is left out."""
        samples = [*await self._database(), *await self._queue()]
        self._installation.samples = samples
        return exposition(self._registry)

    async def _database(self) -> list[Sample]:
        try:
            async with asyncio.timeout(5):
                vitals = await self._vitals()
        except (Unavailable, TimeoutError):
            return [Sample("analisa_database_up", "Whether PostgreSQL answers", 0)]
        return [Sample("analisa_database_up", "Whether PostgreSQL answers", 1), *_samples(vitals)]

    async def _queue(self) -> list[Sample]:
        if self._application.redis is None:
            return []
        try:
            async with asyncio.timeout(1):
                depth = await waiting(self._application.redis)
        except AWAY:
            return [Sample("analisa_redis_up", "Whether Redis answers", 0)]
        return [
            Sample("analisa_redis_up", "Whether Redis answers", 1),
            Sample("analisa_queue_messages", "Messages in the queue, those at work among them", depth),
        ]


def _samples(vitals: Vitals) -> list[Sample]:
    single = (
        ("analisa_outbox_waiting", "Events whose effects are not done", vitals.events_waiting),
        ("analisa_outbox_dead", "Events given up, waiting for a person", vitals.events_dead),
        ("analisa_outbox_oldest_seconds", "Age of the oldest event that is not done", vitals.oldest_event_age_s),
        ("analisa_score_queue_profiles", "Profiles that wait for a score", vitals.waiting_for_score),
        ("analisa_profiles", "Profiles known, by the planner's estimate", vitals.profiles),
        ("analisa_influencers_scored", "Influencers with a score", vitals.influencers_scored),
        ("analisa_newest_score_age_seconds", "Time since a score was computed", vitals.newest_score_age_s),
        ("analisa_newest_import_age_seconds", "Time since an import ended", vitals.newest_import_age_s),
    )
    labelled = (
        ("analisa_default_partition_rows", "Rows outside their month's partition", "table", vitals.default_rows),
        ("analisa_imports", "Imports by state", "state", vitals.imports),
        ("analisa_role_processes", "Living processes", "role", vitals.processes),
    )
    return [
        *(Sample(name, meaning, value) for name, meaning, value in single if value is not None),
        *(
            Sample(name, meaning, value, {label: key})
            for name, meaning, label, values in labelled
            for key, value in values.items()
        ),
    ]
