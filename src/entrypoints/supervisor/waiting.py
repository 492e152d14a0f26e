"""Waiting for a server that is not ours to start: half a minute, not silently, and never for what waiting will not mend."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ...domain.shared.errors import Unavailable
from ..services import PATIENCE_S

_PAUSE_S = 0.2

Answer = TypeVar("Answer")


async def answer_of(
    ask: Callable[[], Awaitable[Answer]], *, away: type[Unavailable], tell: Callable[[str], None]
) -> Answer:
    """Return what *ask* returns; as long as it raises *away*, ask again for half a minute."""
    deadline, told = time.monotonic() + PATIENCE_S, False
    while True:
        try:
            return await ask()
        except away as error:
            if time.monotonic() > deadline:
                raise
            if not told:
                tell(f"waiting half a minute for it: {error}")
                told = True
        await asyncio.sleep(_PAUSE_S)
