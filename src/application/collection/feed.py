"""Feeding batches: the reader works in a thread, one batch ahead, so that parsing and storing overlap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator

from ...domain.collection.batch import Batch


async def fed(batches: Iterator[Batch]) -> AsyncGenerator[Batch, None]:
    """Yield *batches*, each of which is read while the one before is being stored; at most two are held."""
    coming = _next(batches)
    try:
        while (batch := await coming) is not None:
            coming = _next(batches)
            yield batch
    finally:
        # The thread cannot be stopped in the middle of a batch, and the files must stay open as long as it reads.
        await asyncio.wait([coming])
        coming.exception()


def _next(batches: Iterator[Batch]) -> asyncio.Task[Batch | None]:
    return asyncio.create_task(asyncio.to_thread(next, batches, None))
