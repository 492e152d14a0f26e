"""What every cache promises, the fake and the one in Valkey alike; and what only a real one can be put through."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.valkey import EmbeddedValkey
from analisa.adapters.redis.cache import ANSWER_S, CacheUnavailable, RedisCache
from analisa.application.shared.cache import Cache
from tests.fakes.caching import FakeCache


class Counting:
    """Makes a new value each time, and says how often it did."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.made = 0
        self._seconds = seconds

    async def __call__(self) -> bytes:
        self.made += 1
        number = self.made
        await asyncio.sleep(self._seconds)
        return f"value {number}\n\0".encode()


@pytest_asyncio.fixture(params=["fake", "valkey"], loop_scope="session")
async def cache(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Cache]:
    if request.param == "fake":
        yield FakeCache()
        return
    real = RedisCache(redis_url, lambda _: None, prefix=f"test:{uuid4().hex}:", answer_s=30)
    yield real
    await real.aclose()


async def test_a_value_is_made_once_and_then_kept(cache: Cache) -> None:
    make = Counting()

    told = [await cache.remember("a", ["t"], make) for _ in range(3)]

    assert told == [b"value 1\n\0"] * 3
    assert await cache.remember("b", ["t"], make) == b"value 2\n\0"


async def test_what_has_a_forgotten_tag_is_made_anew_and_nothing_else(cache: Cache) -> None:
    make = Counting()
    for key, tags in (("both", ["x", "y"]), ("one", ["x"]), ("other", ["y"])):
        await cache.remember(key, tags, make)

    await cache.forget("y")

    assert await cache.remember("one", ["x"], make) == b"value 2\n\0"
    assert await cache.remember("both", ["x", "y"], make) == b"value 4\n\0"
    assert await cache.remember("other", ["y"], make) == b"value 5\n\0"


async def test_a_value_is_kept_no_longer_than_asked(cache: Cache) -> None:
    make = Counting()

    await cache.remember("short", ["t"], make, ttl_s=0.05)
    await asyncio.sleep(0.1)

    assert await cache.remember("short", ["t"], make) == b"value 2\n\0"


async def test_of_many_who_ask_at_once_one_makes_it(cache: Cache) -> None:
    make = Counting(seconds=0.1)

    told = await asyncio.gather(*(cache.remember("slow", ["t"], make) for _ in range(40)))

    assert set(told) == {b"value 1\n\0"}


async def test_what_was_being_made_when_a_tag_was_forgotten_is_not_kept(cache: Cache) -> None:
    make = Counting(seconds=0.1)
    making = asyncio.create_task(cache.remember("late", ["t"], make))
    await asyncio.sleep(0.03)

    await cache.forget("t")

    assert await making == b"value 1\n\0"
    assert await cache.remember("late", ["t"], make) == b"value 2\n\0"


async def test_a_failure_is_not_kept_and_holds_nobody_up(cache: Cache) -> None:
    async def fail() -> bytes:
        raise LookupError("nothing there")

    with pytest.raises(LookupError):
        await cache.remember("bad", ["t"], fail)

    begun = time.monotonic()
    assert await cache.remember("bad", ["t"], Counting()) == b"value 1\n\0"
    assert time.monotonic() - begun < 1


async def test_nobody_reads_what_was_written_over_before_it_was_forgotten(redis_url: str) -> None:
    """Writers raise a number and then forget its tag; a reader who asks after that must see that number or a later one."""
    prefix, truth, seen = f"test:{uuid4().hex}:", Counter[str](), Counter[str]()
    caches = [
        RedisCache(redis_url, lambda outcome: seen.update([outcome]), prefix=prefix, answer_s=30) for _ in range(6)
    ]
    chance, until = random.Random(7), time.monotonic() + 3
    acknowledged: Counter[str] = Counter()
    stale = 0

    async def read(cache: RedisCache) -> None:
        nonlocal stale
        while time.monotonic() < until:
            key = chance.choice("abc")
            least = acknowledged[key]

            async def make(key: str = key) -> bytes:
                value = truth[key]
                await asyncio.sleep(chance.random() / 200)
                return str(value).encode()

            stale += int(await cache.remember(key, [f"tag {key}"], make)) < least
            await asyncio.sleep(0)

    async def write(cache: RedisCache) -> None:
        while time.monotonic() < until:
            key = chance.choice("abc")
            truth[key] += 1
            value = truth[key]
            await cache.forget(f"tag {key}")
            acknowledged[key] = max(acknowledged[key], value)
            await asyncio.sleep(chance.random() / 20)

    await asyncio.gather(*(read(cache) for cache in caches for _ in range(3)), *(write(cache) for cache in caches[:2]))
    for cache in caches:
        await cache.aclose()

    assert stale == 0
    assert seen["hit"] > 50
    assert sum(acknowledged.values()) > 20


async def test_without_valkey_answers_are_right_and_soon(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = Home(tmp_path_factory.mktemp("cache"))
    home.prepare()
    server = EmbeddedValkey(home)
    await server.start()
    cache, make = RedisCache(server.url, lambda _: None), Counting()
    try:
        assert await cache.remember("a", ["t"], make) == b"value 1\n\0"
        os.kill(server.child.pid, signal.SIGSTOP)
        begun = time.monotonic()
        told = [await cache.remember("a", ["t"], make) for _ in range(50)]
        with pytest.raises(CacheUnavailable):
            await cache.forget("t")
        taken = time.monotonic() - begun
    finally:
        os.kill(server.child.pid, signal.SIGCONT)
        await cache.aclose()
        await server.stop()

    assert told[0] == b"value 2\n\0"
    assert told[-1] == b"value 51\n\0"
    assert taken < 25 * ANSWER_S  # half of what it would be if every call waited


async def test_a_valkey_that_is_not_there_is_done_without() -> None:
    cache = RedisCache("redis://127.0.0.1:1", lambda _: None)

    assert await cache.remember("a", ["t"], Counting()) == b"value 1\n\0"
    await cache.aclose()
