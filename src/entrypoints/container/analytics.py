"""The wiring of analytics: figures, passes, reference tables, and what is shown of them."""

from __future__ import annotations

from dependency_injector import containers, providers

from ...adapters.postgres.analytics.discovery.findable import PostgresFindable
from ...adapters.postgres.analytics.discovery.pages import PostgresDiscovery
from ...adapters.postgres.analytics.discovery.saved import PostgresSavedSearchViews, PostgresSavedSearchWorks
from ...adapters.postgres.analytics.influencers import PostgresInfluencerViews
from ...adapters.postgres.analytics.pages.views import PostgresPageViews
from ...adapters.postgres.analytics.profiles import PostgresProfileViews, PostgresScoreViews
from ...adapters.postgres.analytics.reader import PostgresColumnReader
from ...adapters.postgres.analytics.references import PostgresReferences
from ...adapters.postgres.analytics.scoring import PostgresScoreStore
from ...adapters.postgres.database import Database
from ...adapters.security.signing import Ed25519Signer
from ...application.analytics.discovery.saved import SavedSearchesHandler
from ...application.analytics.figures import ShowFiguresHandler
from ...application.analytics.forgetting import forgetting
from ...application.analytics.reactions import reactions
from ...application.analytics.receipts import IssueReceiptHandler
from ...application.analytics.references import ReferenceTables
from ...application.analytics.scoring import ScoreProfilesHandler
from ...application.analytics.trends import ShowTrendsHandler
from ...application.shared.cache import Cache
from ...application.shared.entitlements import Entitlements
from ...application.shared.ports import Clock, Ids
from ...plugins.manager import Plugins
from ..settings import Settings


def installation_key(settings: Settings) -> Ed25519Signer:
    """The key that signs this installation's receipts; the first one asks makes it."""
    return Ed25519Signer.load_or_create(settings.signing_key_file)


class Analytics(containers.DeclarativeContainer):
    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()
    plugins = providers.Dependency(instance_of=Plugins)
    cache: providers.Dependency[Cache] = providers.Dependency()
    entitlements: providers.Dependency[Entitlements] = providers.Dependency()

    bases = providers.Callable(Plugins.engagement_bases, plugins)
    reader = providers.Singleton(PostgresColumnReader, database)
    references = providers.Singleton(PostgresReferences, database, ids, clock)
    scores = providers.Singleton(PostgresScoreStore, database, references, ids)
    discovery = providers.Singleton(PostgresDiscovery, database)
    saved_search_works = providers.Singleton(PostgresSavedSearchWorks, database, ids)
    saved_search_views = providers.Singleton(PostgresSavedSearchViews, database)
    saved_searches = providers.Factory(SavedSearchesHandler, saved_search_works, entitlements, clock)
    influencer_views = providers.Singleton(PostgresInfluencerViews, database)
    page_views = providers.Singleton(PostgresPageViews, database)
    profile_views = providers.Singleton(PostgresProfileViews, database)
    score_views = providers.Singleton(PostgresScoreViews, database)
    show_figures = providers.Factory(ShowFiguresHandler, reader, clock)
    show_trends = providers.Factory(ShowTrendsHandler, reader, clock)
    score_profiles = providers.Factory(ScoreProfilesHandler, scores, clock, bases)
    reference_tables = providers.Factory(ReferenceTables, scores, references, clock, bases)
    signer = providers.Singleton(installation_key, settings)
    issue_receipt = providers.Factory(
        IssueReceiptHandler,
        store=scores,
        references=references,
        scores=score_views,
        profiles=profile_views,
        signer=signer,
        bases=bases,
    )
    findable = providers.Singleton(PostgresFindable, database, clock)
    reactions = providers.Factory(reactions, score_profiles, findable)
    forgetting = providers.Factory(forgetting, cache)
