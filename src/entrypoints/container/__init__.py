"""The one place where ports meet their adapters; commands, the API and the roles get the wired program from here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING

from redis.asyncio import Redis

from ...adapters.observability.metrics import CacheMetrics, new_registry
from ...adapters.postgres.database import Database, open_database
from ...adapters.postgres.errors import RoleUngranted
from ...adapters.postgres.organisations import PostgresOrganisations
from ...adapters.postgres.schema import OWNER_SETTING, check_program, current_revision, head_revision, migrate
from ...adapters.redis.cache import NoCache, RedisCache
from ...adapters.redis.client import connect
from ...adapters.redis.quotas import LocalQuotas, RedisQuotas
from ...adapters.system.clock import SystemClock, TimeOrderedIds
from ...application.shared.actor import Actor
from ...application.shared.ports import Clock, Ids
from ...domain.shared.errors import Unavailable
from ..endpoints import Endpoints
from ..services import services
from ..settings import Settings

if TYPE_CHECKING:
    from .root import Root


_KNOWN_FOR_S = 5.0


class Application:
    """The wired program, for the length of one `open_application`."""

    def __init__(self, settings: Settings, endpoints: Endpoints, database: Database, redis: Redis | None) -> None:
        self.settings = settings
        self.endpoints = endpoints
        self.database = database
        self.redis = redis
        """None where the program was opened without it."""
        self.clock: Clock = SystemClock()
        self.ids: Ids = TimeOrderedIds()
        self.registry = new_registry()
        """What this process counts."""
        self.organisations = PostgresOrganisations(database)
        self._actors: dict[str, tuple[Actor, float]] = {}

    @cached_property
    def cache(self) -> RedisCache | NoCache:
        """Where answers are kept; a Redis that is away makes them slower."""
        if not self.endpoints.redis_url:
            return NoCache()
        return RedisCache(self.endpoints.redis_url, CacheMetrics(self.registry))

    @cached_property
    def quotas(self) -> RedisQuotas | LocalQuotas:
        """What callers and organisations may ask for; without a Redis this process counts alone, and gives all of it."""
        if not self.endpoints.redis_url:
            return LocalQuotas(share=1.0)
        return RedisQuotas(self.endpoints.redis_url)

    async def aclose(self) -> None:
        """Let go of what was opened on the way."""
        if "cache" in self.__dict__:
            await self.cache.aclose()
        if isinstance(self.__dict__.get("quotas"), RedisQuotas):
            await self.__dict__["quotas"].aclose()

    @cached_property
    def root(self) -> Root:
        """The containers of all contexts; the first use loads every adapter, a second's work on a small machine."""
        from .root import Root  # noqa: PLC0415

        return Root(
            settings=self.settings,
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            registry=self.registry,
            cache=self.cache,
            organisations=self.organisations,
        )

    async def actor(self, slug: str | None = None) -> Actor:
        """Return the local operator, for the organisation *slug* or the one in the settings.

        Who was found is known for some seconds: until there are accounts it is asked with every request, and an
        organisation that is gone has no rows to show.
        """
        name = slug or self.settings.organisation
        known = self._actors.get(name)
        if known is None or monotonic() >= known[1]:
            known = await self.organisations.actor_for(name), monotonic() + _KNOWN_FOR_S
            self._actors[name] = known
        return known[0]


class SchemaElsewhere(Unavailable):
    """The database is not at the step of the schema that this program speaks."""

    code = "analisa.schema_elsewhere"

    def __init__(self, found: str | None, wanted: str) -> None:
        cure = "install a newer analisa" if found and found > wanted else "run: analisa migrate"
        super().__init__(
            f"the database is at step {found or 'none'} of the schema, this program speaks {wanted}; {cure}"
        )
        self.found = found
        self.wanted = wanted


@asynccontextmanager
async def open_application(
    settings: Settings, *, redis: bool = False, name: str = "analisa", check_schema: bool = True
) -> AsyncIterator[Application]:
    """Wire the program to its database (and with *redis* to its Redis), starting servers of the home where none run.

    A new home gets its schema; another database that is not at this program's step raises `SchemaElsewhere`, one
    that we may enter as a superuser only `RoleUnbound`, one whose tables are another's `RoleUngranted`. Without *check_schema* nothing is connected before it is
    used. PostgreSQL lists the connections under *name*.
    """
    async with services(settings, redis=redis) as endpoints:
        if check_schema:
            await _at_head(settings, endpoints)
        opened = open_database(
            endpoints.database_url, readers=settings.pool_readers, writers=settings.pool_writers, name=name
        )
        async with opened as database:
            client = connect(endpoints.redis_url) if endpoints.redis_url else None
            application = Application(settings, endpoints, database, client)
            try:
                yield application
            finally:
                await application.aclose()
                if client is not None:
                    await client.aclose()


async def _at_head(settings: Settings, endpoints: Endpoints) -> None:
    wanted = head_revision()
    granted = await check_program(endpoints.database_url)
    found = await current_revision(endpoints.owner_database_url, setting=OWNER_SETTING)
    if found is None and settings.database_url is None:
        await migrate(endpoints.owner_database_url, program=endpoints.database_url)
    elif found != wanted:
        raise SchemaElsewhere(found, wanted)
    elif not granted:
        raise RoleUngranted
