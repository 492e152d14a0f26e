"""The public face for authors of plugins: what to import, and what to promise.

A plugin is an ordinary package with an entry point in group `analisa` that names a module with hook implementations:

    from analisa.plugins import Network, hookimpl

    @hookimpl
    def analisa_networks():
        return [Network(name="kwai", title="Kwai", engagement_base="views")]

Hooks (see `hookspecs`): `analisa_networks` returns `Network`s, `analisa_archive_readers` returns objects that keep
the promises of `ArchiveReader`. A reader is used in four steps:

    plugins = analisa.plugins.manager.installed()
    source = plugins.open(paths, SourceLimits())         # safe view over files, folders, ZIPs
    reader = plugins.choose(source, name_or_none)
    plan = reader.plan(source, ReadOptions(...))         # tables, example cells, doubts, needs
    for batch in reader.read(source, plan): ...          # typed columns and findings, streaming

What goes wrong with the files is an `ImportRefused` (for a mapping, a `MappingInvalid`) that names the place and the
cure; what is wrong with one row is a `Finding` in a `Batch`.
"""

from ..application.collection.archives import (
    ArchiveKind,
    ArchiveReader,
    ColumnPlan,
    ControlSum,
    ImportRefused,
    Need,
    Plan,
    ReadOptions,
    Recognition,
    SourceFile,
    SourceLimits,
    TablePlan,
)
from ..domain.collection.batch import Batch, Finding, Severity
from ..domain.collection.records import TABLES, Field, Kind, Table
from ..domain.shared.social import EngagementBase
from .hookspecs import hookimpl
from .network import Network, PostLink

__all__ = [
    "TABLES",
    "ArchiveKind",
    "ArchiveReader",
    "Batch",
    "ColumnPlan",
    "ControlSum",
    "EngagementBase",
    "Field",
    "Finding",
    "ImportRefused",
    "Kind",
    "Need",
    "Network",
    "Plan",
    "PostLink",
    "ReadOptions",
    "Recognition",
    "Severity",
    "SourceFile",
    "SourceLimits",
    "Table",
    "TablePlan",
    "hookimpl",
]
