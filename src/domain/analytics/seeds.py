"""Seed tables: 101 quantiles drawn from published figures, each with its source (seeds.toml).

They let a first import be compared with something. They are known to be rough, so they weigh as much as 100 accounts,
and a component that rests on them alone caps the score's confidence.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from .components import OFFSET
from .reference import POINTS, TIER_STEP, TIERS, Curve, ReferenceSet, Table, TableKey

WITHIN_ACCOUNT: Final = 0.5
"""Standard deviation of ln r between the posts of one account."""
WITHIN_TIER: Final = TIER_STEP / math.sqrt(12)
RHYTHM_SPREAD: Final = 0.6
RHYTHM_MAD: Final = 0.4
QUARTILE: Final = NormalDist().inv_cdf(0.75)
_Z: Final = tuple(NormalDist().inv_cdf((i + 0.5) / POINTS) for i in range(POINTS))


@cache
def _document() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("seeds.toml").read_text("utf-8"))


def seed_version() -> str:
    """The version of the seeds that ship with this program."""
    return str(_document()["version"])


def seed_sources() -> dict[TableKey, tuple[str, ...]]:
    """Where each tier's figure comes from: title and address of a publication, nano first."""
    sources = _document()["sources"]
    return {
        _key(row): tuple(f"{sources[name]['title']}, {sources[name]['url']}" for name in row["sources"])
        for row in _document()["table"]
    }


@cache
def seed_tables() -> Mapping[TableKey, Table]:
    """A table for every network, component and basis that figures are published of, without any account seen."""
    shares = [float(share) for share in _document()["shares"]]
    tables = {}
    for row in _document()["table"]:
        shape = _SHAPES[row["shape"]]
        tiers = tuple(
            _rounded(shape(row, centre, published)) for centre, published in zip(TIERS, row["published"], strict=True)
        )
        tables[_key(row)] = Table(seed_tiers=tiers, seed_network=_mixture(tiers, shares))
    return tables


@cache
def seed_reference() -> ReferenceSet:
    """The reference of an installation that has seen nobody yet."""
    return ReferenceSet(seed_tables(), seed_version())


def _key(row: Mapping[str, Any]) -> TableKey:
    return TableKey(row["network"], row["component"], row["basis"])


def _rounded(quantiles: list[float]) -> tuple[float, ...]:
    # Nine decimals, so that the tables are the same on every machine, whatever the last bit of its logarithms.
    return tuple(round(value, 9) + 0.0 for value in quantiles)


def _band(published: list[float]) -> float:
    """The geometric mean of a band in percent, as a fraction."""
    low, high = published
    return math.sqrt(low * high) / 100.0


def _rate(row: Mapping[str, Any], _: float, published: list[float]) -> list[float]:
    centre = math.log(_band(published) * row["weighting"]) - WITHIN_ACCOUNT**2 / 2
    return [math.log(math.exp(centre + row["spread"] * z) + OFFSET) for z in _Z]


def _audience(row: Mapping[str, Any], tier: float, published: list[float]) -> list[float]:
    centre = tier + math.log10(_band(published))
    spread = math.hypot(row["spread"], WITHIN_TIER)
    return [math.log10(1.0 + 10.0 ** (centre + spread * z)) for z in _Z]


def _growth(_: Mapping[str, Any], __: float, published: list[float]) -> list[float]:
    low, high = (math.log1p(percent / 100.0) for percent in published)
    return [(low + high) / 2 + (high - low) / 2 / QUARTILE * z for z in _Z]


def _rhythm(_: Mapping[str, Any], __: float, published: float) -> list[float]:
    centre = 0.5 * (1.0 - math.exp(-published)) + 0.5 / (1.0 + RHYTHM_MAD / 0.5)
    odds = math.log(centre / (1.0 - centre))
    return [1.0 / (1.0 + math.exp(-(odds + RHYTHM_SPREAD * z))) for z in _Z]


_SHAPES: Final[Mapping[str, Callable[[Mapping[str, Any], float, Any], list[float]]]] = {
    "rate": _rate,
    "audience": _audience,
    "growth": _growth,
    "rhythm": _rhythm,
}


def _mixture(tiers: tuple[tuple[float, ...], ...], shares: list[float]) -> tuple[float, ...]:
    """The quantiles of a network whose accounts belong to the tiers by *shares*."""
    whole = Curve.of(zip(shares, tiers, strict=True))
    return _rounded(np.interp(np.arange(POINTS, dtype=np.float64), whole.heights, whole.knots).tolist())
