"""Reach tiers: what a profile of so many followers is called on its network, as versioned data (`tiers.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

BELOW: Final = "starting"
"""What a profile below the first tier is called."""
_DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Tiers:
    """For each network (and `default`) the fewest followers of each tier, ascending."""

    version: str
    bounds: Mapping[str, Mapping[str, int]]

    @property
    def names(self) -> tuple[str, ...]:
        """Every tier, the smallest first."""
        return (BELOW, *self.bounds[_DEFAULT])

    @property
    def networks(self) -> tuple[str, ...]:
        """Networks that have bounds of their own."""
        return tuple(name for name in self.bounds if name != _DEFAULT)

    def span(self, network: str, tier: str) -> tuple[float | None, float | None]:
        """(fewest followers, included; most followers, excluded) of *tier* on *network*; None is open."""
        bounds = {BELOW: 0, **self.bounds.get(network, self.bounds[_DEFAULT])}
        after = dict(pairwise(bounds))
        return float(bounds[tier]), float(bounds[after[tier]]) if tier in after else None

    def tier(self, network: str, followers: float | None) -> str | None:
        """What a profile is called; None where its followers are not known."""
        if followers is None:
            return None
        bounds = self.bounds.get(network, self.bounds[_DEFAULT])
        return next((name for name, fewest in reversed(list(bounds.items())) if followers >= fewest), BELOW)


@cache
def tiers() -> Tiers:
    """Return the tiers in use."""
    read = tomllib.loads(files(__package__).joinpath("tiers.toml").read_text("utf-8"))
    version = read.pop("version")
    for network, bounds in read.items():
        if list(bounds) != list(read[_DEFAULT]) or list(bounds.values()) != sorted(set(bounds.values())):
            raise ValueError(f"tiers of {network} are not those of the default, ascending")
    return Tiers(version, read)
