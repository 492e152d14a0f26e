"""`Findable` over PostgreSQL: the rows of searches, outside of a pass."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from .....application.analytics.ports import Book
from .....domain.shared.ids import ProfileId
from ...collection.targets import Owned
from ...database import Database, Tenant, driver
from ..evidence import scope_of
from .refresh import refresh


class PostgresFindable:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def refresh(self, book: Book, *, profiles: Sequence[ProfileId] = (), influencers: Sequence[UUID] = ()) -> int:
        async with self._database.writing(Tenant.owning(book.owner)) as connection:
            raw = await driver(connection)
            owned = Owned(book.owner)
            return await refresh(
                raw, owned, scope_of(book), profiles=profiles, influencers=influencers, texts_of=profiles
            )
