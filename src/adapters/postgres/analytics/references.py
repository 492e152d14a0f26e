"""`References` over PostgreSQL: sets of reference tables, fixed once built; the one switched to last is in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ....application.analytics.errors import ReferenceAmbiguous, ReferenceNotFound
from ....application.analytics.ports import StoredReference
from ....application.shared.ports import Clock, Ids
from ....domain.analytics.reference import ReferenceSet
from ....domain.analytics.seeds import seed_reference
from ....domain.shared.events import Event
from ....domain.shared.ids import Owner
from .. import outbox
from ..collection.targets import Owned
from ..database import Database, Driver, Tenant, driver


async def hold_tables(raw: Driver, owner: Owner) -> None:
    """Keep the tables of *owner* from being switched until this transaction ends."""
    await raw.execute("select pg_advisory_xact_lock_shared(hashtextextended($1, 0))", _lock(owner))


def _lock(owner: Owner) -> str:
    return f"reference tables of {owner or 'everybody'}"


class PostgresReferences:
    """Sets are read once per process: what has a version never changes."""

    def __init__(self, database: Database, ids: Ids, clock: Clock) -> None:
        self._database = database
        self._ids = ids
        self._clock = clock
        self._read: dict[str, ReferenceSet] = {}

    async def current(self, owner: Owner) -> ReferenceSet:
        async with self._database.reading(Tenant.owning(owner)) as connection:
            found = await self._find_in_use(connection, owner)
        if found is not None:
            return found
        async with self._database.writing(Tenant.owning(owner)) as writer:
            return await self.in_use(await driver(writer), owner)

    async def in_use(self, raw: Driver, owner: Owner) -> ReferenceSet:
        """As `current`, inside the transaction of *raw*, which may write for whoever the tables belong to.

        An organisation reads everybody's tables but cannot write them: the seeds then come into use by a transaction
        of their own. A score names its tables for ever, so that they have to be kept before it is.
        """
        found = await self._find_in_use(raw, owner)
        if found is not None:
            return found
        if owner is None and not await raw.fetchval("select acts_as_operator()"):
            return await self.current(owner)
        seeds, now = seed_reference(), self._clock.now()
        await self._insert(raw, owner, seeds, profiles=0, built_at=now, switched_at=now)
        self._read[seeds.version] = seeds
        return seeds

    async def get(self, owner: Owner, version: str) -> ReferenceSet:
        async with self._database.reading(Tenant.owning(owner)) as connection:
            mine = Owned(owner).holds("r")
            rows = await connection.fetch(
                f"select version, body::text as body from reference_tables r where starts_with(version, $1) and {mine}",  # noqa: S608
                version,
            )
        if not rows and seed_reference().version.startswith(version):
            return seed_reference()
        if not rows:
            raise ReferenceNotFound(version)
        if len(rows) > 1:
            raise ReferenceAmbiguous(version)
        return ReferenceSet.from_dict(msgspec.json.decode(rows[0]["body"]))

    async def add(self, owner: Owner, reference: ReferenceSet, *, profiles: int, built_at: datetime) -> None:
        async with self._database.writing(Tenant.owning(owner)) as connection:
            raw = await driver(connection)
            await self._insert(raw, owner, reference, profiles=profiles, built_at=built_at, switched_at=None)

    async def switch(self, owner: Owner, version: str, *, at: datetime, event: Event) -> bool:
        mine = Owned(owner)
        async with self._database.writing(Tenant.owning(owner)) as connection:
            raw = await driver(connection)
            await raw.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", _lock(owner))
            if await self._version_in_use(raw, owner) == version:
                return False
            tag = await raw.execute(
                # Later than any switch before, whatever the clock says: the newest is the one in use.
                "update reference_tables r set switched_at = greatest($1, ("  # noqa: S608  owned is ours
                "select max(o.switched_at) + interval '1 microsecond' from reference_tables o "
                f"where {mine.holds('o')})) where r.version = $2 and {mine.holds('r')}",
                at,
                version,
            )
            if tag != "UPDATE 1":
                raise ReferenceNotFound(version)
            await outbox.record(connection, self._ids, event)
        return True

    async def all(self, owner: Owner) -> Sequence[StoredReference]:
        async with self._database.reading(Tenant.owning(owner)) as connection:
            rows = await connection.fetch(
                "select version, built_at, built_from as profiles, switched_at from reference_tables r "  # noqa: S608
                f"where {Owned(owner).holds('r')} order by switched_at desc nulls last, built_at desc, version"
            )
        return [
            StoredReference(in_use=place == 0 and row["switched_at"] is not None, **dict(row))
            for place, row in enumerate(rows)
        ]

    async def _find_in_use(self, raw: Driver, owner: Owner) -> ReferenceSet | None:
        version = await self._version_in_use(raw, owner)
        if version is None:
            return None
        if version not in self._read:
            body = await raw.fetchval(
                f"select body::text from reference_tables r where version = $1 and {Owned(owner).holds('r')}",  # noqa: S608
                version,
            )
            self._read[version] = ReferenceSet.from_dict(msgspec.json.decode(body))
        return self._read[version]

    async def _version_in_use(self, raw: Driver, owner: Owner) -> str | None:
        version: str | None = await raw.fetchval(
            f"select version from reference_tables r where switched_at is not null and {Owned(owner).holds('r')} "  # noqa: S608
            "order by switched_at desc, version limit 1"
        )
        return version

    async def _insert(self, raw: Driver, owner: Owner, reference: ReferenceSet, **facts: Any) -> None:
        await raw.execute(
            "insert into reference_tables (id, owner, version, body, built_from, built_at, switched_at) "
            "values ($1, $2, $3, $4::text::jsonb, $5, $6, $7) on conflict (version, owner) do nothing",
            self._ids.new(),
            owner,
            reference.version,
            msgspec.json.encode(reference.to_dict()).decode(),
            facts["profiles"],
            facts["built_at"],
            facts["switched_at"],
        )
