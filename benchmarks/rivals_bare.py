"""An ASGI function over asyncpg that runs the statements that ours runs, and nothing else: python rivals_bare.py URL PORT."""

from __future__ import annotations

import sys
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import asyncpg
import msgspec
import uvicorn

from analisa.adapters.postgres.analytics import influencers as ours
from analisa.adapters.postgres.analytics import profiles as ours_too
from analisa.adapters.postgres.analytics.discovery import pages
from analisa.adapters.postgres.analytics.discovery.spelling import meanings
from analisa.adapters.postgres.analytics.discovery.words import Sought
from analisa.application.analytics.discovery.checking import checked
from analisa.application.analytics.discovery.search import Search
from analisa.application.shared.actor import Actor
from analisa.domain.influencers.criteria_text import read
from analisa.domain.shared.ids import OrganisationId

FILTER = "followers in 10k..100k and network = instagram and er >= 2"


class Bare:
    """The same statements, and their rows as JSON."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._pool is None:
            self._pool = await asyncpg.create_pool(self._url, min_size=1, max_size=8)
            anew = {"plan_cache_mode": "force_custom_plan"}
            self._searching = await asyncpg.create_pool(self._url, min_size=1, max_size=8, server_settings=anew)
            self._actor = Actor(
                organisation=OrganisationId(await self._pool.fetchval("select id from organisations limit 1"))
            )
        name = scope["path"].removeprefix("/api/v1/influencers").strip("/")
        async with (self._pool if name else self._searching).acquire() as connection:
            body = await (self._one(connection, name) if name else self._list(connection, scope["query_string"]))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    async def _one(self, connection: Any, name: str) -> bytes:
        number = uuid.UUID(name)
        row = await connection.fetchrow(ours._ONE, False, number)
        described = await connection.fetch(ours._DESCRIBED, number)
        profiles = [each["id"] for each in described]
        scores = await connection.fetch(ours_too._CURRENT, profiles)
        readings = await connection.fetch(ours_too._NEWEST_READINGS, profiles)
        return msgspec.json.encode(
            [dict(row), *([dict(each) for each in rows] for rows in (described, scores, readings))]
        )

    async def _list(self, connection: Any, query: bytes) -> bytes:
        asked = parse_qs(query.decode())
        search = Search(criteria=checked(read(asked["filter"][0])), now=datetime.now(UTC))
        sought = Sought((), await meanings(connection, ()))
        rows = await pages._page(connection, self._actor, search, sought, None, 51)
        total = await pages._total(connection, self._actor, search, sought)
        found, matched = [row["influencer_id"] for row in rows[:50]], [row["id"] for row in rows[:50]]
        profiles = await connection.fetch(pages._PROFILES, found, matched)
        lines = await connection.fetch(pages._LINES, found)
        return msgspec.json.encode(
            {"items": [dict(each) for each in lines], "profiles": [dict(each) for each in profiles], "total": total}
        )


if __name__ == "__main__":
    url, port = sys.argv[1:3]
    uvicorn.run(Bare(url), host="127.0.0.1", port=int(port), log_level="warning", access_log=False, lifespan="off")
