"""The scheduler: `python -m analisa.entrypoints.worker.scheduler` hands out what is due; several take turns by job.

What was due is noted in the database in the commit that hands it out. So a job is handed out once, whoever dies when,
and after a night during which the machine was off it is made up for: once, however many nights it was.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from ...adapters.observability.logs import logger
from ...adapters.postgres import outbox
from ...adapters.postgres.analytics.discovery.saved import PostgresSavedSearchWorks
from ...adapters.postgres.collection.register import PostgresImports
from ...adapters.postgres.database import NOBODY, Database
from ...adapters.postgres.exporting.register import PostgresExports
from ...adapters.postgres.tables import schedules
from ...application.analytics.discovery.saved import WatchHandler
from ...application.collection.sweeping import SweepUploads
from ...application.shared.failpoints import failpoint
from ...application.shared.ports import Clock, Ids
from ...application.shared.request import request_id
from ...domain.shared.errors import Unavailable
from ..container import Application
from ..container.collection import upload_shelf
from ..container.compliance import auditing, resealing
from ..container.exporting import export_shelf
from ..container.identity import access_tokens
from .jobs import Job, jobs
from .process import run_role

EVERY = timedelta(seconds=5)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

log = logger("analisa.entrypoints.worker.scheduler")  # run as a program, its __name__ says nothing
before_commit = failpoint("scheduler.before_commit")


class Scheduler:
    """Hands out jobs when they are due."""

    def __init__(self, database: Database, clock: Clock, ids: Ids, known: Sequence[Job]) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._jobs = known

    async def run(self, stop: asyncio.Event) -> None:
        """Look every few seconds until *stop*; a job that fails is due again at the next look."""
        while not stop.is_set():
            await self.once()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY.total_seconds())

    async def once(self) -> None:
        """Hand out what is due now."""
        for job in self._jobs:
            token = request_id.set(str(self._ids.new()))
            try:
                await self._look(job)
            except Unavailable as error:
                log.warning("a job has to wait", job=job.name, reason=str(error))
            except Exception:
                log.exception("a job failed", job=job.name)
            finally:
                request_id.reset(token)

    async def _look(self, job: Job) -> None:
        now = self._clock.now()
        due = job.last_due(now)
        async with self._database.writing(NOBODY) as connection:
            # A new installation begins with the next night: there is nothing to make up for.
            begin = due if job.tells else _NEVER
            await connection.execute(
                insert(schedules).values(name=job.name, last_due_at=begin).on_conflict_do_nothing()
            )
            mine = select(schedules.c.last_due_at).where(schedules.c.name == job.name)
            last = await connection.scalar(mine.with_for_update(skip_locked=True))
            if last is None or last >= due:
                return  # another scheduler is at it, or it was handed out
            if job.does is not None:
                await job.does(now)
            if job.tells is not None:
                await outbox.record(connection, self._ids, job.tells(due))
            handed_out = update(schedules).where(schedules.c.name == job.name).values(last_due_at=due)
            await connection.execute(handed_out)
            before_commit()
        log.info("a job was handed out", job=job.name, due=due)


async def work(application: Application, _: str, stop: asyncio.Event) -> None:
    """Be the scheduler until *stop*."""
    known = jobs(
        application.database,
        application.ids,
        access_tokens(application.settings, application.database, application.clock, application.ids),
        auditing(application.settings, application.database, application.clock),
        SweepUploads(upload_shelf(application.settings), PostgresImports(application.database, application.ids)),
        PostgresExports(application.database, application.ids),
        export_shelf(application.settings),
        WatchHandler(
            PostgresSavedSearchWorks(application.database, application.ids), application.clock, application.ids
        ),
        resealing(application.settings, application.database, application.clock, application.ids),
    )
    scheduler = Scheduler(application.database, application.clock, application.ids, known)
    await scheduler.run(stop)


if __name__ == "__main__":
    sys.exit(run_role("scheduler", work))
