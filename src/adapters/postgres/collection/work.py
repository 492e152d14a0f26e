"""The merge of one file: what every statement of it needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from ....domain.collection.conflict import OnConflict
from ..database import Driver
from .findings import Findings
from .targets import Owned


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What every table's merge needs to know of the file."""

    raw: Driver
    owned: Owned
    number: int
    """Of the import: it is written beside every row."""
    mark: int
    """The id under which this file's rows are written: it tells them from rows that were there before."""
    findings: Findings
    on_conflict: OnConflict
