"""What is done regularly, and when: due times are UTC, and one that passed while nobody ran is made up for once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from ...adapters.observability.logs import logger
from ...adapters.postgres import outbox
from ...adapters.postgres.database import Database
from ...adapters.postgres.identity.guesses import forget_identity
from ...adapters.postgres.identity.tokens import PostgresAccessTokens, rotate_old_key
from ...adapters.postgres.organisations import dissolve_ended
from ...adapters.postgres.partitions import default_rows, ensure_months, months_ahead, months_in_default
from ...adapters.postgres.repeating import forget_answers
from ...application.analytics.discovery.saved import WatchHandler
from ...application.collection.sweeping import SweepUploads
from ...application.compliance.auditing import Auditing
from ...application.compliance.resealing import Resealing
from ...application.exporting.ports import REMEMBERED as EXPORTS_REMEMBERED
from ...application.exporting.ports import ExportRegister, ExportShelf
from ...application.shared.ports import Ids
from ...application.shared.repeating import KEPT as REQUESTS_KEPT
from ...domain.analytics.events import FullPassDue
from ...domain.shared.events import Event

KEPT = timedelta(days=7)
"""How long done events are kept, to be looked at."""

_FORGOTTEN_AT_ONCE = 10_000
_MIDNIGHT = time(0, 0)

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something regular: it *tells* an event, for a worker to act on, or *does* a short thing itself."""

    name: str
    """Its memory hangs on it, so it never changes."""
    at: time = _MIDNIGHT
    """The time of day (UTC); a job with *every* counts from it."""
    every: timedelta = timedelta(days=1)
    tells: Callable[[datetime], Event] | None = None
    does: Callable[[datetime], Awaitable[None]] | None = None

    def last_due(self, now: datetime) -> datetime:
        """The latest due time that is not after *now*."""
        first = datetime.combine(now.date() - timedelta(days=1), self.at, UTC)
        return first + (now - first) // self.every * self.every


def jobs(
    database: Database,
    ids: Ids,
    tokens: PostgresAccessTokens,
    auditing: Auditing,
    uploads: SweepUploads,
    exports: ExportRegister,
    shelf: ExportShelf,
    watch: WatchHandler,
    resealing: Resealing,
) -> Sequence[Job]:
    """Return everything regular."""

    async def reseal(_: datetime) -> None:
        if rows := await resealing.reseal():  # what somebody sealed in the moment in which the key was made
            log.info("values were sealed anew with the key in use", rows=rows)

    async def look(_: datetime) -> None:
        if told := await watch():
            log.info("people were told of whom their searches found anew", people=told)

    return (
        *_of_the_database(database),
        *_of_identity(database, ids, tokens, auditing),
        *_of_files(uploads, exports, shelf),
        Job(name="compliance.reseal", at=time(3, 20), does=reseal),
        Job(name="analytics.watch_searches", at=time(0, 2), every=timedelta(minutes=10), does=look),
        Job(name="analytics.full_pass", at=time(0, 30), tells=lambda due: FullPassDue(day=due.date())),
    )


def _of_the_database(database: Database) -> Sequence[Job]:
    async def make_partitions(now: datetime) -> None:
        for table, stray_rows in (await default_rows(database)).items():
            late = await ensure_months(database, table, months_ahead(now.date()), patience_s=60)
            stray = await months_in_default(database, table) if stray_rows else []
            late |= await ensure_months(database, table, stray, patience_s=60)
            if late or stray:
                log.warning(
                    "rows stood outside their month's partition", table=table, months=stray, not_made=sorted(late)
                )

    async def forget_done(now: datetime) -> None:
        forgotten, more = 0, True
        while more:
            async with outbox.changing(database) as connection:
                at_once = await outbox.forget_done(connection, before=now - KEPT, limit=_FORGOTTEN_AT_ONCE)
            forgotten, more = forgotten + at_once, at_once == _FORGOTTEN_AT_ONCE
        log.info("done events were forgotten", events=forgotten)

    async def forget_requests(now: datetime) -> None:
        forgotten = await forget_answers(database, before=now - REQUESTS_KEPT, limit=_FORGOTTEN_AT_ONCE)
        log.info("answers to repeatable requests were forgotten", requests=forgotten)

    return (
        # Right after midnight, when the day of the scores has begun; the partitions of a new month stand by then.
        Job(name="postgres.make_partitions", at=time(0, 5), every=timedelta(hours=6), does=make_partitions),
        Job(name="outbox.forget_done", at=time(1, 0), every=timedelta(hours=1), does=forget_done),
        Job(name="http.forget_requests", at=time(1, 20), every=timedelta(hours=1), does=forget_requests),
    )


def _of_identity(database: Database, ids: Ids, tokens: PostgresAccessTokens, auditing: Auditing) -> Sequence[Job]:
    async def forget_guesses(now: datetime) -> None:
        log.info("old guesses and sessions were forgotten", rows=await forget_identity(database, now=now))

    async def rotate_keys(_: datetime) -> None:
        if await rotate_old_key(database, tokens):
            log.info("access tokens are signed with a new key")

    async def dissolve(now: datetime) -> None:
        if dissolved := await dissolve_ended(database, ids, now):
            log.info("organisations whose time was over were deleted", organisations=dissolved)

    async def sign_heads(_: datetime) -> None:
        log.info("the record was signed", chains=await auditing.sign_heads())

    return (
        Job(name="compliance.sign_heads", at=time(0, 50), every=timedelta(hours=1), does=sign_heads),
        Job(name="identity.forget", at=time(1, 10), every=timedelta(hours=1), does=forget_guesses),
        Job(name="identity.dissolve", at=time(1, 15), every=timedelta(hours=1), does=dissolve),
        Job(name="identity.rotate_keys", at=time(3, 0), does=rotate_keys),
    )


def _of_files(uploads: SweepUploads, exports: ExportRegister, shelf: ExportShelf) -> Sequence[Job]:
    async def sweep_uploads(_: datetime) -> None:
        log.info("uploads that nobody will import were forgotten", uploads=await uploads())

    async def sweep_exports(now: datetime) -> None:
        files, known = await shelf.sweep(), await exports.forget(now - EXPORTS_REMEMBERED)
        log.info("old exports were forgotten", files=files, exports=known)

    return (
        Job(name="collection.sweep", at=time(1, 30), every=timedelta(hours=1), does=sweep_uploads),
        Job(name="exporting.sweep", at=time(1, 40), every=timedelta(hours=1), does=sweep_exports),
    )
