"""The worker: `python -m analisa.entrypoints.worker`."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from ...adapters.observability.metrics import TaskMetrics
from ...adapters.postgres.leases import LeaseKeeper
from ...adapters.queue.broker import StreamBroker
from ..container import Application
from .desk import Desk
from .process import GRACE_S, run_role
from .reactions import Reactions
from .receiving import receive
from .registry import registered

LEASE = timedelta(seconds=20)
"""How long an event stays with a worker that gives no sign of life."""


async def work(
    application: Application,
    name: str,
    stop: asyncio.Event,
    *,
    reactions: Reactions | None = None,
    lease: timedelta = LEASE,
) -> None:
    """React to events until *stop*."""
    endpoints = application.endpoints
    assert endpoints.redis_url is not None
    keeper = LeaseKeeper(endpoints.database_url, lease=lease)
    desk = Desk(
        application.database,
        registered(application) if reactions is None else reactions,
        keeper,
        name=name,
        metrics=TaskMetrics(application.registry),
    )
    keeper.start()
    try:
        await receive(StreamBroker(endpoints.redis_url, consumer=name), desk, stop, grace_s=GRACE_S)
    finally:
        await asyncio.to_thread(keeper.stop)


if __name__ == "__main__":
    sys.exit(run_role("worker", work, redis=True))
