"""The general table reader: any CSV, JSONL or XLSX file, by a TOML mapping that says what its columns are."""

from __future__ import annotations

from collections.abc import Iterator

from ....application.collection.archives import (
    ArchiveKind,
    ArchiveSource,
    ColumnPlan,
    Need,
    Plan,
    ReadOptions,
    Recognition,
    TablePlan,
)
from ....domain.collection.batch import Batch
from ....domain.collection.mapping_toml import load_mapping
from ..chunks import TableOptions
from ..tables import is_table_name, sample_of
from .engine import plan_work, read_work
from .suggest import harmless_examples, suggest_mapping


class MappedTables:
    """`ArchiveReader` of any table with a mapping. Without one it proposes a mapping, and asks for it."""

    name = "table"
    title = "any table (CSV, JSONL, XLSX) with a mapping"
    kind = ArchiveKind.OBSERVATIONS
    """Of a mapping that does not say otherwise; the plan's kind is what counts."""

    def recognise(self, source: ArchiveSource) -> Recognition:
        tables = [file.name for file in source.files if is_table_name(file.name)]
        if not tables:
            return Recognition(0, "there is no CSV, JSONL or XLSX file")
        return Recognition(0.2, f"{len(tables)} files look like tables; a mapping can say what is in them")

    def plan(self, source: ArchiveSource, options: ReadOptions) -> Plan:
        if options.mapping is None:
            return self._propose(source)
        return plan_work(source, load_mapping(options.mapping), options, self.name)

    def read(self, source: ArchiveSource, plan: Plan) -> Iterator[Batch]:
        return read_work(source, plan)

    def _propose(self, source: ArchiveSource) -> Plan:
        suggestion = suggest_mapping(source)
        tables = []
        for file in source.files:
            if is_table_name(file.name):
                sample = sample_of(source, file.name, TableOptions(flatten=True))
                columns = [
                    ColumnPlan(name, "", "not mapped yet", harmless_examples(sample, name)) for name in sample.header
                ]
                tables.append(TablePlan(file=file.name, table="", columns=tuple(columns)))
        message = (
            f"no reader knows {source.label}: write a mapping. "
            "analisa import --suggest-mapping prints one to edit; then say --mapping FILE"
        )
        return Plan(
            reader=self.name,
            kind=self.kind,
            tables=tuple(tables),
            needs=(Need("mapping", message),),
            suggestion=suggestion,
        )
