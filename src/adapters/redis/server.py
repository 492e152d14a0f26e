"""A Redis of somebody's own, looked at once before anything relies on it: its address, whether it lets us in, its age."""

from __future__ import annotations

from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import AuthenticationError, InvalidResponse, NoPermissionError, RedisError, ResponseError

from ...domain.shared.errors import Unavailable
from ..addresses import place_of
from .client import AWAY, CONNECTION, connect

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
    place = f"Redis at {place_of(url)}"
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
