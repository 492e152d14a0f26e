"""A small stored world, written straight into the tables, so that analytics is tested without an import."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from analisa.adapters.postgres.urls import driver_url
from analisa.application.shared.actor import Actor
from analisa.domain.shared.ids import OrganisationId, Owner

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


class World:
    """Writes rows as whoever owns them."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._acting: str | None = None

    async def organisation(self, slug: str, *, demonstration: bool = False) -> Actor:
        row = await self._connection.fetchrow(
            "insert into organisations (slug, name, demonstration) values ($1, $1, $2) "
            "on conflict (slug) do update set name = excluded.name returning id",
            slug,
            demonstration,
        )
        return Actor(organisation=OrganisationId(row["id"]), operator=True, demonstration=demonstration)

    async def profile(self, network_id: str, network: str = "instagram") -> int:
        number: int = await self._connection.fetchval(
            "insert into profiles (network, network_id) values ($1, $2) returning id", network, network_id
        )
        return number

    async def known_profile(self, network_id: str, network: str) -> int:
        """As `profile`, for one that may be there already."""
        known: int | None = await self._connection.fetchval(
            "select id from profiles where network = $1 and network_id = $2", network, network_id
        )
        return known or await self.profile(network_id, network)

    async def described(self, profile: int, *, owner: Owner = None, **facts: Any) -> None:
        await self.insert("profile_descriptions", owner, profile_id=profile, import_no=1, **facts)

    async def named(self, profile: int, name: str, *, seen: datetime = NOW, owner: Owner = None) -> None:
        facts = {"name": name, "first_seen_at": seen, "last_seen_at": seen}
        await self.insert("profile_names", owner, profile_id=profile, import_no=1, **facts)

    async def influencer(self, name: str, *profiles: int, owner: Owner = None, kind: str = "person") -> UUID:
        influencer: UUID = await self.insert("influencers", owner, "returning id", name=name, kind=kind)
        for profile in profiles:
            await self.insert("influencer_profiles", owner, influencer_id=influencer, profile_id=profile)
        return influencer

    async def post(
        self, profile: int, key: str, published: datetime | None, *, owner: Owner = None, kind: str | None = None
    ) -> int:
        network = await self._connection.fetchval("select network from profiles where id = $1", profile)
        facts = {"network": network, "network_post_id": key, "published_at": published, "type": kind}
        number: int = await self.insert("posts", owner, "returning id", profile_id=profile, import_no=1, **facts)
        return number

    async def snapshot(self, post: int, at: datetime, *, owner: Owner = None, **facts: Any) -> None:
        facts = {"scope": "lifetime", **facts}
        await self.insert("post_metrics", owner, post_id=post, observed_at=at, import_no=1, **facts)

    async def reading(self, profile: int, at: datetime, *, owner: Owner = None, **facts: Any) -> None:
        await self.insert("profile_metrics", owner, profile_id=profile, observed_at=at, import_no=1, **facts)

    async def queue(self, *profiles: int, owner: Owner = None) -> None:
        for profile in profiles:
            await self._as(owner)
            await self._connection.execute(
                "insert into score_queue (owner, profile_id) values ($1, $2) on conflict (profile_id, owner) "
                "do update set queued_at = excluded.queued_at",
                owner,
                profile,
            )

    async def rows(self, sql: str, *arguments: Any, owner: Owner = None) -> list[asyncpg.Record]:
        """Ask as *owner*'s organisation."""
        await self._as(owner)
        found: list[asyncpg.Record] = await self._connection.fetch(sql, *arguments)
        return found

    async def insert(self, table: str, owner: Owner, ending: str = "", **facts: Any) -> Any:
        await self._as(owner)
        columns = ", ".join(["owner", *facts])
        places = ", ".join(f"${number}" for number in range(1, len(facts) + 2))
        return await self._connection.fetchval(
            f"insert into {table} ({columns}) values ({places}) {ending}", owner, *facts.values()
        )

    async def _as(self, owner: Owner) -> None:
        organisation = "" if owner is None else str(owner)
        if organisation != self._acting:
            await self._connection.execute(
                "select set_config('analisa.organisation', $1, false), set_config('analisa.operator', 'on', false)",
                organisation,
            )
            self._acting = organisation


@asynccontextmanager
async def open_world(url: str) -> AsyncIterator[World]:
    connection = await asyncpg.connect(driver_url(url))
    try:
        yield World(connection)
    finally:
        await connection.close()
