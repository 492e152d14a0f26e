"""The containers of all contexts under one root; loading it loads every adapter, so it is loaded by who needs one."""

from __future__ import annotations

from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry

from ...adapters.postgres.database import Database
from ...adapters.postgres.organisations import PostgresOrganisations
from ...adapters.postgres.repeating import PostgresRepeatableRequests
from ...application.shared.cache import Cache
from ...application.shared.ports import Clock, Ids
from ...plugins.manager import installed
from ..settings import Settings
from .analytics import Analytics
from .collection import Collection
from .compliance import Compliance
from .demonstration import Demonstration
from .exporting import Exporting
from .identity import Identity
from .influencers import Influencers
from .notifications import Notifications


class Root(containers.DeclarativeContainer):
    """Everything the program is made of; a test overrides a provider instead of patching a module."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()
    registry = providers.Dependency(instance_of=CollectorRegistry)
    cache: providers.Dependency[Cache] = providers.Dependency()
    organisations = providers.Dependency(instance_of=PostgresOrganisations)
    plugins = providers.Callable(installed)
    repeatable_requests = providers.Singleton(PostgresRepeatableRequests, database, ids)
    identity = providers.Container(Identity, settings=settings, database=database, clock=clock, ids=ids, cache=cache)
    notifications = providers.Container(
        Notifications, settings=settings, database=database, clock=clock, ids=ids, codes=identity.codes
    )
    compliance = providers.Container(
        Compliance, settings=settings, database=database, clock=clock, identity=identity.identity
    )
    influencers = providers.Container(
        Influencers, database=database, clock=clock, ids=ids, entitlements=identity.entitlements
    )
    collection = providers.Container(
        Collection,
        settings=settings,
        database=database,
        clock=clock,
        ids=ids,
        plugins=plugins,
        entitlements=identity.entitlements,
    )
    analytics = providers.Container(
        Analytics,
        settings=settings,
        database=database,
        clock=clock,
        ids=ids,
        plugins=plugins,
        cache=cache,
        entitlements=identity.entitlements,
    )
    exporting = providers.Container(
        Exporting,
        settings=settings,
        database=database,
        clock=clock,
        ids=ids,
        discovery=analytics.discovery,
        profiles=analytics.profile_views,
        scores=analytics.score_views,
        imports=collection.views,
        entitlements=identity.entitlements,
        audit=compliance.audit,
    )
    demonstration = providers.Container(
        Demonstration,
        organisations=organisations,
        ids=ids,
        register=collection.register,
        imports=collection.views,
        store=collection.store,
        register_influencers=influencers.register_influencers,
    )
