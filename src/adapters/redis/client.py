"""Connections to Redis that give up soon: nothing may wait long for something that may be away."""

from __future__ import annotations

from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, InvalidResponse, NoPermissionError, RedisError, ResponseError

from ...domain.shared.errors import Unavailable

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


OLDEST = 7
"""The first Redis that knows all we ask of it."""


class RedisUnavailable(Unavailable):
    """Redis does not answer."""

    code = "analisa.redis_unavailable"


class RedisRefuses(Unavailable):
    """What answers is no Redis, is too old, or does not let us in: waiting will not help."""

    code = "analisa.redis_refuses"


def check_url(url: str) -> None:
    """Raise `ValueError` for an address that no connection could be opened with."""
    try:
        ConnectionPool.from_url(url, **CONNECTION).make_connection()  # type: ignore[no-untyped-call]  # it does not connect
    except (TypeError, RedisError) as error:
        raise ValueError(str(error)) from error


async def check_server(url: str) -> None:
    """Return when the Redis at *url* lets us in and is new enough, or raise `RedisUnavailable` or `RedisRefuses`."""
    place = f"Redis at {url.partition('://')[2].partition('?')[0].rpartition('@')[2]}"
    redis = connect(url)
    try:
        await redis.ping()
        found = await _version(redis)
    except (AuthenticationError, ResponseError, InvalidResponse) as error:
        raise RedisRefuses(f"{place} answers, but not to us: {error}; mend ANALISA_REDIS_URL") from error
    except AWAY as error:
        said = str(error) or type(error).__name__
        raise RedisUnavailable(f"{place} does not answer ({said}); start it, or mend ANALISA_REDIS_URL") from error
    finally:
        await redis.aclose()
    if found is not None and int(found.partition(".")[0]) < OLDEST:
        raise RedisRefuses(f"{place} is of version {found}; name a Redis {OLDEST} or newer in ANALISA_REDIS_URL")


async def _version(redis: Redis) -> str | None:
    try:
        return str((await redis.info("server"))["redis_version"])
    except NoPermissionError:
        return None  # it keeps that to itself, and has let us in


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
