"""Keeping a child running: started again when it ends, sooner the first time than the tenth."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ...adapters.embedded.errors import HomeUnusable, ServerFailed
from ...adapters.embedded.processes import Child

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
HEALTHY_S = 30.0
"""Having run this long, a child that ends has not failed to start: the pauses begin anew."""

TRIES = 5
"""How often a child may fail before the first ready answer, until `up` gives up; afterwards it never does."""


class Kept(Protocol):
    """What can be started, watched and started again."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def child(self) -> Child:
        """The process of the last start."""
        ...

    async def start(self) -> None:
        """Start it and return when it answers."""
        ...


async def keep(kept: Kept, *, log: Path, tell: Callable[[str], None], starting: Callable[[], bool]) -> None:
    """Start *kept* again whenever it ends, until cancelled; while *starting*, raise `ServerFailed` after some tries."""
    failures, began = 0, time.monotonic()
    while True:
        status = await kept.child.ended()
        failures = 1 if time.monotonic() - began > HEALTHY_S else failures + 1
        if starting() and failures >= TRIES:
            raise ServerFailed(f"{kept.name} {_said(status)} {failures} times; {last_words(log)}")
        pause = min(FIRST_PAUSE_S * 2 ** (failures - 1), LONGEST_PAUSE_S)
        tell(f"{kept.name} {_said(status)}; starting it again in {pause:g} s ({log})")
        await asyncio.sleep(pause)
        began = time.monotonic()
        try:
            await kept.start()
        except (ServerFailed, HomeUnusable, OSError) as error:  # a disk may be full for a while
            tell(f"{kept.name}: {error}")


def _said(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by {signal.Signals(-status).name}"


def last_words(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines() if log.exists() else []
    return f"it said last: {lines[-1]} ({log})" if lines else f"it said nothing ({log})"
