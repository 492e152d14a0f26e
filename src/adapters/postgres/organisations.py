"""Organisations: whom a process acts for, by the short name that people write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from ...application.shared.actor import Actor
from ...application.shared.failpoints import failpoint
from ...application.shared.organisations import DEMONSTRATION, OrganisationNotFound
from ...application.shared.ports import Ids
from ...domain.shared.ids import OrganisationId
from .auditing import noted
from .database import NOBODY, Database, Driver, Tenant, driver

BEFORE_COMMIT = failpoint("organisations.before_dissolving_commit")


class PostgresOrganisations:
    """`Organisations`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def actor_for(self, slug: str) -> Actor:
        async with self._database.reading(NOBODY) as connection:
            row = await connection.fetchrow("select id, demonstration from organisations where slug = $1", slug)
        if row is None:
            raise OrganisationNotFound(slug)
        # A demonstration speaks for itself only: it must not add to what everybody sees.
        return Actor(
            organisation=OrganisationId(row["id"]),
            operator=not row["demonstration"],
            demonstration=row["demonstration"],
        )

    async def found_demonstration(self) -> Actor:
        async with self._database.writing(NOBODY) as connection:
            raw = await driver(connection)
            await raw.execute(
                "insert into organisations (slug, name, demonstration) values ($1, 'Demonstration', true) "
                "on conflict do nothing",
                DEMONSTRATION,
            )
        return await self.actor_for(DEMONSTRATION)

    async def dissolve_demonstration(self) -> bool:
        async with self._database.writing(NOBODY) as connection:
            raw = await driver(connection)
            found = await raw.fetchval("select id from organisations where slug = $1 and demonstration", DEMONSTRATION)
            if found is None:
                return False
            await _dissolve(raw, OrganisationId(found))
        return True


async def dissolve_ended(database: Database, ids: Ids, now: datetime) -> int:
    """Delete every organisation whose time is over, with all that is its own; the number of them.

    Each is one transaction: killed in its midst, all of it is there yet. The record of what was done there stays.
    """
    dissolved = 0
    while True:
        async with database.writing(NOBODY) as connection:
            raw = await driver(connection)
            found = await raw.fetchrow(
                "select id, slug from organisations where ends_at <= $1 order by ends_at limit 1 for update skip locked",
                now,
            )
            if found is None:
                return dissolved
            await _dissolve(raw, OrganisationId(found["id"]))
            await noted(
                connection,
                ids,
                organisation=None,
                actor="the scheduler",
                action="identity.organisation_deleted",
                subject=f"organisation:{found['id']}",
                slug=found["slug"],
            )
            BEFORE_COMMIT()
        dissolved += 1


async def _dissolve(raw: Driver, organisation: OrganisationId) -> None:
    await raw.execute(Tenant(organisation, identity=True).settings_sql)
    accounts = await raw.fetch("select distinct profile_id from influencer_profiles where owner = $1", organisation)
    await raw.execute("delete from outbox where owner = $1", organisation)
    await raw.execute("delete from organisations where id = $1", organisation)
    await _forget(raw, [account["profile_id"] for account in accounts])


async def organisations_known(database: Database) -> Sequence[OrganisationId]:
    """Every organisation, for work that goes through all of them; the oldest first."""
    async with database.reading(NOBODY) as connection:
        rows = await connection.fetch("select id from organisations order by created_at, id")
    return [OrganisationId(row["id"]) for row in rows]


async def _forget(raw: Driver, accounts: Sequence[int]) -> None:
    """Delete the numbers of *accounts* that nobody else's evidence hangs on: we cannot see it, but PostgreSQL does."""
    try:
        async with raw.transaction():
            await raw.execute("delete from profiles where id = any($1::bigint[])", accounts)
    except asyncpg.ForeignKeyViolationError:
        half = len(accounts) // 2
        if half:
            await _forget(raw, accounts[:half])
            await _forget(raw, accounts[half:])
