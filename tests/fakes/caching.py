"""A cache in memory."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from time import monotonic

from analisa.application.shared.cache import USUAL_TTL_S, Make


class FakeCache:
    """Keeps values beside the marks that their tags had."""

    def __init__(self) -> None:
        self._marks: defaultdict[str, int] = defaultdict(int)
        self._values: dict[str, tuple[tuple[int, ...], float, bytes]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def remember(self, key: str, tags: Sequence[str], make: Make, *, ttl_s: float = USUAL_TTL_S) -> bytes:
        async with self._locks[key]:
            marks = tuple(self._marks[tag] for tag in tags)
            kept = self._values.get(key)
            if kept is not None and kept[0] == marks and monotonic() < kept[1]:
                return kept[2]
            value = await make()
            self._values[key] = marks, monotonic() + ttl_s, value
            return value

    async def forget(self, *tags: str) -> None:
        for tag in tags:
            self._marks[tag] += 1
