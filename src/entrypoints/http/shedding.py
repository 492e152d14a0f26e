"""Turning requests away when more come than can be answered, so that those who are let in are answered as fast as ever.

A process works on so many requests at once as keep its connections to the database busy; more would only wait for one, each
making all others later. Who finds no place waits a moment, and the last who came goes first, since they have waited least; who
has waited too long is turned away before anything was done for them. When they go on coming the moment is a short one (the ideas of CoDel and of adaptive LIFO).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

PATIENT_S: Final = 3.0
HURRIED_S: Final = 0.02
"""So long a request waits for a place: while many come at once, and when they go on coming."""
ALWAYS_S: Final = 1.0
CALM_S: Final = 0.25
"""After so long in which now and again somebody had to wait, there is more than can be answered; and so long without is calm."""
_MOST_WAITING: Final = 64


class Shedding:
    """*places* for requests of one process that are worked on at once."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[asyncio.Future[bool]] = deque()
        self._came: deque[float] = deque()
        """When each of those who wait began to."""
        self._since = 0.0
        """Since when there is always somebody who has to wait."""
        self._last = 0.0
        """When somebody last had to."""

    async def enter(self) -> bool:
        """Take a place, waiting a moment for one; False where there is none, and the request is to be turned away."""
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return True
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now - self._last > CALM_S:
            self._since = now
        self._last = now
        if len(self._waiting) >= _MOST_WAITING:
            return False
        turn: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(turn)
        self._came.append(now)
        hurried = now - self._since > ALWAYS_S
        if hurried:
            self._turn_away_before(now - HURRIED_S)
        giving_up = loop.call_later(HURRIED_S if hurried else PATIENT_S, self._give_up, turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self.leave()
            raise
        finally:
            giving_up.cancel()

    def leave(self) -> None:
        """Give a place back."""
        self._free += 1
        while self._waiting and self._free > 0:
            turn = self._waiting.pop()
            self._came.pop()
            if not turn.done():
                self._free -= 1
                turn.set_result(True)

    def come_back(self) -> None:
        """Take a place again that was given back for a while, as while a body was on its way: it was let in before."""
        self._free -= 1

    def _give_up(self, turn: asyncio.Future[bool]) -> None:
        if not turn.done():
            turn.set_result(False)
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
            self._came.popleft()

    def _turn_away_before(self, moment: float) -> None:
        """Turn those away who came while it looked as if it would pass."""
        while self._waiting and self._came[0] < moment:
            self._came.popleft()
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(False)
