"""Taking in: the batches of one run stored file by file, in the order in which they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from ...domain.collection.batch import Batch
from ...domain.collection.events import ObservationsRecorded
from ...domain.collection.report import FileReport
from .archives import ArchiveSource, ImportRefused
from .ports import ImportJob, ImportRun, Progress

Watch = Callable[[Progress], None]
"""Hears how far an import is."""


class Intake:
    """Stores the batches of one run. Files are numbered through, also over several sources."""

    def __init__(self, job: ImportJob, run: ImportRun, watch: Watch | None = None, *, files: int = 0) -> None:
        self._job = job
        self._run = run
        self._watch = watch
        self._sizes: dict[str, int] = {}
        self._progress = Progress(files=files)
        self._files: list[FileReport] = []

    async def take(self, batches: AsyncIterator[Batch], source: ArchiveSource | None = None) -> list[FileReport]:
        """Store all of *batches*, which come from *source*, and return the reports of all files so far."""
        self._sizes = {file.name: file.size for file in source.files} if source else {}
        batch = await anext(batches, None)
        while batch is not None:
            name, position = batch.file, len(self._files)
            if any(file.name == name for file in self._files):
                raise ImportRefused("the reader came back to the file after another one", file=name)
            sha256 = await asyncio.to_thread(source.sha256, name) if source and name in self._sizes else ""
            before = self._run.committed.get(position)
            if before is None:
                report, batch = await self._store(batch, batches, sha256)
            else:
                report, batch = _unchanged(before, name, sha256), await _skipped(name, batches)
            self._files.append(report)
            await self._show(replace(self._progress, phase="reading", files_done=len(self._files)))
        await self._show(replace(self._progress, phase="done", file=""))
        return self._files

    async def _store(self, batch: Batch, batches: AsyncIterator[Batch], sha256: str) -> tuple[FileReport, Batch | None]:
        """Store the file that begins with *batch*; returns its report and the first batch of the next file."""
        name, rows_read, coming = batch.file, 0, batch
        size = self._sizes.get(name, 0)
        following: Batch | None = None
        async with self._run.file(len(self._files), name, size=size, sha256=sha256) as load:
            while True:
                await load.stage(coming)
                rows_read += coming.rows_read
                await self._show(replace(self._progress, file=name, rows=self._progress.rows + len(coming)))
                following = await anext(batches, None)
                if following is None or following.file != name:
                    break
                coming = following
            await self._show(replace(self._progress, phase="storing"))
            report = await load.merge(self._job.options.on_conflict, rows_read=rows_read)
            await load.keep(report, *_told(self._job, report))
        return report, following

    async def _show(self, progress: Progress) -> None:
        self._progress = progress
        if self._watch is not None:
            self._watch(progress)
        await self._run.progress(progress)


def _told(job: ImportJob, report: FileReport) -> tuple[ObservationsRecorded, ...]:
    if not report.profiles:
        return ()
    return (ObservationsRecorded(import_id=job.id, owner=job.owner, profiles=report.profiles),)


def _unchanged(before: FileReport, name: str, sha256: str) -> FileReport:
    if (before.name, before.sha256) != (name, sha256):
        raise ImportRefused(
            "the files are not the ones that this import began with, so it cannot go on; import them anew", file=name
        )
    return before


async def _skipped(name: str, batches: AsyncIterator[Batch]) -> Batch | None:
    """Pass over the rest of a file that was committed before the interruption."""
    async for batch in batches:
        if batch.file != name:
            return batch
    return None
