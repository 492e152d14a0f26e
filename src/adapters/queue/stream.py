"""The stream that is the queue: its name, its bounds, how full it is. Knows no taskiq, which takes its time to load."""

from __future__ import annotations

from redis.asyncio import Redis

STREAM = "analisa:tasks"
GROUP = "workers"
MOST_WAITING = 10_000
"""The relay sends no more while so many messages wait; what is in the outbox can wait there."""

BOUND = 100_000
"""Entries of the stream, whatever happens; a message trimmed away is sent again from the outbox."""

_MARK = "analisa:filled"


async def wiped(redis: Redis) -> bool:
    """Say whether the queue was emptied, or is new; of several that ask, only the first is told."""
    return bool(await redis.set(_MARK, b"1", nx=True))


async def waiting(redis: Redis, stream: str = STREAM) -> int:
    """Count the messages that are in the queue, those at work among them."""
    count: int = await redis.xlen(stream)
    return count
