"""A whole list beside its peers: the accounts of the networks and reaches that are in it."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import numpy as np
from numpy.typing import NDArray

from .....application.analytics.discovery.search import Search
from .....application.analytics.pages import MOST_LISTED, Benchmark, Benchmarked, NobodyToBenchmark
from .....application.shared.actor import Actor
from .....domain.analytics.tiers import tiers
from ...database import Driver
from ..discovery.conditions import Conditions, Statement
from ..discovery.spelling import meanings
from ..discovery.visibility import visible
from ..discovery.words import Sought
from .comparing import QUANTILES, cohort, percentile, spread_of, standing_among

Cohort = tuple[str, str | None]
"""A network, and a tier of it or all of it."""


async def benchmark(connection: Driver, actor: Actor, search: Search, metrics: Sequence[str]) -> Benchmark:
    rows = await _members(connection, actor, search, metrics)
    if not rows:
        raise NobodyToBenchmark
    members = rows[:MOST_LISTED]
    values = {name: _known(members, name) for name in metrics}
    medians = {name: float(np.median(known)) if len(known) else None for name, known in values.items()}
    told: asyncpg.Record | None = None
    among = list[Cohort]()
    for among in _cohorts(members):
        statement = Statement()
        where = " or ".join(cohort(statement, network, tier) for network, tier in among)
        told = await standing_among(connection, actor, statement, f"({where})", medians)
        if told is not None:
            break
    return Benchmark(
        influencers=len(members),
        whole=len(rows) <= MOST_LISTED,
        cohorts=tuple(network if tier is None else f"{network}:{tier}" for network, tier in among) if told else (),
        figures=tuple(_figure(name, values[name], medians[name], told) for name in metrics),
    )


async def _members(connection: Driver, actor: Actor, search: Search, metrics: Sequence[str]) -> list[asyncpg.Record]:
    statement = Statement()
    sought = Sought(search.words, await meanings(connection, search.words))
    where = [
        visible(actor, "d"),
        "d.network is not null",
        Conditions(statement, search.now, actor.caller).of(search.criteria, "d"),
    ]
    if sought.words:
        where.append(sought.condition(statement, "d", at_once=True))
    asked = ", ".join(f"d.{name}" for name in dict.fromkeys(("network", "followers", *metrics)))
    found: list[asyncpg.Record] = await connection.fetch(
        f"select distinct on (d.influencer_id) {asked} from discovery d where {' and '.join(where)} "
        f"order by d.influencer_id, d.followers desc nulls last, d.id limit {MOST_LISTED + 1}",
        *statement.values,
    )
    return found


def _known(rows: Sequence[asyncpg.Record], name: str) -> NDArray[np.float64]:
    return np.array([row[name] for row in rows if row[name] is not None], dtype=np.float64)


def _cohorts(rows: Sequence[asyncpg.Record]) -> tuple[list[Cohort], list[Cohort]]:
    """The networks and tiers of the list, and then the networks alone."""
    there = {(row["network"], tiers().tier(row["network"], row["followers"])) for row in rows}
    networks: list[Cohort] = [(network, None) for network in sorted({network for network, _ in there})]
    return sorted(there, key=lambda each: (each[0], each[1] or "")), networks


def _figure(name: str, known: NDArray[np.float64], median: float | None, told: asyncpg.Record | None) -> Benchmarked:
    place = None if told is None else percentile(told, name, median)
    return Benchmarked(
        metric=name,
        known=len(known),
        spread=spread_of(np.quantile(known, QUANTILES).tolist()) if len(known) else None,
        percentile=place,
        peers=0 if told is None else told[f"{name}_n"],
        peer_spread=None if told is None or place is None else spread_of(told[f"{name}_at"]),
    )
