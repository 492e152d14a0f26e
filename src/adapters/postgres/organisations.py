"""Organisations: whom a process acts for, by the short name that people write."""

from __future__ import annotations

from ...application.shared.actor import Actor
from ...application.shared.organisations import DEMONSTRATION, OrganisationNotFound
from ...domain.shared.ids import OrganisationId
from .database import NOBODY, Database, driver


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
            tag = await raw.execute("delete from organisations where slug = $1 and demonstration", DEMONSTRATION)
        return bool(tag == "DELETE 1")
