"""taskiq over a Redis stream, with the defects cured that would lose or double a task (docs/decisions/0005-queue.md).

taskiq-redis looks for a dead worker's messages only after a new one has come, takes a long task for a dead one, and
spins when the stream was wiped. Here they are looked for by the clock, messages at work are kept from being taken
for abandoned, and a wiped stream or an absent Redis is waited for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError
from taskiq import AckableMessage
from taskiq_redis import RedisStreamBroker

from ..redis.client import AWAY, CONNECTION
from .stream import BOUND, GROUP, STREAM

_BLOCK_MS = 1000
_LONGEST_PAUSE_S = 5.0

log = logging.getLogger(__name__)


class StreamBroker(RedisStreamBroker):
    """Hands messages to one consumer each; one that its consumer left for *abandoned_s* seconds goes to another."""

    def __init__(
        self, url: str, *, consumer: str, stream: str = STREAM, abandoned_s: float = 15, silent_s: float = 3600
    ) -> None:
        super().__init__(
            url,
            queue_name=stream,
            consumer_group_name=GROUP,
            consumer_name=consumer,
            consumer_id="0",  # a new group also gets what was sent before it existed
            maxlen=BOUND,
            idle_timeout=int(abandoned_s * 1000),
            max_connection_pool_size=32,
            **CONNECTION,
        )
        self._look_every_s = abandoned_s / 3
        self._silent_ms = silent_s * 1000
        self._at_work: set[str | bytes] = set()
        self._keeper: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Begin to keep what is at work; Redis may still be away."""
        with suppress(*AWAY):
            await super().startup()
            await self._forget_consumers()
        if self.is_worker_process:
            self._keeper = asyncio.create_task(self._keep(), name="keep messages")

    async def shutdown(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
        await super().shutdown()

    async def _forget_consumers(self) -> None:
        """Strike those off that have been silent for long and left nothing: every start of a worker adds a name."""
        async with Redis(connection_pool=self.connection_pool) as redis:
            for known in await redis.xinfo_consumers(self.queue_name, GROUP):
                if known["idle"] > self._silent_ms and known["pending"] == 0:
                    await redis.xgroup_delconsumer(self.queue_name, GROUP, known["name"])

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Yield messages for ever: new ones, and by the clock those that others left."""
        look_at, pause = 0.0, 0.1
        async with Redis(connection_pool=self.connection_pool) as redis:
            while True:
                try:
                    found: list[tuple[bytes, dict[bytes, bytes]]] = []
                    if monotonic() >= look_at:
                        found = await self._abandoned(redis)
                        look_at = 0.0 if found else monotonic() + self._look_every_s
                    found = found or await self._next(redis)
                    pause = 0.1
                except AWAY as error:
                    await self._recover(error, pause)
                    pause = min(pause * 2, _LONGEST_PAUSE_S)
                    continue
                for message_id, fields in found:
                    yield self._ackable(message_id, fields)

    async def _next(self, redis: Redis) -> list[tuple[bytes, dict[bytes, bytes]]]:
        # One at a time: what one worker has fetched ahead no idle worker could take.
        answer: Any = await redis.xreadgroup(
            GROUP, self.consumer_name, {self.queue_name: ">"}, count=1, block=_BLOCK_MS, noack=False
        )
        streams = answer.values() if isinstance(answer, dict) else (found for _, found in answer or ())
        return [entry for found in streams for entry in found]

    async def _abandoned(self, redis: Redis) -> list[tuple[bytes, dict[bytes, bytes]]]:
        """Take over one message that its consumer has left; a scan looks at a few at a time, so go on where it ended."""
        start: bytes | str = "0-0"
        while True:
            answer: Any = await redis.xautoclaim(
                self.queue_name, GROUP, self.consumer_name, min_idle_time=self.idle_timeout, start_id=start, count=1
            )
            start, found = answer[0], list(answer[1])
            if found or start in {b"0-0", "0-0"}:
                return found

    async def _recover(self, error: BaseException, pause: float) -> None:
        if isinstance(error, ResponseError) and str(error).startswith("NOGROUP"):
            log.warning("the queue was wiped; its consumers begin anew")
            with suppress(*AWAY):
                await self._declare_consumer_group()
            return
        log.warning("the queue does not answer (%s); trying again", type(error).__name__)
        await asyncio.sleep(pause)

    def _ackable(self, message_id: bytes, fields: dict[bytes, bytes]) -> AckableMessage:
        self._at_work.add(message_id)
        # A message without data is not ours; taskiq says that it cannot be read, and takes it off.
        return AckableMessage(data=fields.get(b"data", b""), ack=self._ack_generator(message_id, self.queue_name))

    def _ack_generator(self, id: str | bytes, queue_name: str) -> Callable[[], Awaitable[None]]:  # noqa: A002
        async def ack() -> None:
            self._at_work.discard(id)
            # If this does not arrive the message comes again, and whoever gets it finds the event done.
            with suppress(*AWAY):
                async with Redis(connection_pool=self.connection_pool) as redis, redis.pipeline() as both:
                    both.xack(queue_name, GROUP, id)
                    both.xdel(queue_name, id)
                    await both.execute()

        return ack

    async def _keep(self) -> None:
        """Show again and again that messages at work have not been abandoned, however long they take."""
        async with Redis(connection_pool=self.connection_pool) as redis:
            while True:
                await asyncio.sleep(self._look_every_s)
                if not self._at_work:
                    continue
                with suppress(*AWAY):
                    await redis.xclaim(self.queue_name, GROUP, self.consumer_name, 0, list(self._at_work), justid=True)
