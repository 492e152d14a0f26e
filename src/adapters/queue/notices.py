"""Word of an event, put into the queue under the name of the task that reacts to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from taskiq.exceptions import SendTaskError
from taskiq.kicker import AsyncKicker

from ..postgres.outbox import Notice
from ..redis.client import AWAY
from .broker import StreamBroker

REACT = "events.react"
"""The task: `react(event_id, suspect)`."""


async def send(broker: StreamBroker, notices: Sequence[Notice]) -> Sequence[UUID]:
    """Put *notices* into the queue; return the ids of those that it did not take."""
    taken = await asyncio.gather(*(_send(broker, notice) for notice in notices))
    return [notice.id for notice, sent in zip(notices, taken, strict=True) if not sent]


async def _send(broker: StreamBroker, notice: Notice) -> bool:
    task: AsyncKicker[..., None] = AsyncKicker(task_name=REACT, broker=broker, labels={"request_id": notice.request_id})
    try:
        await task.kiq(event_id=str(notice.id), suspect=notice.died)
    except (SendTaskError, *AWAY):
        return False
    return True
