"""Percentiles in the reference tables that a receipt carries."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .parsing import LARGEST, exactly

CENTRES = (3.5, 4.25, 5.0, 5.75, 6.5)


def position(followers: float | None) -> tuple[int, float] | None:
    """The lower of the two tiers that *followers* lie between, and how far above its centre; None where not known."""
    if followers is None:
        return None
    place = min(max((math.log10(max(followers, 1.0)) - 3.5) / 0.75, 0.0), 4.0)
    low = min(int(place), 3)
    return low, place - low


@dataclass(frozen=True, slots=True)
class Cohort:
    """How many accounts of a group were seen, how they are spread, and how published figures say they are."""

    n: int
    own: Sequence[float]
    seed: Sequence[float]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Cohort:
        """Check a cohort of a receipt, or raise ValueError."""
        exactly(data, ("n", "own", "seed"))
        n, own, seed = data["n"], data["own"], data["seed"]
        if not isinstance(n, int) or isinstance(n, bool) or n < 0 or bool(n) != bool(own):
            raise ValueError(f"{n!r} is not the number of accounts behind {len(own)} quantiles")
        for quantiles in (own, seed):
            if quantiles and not _are_quantiles(quantiles):
                raise ValueError("quantiles are 101 numbers in ascending order")
        return cls(n, own, seed)


def _are_quantiles(values: Sequence[Any]) -> bool:
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    within = len(numbers) == len(values) == 101 and all(abs(number) <= LARGEST for number in numbers)
    return within and all(before <= after for before, after in pairwise(numbers))


class Table:
    """What one component of one profile is compared with."""

    def __init__(self, data: Mapping[str, Any], component: str, place: tuple[int, float] | None) -> None:
        names = [] if place is None else [str(place[0]), str(place[0] + 1)]
        exactly(data, ("basis", "tiers", "network"))
        exactly(data["tiers"], names)
        self._network = Cohort.read(data["network"])
        self._tiers = [Cohort.read(data["tiers"][name]) for name in names]
        self._share = place[1] if place else 0.0
        self._halved = component == "R"

    @property
    def usable(self) -> bool:
        return bool(self._network.seed) or self._network.n >= 30

    def percentile(self, value: float) -> float:
        """The mid-rank percentile of *value*, between the two tiers."""
        if not self._tiers:
            return self._with_network(self._network, value)
        low, high = (self._with_network(tier, value) for tier in self._tiers)
        return (1 - self._share) * low + self._share * high

    def seed_share(self) -> float:
        """How much of the percentile is the seed's."""
        network = self._seed_weight(self._network)
        shares = [self._seed_weight(tier) for tier in self._tiers] or [network]
        if self._halved:
            shares = [(share + network) / 2 for share in shares]
        return shares[0] if shares[0] == shares[-1] else (1 - self._share) * shares[0] + self._share * shares[1]

    def _with_network(self, cohort: Cohort, value: float) -> float:
        """Reach is ranked half in its tier and half in its network."""
        found = self._blended(cohort, value)
        return (found + self._blended(self._network, value)) / 2 if self._halved else found

    def _blended(self, cohort: Cohort, value: float) -> float:
        seed = self._seed_weight(cohort)
        mixed = (1 - seed) * self._own(cohort, value) if seed < 1 else 0.0
        return mixed + (seed * rank(cohort.seed, value) if seed > 0 else 0.0)

    def _own(self, cohort: Cohort, value: float) -> float:
        n = cohort.n
        if cohort is self._network or n >= 200:
            return rank(cohort.own, value)
        here = n * rank(cohort.own, value) if n else 0.0
        return (here + 100 * rank(self._network.own, value)) / (n + 100)

    def _seed_weight(self, cohort: Cohort) -> float:
        return 100 / (cohort.n + 100) if self._network.seed else 0.0


def rank(quantiles: Sequence[float], value: float) -> float:
    """The mid-rank of *value* among 101 quantiles, 0 to 100; beyond the ends it is that of the end."""
    value = min(max(value, quantiles[0]), quantiles[-1])
    first, after = bisect_left(quantiles, value), bisect_right(quantiles, value)
    if after > first:
        return (first + after - 1) / 2
    below, above = quantiles[first - 1], quantiles[first]
    return first - 1 + (value - below) / (above - below)
