"""How followers come and go: five shapes of growth, and now and then a bought batch on top."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from .creators import Profiles
from .draw import Flags, Indices, Values, between, pick


class Shape(IntEnum):
    STEADY = 0
    STAGNANT = 1
    VIRAL = 2
    """A jump of 30 % to 200 % within a few days, set off by one post."""
    DECLINE = 3
    SEASONAL = 4
    """Growth and loss in waves of four weeks."""


SHAPE_WEIGHTS: Final = (38, 25, 10, 15, 12)
BUYERS: Final = 0.06
"""Share of the profiles that bought followers at least once."""
NEVER: Final = -1


@dataclass(frozen=True, slots=True)
class Growth:
    """Followers of each profile (rows) at the end of each day (columns)."""

    shape: Indices
    jump: Indices
    """The day on which a viral profile jumped, else `NEVER`."""
    organic: Values
    """Real followers: who may answer a post."""
    bought: Values
    """Bought followers, who never do, and leak away."""
    purchases: Indices
    """Profile by two: the days on which followers were bought, else `NEVER`."""

    @property
    def total(self) -> Values:
        return self.organic + self.bought


def draw_growth(chance: np.random.Generator, profiles: Profiles, days: int) -> Growth:
    count = len(profiles)
    shape = pick(chance, SHAPE_WEIGHTS, count)
    jump = np.where(shape == Shape.VIRAL, _some_day(chance, days, count), NEVER)
    gains = _daily_gains(chance, shape, jump, days)
    height = np.cumsum(gains, axis=1)
    organic = np.floor(profiles.followers[:, None] * np.exp(height - height[:, -1:]))
    purchases = _purchases(chance, days, count)
    return Growth(
        shape=shape,
        jump=jump,
        organic=organic,
        bought=_bought(chance, organic, purchases),
        purchases=purchases,
    )


def _some_day(chance: np.random.Generator, days: int, count: int) -> Indices:
    """A day that leaves some history on both sides."""
    return np.floor(between(chance, 0.15 * days, 0.9 * days, count)).astype(np.int64)


def _daily_gains(chance: np.random.Generator, shape: Indices, jump: Indices, days: int) -> Values:
    """Relative gain (log-points) of every profile on every day."""
    count = len(shape)
    day = np.arange(days)
    drift = np.zeros(count)
    for kind, (low, high) in _DRIFTS.items():
        drift = np.where(shape == kind, between(chance, low, high, count), drift)
    swing = np.where(shape == Shape.SEASONAL, between(chance, 0.001, 0.003, count), 0.0)
    phase = between(chance, 0.0, 28.0, count)
    wave = swing[:, None] * np.sin(2 * np.pi * (day[None, :] + phase[:, None]) / 28.0)
    noise = 0.0003 * chance.standard_normal((count, days))
    since = day[None, :] - jump[:, None]
    burst = np.log(between(chance, 1.3, 3.0, count))[:, None] * _PULSE[np.clip(since, 0, len(_PULSE) - 1)]
    jumping = (jump[:, None] != NEVER) & (since >= 0) & (since < len(_PULSE))
    gains: Values = drift[:, None] + wave + noise + np.where(jumping, burst, 0.0)
    return gains


_DRIFTS: Final = {
    Shape.STEADY: (0.0003, 0.0015),
    Shape.STAGNANT: (-0.00005, 0.00005),
    Shape.VIRAL: (0.0001, 0.0006),
    Shape.DECLINE: (-0.0016, -0.0004),
    Shape.SEASONAL: (0.0001, 0.0006),
}
_PULSE: Final = np.array([0.35, 0.30, 0.17, 0.10, 0.05, 0.03])
"""How a viral jump spreads over its days."""


def _purchases(chance: np.random.Generator, days: int, count: int) -> Indices:
    buys: Flags = chance.random(count) < BUYERS
    again = buys & (chance.random(count) < 0.3)
    first = np.where(buys, _some_day(chance, days, count), NEVER)
    second = np.where(again, _some_day(chance, days, count), NEVER)
    return np.sort(np.column_stack([first, np.where(second == first, NEVER, second)]), axis=1)[:, ::-1]


def _bought(chance: np.random.Generator, organic: Values, purchases: Indices) -> Values:
    """Add 15-70 % of the real followers on the day of each purchase; up to 0.6 % of them leave every day."""
    count, days = organic.shape
    leaving = between(chance, 0.0, 0.006, count)
    bought = np.zeros((count, days))
    for turn in range(purchases.shape[1]):
        on = purchases[:, turn]
        size = between(chance, 0.15, 0.7, count) * organic[np.arange(count), np.maximum(on, 0)]
        since = np.arange(days)[None, :] - on[:, None]
        held = size[:, None] * (1.0 - leaving[:, None]) ** np.maximum(since, 0)
        bought += np.where((on[:, None] != NEVER) & (since >= 0), held, 0.0)
    return np.floor(bought)
