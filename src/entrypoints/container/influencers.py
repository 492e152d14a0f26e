"""The wiring of influencers: who stands behind which profiles."""

from __future__ import annotations

from dependency_injector import containers, providers

from ...adapters.postgres.database import Database
from ...adapters.postgres.influencers.niches import PostgresNiches
from ...adapters.postgres.influencers.register import PostgresInfluencers
from ...adapters.postgres.influencers.work import PostgresInfluencerWorks
from ...application.influencers.directory import RegisterInfluencersHandler
from ...application.influencers.editing import EditInfluencersHandler
from ...application.shared.ports import Ids


class Influencers(containers.DeclarativeContainer):
    database = providers.Dependency(instance_of=Database)
    ids: providers.Dependency[Ids] = providers.Dependency()

    register = providers.Singleton(PostgresInfluencers, database)
    register_influencers = providers.Factory(RegisterInfluencersHandler, register, ids)
    works = providers.Singleton(PostgresInfluencerWorks, database, ids)
    edit_influencers = providers.Factory(EditInfluencersHandler, works)
    niches = providers.Singleton(PostgresNiches, database, ids)
