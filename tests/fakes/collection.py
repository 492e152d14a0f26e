"""Working fakes of what collection depends on."""

# ruff: noqa: ARG002  a fake keeps the signature of its port
from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from analisa.domain.collection.batch import Batch

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

    def mended(self, rows: Sequence[MendedRow], limits: SourceLimits) -> ArchiveSource:
        return FakeSource([row.file for row in rows])

    def networks(self) -> Mapping[str, NetworkFacts]:
        return {}


class FakeSecrets:
    def author_salt(self) -> bytes:
        return b"salt"
