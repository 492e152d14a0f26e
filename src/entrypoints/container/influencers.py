"""The wiring of influencers: who stands behind which profiles, and what organisations keep of them."""

from __future__ import annotations

from dependency_injector import containers, providers

from ...adapters.postgres.database import Database
from ...adapters.postgres.influencers.kept import PostgresNoteViews
from ...adapters.postgres.influencers.lists import PostgresListViews, PostgresListWorks
from ...adapters.postgres.influencers.merging import PostgresMergeViews, PostgresMergeWorks
from ...adapters.postgres.influencers.niches import PostgresNiches
from ...adapters.postgres.influencers.notes import PostgresFieldWorks, PostgresNoteWorks
from ...adapters.postgres.influencers.register import PostgresInfluencers
from ...adapters.postgres.influencers.work import PostgresInfluencerWorks
from ...application.influencers.directory import RegisterInfluencersHandler
from ...application.influencers.editing import EditInfluencersHandler
from ...application.influencers.fields import FieldsHandler
from ...application.influencers.lists import ListsHandler
from ...application.influencers.merging import MergingHandler
from ...application.influencers.notes import NotesHandler
from ...application.shared.entitlements import Entitlements
from ...application.shared.ports import Clock, Ids


class Influencers(containers.DeclarativeContainer):
    database = providers.Dependency(instance_of=Database)
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()
    entitlements: providers.Dependency[Entitlements] = providers.Dependency()

    register = providers.Singleton(PostgresInfluencers, database)
    register_influencers = providers.Factory(RegisterInfluencersHandler, register, ids)
    works = providers.Singleton(PostgresInfluencerWorks, database, ids)
    edit_influencers = providers.Factory(EditInfluencersHandler, works)
    niches = providers.Singleton(PostgresNiches, database, ids)
    list_views = providers.Singleton(PostgresListViews, database)
    lists = providers.Factory(ListsHandler, providers.Singleton(PostgresListWorks, database, ids), entitlements)
    note_views = providers.Singleton(PostgresNoteViews, database)
    notes = providers.Factory(NotesHandler, providers.Singleton(PostgresNoteWorks, database, ids), clock)
    fields = providers.Factory(FieldsHandler, providers.Singleton(PostgresFieldWorks, database, ids))
    merge_views = providers.Singleton(PostgresMergeViews, database)
    merging = providers.Factory(MergingHandler, providers.Singleton(PostgresMergeWorks, database, ids), clock, ids)
