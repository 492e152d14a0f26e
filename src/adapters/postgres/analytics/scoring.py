"""`ScoreStore` over PostgreSQL: passes claim profiles, and evidence of a claimed profile waits until its score is kept.

An import queues the profiles it touches in its own commit. While a pass holds such a row, the import waits for it, so
what a pass reads of a profile is all that was committed before, and what comes later is in the queue again.
"""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from ....application.analytics.ports import Book, Gathered
from ....application.shared.ports import Ids
from ....domain.analytics.formulas.measures import Measures
from ....domain.analytics.reference import ReferenceSet
from ....domain.analytics.score import Scores
from ....domain.influencers.niche import NicheLabel, Spoken
from ....domain.shared.events import Event
from ....domain.shared.ids import OrganisationId
from .. import outbox
from ..collection.targets import Owned
from ..database import NOBODY, Database, Driver, Tenant, driver
from .discovery.niches import keep_labels, spoken
from .discovery.refresh import refresh
from .evidence import Index, scope_of
from .gathering import gather
from .keeping import keep, keep_as_history
from .references import PostgresReferences, hold_tables
from .standings import place

_PATIENCE_S: Final = 600


class PostgresScoreStore:
    def __init__(self, database: Database, references: PostgresReferences, ids: Ids) -> None:
        self._database = database
        self._references = references
        self._ids = ids

    @asynccontextmanager
    async def work(self, book: Book) -> AsyncIterator[PostgresScoringWork]:
        async with self._database.writing(Tenant.owning(book.owner)) as connection:
            raw = await driver(connection)
            yield PostgresScoringWork(connection, raw, book, self._references, self._ids)

    async def books(self) -> Sequence[Book]:
        async with self._database.reading(NOBODY) as connection:
            rows = await connection.fetch("select id, demonstration from organisations order by created_at, id")
        return [Book(None), *(Book(OrganisationId(row["id"]), row["demonstration"]) for row in rows)]

    async def profiles(self, book: Book) -> NDArray[np.int64]:
        mine = Owned(book.owner)
        async with self._database.reading(Tenant.owning(book.owner), timeout_s=_PATIENCE_S) as connection:
            rows = await connection.fetch(
                f"select f.id from profiles f where {_known(mine)} order by f.id",
            )
        return np.array([row["id"] for row in rows], dtype=np.int64)


def _known(mine: Owned) -> str:
    return (
        f"(exists (select from posts e where e.profile_id = f.id and {mine.holds('e')}) "
        f"or exists (select from profile_metrics e where e.profile_id = f.id and {mine.holds('e')}))"
    )


class PostgresScoringWork:
    """One transaction of a pass over one book."""

    def __init__(
        self, connection: AsyncConnection, raw: Driver, book: Book, references: PostgresReferences, ids: Ids
    ) -> None:
        self._connection = connection
        self._raw = raw
        self._book = book
        self._owned = Owned(book.owner)
        self._references = references
        self._ids = ids

    async def claim(self, limit: int) -> NDArray[np.int64]:
        rows = await self._raw.fetch(
            "delete from score_queue q using (select ctid from score_queue w "
            f"where {self._owned.holds('w')} order by profile_id limit $1 for update skip locked) mine "
            "where q.ctid = mine.ctid returning q.profile_id",
            limit,
        )
        return np.array(sorted(row["profile_id"] for row in rows), dtype=np.int64)

    async def take(self, profiles: NDArray[np.int64]) -> NDArray[np.bool_]:
        # Written and deleted in one transaction, the row is a lock that an import of the same profile runs into.
        # A row that this statement did not make itself has been updated, and then it carries our transaction as xmax.
        rows = await self._raw.fetch(
            f"insert into score_queue (owner, profile_id) select {self._owned.literal}, id "
            "from unnest($1::bigint[]) id order by id "
            "on conflict (profile_id, owner) do update set queued_at = excluded.queued_at "
            "returning profile_id, xmax <> 0 as waited",
            profiles.tolist(),
        )
        await self._raw.execute(
            f"delete from score_queue q where q.profile_id = any($1::bigint[]) and {self._owned.holds('q')}",
            profiles.tolist(),
        )
        return np.isin(profiles, [row["profile_id"] for row in rows if row["waited"]])

    async def references(self) -> ReferenceSet:
        await hold_tables(self._raw, self._book.reference_owner)
        return await self._references.in_use(self._raw, self._book.reference_owner)

    async def evidence(self, profiles: NDArray[np.int64], today: date) -> Gathered:
        return await gather(self._raw, profiles, scope_of(self._book), today)

    async def keep(self, scores: Scores, computed_at: datetime, anew: NDArray[np.bool_]) -> int:
        return await keep(self._raw, self._owned, scores, computed_at, anew)

    async def keep_as_history(self, scores: Scores, computed_at: datetime) -> int:
        return await keep_as_history(self._raw, self._owned, scores, computed_at)

    async def without_evidence(self, profiles: NDArray[np.int64]) -> NDArray[np.bool_]:
        if self._book.owner is None:
            return np.zeros(len(profiles), dtype=np.bool_)
        rows = await self._raw.fetch(
            f"select f.id from unnest($1::bigint[]) f(id) where {_known(self._owned)}", profiles.tolist()
        )
        return ~np.isin(profiles, [row["id"] for row in rows])

    async def place(self, profiles: NDArray[np.int64], computed_at: datetime) -> int:
        return await place(self._raw, self._owned, profiles, computed_at)

    async def spoken(self, profiles: NDArray[np.int64]) -> Mapping[int, Spoken]:
        return await spoken(self._raw, scope_of(self._book), profiles.tolist())

    async def label(self, labels: Mapping[int, Sequence[NicheLabel]]) -> None:
        await keep_labels(self._raw, self._owned, labels)

    async def make_findable(
        self, profiles: NDArray[np.int64], measures: Measures | None, anew: NDArray[np.bool_]
    ) -> int:
        return await refresh(
            self._raw,
            self._owned,
            scope_of(self._book),
            profiles=profiles.tolist(),
            measures=measures,
            texts_of=profiles[anew].tolist(),
        )

    async def pass_on(self, profiles: NDArray[np.int64]) -> int:
        organisations = await self._raw.fetch("select id from organisations where not demonstration order by id")
        passed = 0
        for row in organisations:
            passed += await self._pass_on_to(OrganisationId(row["id"]), profiles)
        await self._raw.execute(Tenant.owning(self._book.owner).settings_sql)
        return passed

    async def _pass_on_to(self, organisation: OrganisationId, profiles: Index) -> int:
        """As the organisation itself, in the same transaction: nobody else may see what it has."""
        await self._raw.execute(Tenant.owning(organisation).settings_sql)
        mine = Owned(organisation)
        if not await self._raw.fetchval(
            f"select exists (select from posts e where {mine.holds('e')}) "
            f"or exists (select from profile_metrics e where {mine.holds('e')}) "
            f"or exists (select from standings e where {mine.holds('e')})"
        ):
            return 0
        tag: str = await self._raw.execute(
            _CONCERNED.format(owner=mine.literal, known=_known(mine), mine=mine.holds("s")), profiles.tolist()
        )
        return int(tag.rpartition(" ")[2])

    async def record(self, *events: Event) -> None:
        await outbox.record(self._connection, self._ids, *events)


_CONCERNED: Final = """
    insert into score_queue (owner, profile_id)
    select {owner}, f.id from unnest($1::bigint[]) f(id)
    where {known} or exists (
        select from influencer_profiles l join standings s on s.influencer_id = l.influencer_id and {mine}
        where l.profile_id = f.id)
    order by f.id
    on conflict (profile_id, owner) do update set queued_at = excluded.queued_at
"""
