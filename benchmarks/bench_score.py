"""Scoring everyone, 200,000 profiles with 5 million posts, against one SQL pass over the same rows and a COPY of the results."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from ratios import Ratio

from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.postgres.analytics.references import PostgresReferences
from analisa.adapters.postgres.analytics.scoring import PostgresScoreStore
from analisa.adapters.postgres.database import Database, open_database
from analisa.adapters.postgres.partitions import PARTITIONED, ensure_months
from analisa.adapters.postgres.schema import migrate
from analisa.adapters.system.clock import SystemClock, TimeOrderedIds
from analisa.application.analytics.scoring import ScoreProfiles, ScoreProfilesHandler
from analisa.plugins.manager import Plugins

PROFILES = 200_000
POSTS_EACH = 25
READINGS_EACH = 13
DAYS = 90
"""Posts are spread over so many days, readings are a week apart: all of it is evidence."""

WORLD = """
insert into profiles (network, network_id)
select (array['instagram', 'tiktok', 'youtube', 'facebook', 'x'])[1 + n % 5], 'p' || n from generate_series(1, {profiles}) n;

with made as (insert into influencers (name) select 'i' || id from profiles returning id, name)
insert into influencer_profiles (influencer_id, profile_id) select id, substr(name, 2)::bigint from made;

insert into profile_metrics (profile_id, observed_at, followers, total_views, precision, import_no)
select id, {now} - k * interval '7 days' - id % 1000 * interval '1 second',
    greatest(500, (1000 + id * 7907 % 900000) * (1 - 0.002 * k * (1 + id % 7)))::bigint, 1000000 + id % 999 - k, 'exact', 1
from profiles, generate_series(0, {readings} - 1) k order by id, k;

insert into posts (network, network_post_id, profile_id, published_at, type, import_no)
select network, id || '_' || k, id, {now} - (k * {days}.0 / {posts} - (id * k) % 17 / 10.0 + 2) * interval '1 day', 'reel', 1
from profiles, generate_series(1, {posts} - 1) k order by id, k;
insert into posts (network, network_post_id, profile_id, published_at, type, import_no)
select network, id || '_0', id, {now} - interval '3 days', 'video', 1 from profiles order by id;

insert into post_metrics (post_id, observed_at, scope, views, likes, comments, shares, saves, import_no)
select id, least(published_at + interval '25 days', {now}), 'lifetime',
    1000 + id * 7919 % 100000, 100 + id * 104729 % 9000, id * 31 % 900, id * 17 % 300, id * 13 % 200, 1
from posts order by id;
insert into post_metrics (post_id, observed_at, scope, views, likes, comments, shares, saves, import_no)
select id, published_at + interval '1 day', 'lifetime', id * 7919 % 1000, id * 104729 % 90, id * 31 % 9, 0, 0, 1
from posts where id % 5 = 0 order by id;
"""
READ_POSTS = """
select distinct on (p.id) p.id, p.profile_id, p.published_at, m.observed_at,
    coalesce(m.views, -1), coalesce(m.reach, -1), coalesce(m.likes, -1), coalesce(m.comments, -1),
    coalesce(m.shares, -1), coalesce(m.saves, -1)
from posts p join post_metrics m on m.post_id = p.id and m.scope = 'lifetime' and m.observed_at <= {now}
where p.published_at > {now} - interval '91 days' order by p.id, m.observed_at desc
"""
READ_READINGS = """
select profile_id, observed_at, coalesce(followers, -1), coalesce(following, -1), coalesce(posts, -1),
    coalesce(total_likes, -1), coalesce(total_views, -1)
from profile_metrics where observed_at <= {now} and observed_at > {now} - interval '272 days'
"""


def measure(runs: int, scale: float) -> list[Ratio]:
    """Score a made-up installation of that size over and over; the world is made once, in a server of our own."""
    return asyncio.run(_measure(runs, max(1_000, round(PROFILES * scale))))


async def _measure(runs: int, profiles: int) -> list[Ratio]:
    ratios, rates = [], []
    async with _installation() as (owner_url, database):
        connection = await asyncpg.connect(owner_url)
        await _make_world(connection, database, profiles)
        for _ in range(runs):
            await connection.execute("truncate scores, standings, outbox cascade")
            ours = await _score(database, profiles)
            raw = await _read(connection) + await _copy_results(connection)
            ratios.append(ours / raw)
            rates.append(profiles / ours)
        await connection.close()
    size = f"{profiles:,} profiles with {profiles * POSTS_EACH:,} posts"
    return [
        Ratio(f"score {size}", "x the time of one SQL pass and COPY", "<= 4", "<= 2", ratios),
        Ratio(f"score {size}", "profiles/s", "none", "none", rates),
    ]


@asynccontextmanager
async def _installation() -> AsyncIterator[tuple[str, Database]]:
    with tempfile.TemporaryDirectory(prefix="analisa-bench-") as place:
        home = Home(Path(place) / "home")
        home.prepare()
        server = EmbeddedPostgres(home)
        await server.start()
        try:
            await migrate(server.owner_url, program=server.url)
            async with open_database(server.url) as database:
                yield server.owner_url, database
        finally:
            await server.stop()


async def _make_world(connection: asyncpg.Connection, database: Database, profiles: int) -> None:
    now = datetime.now(UTC)
    months = {(now - timedelta(days=days)).date() for days in range(0, DAYS + 60, 5)}
    for table in PARTITIONED:
        await ensure_months(database, table, months)
    await connection.execute("select set_config('analisa.operator', 'on', false)")
    sizes = {"profiles": profiles, "posts": POSTS_EACH, "readings": READINGS_EACH, "days": DAYS}
    await connection.execute(WORLD.format(now=_now(now), **sizes), timeout=3600)
    await connection.execute("vacuum analyze", timeout=3600)


def _now(moment: datetime) -> str:
    return f"timestamptz '{moment.isoformat()}'"


async def _score(database: Database, profiles: int) -> float:
    ids, clock = TimeOrderedIds(), SystemClock()
    store = PostgresScoreStore(database, PostgresReferences(database, ids, clock), ids)
    started = time.perf_counter()
    report = await ScoreProfilesHandler(store, clock, Plugins.load([]).engagement_bases())(
        ScoreProfiles(owner=None, full=True)
    )
    seconds = time.perf_counter() - started
    if (report.profiles, report.stored, report.standings) != (profiles, profiles, profiles):
        raise SystemExit(f"everyone was to be scored: {report}")
    return seconds


async def _read(connection: asyncpg.Connection) -> float:
    """One pass over the rows that scores are made of, as fast as they can be handed out."""

    async def forget(_: bytes) -> None:
        pass

    now = _now(datetime.now(UTC))
    started = time.perf_counter()
    for query in (READ_POSTS, READ_READINGS):
        await connection.copy_from_query(query.format(now=now), output=forget, format="binary")
    return time.perf_counter() - started


async def _copy_results(connection: asyncpg.Connection) -> float:
    """The stored results once more, by COPY into tables of the same shape."""
    seconds = 0.0
    for table in ("scores", "standings"):
        rows = bytearray()

        async def hold(piece: bytes, rows: bytearray = rows) -> None:
            rows.extend(piece)

        await connection.copy_from_query(f"select * from {table}", output=hold, format="binary")
        await connection.execute(f"create table copied (like {table} including indexes)")
        started = time.perf_counter()
        await connection.copy_to_table("copied", source=_pieces(rows), format="binary")
        seconds += time.perf_counter() - started
        await connection.execute("drop table copied")
    return seconds


async def _pieces(rows: bytearray) -> AsyncIterator[bytes]:
    for start in range(0, len(rows), 1 << 20):
        yield bytes(rows[start : start + (1 << 20)])
