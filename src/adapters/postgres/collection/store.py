"""Imports at work in PostgreSQL: one transaction per file, so that a file is stored whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import monotonic

import asyncpg
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ....application.collection.errors import ImportRunning
from ....application.collection.ports import FileLoad, ImportJob, ImportRun, Progress
from ....application.shared.failpoints import failpoint
from ....application.shared.ports import Clock, Ids
from ....domain.collection.report import FileReport
from ....domain.shared.errors import Unavailable
from ..database import Database, Tenant, driver
from ..errors import DatabaseFull
from ..jsonb import as_a, plain
from .loading import PostgresFileLoad
from .tables import import_files, imports

AFTER_COMMIT = failpoint("import.after_commit")
_RUNNING = 0x696D706F << 32  # "impo": the upper half of the lock's number, the lower is the import's
_SHOW_EVERY_S = 0.5
AT_ONCE = 3
"""Imports of one process that are at work at the same time; others wait for their turn."""


_NOT_NOW = (DatabaseFull, asyncpg.DeadlockDetectedError, asyncpg.QueryCanceledError)
"""No room on the disk, no memory, or somebody ended it: the same import may end well later."""


class StoreUnavailable(Unavailable):
    """A file could not be stored now; the import can be carried out again."""

    code = "imports.store_unavailable"


class PostgresObservations:
    """`ObservationStore`. One run takes up to two connections, so that only *at_once* runs share the pool."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, *, at_once: int = AT_ONCE) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._turns = asyncio.Semaphore(at_once)

    def run(self, job: ImportJob, *, dry: bool = False) -> AbstractAsyncContextManager[ImportRun]:
        return self._dry_run(job) if dry else self._run(job)

    @asynccontextmanager
    async def _run(self, job: ImportJob) -> AsyncIterator[ImportRun]:
        async with self._turns:
            committed = await self._begin(job)
            yield _Run(self._database, self._clock, self._ids, job, committed)

    async def _begin(self, job: ImportJob) -> Mapping[int, FileReport]:
        async with self._database.writing(_tenant(job)) as connection:
            if not await connection.scalar(select(func.pg_try_advisory_xact_lock(_RUNNING + job.number))):
                raise ImportRunning(job.id)
            started = update(imports).where(imports.c.id == job.id, imports.c.started_at.is_(None))
            await connection.execute(started.values(started_at=func.now()))
            running = update(imports).where(imports.c.id == job.id)
            await connection.execute(running.values(state="running", finished_at=None, error=None))
            return await _committed(connection, job)

    @asynccontextmanager
    async def _dry_run(self, job: ImportJob) -> AsyncIterator[ImportRun]:
        """Do everything in one transaction, a savepoint per file, and take it back at the end."""
        try:
            async with self._database.writing(_tenant(job)) as connection:
                row = {"id": job.id, "organisation": job.organisation, "owner": job.owner, "requested_by": "dry run"}
                await connection.execute(insert(imports), [row])
                yield _DryRun(connection, self._clock, self._ids, job)
                _take_back()
        except _TakeBackError:
            return


class _TakeBackError(Exception):
    """Ends a transaction without a trace."""


def _take_back() -> None:
    raise _TakeBackError


class _Run:
    """`ImportRun` that keeps what is kept."""

    def __init__(
        self, database: Database, clock: Clock, ids: Ids, job: ImportJob, committed: Mapping[int, FileReport]
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._job = job
        self._shown_at = 0.0
        self.committed = committed

    @asynccontextmanager
    async def file(self, position: int, name: str, *, size: int, sha256: str) -> AsyncIterator[FileLoad]:
        try:
            async with self._database.writing(_tenant(self._job)) as connection:
                # Goes with the process that holds it, so a killed run never blocks the next. Should another run of
                # this import begin between two files, they take turns, and each finds what the other committed.
                await connection.execute(select(func.pg_advisory_xact_lock(_RUNNING + self._job.number)))
                file = FileReport(name=name, bytes=size, sha256=sha256)
                load = PostgresFileLoad(
                    connection, await driver(connection), self._job, file, ids=self._ids, now=self._clock.now()
                )
                load.partitions, load.position = self._database, position
                yield load
                if not load.kept:
                    _take_back()
        except _TakeBackError:
            return
        except _NOT_NOW as error:
            reason = str(error).partition("\n")[0]
            raise StoreUnavailable(f"PostgreSQL could not store {name}: {reason}; nothing of it was kept") from error
        AFTER_COMMIT()

    async def progress(self, progress: Progress) -> None:
        """Write it down at most twice a second: the import has better things to do."""
        if progress.phase == "reading" and monotonic() - self._shown_at < _SHOW_EVERY_S:
            return
        self._shown_at = monotonic()
        async with self._database.writing(_tenant(self._job)) as connection:
            job = update(imports).where(imports.c.id == self._job.id)
            await connection.execute(job.values(progress=plain(progress)))


class _DryRun:
    """`ImportRun` that only says what would happen."""

    committed: Mapping[int, FileReport] = {}

    def __init__(self, connection: AsyncConnection, clock: Clock, ids: Ids, job: ImportJob) -> None:
        self._connection = connection
        self._clock = clock
        self._ids = ids
        self._job = job

    @asynccontextmanager
    async def file(self, position: int, name: str, *, size: int, sha256: str) -> AsyncIterator[FileLoad]:
        async with self._connection.begin_nested():
            file = FileReport(name=name, bytes=size, sha256=sha256)
            load = PostgresFileLoad(
                self._connection, await driver(self._connection), self._job, file, ids=self._ids, now=self._clock.now()
            )
            load.position = position
            yield load

    async def progress(self, progress: Progress) -> None:
        """Nobody watches a dry run from elsewhere."""


async def _committed(connection: AsyncConnection, job: ImportJob) -> Mapping[int, FileReport]:
    files = select(import_files.c.position, import_files.c.counts).where(import_files.c.import_id == job.id)
    return {position: as_a(FileReport, counts) for position, counts in await connection.execute(files)}


def _tenant(job: ImportJob) -> Tenant:
    return Tenant(job.organisation, operator=job.owner is None)
