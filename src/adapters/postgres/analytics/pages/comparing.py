"""Several influencers side by side, each among its peers: a network's profiles of the same reach."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from .....application.analytics.pages import (
    FEWEST_PEERS,
    Asked,
    Compared,
    ComparedInfluencer,
    Comparing,
    Line,
    Spread,
    TimeChart,
)
from .....application.analytics.timeline import Grid
from .....application.influencers.errors import InfluencerNotFound
from .....application.shared.actor import Actor
from .....domain.analytics.tiers import tiers
from .....domain.shared.periods import Period
from ...database import Driver
from ..discovery.conditions import Statement
from ..discovery.visibility import visible
from .reading import readings_of

_LARGEST: Final = """
    select distinct on (d.influencer_id) d.*, i.name from discovery d join influencers i on i.id = d.influencer_id
    where d.influencer_id = any($1::uuid[]) and d.profile_id is not null and {visible}
    order by d.influencer_id, d.followers desc nulls last, d.id
"""
QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)


async def comparing(
    connection: Driver, actor: Actor, influencers: Sequence[UUID], metrics: Sequence[str], asked: Asked, *, peers: bool
) -> Comparing:
    rows = await connection.fetch(_LARGEST.format(visible=visible(actor, "d")), list(influencers))
    found = {row["influencer_id"]: row for row in rows}
    for each in influencers:
        if each not in found:
            raise InfluencerNotFound(each)
    items = [await _compared(connection, actor, found[each], metrics, peers=peers) for each in influencers]
    return Comparing(items=tuple(items), indexed=await _indexed(connection, actor, items, asked))


async def _compared(
    connection: Driver, actor: Actor, row: asyncpg.Record, metrics: Sequence[str], *, peers: bool
) -> ComparedInfluencer:
    tier = tiers().tier(row["network"], row["followers"])
    cohorts = [(f"{row['network']}:{tier}", tier), (row["network"], None)] if tier else [(row["network"], None)]
    told: tuple[str | None, tuple[Compared, ...]] = (None, tuple(_alone(row, name) for name in metrics))
    for name, within in cohorts if peers else []:
        counted = await _among(connection, actor, row, metrics, within)
        if counted is not None:
            told = name, counted
            break
    return ComparedInfluencer(
        influencer_id=row["influencer_id"],
        name=row["name"],
        profile_id=row["profile_id"],
        network=row["network"],
        cohort=told[0],
        figures=told[1],
    )


async def _among(
    connection: Driver, actor: Actor, row: asyncpg.Record, metrics: Sequence[str], tier: str | None
) -> tuple[Compared, ...] | None:
    """Read all metrics of a cohort in one pass; None where it has too few accounts."""
    statement = Statement()
    where = cohort(statement, row["network"], tier)
    told = await standing_among(connection, actor, statement, where, {name: row[name] for name in metrics})
    return None if told is None else tuple(_figure(row, name, told) for name in metrics)


def cohort(statement: Statement, network: str, tier: str | None) -> str:
    """The condition on a row `d` to be one of a network, and of a tier there."""
    where = f"d.network = {statement.put(network, 'text')}"
    if tier is not None:
        low, high = tiers().span(network, tier)
        where += f" and d.followers >= {statement.put(low, 'double precision')}"
        if high is not None:
            where += f" and d.followers < {statement.put(high, 'double precision')}"
    return f"({where})"


async def standing_among(
    connection: Driver, actor: Actor, statement: Statement, where: str, values: Mapping[str, float | None]
) -> asyncpg.Record | None:
    """Count, of the rows that the actor sees and *where* holds for, how many have less and as much as each value.

    For each metric `_n`, `_below`, `_equal` and the quantiles `_at`; None where there are fewer than `FEWEST_PEERS`.
    """
    parts = ["count(*) as accounts"]
    quantiles = f"array[{', '.join(map(str, QUANTILES))}]"
    for name, it in values.items():
        value = statement.put(it, "double precision")
        parts += [
            f"count(d.{name}) as {name}_n",
            f"count(*) filter (where d.{name} < {value}) as {name}_below",
            f"count(*) filter (where d.{name} = {value}) as {name}_equal",
            f"percentile_cont({quantiles}) within group (order by d.{name}) as {name}_at",
        ]
    told = await connection.fetchrow(
        f"select {', '.join(parts)} from discovery d where {visible(actor, 'd')} and {where}", *statement.values
    )
    assert told is not None
    return None if told["accounts"] < FEWEST_PEERS else told


def percentile(told: asyncpg.Record, name: str, value: float | None) -> float | None:
    """How many per cent have less, equals counting half; None where too few are known, or the value is not."""
    n: int = told[f"{name}_n"]
    if value is None or n < FEWEST_PEERS:
        return None
    below: float = told[f"{name}_below"] + told[f"{name}_equal"] / 2
    return round(100 * below / n, 4)


def _figure(row: asyncpg.Record, name: str, told: asyncpg.Record) -> Compared:
    n, value = told[f"{name}_n"], row[name]
    spread = spread_of(told[f"{name}_at"]) if n >= FEWEST_PEERS else None
    return Compared(metric=name, value=value, percentile=percentile(told, name, value), peers=n, spread=spread)


def spread_of(at: Sequence[float]) -> Spread:
    p10, p25, p50, p75, p90 = at
    return Spread(p10=p10, p25=p25, p50=p50, p75=p75, p90=p90)


def _alone(row: asyncpg.Record, name: str) -> Compared:
    return Compared(metric=name, value=row[name], percentile=None, peers=0, spread=None)


async def _indexed(connection: Driver, actor: Actor, items: Sequence[ComparedInfluencer], asked: Asked) -> TimeChart:
    grid, before = Grid.over(asked.period), asked.before
    lines = await _lines(connection, actor, items, asked.period, grid)
    if before is not None:
        older = await _lines(connection, actor, items, before, Grid.over(before, grid.step))
        lines += [
            replace(line, key=f"{line.key}.before", kind="compared", values=grid.aligned(line.values)) for line in older
        ]
    return TimeChart(unit="index", tz=asked.period.tz, step=grid.iso, t=grid.starts, series=tuple(lines))


async def _lines(
    connection: Driver, actor: Actor, items: Sequence[ComparedInfluencer], period: Period, grid: Grid
) -> list[Line]:
    """Followers of each, 100 at the first day of the period on which all were read."""
    rows = await readings_of(connection, actor, [item.profile_id for item in items], period)
    by_profile: dict[int, dict[date, int]] = {}
    for row in rows:
        by_profile.setdefault(row["profile_id"], {})[row["day"]] = row["followers"]
    common = set.intersection(*(set(by_profile.get(item.profile_id, {})) for item in items))
    day = min((each for each in common if all(by_profile[item.profile_id][each] for item in items)), default=None)
    return [
        Line(
            key=str(item.influencer_id),
            label_key="metrics.followers_indexed",
            kind="indexed",
            values=grid.last(
                (each, round(100 * value / by_profile[item.profile_id][day], 4))
                for each, value in by_profile[item.profile_id].items()
            )
            if day is not None
            else (None,) * len(grid.starts),
            sample=len(by_profile.get(item.profile_id, {})),
        )
        for item in items
    ]
