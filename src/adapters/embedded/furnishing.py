"""What only a superuser may do to a database, so that the program's own role finds all it needs there."""

from __future__ import annotations

FURNISHING = """
    create extension if not exists vector;
    alter function ts_match_vq(tsvector, tsquery) leakproof;
    alter function arrayoverlap(anyarray, anyarray) leakproof;
    alter function lower(text) leakproof;
"""
"""Row security keeps conditions away from rows that are not the tenant's, indexes included, unless their function is
known to tell nothing of what it is given. These do, and complain about nothing, so an index of words, of arrays or of
folded handles may serve under row security as any other index does."""


async def furnish(admin_url: str) -> None:
    """Do it; doing it again changes nothing."""
    await _run(admin_url, FURNISHING)


async def hand_over(admin_url: str, role: str, owner: str) -> None:
    """Give *owner* all that belongs to *role* in the database: once the program owned its tables."""
    await _run(admin_url, f"reassign owned by {role} to {owner}")


async def _run(admin_url: str, script: str) -> None:
    import asyncpg  # noqa: PLC0415  only a first start pays for it

    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(script)
    finally:
        await admin.close()
