"""A Redis of one's own is looked at before anything relies on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from analisa.adapters.redis.server import RedisRefuses, RedisUnavailable, check_server


@asynccontextmanager
async def a_redis(answers: Mapping[bytes, bytes]) -> AsyncIterator[str]:
    """A little server that answers what it is told to, and OK to all else; its address."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            words = []
            for _ in range(int(head[1:])):
                length = int((await reader.readline())[1:])
                words.append((await reader.readexactly(length + 2))[:-2].upper())
            writer.write(answers.get(words[0], b"+OK\r\n"))
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield f"redis://:hunter2@127.0.0.1:{server.sockets[0].getsockname()[1]}/0?protocol=2"


def info(version: str) -> bytes:
    words = f"# Server\r\nredis_version:{version}\r\n".encode()
    return b"$%d\r\n%b\r\n" % (len(words), words)


async def test_one_that_answers_and_is_new_enough_will_do(redis_url: str) -> None:
    await check_server(redis_url)
    async with a_redis({b"PING": b"+PONG\r\n", b"INFO": info("7.0.0")}) as url:
        await check_server(url)


async def test_one_that_keeps_its_version_to_itself_will_do() -> None:
    async with a_redis({b"PING": b"+PONG\r\n", b"INFO": b"-NOPERM no permissions to run 'info'\r\n"}) as url:
        await check_server(url)


async def test_one_that_is_too_old_is_refused_by_its_version() -> None:
    async with a_redis({b"PING": b"+PONG\r\n", b"INFO": info("6.2.14")}) as url:
        with pytest.raises(RedisRefuses, match=r"is of version 6\.2\.14; name a Redis 7 or newer in ANALISA_REDIS_URL"):
            await check_server(url)


async def test_one_that_does_not_let_us_in_is_named_without_the_password(redis_url: str) -> None:
    with pytest.raises(RedisRefuses, match=r"answers, but not to us: .*; mend ANALISA_REDIS_URL") as refusal:
        await check_server("redis://:hunter2@" + redis_url.partition("@")[2])

    assert "hunter2" not in str(refusal.value)


async def test_one_that_has_no_such_database_is_refused(redis_url: str) -> None:
    with pytest.raises(RedisRefuses, match="DB index is out of range"):
        await check_server(redis_url.removesuffix("/0") + "/999")


async def test_one_that_is_away_is_named() -> None:
    with pytest.raises(
        RedisUnavailable, match=r"Redis at 127\.0\.0\.1:1/0 does not answer .*; start it, or mend ANALISA"
    ):
        await check_server("redis://:hunter2@127.0.0.1:1/0")
