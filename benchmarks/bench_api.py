"""The API against a bare ASGI function that runs the same statements, and against FastAPI with an ORM; 200,000 creators.

Every server has the first core to itself, beside the database; the caller has the last one. They take turns.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
from creators import make_catalogue
from load import rate
from ratios import Ratio
from rivals_bare import FILTER

from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.ports import free_port
from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.embedded.valkey import EmbeddedValkey
from analisa.adapters.postgres.schema import migrate

CREATORS = 200_000
ASKED = 400
"""Different influencers that are asked for in turn."""
SECONDS = 3.0
NOWHERE = "redis://127.0.0.1:1"
"""Without Valkey nothing is kept, and every request asks the database."""
API = "/api/v1/influencers"
_SECRET = "analisa_bench"
KEY = f"Authorization: Bearer {_SECRET}\r\n"
"""What a program sends; the rivals ask nobody who they are."""


def measure(runs: int, scale: float) -> list[Ratio]:
    return asyncio.run(_measure(runs, max(2_000, round(CREATORS * scale))))


async def _measure(runs: int, creators: int) -> list[Ratio]:
    async with catalogue(creators) as (postgres, home, redis):
        url = postgres.url
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("select id from influencers order by md5(id::text) limit $1", ASKED)
        await connection.close()
        questions = {
            "one": [f"{API}/{row['id']}" for row in rows],
            "list": [f"{API}?filter={quote(FILTER)}&limit=50"],
        }
        rates: dict[tuple[str, str], list[float]] = {}
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        make_user(url, home)
        for _ in range(runs):
            for server in ("ours", "uncached", "bare", "orm", "quiet"):
                with served(server, url, home, redis) as port:
                    if server in {"ours", "uncached"}:
                        shown = f"Authorization: Bearer {access_token(port)}\r\n"
                        await rate(port, questions["one"], seconds=0.5, headers=shown)
                        got = await rate(port, questions["one"], seconds=SECONDS, headers=shown)
                        rates.setdefault((server, "token"), []).append(got)
                    for name, targets in questions.items():
                        await rate(port, targets, seconds=0.5, headers=KEY)
                        rates.setdefault((server, name), []).append(
                            await rate(port, targets, seconds=SECONDS, headers=KEY)
                        )
    return _ratios(rates, creators)


def _ratios(rates: dict[tuple[str, str], list[float]], creators: int) -> list[Ratio]:
    def over(some: str, others: str, name: str, other: str | None = None) -> list[float]:
        return [ours / theirs for ours, theirs in zip(rates[some, name], rates[others, other or name], strict=True)]

    one, listed = f"GET one influencer of {creators:,}", f"list of 50, three filters, of {creators:,}"
    cost = [100 * (1 - share) for share in over("uncached", "quiet", "one")]
    return [
        Ratio(
            f"{one}, nothing kept",
            "x the rate of bare ASGI + asyncpg",
            ">= 0.40",
            ">= 0.55",
            over("uncached", "bare", "one"),
        ),
        Ratio(
            f"GET one of {creators:,} by an access token, answers and callers kept",
            "x the rate of bare ASGI + asyncpg",
            "none",
            "none",
            over("ours", "bare", "token", "one"),
        ),
        Ratio(
            f"GET one of {creators:,} by an access token, limits, tenant transaction, nothing kept",
            "x the rate of bare ASGI + asyncpg",
            ">= 0.35",
            ">= 0.55",
            over("uncached", "bare", "token", "one"),
        ),
        Ratio(listed, "x the rate of bare ASGI + asyncpg", ">= 0.52", ">= 0.70", over("uncached", "bare", "list")),
        Ratio(one, "x the rate of FastAPI + ORM", ">= 3.5", ">= 5", over("ours", "orm", "one")),
        Ratio(f"{one}, nothing kept", "x the rate of FastAPI + ORM", "none", "none", over("uncached", "orm", "one")),
        Ratio(listed, "x the rate of FastAPI + ORM", ">= 3", ">= 4", over("ours", "orm", "list")),
        Ratio("logs, metrics, request ids", "% of the rate", "<= 25", "<= 12", cost),
        Ratio(one, "requests/s", "none", "none", rates["ours", "one"]),
    ]


_EMAIL, _PASSWORD = "bench@example.org", "four words that are long"


def make_user(url: str, home: Path) -> None:
    environ = {**os.environ, "ANALISA_HOME": str(home / "api"), "ANALISA_DATABASE_URL": url}
    add = [sys.executable, "-m", "analisa.entrypoints.cli", "users", "add", _EMAIL, "--name", "B", "--password-stdin"]
    subprocess.run(add, env=environ, input=_PASSWORD, text=True, check=True, stdout=subprocess.DEVNULL)


def access_token(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"email": _EMAIL, "password": _PASSWORD})
    connection.request("POST", "/api/v1/auth/tokens", body, {"Content-Type": "application/json"})
    token: str = json.loads(connection.getresponse().read())["access_token"]
    connection.close()
    return token


async def make_key(connection: asyncpg.Connection) -> None:
    await connection.execute(
        "select set_config('analisa.organisation', id::text, false) from organisations where slug = 'local'"
    )
    await connection.execute(
        "insert into api_keys (id, organisation, secret, name, begins, permissions, operator, made_by, made_at) "
        "select gen_random_uuid(), id, sha256($1), 'bench', '', $2, false, '', now() from organisations where slug = 'local'",
        _SECRET.encode(),
        ["influencers.read", "scores.read", "catalogue.read"],
    )


@asynccontextmanager
async def catalogue(creators: int) -> AsyncIterator[tuple[EmbeddedPostgres, Path, str]]:
    """A PostgreSQL with that many creators, a home for servers over it, and the address of a Valkey."""
    with tempfile.TemporaryDirectory(prefix="analisa-bench-") as place:
        home = Home(Path(place) / "home")
        home.prepare()
        server, valkey = EmbeddedPostgres(home), EmbeddedValkey(home)
        await server.start()
        await valkey.start()
        try:
            await migrate(server.owner_url, program=server.url)
            connection = await asyncpg.connect(server.owner_url)
            await make_catalogue(connection, creators)
            await make_key(connection)
            await connection.close()
            yield server, home.root, valkey.url
        finally:
            await valkey.stop()
            await server.stop()


@contextmanager
def served(kind: str, url: str, home: Path, redis: str) -> Iterator[int]:
    """One of the servers on the first core; `quiet` is ours without cache, logs, metrics and request ids."""
    port, here = free_port(), Path(__file__).parent
    environ = {
        **os.environ,
        "ANALISA_HOME": str(home / "api"),
        "ANALISA_DATABASE_URL": url,
        "ANALISA_REDIS_URL": redis if kind == "ours" else NOWHERE,
        "ANALISA_PORT": str(port),
        "ANALISA_REQUESTS_PER_MINUTE": "1000000000",
        "ANALISA_MAX_PER_CALLER": "1000000000",
        "ANALISA_MAX_PER_ORGANISATION": "1000000000",
    }
    commands = {
        "ours": ["-m", "analisa.entrypoints.http"],
        "uncached": ["-m", "analisa.entrypoints.http"],
        "quiet": [str(here / "quiet.py"), str(port)],
        "bare": [str(here / "rivals_bare.py"), url, str(port)],
        "orm": [str(here / "rivals_orm.py"), url, str(port)],
    }
    with subprocess.Popen([sys.executable, *commands[kind]], env=environ, stderr=subprocess.DEVNULL) as process:
        os.sched_setaffinity(process.pid, {0})
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(15)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    import socket

    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("a server did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("a server never answered")
