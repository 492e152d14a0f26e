"""Counting what plans bound, in the transaction that adds one more."""

from __future__ import annotations

from ...application.shared.actor import Actor
from .database import Driver, Tenant


async def counted_for_one_more(raw: Driver, actor: Actor, count: str) -> int:
    """Return what *count* says of the actor's organisation, $1, and let nobody else add one meanwhile.

    It counts in all workspaces, whichever the actor acts for: a plan bounds the organisation.
    """
    await raw.execute("select from organisations where id = $1 for no key update", actor.organisation)
    await raw.execute("select set_config('analisa.workspace', '', true)")
    found: int = await raw.fetchval(count, actor.organisation)
    await raw.execute(Tenant.of(actor).settings_sql)
    return found
