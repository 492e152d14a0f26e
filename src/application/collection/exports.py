"""Exporting: what is known, written as an archive that another installation imports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ...domain.collection.batch import Batch
from ..shared.actor import Actor
from .ports import ArchiveWriter, ExportScope, ObservationSource, ProfileDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportArchive:
    """Write what the actor may see to *target*: a folder, or a ZIP if it ends in `.zip`."""

    actor: Actor
    target: Path
    scope: ExportScope


class ExportArchiveHandler:
    def __init__(self, source: ObservationSource, writer: ArchiveWriter, directory: ProfileDirectory) -> None:
        self._source = source
        self._writer = writer
        self._directory = directory

    async def __call__(self, command: ExportArchive) -> Mapping[str, int]:
        """Write the archive, whole or not at all, and return the rows per table."""
        scope = command.scope
        if scope.profile is not None:
            scope = replace(scope, profile=await self._directory.resolve(command.actor, scope.profile))
        batches = self._source.batches(command.actor, scope)
        try:
            drawn = _drawn(batches, asyncio.get_running_loop())
            return await asyncio.to_thread(self._writer.write, drawn, command.target)
        finally:
            await batches.aclose()


def _drawn(batches: AsyncGenerator[Batch, None], loop: asyncio.AbstractEventLoop) -> Iterator[Batch]:
    """Draw *batches* from another thread, where the writer may take its time over each."""
    while True:
        drawn = asyncio.run_coroutine_threadsafe(_next(batches), loop).result()
        if drawn is None:
            return
        yield drawn


async def _next(batches: AsyncGenerator[Batch, None]) -> Batch | None:
    return await anext(batches, None)
