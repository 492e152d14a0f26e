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

LEASE = timedelta(seconds=20)
"""How long an event stays with a worker that gives no sign of life."""

LOAD_AFTER_S = 3


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
        (lambda: _registered(application)) if reactions is None else (lambda: reactions),
        keeper,
        name=name,
        metrics=TaskMetrics(application.registry),
        ids=application.ids,
    )
    keeper.start()
    loading = asyncio.create_task(_load(desk))
    try:
        await receive(StreamBroker(endpoints.redis_url, consumer=name), desk, stop, grace_s=GRACE_S)
    finally:
        loading.cancel()
        await asyncio.to_thread(keeper.stop)


async def _load(desk: Desk) -> None:
    """Get ready for the first event, once the API had the processors for its own start."""
    await asyncio.sleep(LOAD_AFTER_S)
    await desk.loaded()


def _registered(application: Application) -> Reactions:
    from .registry import registered  # noqa: PLC0415  it brings every adapter with it

    return registered(application)


if __name__ == "__main__":
    sys.exit(run_role("worker", work, redis=True))
