"""Telling the record what was done: an event of the commit that did it."""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ...application.shared.ports import Ids
from ...domain.shared.events import ActionTaken
from ..system.clock import SystemClock
from . import outbox


async def noted(
    connection: AsyncConnection,
    ids: Ids,
    *,
    organisation: UUID | None,
    actor: str,
    action: str,
    subject: str,
    **details: str,
) -> None:
    """Have it recorded, in the transaction of *connection*, that *actor* did *action* to *subject*."""
    told = ActionTaken(
        organisation=organisation,
        at=SystemClock().now(),
        actor=actor,
        action=action,
        subject=subject,
        details=msgspec.json.encode(details).decode(),
    )
    await outbox.record(connection, ids, told)
