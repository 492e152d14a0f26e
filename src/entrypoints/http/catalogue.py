"""What this installation can do: its formulas and its plugins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Protocol

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from .access import needs
from .parameters import Wired
from .problems import refusals


class FormulaShown(msgspec.Struct, frozen=True, kw_only=True):
    """One formula of the registry."""

    id: str
    version: int
    unit: str
    basis: str
    text: str
    source: str


class Loaded(Protocol):
    """A plugin as `plugins.manager` reports it; named here, as loading that loads every reader of files."""

    @property
    def name(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def networks(self) -> Sequence[str]: ...
    @property
    def readers(self) -> Sequence[str]: ...
    @property
    def problem(self) -> str: ...


class Plugins(Protocol):
    @property
    def reports(self) -> Sequence[Loaded]: ...


class Formulas(msgspec.Struct, frozen=True):
    items: list[FormulaShown]


class PluginShown(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin: what it adds, or why it was left out."""

    name: str
    origin: str
    networks: list[str]
    readers: list[str]
    problem: str | None


class PluginList(msgspec.Struct, frozen=True):
    items: list[PluginShown]


@get("/formulas", operation_id="listFormulas", tags=["catalogue"], opt=needs("catalogue.read"), responses=refusals())
async def formulas(
    basis: FromQuery[
        Annotated[str | None, QueryParameter(max_length=32, description="Only formulas on this basis")]
    ] = None,
) -> Formulas:
    """List every formula with its unit, its text and its source."""
    from ...domain.analytics.formulas import FORMULAS  # noqa: PLC0415  numpy would hold up the start of the API

    return Formulas([_formula(each) for each in FORMULAS if basis is None or each.basis == basis])


@get("/plugins", operation_id="listPlugins", tags=["catalogue"], opt=needs("catalogue.read"), responses=refusals())
async def plugins(plugins: Wired[Plugins]) -> PluginList:
    """List networks and readers of files, and the plugins that could not be loaded with the reason."""
    return PluginList([_plugin(report) for report in plugins.reports])


def _formula(formula: Any) -> FormulaShown:
    return FormulaShown(
        id=formula.id,
        version=formula.version,
        unit=formula.unit,
        basis=formula.basis,
        text=formula.text,
        source=formula.source,
    )


def _plugin(report: Loaded) -> PluginShown:
    return PluginShown(
        name=report.name,
        origin=report.origin,
        networks=list(report.networks),
        readers=list(report.readers),
        problem=report.problem or None,
    )


HANDLERS: list[Any] = [formulas, plugins]
