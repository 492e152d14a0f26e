"""A mapping: what a person says about foreign tables, checked whole before a single row is read.

The language is described, with examples that a test runs, in `docs/importing.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from ..shared.errors import RuleViolated
from .cells_numbers import NumberStyle
from .dates import Order
from .records import Table

LANGUAGE = 1
FILE_COLUMN = "@file"
"""Stands for the file's name where a column is asked for."""


class MappingInvalid(RuleViolated):
    """The mapping cannot be used; the message names the line, the key and the cure."""

    code = "collection.mapping_invalid"

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(f"mapping, line {line}: {message}" if line else f"mapping: {message}")
        self.line = line


DateStyle = Literal["infer"] | Order | tuple[str, ...]
"""`infer` = one order for the whole column, by its cells; an order; or `strptime` formats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a known export writes its times, unless its cells or the times inside the posts' ids say otherwise."""

    order: Order | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """From which column a field comes, and how its cells are read."""

    columns: tuple[str, ...]
    """Headers to look for; the first that the file has is taken. `@file` is the file's name."""
    where: str = ""
    """The rule's place in the mapping, for messages: `table 2, columns.likes`."""
    optional: bool = False
    """The file may lack the column."""
    otherwise: str = ""
    """Column whose cell is taken as it is where this one yields nothing: the id where a link shows none."""
    patterns: tuple[str, ...] = ()
    """What to cut out of the cell; see `pattern_of`."""
    link: bool = False
    """The cell is a link; the network knows how to read the post or the author out of it."""
    number: NumberStyle | None = None
    kind: Literal["text", "number", "duration"] = "text"
    """Of a field in `extra`, which has no kind of its own."""
    unit: Decimal = Decimal(1)
    percent: bool = False
    missing: frozenset[str] = frozenset()
    """Cells that mean "not known", beside the empty one; compared without blanks around and without case."""
    dates: DateStyle = "infer"
    zone: str | None = None
    habit: Habit | None = None
    """Only in rules for a known export; a person's mapping says what is, not what is usual."""
    ends_day: bool = False
    """The cell names a day, and what is meant is the moment in which that day is over."""
    separator: str | None = None
    """What divides a list: `blank`, `literal` (a list as JSON or Python writes it), or the separator itself."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Cell to value, folded; a cell that is not here stays as it is."""
    fold: Literal["", "handle", "lower"] = ""
    repair: bool = False
    """UTF-8 that was read as Latin-1 on the way (`Ã©` for `é`) is put right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRule:
    """Rows that are no records: *column* equals one of *equals* (folded), or is empty."""

    column: str
    equals: frozenset[str] = frozenset()
    empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRule:
    """How some files feed one table."""

    table: Table
    number: int
    """1-based place in the mapping."""
    files: tuple[str, ...] = ()
    """Globs over the files' paths or names; `*` also matches `/`, and a leading `/` stands where the path begins.
    Without any, all tables are meant."""
    sheet: str | int | None = None
    header: int | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sequence: int | None = None
    """Place of undated files among each other, where no date is known."""
    observed_at: datetime | None = None
    constants: Mapping[str, object] = field(default_factory=dict)
    """Fields with one value for all rows, read by the archive's cell rules."""
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)
    extra: Mapping[str, ColumnRule] = field(default_factory=dict)
    drop: tuple[DropRule, ...] = ()
    known: bool = False
    """The table is one of a known export: its reader wrote the rules, and nobody can mend them."""
    totals: str | None = None
    """Column whose cell `Total` (in any language) marks a row of totals; None = the key's own column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRules:
    """A whole mapping. *kind* is `observations` or `owner_export`, which is always private."""

    title: str = ""
    kind: Literal["observations", "owner_export"] = "observations"
    tables: tuple[TableRule, ...] = ()
