"""The end of the process, for answers that would go on by themselves: they end first, and their callers come back."""

from __future__ import annotations

import asyncio


class Closing:
    """Begins once, when the process has been asked to end."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    @property
    def begun(self) -> bool:
        return self._begun.is_set()

    def begin(self) -> None:
        self._begun.set()

    async def within(self, seconds: float) -> bool:
        """Wait *seconds*, or until it begins; say whether it has begun."""
        try:
            async with asyncio.timeout(seconds):
                await self._begun.wait()
        except TimeoutError:
            return False
        return True
