"""Cells of stored rows in the words of views: NaN in the database is None for a reader."""

from __future__ import annotations

import math
from collections.abc import Sequence


def known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def count(value: float | None) -> int | None:
    """A whole number that may be stored as double precision."""
    told = known(value)
    return None if told is None else round(told)


def six(values: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(known(value) for value in values)
