"""The wiring of collection: imports, their register and views, and exports."""

from __future__ import annotations

from dependency_injector import containers, providers

from ... import __version__
from ...adapters.files.rows import EditableRows
from ...adapters.files.secrets import SecretFiles
from ...adapters.files.uploads import UploadDirectory
from ...adapters.postgres.collection.register import PostgresImports
from ...adapters.postgres.collection.source import PostgresObservationSource
from ...adapters.postgres.collection.store import PostgresObservations
from ...adapters.postgres.collection.views import PostgresImportViews
from ...adapters.postgres.database import Database
from ...adapters.postgres.influencers.profiles import PostgresProfileDirectory
from ...application.collection.archives import Archives, SourceLimits
from ...application.collection.exports import ExportArchiveHandler
from ...application.collection.imports import Importer, NoteImportHandler, RequestImportHandler, RetryImportHandler
from ...application.collection.mending import Mending
from ...application.shared.entitlements import Entitlements
from ...application.shared.ports import Clock, Ids
from ...plugins.archives.creator_archive.writer import CreatorArchiveFiles
from ..settings import Settings


def source_limits(settings: Settings) -> SourceLimits:
    """How much one import may hold, as the settings say it."""
    limits = settings.limits
    return SourceLimits(
        max_files=limits.files,
        max_file_bytes=limits.file_bytes,
        max_unpacked_bytes=limits.unpacked_bytes,
        max_rows=limits.rows,
    )


def upload_shelf(settings: Settings) -> UploadDirectory:
    """Where this installation keeps files that were sent in."""
    return UploadDirectory(settings.home / "uploads")


def _secrets(settings: Settings) -> SecretFiles:
    return SecretFiles(settings.home / "secrets")


class Collection(containers.DeclarativeContainer):
    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()
    plugins: providers.Dependency[Archives] = providers.Dependency()
    entitlements: providers.Dependency[Entitlements] = providers.Dependency()

    limits = providers.Callable(source_limits, settings)
    shelf = providers.Singleton(upload_shelf, settings)
    secrets = providers.Singleton(_secrets, settings)
    register = providers.Singleton(PostgresImports, database, ids)
    store = providers.Singleton(PostgresObservations, database, clock, ids)
    directory = providers.Singleton(PostgresProfileDirectory, database)
    views = providers.Singleton(PostgresImportViews, database)
    source = providers.Singleton(PostgresObservationSource, database)
    writer = providers.Singleton(CreatorArchiveFiles, clock, f"analisa {__version__}")
    export_archive = providers.Factory(ExportArchiveHandler, source, writer, directory)
    note_import = providers.Factory(NoteImportHandler, register, ids)
    retry_import = providers.Factory(RetryImportHandler, register, note_import)
    request_import = providers.Factory(RequestImportHandler, register, entitlements)
    mending = providers.Factory(Mending, plugins, register, views, providers.Object(EditableRows()))
    importer = providers.Factory(
        Importer,
        archives=plugins,
        store=store,
        register=register,
        directory=directory,
        shelf=shelf,
        secrets=secrets,
        mending=mending,
        clock=clock,
        ids=ids,
        limits=limits,
    )
