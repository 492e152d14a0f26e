"""Seeded chance: every block of creators has its own stream for every purpose.

A stream depends on the seed, the block's number and the purpose alone. So a creator is the same in a world of ten
and in one of a million, and more comments never change anybody's followers.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Purpose(IntEnum):
    """What a stream is drawn for. A number given once keeps its meaning, for it is part of the world's identity."""

    CREATORS = 1
    PROFILES = 2
    GROWTH = 3
    READINGS = 4
    POSTS = 5
    ENGAGEMENT = 6
    CAPTIONS = 7
    COMMENTS = 8
    AUDIENCE = 9
    AVERAGES = 10


def stream(seed: int, block: int, purpose: Purpose) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(block, int(purpose)))))


def pick(chance: np.random.Generator, weights: Sequence[float], size: int) -> Indices:
    """Draw *size* positions of *weights*, each as often as its weight says."""
    edges = np.cumsum(weights)
    drawn: Indices = np.searchsorted(edges, chance.random(size) * edges[-1], side="right")
    return drawn.clip(max=len(edges) - 1)


def pick_by_row(chance: np.random.Generator, weights: Values) -> Indices:
    """Draw one position in every row of *weights*."""
    edges = np.cumsum(weights, axis=1)
    drawn: Indices = (chance.random(len(weights))[:, None] * edges[:, -1:] >= edges).sum(axis=1)
    return drawn.clip(max=weights.shape[1] - 1)


def between(chance: np.random.Generator, low: float, high: float, size: int) -> Values:
    return low + (high - low) * chance.random(size)


def offsets(owners: Indices, count: int) -> Indices:
    """Say where the rows of each of *count* owners begin, given each row's owner in rising order."""
    return np.searchsorted(owners, np.arange(count + 1), side="left")
