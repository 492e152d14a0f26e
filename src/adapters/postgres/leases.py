"""Keeping hold of events while their effects are worked on, from a thread of its own.

A long computation may keep the event loop busy for longer than a lease; the thread renews all the same, and ends with
the process. A process that is stopped renews nothing, and finds its events lost when it wakes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Lock, Thread
from time import monotonic
from uuid import UUID

import asyncpg

from ...domain.shared.errors import Unavailable
from . import outbox
from .database import Database, open_database
from .outbox import Hold

log = logging.getLogger(__name__)


class LeaseKeeper:
    """Renews the leases of what is held, four times a lease, and says when one was lost."""

    def __init__(self, url: str, *, lease: timedelta, name: str = "analisa leases") -> None:
        self.lease = lease
        self._url = url
        self._name = name
        self._held: dict[UUID, tuple[Hold, Callable[[], None], float]] = {}
        self._guard = Lock()
        self._end = Event()
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name="leases", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Renew nothing any more; what is still held is lost when its lease ends."""
        self._end.set()
        self._thread.join()

    @contextmanager
    def holding(self, hold: Hold, *, lost: Callable[[], None]) -> Iterator[None]:
        """Renew the lease of *hold* for the length of the block; *lost* is called, from another thread, if that fails."""
        with self._guard:
            self._held[hold.event_id] = (hold, lost, monotonic())
        try:
            yield
        finally:
            with self._guard:
                self._held.pop(hold.event_id, None)

    async def _run(self) -> None:
        every = self.lease.total_seconds() / 4
        async with open_database(self._url, readers=1, writers=1, name=self._name) as database:
            while not await asyncio.to_thread(self._end.wait, every):
                await self._renew(database)

    async def _renew(self, database: Database) -> None:
        with self._guard:
            held = dict(self._held)
        if not held:
            return
        try:
            ours = await outbox.extend(database, [hold for hold, _, _ in held.values()], self.lease)
        except (Unavailable, asyncpg.PostgresError) as error:
            log.warning("leases cannot be renewed now (%s)", type(error).__name__)
            # It may be only us who are cut off: what was not renewed for a whole lease may be somebody else's by now.
            overdue = monotonic() - self.lease.total_seconds()
            ours = frozenset(event_id for event_id, (_, _, renewed_at) in held.items() if renewed_at > overdue)
        else:
            self._renewed(ours)
        for event_id in held.keys() - ours:
            self._lose(held[event_id][0])

    def _renewed(self, ours: frozenset[UUID]) -> None:
        with self._guard:
            for event_id in ours & self._held.keys():
                hold, lost, _ = self._held[event_id]
                self._held[event_id] = (hold, lost, monotonic())

    def _lose(self, hold: Hold) -> None:
        with self._guard:
            current = self._held.get(hold.event_id)
            if current is None or current[0] != hold:
                return  # it ended in the meantime
            del self._held[hold.event_id]
        log.warning("the lease of event %s was lost to another worker", hold.event_id)
        current[1]()
