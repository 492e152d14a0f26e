"""Words of many scores at once: there are few different ones, so each is put together once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...domain.analytics.score import Scores

Numbers = NDArray[np.int64]


def reasons_of(scores: Scores) -> tuple[Numbers, list[tuple[str, ...]]]:
    """Which of the listed reasons each profile has; equal to `scores.reasons` of each."""
    told = np.column_stack(
        (
            scores.why,
            scores.kappa > 0,
            scores.seed_share == 1.0,
            scores.stale,
            scores.likes_exceed_views,
            scores.followers > 0,
        )
    ).astype(np.int8)
    first, number = _distinct(told)
    return number, [scores.reasons(int(profile)) for profile in first]


def cohorts_of(scores: Scores) -> tuple[Numbers, list[str]]:
    """Which of the listed cohorts each profile is compared with; equal to `scores.cohort` of each."""
    network = np.unique(np.array(scores.network, dtype=np.str_), return_inverse=True)[1]
    # A place among the tiers is told to two decimals: it is the same all along half a hundredth, but at its edges.
    halves = np.where(np.isnan(scores.tier), -1.0, scores.tier * 200)
    edge = np.abs(halves - np.rint(halves)) < 1e-6
    place = np.where(edge, halves.view(np.int64), np.floor(halves).astype(np.int64))
    first, number = _distinct(np.column_stack((network, edge, place)).astype(np.int64))
    named = [scores.cohort(int(profile)) for profile in first]
    numbers = {name: place for place, name in enumerate(dict.fromkeys(named))}
    return np.array([numbers[name] for name in named], dtype=np.int64)[number], list(numbers)


def _distinct(rows: NDArray[np.int8] | NDArray[np.int64]) -> tuple[Numbers, Numbers]:
    """(a row number of each different row, which of them each row is)."""
    packed = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))
    _, first, number = np.unique(packed[:, 0], return_index=True, return_inverse=True)
    return first.astype(np.int64), number.astype(np.int64)
