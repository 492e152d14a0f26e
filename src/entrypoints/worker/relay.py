"""The relay: `python -m analisa.entrypoints.worker.relay` tells the queue of events that wait in the outbox.

It looks ten times a second instead of listening for a notification: a NOTIFY makes all commits of a server queue for
one lock, a look at an empty partial index costs a fifth of a millisecond.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from redis.asyncio import Redis

from ...adapters.observability.logs import logger
from ...adapters.observability.metrics import RelayMetrics
from ...adapters.postgres import outbox
from ...adapters.postgres.database import Database
from ...adapters.postgres.outbox import Notice
from ...adapters.queue.stream import MOST_WAITING, waiting, wiped
from ...adapters.redis.client import AWAY
from ...application.shared.failpoints import failpoint
from ...application.shared.ports import Ids
from ...domain.shared.errors import Unavailable
from ..container import Application
from .process import run_role

if TYPE_CHECKING:
    from ...adapters.queue.broker import StreamBroker

EVERY_S = 0.1
RESEND = timedelta(seconds=15)
"""When an event that nobody has started is sent again; then after twice as long, up to eight minutes."""

_BATCH = 100
_LONGEST_PAUSE_S = 5.0
_BURY_EVERY = 10  # rounds

log = logger("analisa.entrypoints.worker.relay")  # run as a program, its __name__ says nothing
after_take = failpoint("relay.after_take")
after_send = failpoint("relay.after_send")


Send = Callable[[Sequence[Notice]], Awaitable[Sequence[UUID]]]
"""Puts notices into the queue, and returns the ids of those that it did not take."""


class Relay:
    """Carries word from the outbox to the queue; several may do so side by side."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        send: Send,
        metrics: RelayMetrics,
        ids: Ids,
        *,
        resend: timedelta = RESEND,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._database = database
        self._redis = redis
        self._send_all = send
        self._metrics = metrics
        self._ids = ids
        self._resend = resend
        self._most_waiting = most_waiting
        self._round = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Carry until *stop*; while the queue or the database is away, wait for it."""
        pause = EVERY_S
        while not stop.is_set():
            try:
                full = await self.once()
                pause = 0 if full else EVERY_S
            except (Unavailable, *AWAY) as error:
                pause = min(max(pause, EVERY_S) * 2, _LONGEST_PAUSE_S)
                log.warning("the relay waits", reason=type(error).__name__, seconds=pause)
            except Exception:
                pause = _LONGEST_PAUSE_S
                log.exception("the relay stumbled, and goes on", seconds=pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause or 0.001)

    async def once(self) -> bool:
        """Send what is due, one batch at the most; say whether there may be more."""
        if self._round % _BURY_EVERY == 0:
            await self._bury()
        self._round += 1
        if await wiped(self._redis):
            await self._begin_anew()
        room = self._most_waiting - await waiting(self._redis)
        if room <= 0:
            return False
        async with outbox.changing(self._database) as connection:
            due = await outbox.take_waiting(connection, limit=min(_BATCH, room), resend=self._resend)
        after_take()
        if due:
            await self._send(due)
        return len(due) == _BATCH

    async def _send(self, due: Sequence[Notice]) -> None:
        refused = await self._send_all(due)
        after_send()
        self._metrics.sent.inc(len(due) - len(refused))
        if refused:
            self._metrics.refused.inc(len(refused))
            async with outbox.changing(self._database) as connection:
                await outbox.not_sent(connection, refused)
            raise Unavailable(f"the queue did not take {len(refused)} events")

    async def _begin_anew(self) -> None:
        async with outbox.changing(self._database) as connection:
            again = await outbox.send_again(connection)
        if again:
            log.warning("the queue was wiped; what it held is sent again", events=again)

    async def _bury(self) -> None:
        async with outbox.changing(self._database) as connection:
            buried = await outbox.bury(connection, self._ids)
        for event_id in buried:
            log.error("an event is given up: its worker died each time", event_id=event_id)
        self._metrics.buried.inc(len(buried))


async def work(application: Application, name: str, stop: asyncio.Event, *, resend: timedelta = RESEND) -> None:
    """Be the relay until *stop*."""
    endpoints = application.endpoints
    assert endpoints.redis_url is not None
    assert application.redis is not None
    sender = Sender(endpoints.redis_url, name)
    metrics = RelayMetrics(application.registry)
    try:
        relay = Relay(application.database, application.redis, sender, metrics, application.ids, resend=resend)
        await relay.run(stop)
    finally:
        await sender.close()


class Sender:
    """Sends through a broker that is opened for the first event: taskiq takes half a second to load."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._broker: StreamBroker | None = None

    async def __call__(self, notices: Sequence[Notice]) -> Sequence[UUID]:
        from ...adapters.queue.broker import StreamBroker  # noqa: PLC0415
        from ...adapters.queue.notices import send  # noqa: PLC0415

        if self._broker is None:
            self._broker = StreamBroker(self._url, consumer=self._name)
        return await send(self._broker, notices)

    async def close(self) -> None:
        if self._broker is not None:
            await self._broker.shutdown()


if __name__ == "__main__":
    sys.exit(run_role("relay", work, redis=True))
