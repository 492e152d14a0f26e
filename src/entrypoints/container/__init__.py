"""The one place where ports meet their adapters; commands, the API and the roles get the wired program from here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from dependency_injector import containers, providers
from redis.asyncio import Redis

from ...adapters.observability.metrics import new_registry
from ...adapters.postgres.database import Database, DatabaseUnavailable, open_database
from ...adapters.postgres.organisations import PostgresOrganisations
from ...adapters.postgres.schema import current_revision, head_revision, migrate
from ...adapters.postgres.vitals import VitalsReader
from ...adapters.redis.client import connect
from ...adapters.system.clock import SystemClock, TimeOrderedIds
from ...application.shared.actor import Actor
from ...domain.shared.errors import Unavailable
from ...plugins.manager import installed
from ..services import Endpoints, services
from ..settings import Settings
from .analytics import Analytics
from .collection import Collection
from .influencers import Influencers


class Root(containers.DeclarativeContainer):
    """Everything the program is made of; a test overrides a provider instead of patching a module."""

    settings = providers.Dependency(instance_of=Settings)
    endpoints = providers.Dependency(instance_of=Endpoints)
    database = providers.Dependency(instance_of=Database)
    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(TimeOrderedIds)
    plugins = providers.Callable(installed)
    organisations = providers.Singleton(PostgresOrganisations, database)
    registry = providers.Singleton(new_registry)
    vitals = providers.Singleton(VitalsReader, database)
    influencers = providers.Container(Influencers, database=database, ids=ids)
    collection = providers.Container(
        Collection, settings=settings, database=database, clock=clock, ids=ids, plugins=plugins
    )
    analytics = providers.Container(
        Analytics, settings=settings, database=database, clock=clock, ids=ids, plugins=plugins
    )


class Application:
    """The wired program, for the length of one `open_application`."""

    def __init__(self, root: Root, redis: Redis | None) -> None:
        self.root = root
        self.redis = redis
        """None where the program was opened without it."""

    @property
    def settings(self) -> Settings:
        settings: Settings = self.root.settings()
        return settings

    @property
    def endpoints(self) -> Endpoints:
        endpoints: Endpoints = self.root.endpoints()
        return endpoints

    @property
    def database(self) -> Database:
        database: Database = self.root.database()
        return database

    async def actor(self, slug: str | None = None) -> Actor:
        """Return the local operator, for the organisation *slug* or the one in the settings."""
        organisations: PostgresOrganisations = self.root.organisations()
        return await organisations.actor_for(slug or self.settings.organisation)


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

    A new home gets its schema; another database that is not at this program's step raises `SchemaElsewhere`. Without
    *check_schema* nothing is connected before it is used. PostgreSQL lists the connections under *name*.
    """
    async with services(settings, redis=redis) as endpoints:
        if check_schema:
            await _at_head(settings, endpoints)
        opened = open_database(
            endpoints.database_url, readers=settings.pool_readers, writers=settings.pool_writers, name=name
        )
        async with opened as database:
            root = Root(settings=settings, endpoints=endpoints, database=database)
            client = connect(endpoints.redis_url) if endpoints.redis_url else None
            try:
                yield Application(root, client)
            finally:
                if client is not None:
                    await client.aclose()


async def _at_head(settings: Settings, endpoints: Endpoints) -> None:
    wanted = head_revision()
    try:
        found = await current_revision(endpoints.database_url)
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseUnavailable(f"PostgreSQL does not answer ({error}); is ANALISA_DATABASE_URL right?") from error
    if found is None and settings.database_url is None:
        await migrate(endpoints.database_url)
    elif found != wanted:
        raise SchemaElsewhere(found, wanted)
