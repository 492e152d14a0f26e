"""Taking word of events from the queue: taskiq's receiver in this process, over our broker."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from ...adapters.observability.logs import logger
from ...adapters.queue.broker import StreamBroker
from ...adapters.queue.notices import REACT
from .desk import Desk

SLOTS = 8
"""How many events one worker works on at a time."""

log = logger(__name__)


async def receive(
    broker: StreamBroker, desk: Desk, stop: asyncio.Event, *, slots: int = SLOTS, grace_s: float = 30
) -> None:
    """Hand every event that the queue tells of to *desk*, until *stop*; then let what is at work end within *grace_s*.

    What has not ended by then is given back.
    """

    async def react(event_id: str, *, suspect: bool = False) -> None:
        try:
            known = UUID(event_id)
        except ValueError:
            log.warning("the queue named an event that is none")
            return
        await desk.react(known, suspect=suspect)

    broker.register_task(react, task_name=REACT)
    broker.is_worker_process = True
    await broker.startup()
    try:
        with ThreadPoolExecutor(max_workers=1) as executor:
            receiver = Receiver(
                broker=broker,
                executor=executor,
                run_startup=False,
                validate_params=False,
                max_async_tasks=slots,
                ack_type=AcknowledgeType.WHEN_SAVED,
                wait_tasks_timeout=grace_s,
            )
            await receiver.listen(stop)
    finally:
        await desk.close()
        await broker.shutdown()
