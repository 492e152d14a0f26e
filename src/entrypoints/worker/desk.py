"""The desk of a worker: takes an event in hand, has everything done that is to be done about it, and settles it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from ...adapters.observability.logs import logger
from ...adapters.observability.metrics import TaskMetrics
from ...adapters.postgres import outbox
from ...adapters.postgres.database import NOBODY, Database, Tenant
from ...adapters.postgres.leases import LeaseKeeper
from ...adapters.postgres.outbox import EventRecord
from ...application.shared.failpoints import failpoint
from ...application.shared.ports import Ids
from ...application.shared.reactions import Reaction
from ...application.shared.request import request_id
from ...domain.shared.errors import AnalisaError, Unavailable
from ...domain.shared.events import Event
from .reactions import Effect, Reactions

log = logger(__name__)

FIRST_PAUSE = timedelta(seconds=1)
"""Before the second attempt; each further one waits four times as long."""

_SETTLING_S = 5

after_begin = failpoint("worker.after_begin")
before_effect_commit = failpoint("worker.before_effect_commit")
after_reaction = failpoint("worker.after_reaction")
before_finish = failpoint("worker.before_finish")


class LeaseLost(Exception):
    """Somebody else has the event in hand now; what this attempt would still write must not stand."""


class Desk:
    """Works on events in the name of one process; several at a time."""

    def __init__(
        self,
        database: Database,
        reactions: Callable[[], Reactions],
        keeper: LeaseKeeper,
        *,
        name: str,
        metrics: TaskMetrics,
        ids: Ids,
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        self._database = database
        self._load = reactions
        self._reactions: Reactions | None = None
        self._keeper = keeper
        self._name = name
        self._metrics = metrics
        self._ids = ids
        self._first_pause = first_pause
        self._at_work: dict[asyncio.Task[object], asyncio.Task[None]] = {}
        self._suspects = asyncio.Lock()
        self._closing = False

    async def react(self, event_id: UUID, *, suspect: bool = False) -> None:
        """Work on the event, unless it is done or in other hands; never raises for what its effects do wrong.

        A *suspect* was in hand when a worker died. Suspects are worked on one at a time, so that one which kills its
        worker does not take along, again and again, those that were only near.
        """
        if suspect:
            async with self._suspects:
                await self._take(event_id)
        else:
            await self._take(event_id)

    async def loaded(self) -> Reactions:
        """Return what is to be done about events, made on first use and outside the loop: loading it takes its time."""
        if self._reactions is None:
            self._reactions = await asyncio.to_thread(self._load)
        return self._reactions

    async def close(self) -> None:
        """Stop what is still being worked on, and give it back for somebody else to start at once."""
        self._closing = True
        attempts, works = list(self._at_work), list(self._at_work.values())
        for work in works:
            work.cancel()
        if attempts:
            await asyncio.wait(attempts, timeout=_SETTLING_S)

    async def _take(self, event_id: UUID) -> None:
        if self._closing:
            return
        try:
            record = await outbox.begin(self._database, event_id, worker=self._name, lease=self._keeper.lease)
        except Unavailable as error:
            log.warning("an event cannot be begun now", event_id=event_id, reason=str(error))
            return  # it is sent again
        if record is None:
            return
        token = request_id.set(record.request_id or str(record.id))
        try:
            self._metrics.started(record.waited_s)
            after_begin()
            await self._attempt(record)
        finally:
            request_id.reset(token)

    async def _attempt(self, record: EventRecord) -> None:
        loop = asyncio.get_running_loop()
        work = asyncio.create_task(self._effects(record), name=f"{record.name} {record.id}")

        def lost() -> None:
            loop.call_soon_threadsafe(work.cancel)

        attempt = asyncio.current_task()
        assert attempt is not None
        self._at_work[attempt] = work
        try:
            with self._keeper.holding(record.hold, lost=lost):
                await asyncio.wait({work})
            await self._settle(record, work)
        finally:
            del self._at_work[attempt]

    async def _settle(self, record: EventRecord, work: asyncio.Task[None]) -> None:
        try:
            if work.cancelled():
                await self._cancelled(record)
            elif (error := work.exception()) is None:
                await self._done(record)
            elif not isinstance(error, LeaseLost):
                await self._failed(record, error)
        except Unavailable as error:
            log.warning("an event cannot be settled now", event_id=record.id, reason=str(error))

    async def _effects(self, record: EventRecord) -> None:
        reactions = await self.loaded()
        event = record.event(reactions.catalogue)
        for reaction in reactions.to(event):
            if reaction.name in record.had:
                continue
            with self._metrics.reaction(reaction.name):
                async with asyncio.timeout(reaction.longest.total_seconds()):
                    await self._have(reaction, event, record)
            after_reaction()

    async def _have(self, reaction: Reaction | Effect, event: Event, record: EventRecord) -> None:
        if isinstance(reaction, Reaction):
            await reaction.handle(event)
        owner = Tenant.owning(record.owner) if isinstance(reaction, Effect) else NOBODY  # type: ignore[arg-type]
        async with self._database.writing(owner) as connection:
            fresh = await outbox.begin_effect(connection, record.id, reaction.name)
            if fresh and isinstance(reaction, Effect):
                await reaction.apply(connection, event)
            before_effect_commit()
            if not await outbox.still_held(connection, record.hold):
                raise LeaseLost

    async def _done(self, record: EventRecord) -> None:
        before_finish()
        await outbox.finish(self._database, record.hold)
        waited = round(record.waited_s, 3)
        log.info("an event is done", event_name=record.name, event_id=record.id, waited_s=waited)

    async def _failed(self, record: EventRecord, error: BaseException) -> None:
        pause = self._first_pause * 4 ** (record.hold.attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311
        dead = record.hold.attempt >= outbox.MAX_ATTEMPTS
        await outbox.fail(self._database, self._ids, record.hold, _cause(error), retry_in=pause)
        tell = log.error if dead else log.warning
        what = "an event is given up" if dead else "an event failed and will be tried again"
        tell(what, event_name=record.name, event_id=record.id, attempt=record.hold.attempt, exc_info=error)

    async def _cancelled(self, record: EventRecord) -> None:
        if not self._closing:
            return  # the lease was lost: it is in other hands
        await outbox.give_back(self._database, record.hold)
        log.info("an event was given back", event_id=record.id)


def _cause(error: BaseException) -> str:
    if isinstance(error, AnalisaError):
        return f"{error.code}: {error}"
    if isinstance(error, TimeoutError):
        return "it took longer than its reaction may"
    return f"{type(error).__qualname__}: {error}"
