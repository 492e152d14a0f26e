"""`Findable` over PostgreSQL: standings and the rows of searches, outside of a pass."""

# ruff: noqa: S608  the owner's conditions are our own
from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from .....application.analytics.ports import Book
from .....application.shared.ports import Clock
from .....domain.shared.ids import OrganisationId, Owner
from .....domain.shared.social import ProfileRef
from ...collection.targets import Owned
from ...database import NOBODY, Database, Tenant, driver
from ...organisations import organisations_known
from ..evidence import scope_of
from ..standings import place
from .refresh import one_at_a_time, refresh


class PostgresFindable:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def refresh(self, owner: Owner, *, influencers: Sequence[UUID], profiles: Sequence[ProfileRef] = ()) -> int:
        written = 0
        for book in await self._concerned(owner):
            written += await self._in(book, influencers, profiles, standing=book.owner == owner)
        return written

    async def prune(self) -> int:
        forgotten = 0
        for owner in (None, *await organisations_known(self._database)):
            owned = Owned(owner)
            async with self._database.writing(Tenant.owning(owner)) as connection:
                raw = await driver(connection)
                await one_at_a_time(raw, owned)  # or a word that is just being spoken anew would go
                tag: str = await raw.execute(
                    f"delete from discovery_words k where {owned.holds('k')} and not exists ("
                    f"select from discovery_texts x where x.words @@ k.word::tsquery and {owned.holds('x')})"
                )
            forgotten += int(tag.rpartition(" ")[2])
        return forgotten

    async def _concerned(self, owner: Owner) -> Sequence[Book]:
        """Whom a change at *owner* concerns: what is everybody's shows in every organisation but a demonstration."""
        async with self._database.reading(NOBODY) as connection:
            rows = await connection.fetch("select id, demonstration from organisations order by created_at, id")
        books = [Book(OrganisationId(row["id"]), row["demonstration"]) for row in rows]
        if owner is None:
            return [Book(None), *(book for book in books if not book.demonstration)]
        return [book for book in books if book.owner == owner]

    async def _in(
        self, book: Book, influencers: Sequence[UUID], profiles: Sequence[ProfileRef], *, standing: bool
    ) -> int:
        async with self._database.writing(Tenant.owning(book.owner)) as connection:
            raw = await driver(connection)
            rows = await raw.fetch(
                "select f.id from unnest($1::text[], $2::text[]) n(network, network_id) "
                "join profiles f on f.network = n.network and f.network_id = n.network_id order by f.id",
                [str(profile.network) for profile in profiles],
                [profile.name for profile in profiles],
            )
            numbers = [row["id"] for row in rows]
            owned = Owned(book.owner)
            if standing:
                await place(raw, owned, np.array(numbers, dtype=np.int64), self._clock.now())
            return await refresh(
                raw, owned, scope_of(book), profiles=numbers, influencers=influencers, texts_of=numbers
            )
