"""A reader that was chosen while others could not be asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..application.collection.archives import ArchiveKind, ArchiveReader, ArchiveSource, Plan, ReadOptions, Recognition
from ..domain.collection.batch import Batch


@dataclass(frozen=True, slots=True)
class DoubtfulChoice:
    """*reader*, whose plan begins with *doubts*, so that the report of the import tells them."""

    reader: ArchiveReader
    doubts: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.reader.name

    @property
    def title(self) -> str:
        return self.reader.title

    @property
    def kind(self) -> ArchiveKind:
        return self.reader.kind

    def recognise(self, source: ArchiveSource) -> Recognition:
        return self.reader.recognise(source)

    def plan(self, source: ArchiveSource, options: ReadOptions) -> Plan:
        plan = self.reader.plan(source, options)
        return replace(plan, doubts=(*self.doubts, *plan.doubts))

    def read(self, source: ArchiveSource, plan: Plan) -> Iterator[Batch]:
        return self.reader.read(source, plan)
