"""An installation for tests of imports: the real store, with readers that hand on the batches a test was written with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncpg

from analisa.adapters.files.rows import EditableRows
from analisa.adapters.files.uploads import UploadDirectory
from analisa.adapters.postgres.collection.register import PostgresImports
from analisa.adapters.postgres.collection.store import PostgresObservations
from analisa.adapters.postgres.collection.views import PostgresImportViews
from analisa.adapters.postgres.database import Database, Tenant, driver, open_database
from analisa.adapters.postgres.influencers.profiles import PostgresProfileDirectory
from analisa.adapters.postgres.organisations import PostgresOrganisations
from analisa.adapters.system.clock import TimeOrderedIds
from analisa.application.collection.archives import Archives, SourceLimits
from analisa.application.collection.imports import CarryOutImport, Importer, NoteImport, NoteImportHandler
from analisa.application.collection.mending import Mending
from analisa.application.collection.ports import ImportJob, ImportOptions
from analisa.application.shared.actor import Actor
from analisa.domain.collection.batch import Batch
from analisa.domain.collection.report import ImportReport
from analisa.domain.shared.ids import OrganisationId
from tests.fakes.collection import BatchReader, FakeArchives, FakeClock, FakeSecrets
from tests.servers import DatabaseUrl

EMPTIED = (
    "post_metrics, profile_metrics, profile_averages, comments, audience, posts, profile_descriptions, profile_names, "
    "influencer_profiles, influencers, score_queue, imports, import_files, import_findings, outbox, effects, profiles"
)


@dataclass
class Installation:
    """A database, and what imports into it."""

    database: Database
    local: Actor
    uploads: Path
    clock: FakeClock = field(default_factory=FakeClock)
    ids: TimeOrderedIds = field(default_factory=TimeOrderedIds)

    @property
    def register(self) -> PostgresImports:
        return PostgresImports(self.database, self.ids)

    @cached_property
    def store(self) -> PostgresObservations:
        return PostgresObservations(self.database, self.clock, self.ids)

    def importer(self, archives: Archives) -> Importer:
        return Importer(
            archives=archives,
            store=self.store,
            register=self.register,
            directory=PostgresProfileDirectory(self.database),
            shelf=UploadDirectory(self.uploads),
            secrets=FakeSecrets(),
            mending=self.mending(archives),
            clock=self.clock,
            ids=self.ids,
            limits=SourceLimits(),
        )

    def mending(self, archives: Archives) -> Mending:
        return Mending(archives, self.register, PostgresImportViews(self.database), EditableRows())

    async def note(self, actor: Actor | None = None, **options: Any) -> ImportJob:
        """Note an import of files that stand nowhere."""
        said = ImportOptions(**{"paths": ("/nowhere",), **options})
        return await NoteImportHandler(self.register, self.ids)(NoteImport(actor=actor or self.local, options=said))

    async def bring(
        self, *batches: Batch, actor: Actor | None = None, reader: BatchReader | None = None, **options: Any
    ) -> ImportReport:
        """Import *batches* as *actor* and return the report."""
        actor = actor or self.local
        job = await self.note(actor, **options)
        importer = self.importer(FakeArchives(reader or BatchReader(batches)))
        report = await importer.carry_out(CarryOutImport(actor=actor, import_id=job.id))
        assert report is not None
        return report

    async def rows(self, sql: str, *arguments: object, actor: Actor | None = None) -> list[dict[str, Any]]:
        """Ask as *actor* (the local operator)."""
        async with self.database.reading(Tenant.of(actor or self.local)) as connection:
            return [dict(row) for row in await connection.fetch(sql, *arguments)]

    async def found(self, slug: str) -> Actor:
        """Found another organisation and return somebody of it."""
        rows = await self._write(
            "insert into organisations (slug, name) values ($1, $1) on conflict (slug) do update set name = $1 returning id",
            slug,
        )
        return Actor(organisation=OrganisationId(rows[0]["id"]))

    async def _write(self, sql: str, *arguments: object) -> Sequence[asyncpg.Record]:
        async with self.database.writing(Tenant.of(self.local)) as connection:
            rows: Sequence[asyncpg.Record] = await (await driver(connection)).fetch(sql, *arguments)
            return rows


@asynccontextmanager
async def installed(database_url: DatabaseUrl, uploads: Path) -> AsyncIterator[Installation]:
    """Open the database at *database_url*, emptied of whatever an earlier test left."""
    connection = await asyncpg.connect(database_url.owner)
    try:
        await connection.execute(f"truncate {EMPTIED} cascade")
    finally:
        await connection.close()
    async with open_database(database_url) as database:
        yield Installation(database, await PostgresOrganisations(database).actor_for("local"), uploads)
