"""One file on its way in: staged, cleaned of what cannot be stored, merged table by table, and counted."""

# ruff: noqa: S608  names are our own, what people wrote is bound or staged
from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ....application.collection.ports import ImportJob
from ....application.shared.failpoints import failpoint
from ....application.shared.ports import Ids
from ....domain.collection.batch import Batch
from ....domain.collection.conflict import OnConflict
from ....domain.collection.records import COMMENTS, POST_METRICS, PROFILE_METRICS, PROFILES, TABLES
from ....domain.collection.report import FileReport, TableCounts, tally
from ....domain.shared.events import Event
from .. import outbox
from ..database import Database, Driver
from ..influencers.profiles import number_staged_profiles
from ..influencers.register import introduce_influencers
from ..jsonb import as_a, plain
from ..partitions import PARTITIONED, ensure_months
from .coverage import comments_covered
from .findings import Findings
from .merging import merge
from .names import remember_names
from .quarantine import refuse_dates, refuse_orphans
from .staging import Staging
from .suspects import mark_lost_followers, mark_suspect_zeros, report_likes_over_views
from .tables import import_files
from .targets import TARGETS, Owned
from .work import Merge

AFTER_STAGING = failpoint("import.after_staging")
BEFORE_MERGE = failpoint("import.before_merge")
AFTER_MERGE = failpoint("import.after_merge")
BEFORE_COMMIT = failpoint("import.before_commit")

Partitions: TypeAlias = "Database | None"
"""Where missing partitions are made: beside the file's transaction, or nowhere in a dry run."""

# Sorting and hashing a file's rows in memory instead of on disk; compiling the queries costs more than it saves.
_TUNING = "set local work_mem = '64MB'; set local jit = off; set local timezone = 'UTC'"


class PostgresFileLoad:
    """`FileLoad` inside one transaction, which the run commits once `keep` was called."""

    def __init__(
        self, connection: AsyncConnection, raw: Driver, job: ImportJob, file: FileReport, *, ids: Ids, now: datetime
    ) -> None:
        self._connection = connection
        self._raw = raw
        self._job = job
        self._file = file
        self._ids = ids
        self._now = now
        self._staging = Staging(raw)
        self.partitions: Partitions = None
        self.position = 0
        self.kept = False
        self._stored_before: FileReport | None = None

    async def stage(self, batch: Batch) -> None:
        await self._staging.take(batch)

    async def merge(self, on_conflict: OnConflict, *, rows_read: int) -> FileReport:
        AFTER_STAGING()
        await self._staging.analyse()
        work = await self._begin(on_conflict)
        if self._staging.found:
            await work.findings.keep_staged()
        quarantined = {name: await refuse_dates(work, name, now=self._now) for name in self._staging.rows}
        await self._make_partitions()
        await self._take_turn()
        self._stored_before = await self._report_of_a_run_before()
        if self._stored_before is not None:
            return self._stored_before
        BEFORE_MERGE()
        profiles = [name for name in self._staging.rows if "profile_id" in TABLES[name].required]
        await number_staged_profiles(self._raw, profiles)
        counts = {
            name: await self._merge(work, name, quarantined[name]) for name in TABLES if name in self._staging.rows
        }
        await introduce_influencers(self._raw, self._ids, self._job.owner)
        touched = await self._queue_for_scoring(work)
        comments = await comments_covered(self._raw) if COMMENTS.name in counts else None
        AFTER_MERGE()
        findings = [(*kind, number) for kind, number in [*self._staging.found.items(), *work.findings.counted.items()]]
        return FileReport(
            name=self._file.name,
            bytes=self._file.bytes,
            sha256=self._file.sha256,
            rows_read=rows_read,
            tables=counts,
            findings=tally(findings),
            profiles=touched,
            comments=comments,
        )

    async def keep(self, report: FileReport, *events: Event) -> None:
        if self._stored_before is not None:
            return
        row = {
            "import_id": self._job.id,
            "organisation": self._job.organisation,
            "position": self.position,
            "name": report.name,
            "bytes": report.bytes,
            "sha256": report.sha256,
            "counts": plain(report),
        }
        await self._connection.execute(insert(import_files), [row])
        await outbox.record(self._connection, self._ids, *events)
        await self._staging.drop()
        await self._raw.execute("drop table if exists touched, file_profiles, mark, ready")
        self.kept = True
        BEFORE_COMMIT()

    async def _begin(self, on_conflict: OnConflict) -> Merge:
        await self._raw.execute(_TUNING)
        await self._raw.execute("create temp table touched (profile_id bigint) on commit drop")
        # Rows that this file writes carry the id of its transaction, or of its savepoint in a dry run.
        await self._raw.execute("create temp table mark (set boolean) on commit drop")
        mark = await self._raw.fetchval("insert into mark values (true) returning xmin::text::bigint")
        findings = Findings(self._raw, self._job.id, self._job.organisation, self._file.name)
        return Merge(
            raw=self._raw,
            owned=Owned(self._job.owner),
            number=self._job.number,
            mark=mark,
            findings=findings,
            on_conflict=on_conflict,
        )

    async def _make_partitions(self) -> None:
        """Make the months that the file needs, in transactions of their own, before ours holds a lock on the tables."""
        if self.partitions is None:
            return
        for name in PARTITIONED:
            if name in self._staging.rows:
                await ensure_months(self.partitions, name, await self._months(name))

    async def _months(self, name: str) -> Sequence[date]:
        rows = await self._raw.fetch(
            f"select distinct date_trunc('month', observed_at)::date as month from staged_{name}"
        )
        return [row["month"] for row in rows]

    async def _take_turn(self) -> None:
        """Wait until no other file of the same owner is being merged: comparing and writing are then one step."""
        key = f"observations of {self._job.owner or 'everybody'}"
        await self._raw.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", key)

    async def _report_of_a_run_before(self) -> FileReport | None:
        """Return the file's report where a run that died since was just committing it when this one began."""
        done = select(import_files.c.counts).where(
            import_files.c.import_id == self._job.id, import_files.c.position == self.position
        )
        counts = await self._connection.scalar(done)
        return None if counts is None else as_a(FileReport, counts)

    async def _merge(self, work: Merge, name: str, quarantined: int) -> TableCounts:
        rows = self._staging.rows[name]
        flagged = 0
        if name == POST_METRICS.name:
            quarantined += await refuse_orphans(work)
            flagged = await report_likes_over_views(work)
        counts = await merge(work, TARGETS[name], rows=rows, quarantined=quarantined)
        if name == PROFILES.name:
            await remember_names(work, self._now)
        if name == POST_METRICS.name and counts.changed:
            flagged += await mark_suspect_zeros(work)
        if name == PROFILE_METRICS.name and counts.changed:
            flagged += await mark_lost_followers(work)
        return counts + TableCounts(flagged=flagged)

    async def _queue_for_scoring(self, work: Merge) -> int:
        """Let the profiles about which something new was learnt wait for their score; the number of them."""
        touched: int = await self._raw.fetchval("select count(distinct profile_id) from touched")
        if touched:
            await self._raw.execute(
                "insert into score_queue (owner, profile_id, queued_at) "
                f"select {work.owned.literal}, profile_id, clock_timestamp() "
                "from (select distinct profile_id from touched where profile_id is not null) t "
                "order by profile_id on conflict (profile_id, owner) do update set queued_at = excluded.queued_at"
            )
        return touched
