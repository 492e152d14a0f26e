"""What a formula is: a name and a version, what it says in words, and the one function that computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

Column = NDArray[Any]
"""One entry per row: float64 with NaN for missing, int64 instants with `NO_TIME`, or text with '' for missing."""
Figures = dict[str, Column]

From = TypeVar("From")
"""What a formula is computed from: `Evidence`, or a third party's `ReportedColumns`."""


class Unit(StrEnum):
    """In what a formula's columns are counted."""

    COUNT = "count"
    PERCENT = "percent"
    PER_DAY = "per day"
    PER_WEEK = "per week"
    HOURS = "hours"
    DAYS = "days"
    INSTANT = "instant (UTC)"
    USD = "US dollars"
    RANK = "rank (1 = highest)"
    TEXT = "text"


class Basis(StrEnum):
    """What a rate is a share of."""

    FOLLOWERS = "followers"
    VIEWS = "views"
    REACH = "reach"
    IMPRESSIONS = "impressions"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula(Generic[From]):
    """One metric. A change of what it means is a new version beside the old one, never in its place."""

    name: str
    version: int = 1
    title: str
    unit: Unit
    basis: Basis = Basis.NONE
    text: str
    """The formula, as a person would write it down, with what becomes of missing values."""
    source: str
    """Whose formula it is."""
    columns: tuple[str, ...]
    """The figures it gives; `<year>` stands for each year that the data hold."""
    compute: Callable[[From], Mapping[str, Column]]

    @property
    def id(self) -> str:
        """As answers carry it: `er.followers.v1`."""
        return f"{self.name}.v{self.version}"
