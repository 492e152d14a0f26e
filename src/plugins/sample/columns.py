"""From arrays to the columns of a batch: aware instants, None where something is not known, plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from .draw import Flags, Indices, Values

Columns = dict[str, list[object]]


def instants(seconds: Indices) -> list[object]:
    return [datetime.fromtimestamp(second, UTC) for second in seconds.tolist()]


def counts(values: Values) -> list[object]:
    """Whole numbers; NaN is None."""
    return known(np.nan_to_num(values).astype(np.int64), ~np.isnan(values))


def decimals(values: Values) -> list[object]:
    """Numbers; NaN is None."""
    return known(values, ~np.isnan(values))


def known(values: Indices | Flags | Values, flags: Flags) -> list[object]:
    """*values* where *flags* say that they are known, else None."""
    cells = values.astype(object)
    cells[~flags] = None
    column: list[object] = cells.tolist()
    return column


def each(names: Sequence[object], positions: Indices) -> list[object]:
    """The name at every position."""
    return [names[position] for position in positions.tolist()]
