"""Reference tables: what is usual on a network, for profiles of a size, as 101 quantiles.

A table belongs to one network, component and basis. It knows up to three things for each of five tiers and for the
network as a whole: what this installation saw (`own`, with the number of accounts), and what published figures say
(`seed`). A set of tables is fixed once built; its version is the SHA-256 of its canonical bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .canonical import sha256_of
from .columns import Values
from .components import BASIS_NAMES, COMPONENTS, Q, RawComponents
from .errors import InvalidReference

TIERS: Final = (3.5, 4.25, 5.0, 5.75, 6.5)
"""Centres of nano, micro, mid, macro and mega, in log10 of followers."""
TIER_STEP: Final = 0.75
POINTS: Final = 101
COHORT: Final = 200
"""A tier of fewer accounts is blended with its network."""
PRIOR: Final = 100
"""Weight, in accounts, of the network in a small cohort, and of the seed beside what was seen."""
FEWEST: Final = 30
"""Without a seed, fewer accounts than this on a network compare with nobody."""
FORMAT: Final = 1


class TableKey(NamedTuple):
    """Which table: a network, the letter of a component, and a basis ('' where there is none)."""

    network: str
    component: str
    basis: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """How a group of *n* accounts is spread; no quantiles where there are none."""

    n: int
    quantiles: tuple[float, ...] = ()


NOBODY: Final = Cohort(0)


@dataclass(frozen=True, slots=True)
class Table:
    """The cohorts of one key: five tiers, and the network as a whole. Seeds are empty where nothing is published."""

    tiers: tuple[Cohort, ...] = (NOBODY,) * len(TIERS)
    network: Cohort = NOBODY
    seed_tiers: tuple[tuple[float, ...], ...] = ()
    seed_network: tuple[float, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether a profile can be compared at all: a seed, or at least 30 accounts seen."""
        return bool(self.seed_tiers) or self.network.n >= FEWEST

    def seed_share(self, tier: int | None) -> float:
        """How far a comparison in *tier* (None: the network) rests on the seed, from 0 to 1."""
        if not self.seed_tiers:
            return 0.0
        return PRIOR / ((self.network if tier is None else self.tiers[tier]).n + PRIOR)

    def parts(self, tier: int | None) -> list[tuple[float, tuple[float, ...]]]:
        """The weighted quantile tables whose percentiles add up to that of *tier* (None: of the network)."""
        cohort = self.network if tier is None else self.tiers[tier]
        seen = 1.0 - self.seed_share(tier)
        parts = [(seen * weight, quantiles) for weight, quantiles in self._own(cohort) if seen * weight > 0]
        if self.seed_tiers:
            parts.append((1.0 - seen, self.seed_network if tier is None else self.seed_tiers[tier]))
        return parts

    def _own(self, cohort: Cohort) -> list[tuple[float, tuple[float, ...]]]:
        if cohort is self.network or cohort.n >= COHORT:
            return [(1.0, cohort.quantiles)] if cohort.n else []
        share = cohort.n / (cohort.n + PRIOR)
        rest = [(1.0 - share, self.network.quantiles)] if self.network.n else []
        return [(share, cohort.quantiles), *rest] if cohort.n else rest


@dataclass(frozen=True)
class ReferenceSet:
    """Every table that scores of one version are compared with."""

    tables: Mapping[TableKey, Table]
    seed_version: str

    @cached_property
    def version(self) -> str:
        """SHA-256 (hexadecimal) of the canonical bytes: equal tables have equal versions."""
        return sha256_of(self._content())

    def _content(self) -> dict[str, Any]:
        tables = [_table_to_dict(key, self.tables[key]) for key in sorted(self.tables)]
        return {"format": FORMAT, "seed_version": self.seed_version, "tables": tables}

    def to_dict(self) -> dict[str, Any]:
        """The set as plain JSON values; `from_dict` gives it back bit for bit."""
        return {**self._content(), "version": self.version}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ReferenceSet:
        """Read what `to_dict` wrote, or raise `InvalidReference`."""
        try:
            tables = dict(_table_from_dict(item) for item in data["tables"])
            read = cls(tables, str(data["seed_version"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidReference(f"this is not a set of reference tables: {error!r}") from error
        if data.get("format") != FORMAT or data.get("version", read.version) != read.version:
            raise InvalidReference("the reference tables are of another format, or were changed after they were stored")
        return read

    def curve(self, key: TableKey, tier: int | None) -> Curve:
        """The percentile of a raw value in *tier* (None: in the network), as a curve; for R half of it is the network."""
        cached: dict[tuple[TableKey, int | None], Curve] = self._curves
        if (key, tier) not in cached:
            table = self.tables[key]
            parts = table.parts(tier)
            if key.component == "R":
                parts = [(weight / 2, q) for weight, q in (*parts, *table.parts(None))]
            cached[key, tier] = Curve.of(parts)
        return cached[key, tier]

    @cached_property
    def _curves(self) -> dict[tuple[TableKey, int | None], Curve]:
        return {}

    def seed_share(self, key: TableKey, tier: int | None) -> float:
        """How far the curve of *tier* rests on the seed, from 0 to 1."""
        share = self.tables[key].seed_share(tier)
        return (share + self.tables[key].seed_share(None)) / 2 if key.component == "R" else share


@dataclass(frozen=True, slots=True)
class Curve:
    """A mid-rank percentile (0-100) as a function of the raw value; beyond its ends it stays what it is there."""

    knots: Values
    heights: Values

    @classmethod
    def of(cls, parts: Iterable[tuple[float, tuple[float, ...]]]) -> Curve:
        """Add up the percentiles in *parts*, each a weight and 101 quantiles."""
        single = [(weight, _single(quantiles)) for weight, quantiles in parts]
        knots = np.unique(np.concatenate([curve.knots for _, curve in single]))
        heights = np.zeros(len(knots))
        for weight, curve in single:
            heights += weight * curve(knots)
        return cls(knots, heights)

    def __call__(self, values: Values) -> Values:
        return np.interp(values, self.knots, self.heights)


def _single(quantiles: tuple[float, ...]) -> Curve:
    """One table's curve. A value that several quantiles share has the middle of their ranks, hence the brackets.

    Raw values lie on a grid of 1e-12 (`components.rounded_raw`), so none falls between a value and its bracket.
    """
    values, first, n = np.unique(np.array(quantiles), return_index=True, return_counts=True)
    last = first + n - 1
    gap = np.maximum(1e-13, np.spacing(np.abs(values)))
    knots = [(value, (a + b) / 2) for value, a, b in zip(values, first, last, strict=True)]
    knots += [(values[i] - gap[i], float(first[i])) for i in np.flatnonzero(n > 1) if i > 0]
    knots += [(values[i] + gap[i], float(last[i])) for i in np.flatnonzero(n > 1) if i < len(values) - 1]
    knots.sort()
    return Curve(np.array([knot for knot, _ in knots]), np.array([height for _, height in knots]))


def tier_position(followers: Values) -> Values:
    """Where each profile stands among the tiers, from 0 (nano) to 4 (mega); NaN where followers are not known."""
    position = (np.log10(np.maximum(followers, 1.0)) - TIERS[0]) / TIER_STEP
    return np.asarray(np.clip(position, 0.0, len(TIERS) - 1.0))


def tier_below(position: Values) -> NDArray[np.int64]:
    """The lower of the two tiers a profile stands between; -1 where it stands nowhere."""
    known = ~np.isnan(position)
    return np.where(known, np.minimum(np.where(known, position, 0.0), len(TIERS) - 2.0), -1.0).astype(np.int64)


def build_reference(
    raw: RawComponents | Iterable[RawComponents], *, seeds: Mapping[TableKey, Table], seed_version: str
) -> ReferenceSet:
    """Build the tables of an installation (or of the demonstration organisation) from the raw values of its profiles.

    A profile counts in the tier whose centre is nearest. The result does not depend on the order of profiles.
    """
    parts = [raw] if isinstance(raw, RawComponents) else list(raw)
    values: dict[TableKey, list[tuple[Values, Values]]] = {}
    for part in parts:
        for key, rows in _rows_by_key(part):
            column = COMPONENTS.index(key.component)
            values.setdefault(key, []).append((part.raw[rows, column], part.followers[rows]))
    tables = dict(seeds)
    for key, found in values.items():
        own, followers = (np.concatenate(column) for column in zip(*found, strict=True))
        nearest = np.rint(tier_position(followers))
        tiers = tuple(_cohort(own[nearest == tier]) for tier in range(len(TIERS)))
        tables[key] = replace(tables.get(key, Table()), tiers=tiers, network=_cohort(own))
    return ReferenceSet(tables, seed_version)


def _rows_by_key(raw: RawComponents) -> Iterable[tuple[TableKey, NDArray[np.int64]]]:
    networks = np.array(raw.network)
    for network in sorted(set(raw.network)):
        here = networks == network
        for k, component in enumerate(COMPONENTS):
            if k == Q:
                continue
            for basis, name in enumerate(BASIS_NAMES):
                rows = np.flatnonzero(here & ~np.isnan(raw.raw[:, k]) & (raw.basis[:, k] == basis))
                if len(rows):
                    yield TableKey(network, component, name), rows


def _cohort(values: Values) -> Cohort:
    if not len(values):
        return NOBODY
    quantiles = np.quantile(values, np.arange(POINTS) / (POINTS - 1))
    return Cohort(len(values), tuple((np.rint(quantiles * 1e12) / 1e12 + 0.0).tolist()))


def _table_to_dict(key: TableKey, table: Table) -> dict[str, Any]:
    return {
        **key._asdict(),
        "tiers": [{"n": cohort.n, "quantiles": list(cohort.quantiles)} for cohort in table.tiers],
        "all": {"n": table.network.n, "quantiles": list(table.network.quantiles)},
        "seed": {"tiers": [list(tier) for tier in table.seed_tiers], "all": list(table.seed_network)},
    }


def _table_from_dict(item: Mapping[str, Any]) -> tuple[TableKey, Table]:
    key = TableKey(str(item["network"]), str(item["component"]), str(item["basis"]))
    tiers = tuple(_cohort_from_dict(cohort) for cohort in item["tiers"])
    seeds = tuple(_quantiles(tier) for tier in item["seed"]["tiers"])
    if len(tiers) != len(TIERS) or len(seeds) not in {0, len(TIERS)}:
        raise ValueError(f"a table has {len(TIERS)} tiers, not {len(tiers)}")
    seed_network = _quantiles(item["seed"]["all"]) if seeds else ()
    return key, Table(tiers, _cohort_from_dict(item["all"]), seeds, seed_network)


def _cohort_from_dict(item: Mapping[str, Any]) -> Cohort:
    n = int(item["n"])
    return Cohort(n, _quantiles(item["quantiles"])) if n else NOBODY


def _quantiles(values: Iterable[float]) -> tuple[float, ...]:
    quantiles = tuple(float(value) for value in values)
    if len(quantiles) != POINTS or not all(low <= high for low, high in pairwise(quantiles)):
        raise ValueError(f"{POINTS} quantiles stand in ascending order")
    if not np.all(np.isfinite(quantiles)):
        raise ValueError("a quantile is a finite number")
    return quantiles
