"""Who comes first: ranks within a network, with one rule for ties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .columns import Values


def ranks(values: Values, *, keys: Sequence[str], groups: Sequence[str] | NDArray[np.int64]) -> Values:
    """Rank by *values* within *groups*: 1 for the highest, equal values by *keys* ascending, NaN for the unranked.

    A row without a value takes no place. Every rank is given once: two equal values stand one after the other.
    """
    answer = np.full(len(values), np.nan)
    rows = np.flatnonzero(~np.isnan(values))
    if not len(rows):
        return answer
    group = np.unique(np.asarray(groups)[rows], return_inverse=True)[1]
    order = np.lexsort((np.asarray(keys, dtype=np.str_)[rows], -values[rows], group))
    first = np.searchsorted(group[order], group[order])
    answer[rows[order]] = np.arange(len(rows)) - first + 1
    return answer
