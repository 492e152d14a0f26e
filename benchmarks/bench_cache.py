"""Kept answers: what one costs against making it, and forgetting by marks against forgetting by sets of keys.

The usual structure for tags is a set of the keys that carry one, whose members are deleted. Here a tag has a mark, and to
forget is to change it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec
from bench_api import catalogue
from ratios import Ratio
from redis.asyncio import Redis

from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.valkey import EmbeddedValkey
from analisa.adapters.postgres.analytics.pages.views import PostgresPageViews
from analisa.adapters.postgres.database import open_database
from analisa.adapters.redis.cache import RedisCache
from analisa.application.analytics.pages import Asked, Tab
from analisa.application.shared.actor import Actor
from analisa.domain.shared.periods import Period

CREATORS = 20_000
POSTS_EACH = 90
READINGS_EACH = 60
ACTIVE = """
insert into profile_metrics (profile_id, observed_at, followers, total_views, precision, import_no)
select id, now() - k * interval '1 day' - interval '1 hour', 1000 + id * 7907 % 900000 - k, 1000000 - k, 'exact', 1
from profiles, generate_series(0, {readings} - 1) k order by id, k;
insert into posts (network, network_post_id, profile_id, published_at, type, text, import_no)
select network, id || '_' || k, id, now() - (k * 40.0 / {posts} + 0.1) * interval '1 day', 'reel', repeat('palavras e mais palavras ', 8), 1
from profiles, generate_series(0, {posts} - 1) k order by id, k;
insert into post_metrics (post_id, observed_at, scope, views, likes, comments, shares, saves, import_no)
select id, now() - interval '1 hour', 'lifetime', 1000 + id * 7919 % 100000, 100 + id * 104729 % 9000, id * 31 % 900, id * 17 % 300,
    id * 13 % 200, 1
from posts order by id;
vacuum analyze posts;
vacuum analyze post_metrics;
vacuum analyze profile_metrics
"""
"""Readings day by day, and two posts a day, for everybody."""
KEPT = 10_000
ASKED = 200


def measure(runs: int, scale: float) -> list[Ratio]:
    return asyncio.run(_measure(runs, scale))


async def _measure(runs: int, scale: float) -> list[Ratio]:
    page, made = await _page(runs, max(1_000, round(CREATORS * scale)))
    forgetting, reading = await _forgetting(runs, max(100, round(KEPT * scale)))
    return [
        Ratio("the page of an influencer with all tabs, p95 in this process", "ms", "<= 50", "<= 25", made),
        Ratio("a kept page of an influencer", "x the time of making it", "<= 0.5", "<= 0.2", page),
        Ratio(
            f"forgetting a tag of {max(100, round(KEPT * scale)):,} values",
            "x the time with a set of keys",
            "<= 0.1",
            "<= 0.01",
            forgetting,
        ),
        Ratio("reading a value with its marks", "x the time of a bare GET", "<= 2", "<= 1.3", reading),
    ]


async def _page(runs: int, creators: int) -> tuple[list[float], list[float]]:
    """What a kept one takes against one that is made, and the slowest of 20 of the latter in milliseconds."""
    async with catalogue(creators) as (postgres, _, redis), open_database(postgres.url) as database:
        connection = await asyncpg.connect(postgres.owner_url)
        await connection.execute("select set_config('analisa.operator', 'on', false)")
        for statement in ACTIVE.format(posts=POSTS_EACH, readings=READINGS_EACH).split(";\n"):
            await connection.execute(statement, timeout=600)
        await connection.close()
        rows = await database.at_once("select id from influencers order by md5(id::text) limit $1", ASKED)
        (organisation,) = await database.at_once("select id from organisations limit 1")
        actor, views = Actor(organisation=organisation["id"]), PostgresPageViews(database)
        asked = Asked(period=Period.read("30d", datetime.now(UTC)))
        cache = RedisCache(redis, lambda _: None, answer_s=5)

        async def make(number: int) -> bytes:
            return msgspec.json.encode(await views.influencer(actor, rows[number]["id"], asked, tuple(Tab)))

        async def made() -> None:
            for number in range(len(rows)):
                await make(number)

        async def kept() -> None:
            for number in range(len(rows)):
                await cache.remember(f"page {number}", ("public",), lambda number=number: make(number), ttl_s=3600)

        await made()
        await kept()
        ratios = [await _timed(kept()) / await _timed(made()) for _ in range(runs)]
        slowest = [
            1e3 * sorted([await _timed(make(number)) for number in range(len(rows))])[-len(rows) // 20]
            for _ in range(runs)
        ]
        await cache.aclose()
    return ratios, slowest


async def _forgetting(runs: int, values: int) -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory(prefix="analisa-bench-") as place:
        home = Home(Path(place) / "home")
        home.prepare()
        valkey = EmbeddedValkey(home)
        await valkey.start()
        redis, cache = Redis.from_url(valkey.url), RedisCache(valkey.url, lambda _: None, answer_s=5)
        try:
            forgetting, reading = list[float](), list[float]()
            for _ in range(runs):
                await _filled(redis, cache, values)
                marks = await _timed(cache.forget("tag"))
                sets = await _timed(_delete_members(redis))
                await _filled(redis, cache, values)
                bare = await _timed(_bare(redis))
                marked = await _timed(_marked(cache))
                forgetting.append(marks / sets)
                reading.append(marked / bare)
        finally:
            await cache.aclose()
            await redis.aclose()
            await valkey.stop()
    return forgetting, reading


async def _filled(redis: Redis, cache: RedisCache, values: int) -> None:
    body = b"x" * 4_000

    async def make() -> bytes:
        return body

    for number in range(values):
        await cache.remember(f"value {number}", ("tag", "other"), make, ttl_s=3600)
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(values):
            pipe.set(f"set:value:{number}", body, ex=3600)
            pipe.sadd("set:tag", f"set:value:{number}")
        await pipe.execute()


async def _delete_members(redis: Redis) -> None:
    members = await redis.smembers("set:tag")
    await redis.unlink("set:tag", *members)


async def _bare(redis: Redis) -> None:
    for number in range(100):
        await redis.get(f"set:value:{number}")


async def _marked(cache: RedisCache) -> None:
    async def never() -> bytes:
        raise AssertionError("it is kept")

    for number in range(100):
        await cache.remember(f"value {number}", ("tag", "other"), never)


async def _timed(work: object) -> float:
    started = time.perf_counter()
    await work  # type: ignore[misc]
    return time.perf_counter() - started
