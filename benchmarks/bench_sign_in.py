"""Signing in, against bcrypt alone: what everything around the password costs, on one core each."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import bcrypt
from bench_api import catalogue, make_user, served
from ratios import Ratio

PEOPLE = 24
AT_ONCE = 8
COST = 12
PASSWORD = "four words that are long"


def measure(runs: int, _scale: float) -> list[Ratio]:
    return asyncio.run(_measure(runs))


async def _measure(runs: int) -> list[Ratio]:
    async with catalogue(1_000) as (postgres, home, redis):
        make_user(postgres.url, home)
        owner = await asyncpg.connect(postgres.owner_url)
        await owner.execute("select set_config('analisa.identity', 'on', false)")
        await owner.execute(
            "insert into users (id, email, email_key, name, locale, time_zone, password_hash, verified_at, operator, "
            "disabled, version) select gen_random_uuid(), n || email, n || email_key, name, locale, time_zone, "
            "password_hash, now(), false, false, 1 from users, generate_series(1, $1) n",
            PEOPLE,
        )
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        ratios, rates = [], []
        with served("ours", postgres.url, home, redis) as port:
            _sign_in(port, 1)
            for _ in range(runs):
                await owner.execute("delete from guesses")
                started = time.perf_counter()
                with ThreadPoolExecutor(AT_ONCE) as people:
                    statuses = list(people.map(lambda number: _sign_in(port, number), range(1, PEOPLE + 1)))
                rate = PEOPLE / (time.perf_counter() - started)
                if set(statuses) != {200}:
                    raise SystemExit(f"signing in was answered {sorted(set(statuses))}")
                rates.append(rate)
                ratios.append(rate * _alone())
        await owner.close()
    return [
        Ratio(
            f"signing in, {AT_ONCE} at once", "x the rate of bcrypt alone on as many cores", ">= 0.8", "none", ratios
        ),
        Ratio(f"signing in, {AT_ONCE} at once, one core", "a second", "none", "none", rates),
    ]


def _sign_in(port: int, number: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"email": f"{number}bench@example.org", "password": PASSWORD})
    connection.request("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _alone() -> float:
    """Seconds of one password, on one core."""
    kept = bcrypt.hashpw(b"x" * 64, bcrypt.gensalt(COST))
    started = time.perf_counter()
    for _ in range(8):
        bcrypt.checkpw(b"x" * 64, kept)
    return (time.perf_counter() - started) / 8
