"""The wiring of exporting: the lists, the register, and where files are kept."""

from __future__ import annotations

from dependency_injector import containers, providers

from ...adapters.files.exports import ExportDirectory
from ...adapters.postgres.database import Database
from ...adapters.postgres.exporting.register import PostgresExports
from ...application.analytics.discovery.search import Discovery
from ...application.analytics.views import ProfileViews, ScoreViews
from ...application.collection.views import ImportViews
from ...application.compliance.activity import activity
from ...application.compliance.ports import AuditViews
from ...application.exporting import lists
from ...application.exporting.exports import Exporter, Exports, Room
from ...application.exporting.reactions import reactions
from ...application.shared.entitlements import Entitlements
from ...application.shared.ports import Clock, Ids
from ..settings import Settings


def export_shelf(settings: Settings) -> ExportDirectory:
    """Where this installation keeps the files of exports."""
    return ExportDirectory(settings.home / "exports", most_bytes=settings.limits.export_bytes)


def exportable(
    discovery: Discovery, profiles: ProfileViews, scores: ScoreViews, imports: ImportViews, audit: AuditViews
) -> lists.Lists:
    """Every list that can be exported."""
    return lists.Lists(
        lists.influencers(discovery),
        lists.posts(profiles),
        lists.scores(profiles, scores),
        lists.imports(imports),
        lists.findings(imports),
        activity(audit),
    )


class Exporting(containers.DeclarativeContainer):
    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()
    discovery: providers.Dependency[Discovery] = providers.Dependency()
    profiles: providers.Dependency[ProfileViews] = providers.Dependency()
    scores: providers.Dependency[ScoreViews] = providers.Dependency()
    imports: providers.Dependency[ImportViews] = providers.Dependency()
    entitlements: providers.Dependency[Entitlements] = providers.Dependency()
    audit: providers.Dependency[AuditViews] = providers.Dependency()

    shelf = providers.Singleton(export_shelf, settings)
    register = providers.Singleton(PostgresExports, database, ids)
    exportable = providers.Singleton(exportable, discovery, profiles, scores, imports, audit)
    room = providers.Singleton(Room, register, clock, settings.provided.limits.kept_export_bytes)
    exports = providers.Singleton(Exports, register, shelf, exportable, clock, room, entitlements)
    exporter = providers.Factory(Exporter, register, shelf, exportable, clock, room)
    reactions = providers.Factory(reactions, exporter)
