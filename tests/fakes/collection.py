"""Working fakes of what collection depends on."""

# ruff: noqa: ARG002  a fake keeps the signature of its port
from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from analisa.application.collection.archives import (
    ArchiveKind,
    ArchiveReader,
    ArchiveSource,
    ImportRefused,
    MendedRow,
    Need,
    NetworkFacts,
    Plan,
    ReadOptions,
    Recognition,
    SourceFile,
    SourceLimits,
)
from analisa.application.collection.errors import ImportNotFound
from analisa.application.collection.ports import ImportJob, ImportOptions
from analisa.application.shared.actor import Actor
from analisa.domain.collection.batch import Batch
from analisa.domain.collection.report import ImportReport
from analisa.domain.shared.events import Event
from analisa.domain.shared.ids import ImportId, Owner

TODAY = datetime(2026, 4, 1, 12, tzinfo=UTC)


class FakeClock:
    def __init__(self, now: datetime = TODAY) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment


@dataclass
class FakeSource:
    """Files that stand nowhere: their content is their name."""

    names: Sequence[str]
    label: str = "fake"
    limits: SourceLimits = field(default_factory=SourceLimits)
    closed: bool = False

    @property
    def files(self) -> Sequence[SourceFile]:
        return [SourceFile(name, len(name)) for name in self.names]

    def stream(self, name: str) -> BinaryIO:
        return io.BytesIO(name.encode())

    def sha256(self, name: str) -> str:
        return hashlib.sha256(name.encode()).hexdigest()

    def close(self) -> None:
        self.closed = True


class Death(BaseException):
    """What a process does not survive."""


@dataclass
class BatchReader:
    """An `ArchiveReader` that hands on the batches it was made of."""

    batches: Sequence[Batch]
    name: str = "batches"
    title: str = "Batches"
    kind: ArchiveKind = ArchiveKind.OBSERVATIONS
    needs: Sequence[Need] = ()
    fails_after: int | None = None
    dies_after: int | None = None
    seen: list[ReadOptions] = field(default_factory=list)

    def recognise(self, source: ArchiveSource) -> Recognition:
        return Recognition(1, "it is a fake")

    def plan(self, source: ArchiveSource, options: ReadOptions) -> Plan:
        self.seen.append(options)
        return Plan(reader=self.name, kind=self.kind, tables=(), needs=tuple(self.needs))

    def read(self, source: ArchiveSource, plan: Plan) -> Iterator[Batch]:
        for number, batch in enumerate(self.batches):
            if number == self.fails_after:
                raise ImportRefused("the rest cannot be read", file=batch.file, line=7)
            if number == self.dies_after:
                raise Death
            yield batch


@dataclass
class FakeArchives:
    """`Archives` with one reader, whatever the paths."""

    reader: BatchReader

    def open(self, paths: Sequence[Path], limits: SourceLimits) -> ArchiveSource:
        return FakeSource(list(dict.fromkeys(batch.file for batch in self.reader.batches)))

    def choose(self, source: ArchiveSource, name: str | None, *, has_mapping: bool = False) -> ArchiveReader:
        return self.reader

    def edited(self, path: Path, encoding: str | None) -> Iterator[tuple[int, Mapping[str, str]]]:
        return iter(())

    def mended(self, rows: Sequence[MendedRow], limits: SourceLimits) -> ArchiveSource:
        return FakeSource([row.file for row in rows])

    def networks(self) -> Mapping[str, NetworkFacts]:
        return {}


class FakeSecrets:
    def author_salt(self) -> bytes:
        return b"salt"


@dataclass
class FakeImports:
    """`ImportRegister` in memory."""

    jobs: dict[ImportId, ImportJob] = field(default_factory=dict)
    reports: dict[ImportId, ImportReport] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    quarantined: dict[int, str] = field(default_factory=dict)
    """State of quarantined findings, by number."""

    async def add(
        self, actor: Actor, import_id: ImportId, options: ImportOptions, *events: Event, owner: Owner
    ) -> ImportJob:
        if import_id in self.jobs:
            return await self.get(actor, import_id)
        self.jobs[import_id] = ImportJob(
            id=import_id,
            number=len(self.jobs) + 1,
            organisation=actor.organisation,
            owner=owner,
            state="queued",
            options=options,
            requested_at=TODAY,
        )
        self.events.extend(events)
        return self.jobs[import_id]

    async def get(self, actor: Actor, import_id: ImportId) -> ImportJob:
        job = self.jobs.get(import_id)
        if job is None or job.organisation != actor.organisation:
            raise ImportNotFound(import_id)
        return job

    async def wanting(self, ids: Collection[ImportId]) -> Collection[ImportId]:
        return {each for each in ids if each in self.jobs and self.jobs[each].state != "done"}

    async def interrupted(self, actor: Actor, options: ImportOptions) -> ImportJob | None:
        waiting = [
            job
            for job in self.jobs.values()
            if job.organisation == actor.organisation and job.options == options and job.state in {"queued", "running"}
        ]
        return waiting[-1] if waiting else None

    async def finish(self, actor: Actor, import_id: ImportId, report: ImportReport) -> None:
        self.reports[import_id] = report
        self.jobs[import_id] = replace(await self.get(actor, import_id), state="done", error=None)

    async def fail(self, actor: Actor, import_id: ImportId, *, code: str, message: str) -> None:
        self.jobs[import_id] = replace(await self.get(actor, import_id), state="failed", error=message)

    async def settle(self, actor: Actor, import_id: ImportId, settled: Mapping[int, str]) -> int:
        open_ = [number for number in settled if self.quarantined.get(number) == "open"]
        self.quarantined.update({number: settled[number] for number in open_})
        return len(open_)
