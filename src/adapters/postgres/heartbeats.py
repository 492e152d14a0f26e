"""Which processes of the installation are alive, by the marks that they leave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from .database import NOBODY, Database
from .tables import heartbeats

EVERY = timedelta(seconds=10)
SILENT_AFTER = timedelta(seconds=35)
"""A process that missed three marks is taken for dead."""


async def beat(database: Database, *, role: str, instance: str, metrics: str | None = None) -> None:
    """Note that *instance*, a process in *role*, is alive, and where it serves its metrics."""
    mark = insert(heartbeats).values(instance=instance, role=role, metrics=metrics)
    again = mark.on_conflict_do_update(index_elements=["instance"], set_={"seen_at": func.now(), "metrics": metrics})
    async with database.writing(NOBODY) as connection:
        await connection.execute(again)
        await connection.execute(delete(heartbeats).where(heartbeats.c.seen_at < func.now() - timedelta(hours=1)))


async def leave(database: Database, *, instance: str) -> None:
    """Note that *instance* has ended by itself."""
    async with database.writing(NOBODY) as connection:
        await connection.execute(delete(heartbeats).where(heartbeats.c.instance == instance))


async def alive(database: Database) -> Mapping[str, int]:
    """Count the living processes of each role."""
    async with database.reading(NOBODY, timeout_s=2) as connection:
        rows = await connection.fetch(
            "select role, count(*) as processes from heartbeats where seen_at > now() - $1::interval group by role",
            SILENT_AFTER,
        )
    return {row["role"]: row["processes"] for row in rows}
