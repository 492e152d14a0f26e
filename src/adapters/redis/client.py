"""Connections to Redis that give up soon: nothing may wait long for something that may be away."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

CONNECT_S = 2
ANSWER_S = 5

CONNECTION: dict[str, Any] = {
    "socket_connect_timeout": CONNECT_S,
    "socket_timeout": ANSWER_S,
    "retry": Retry(NoBackoff(), 0),  # whoever asks knows better when to try again
}
"""How every connection is opened."""

AWAY = (RedisError, OSError, TimeoutError)
"""What a Redis that is away, full or starting makes a call raise."""


def connect(url: str) -> Redis:
    """Return a client of the Redis at *url*; it connects on first use, and is closed by its user."""
    return Redis.from_url(url, **CONNECTION)


async def answers(redis: Redis) -> bool:
    """Say whether Redis is there."""
    try:
        await redis.ping()
    except AWAY:
        return False
    return True
