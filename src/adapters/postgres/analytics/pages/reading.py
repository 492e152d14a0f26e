"""What several pages read: posts of some days, and readings by the day."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import asyncpg

from .....application.analytics.pages import MOST_POSTS, Annotation, Line, TimeChart
from .....application.analytics.timeline import Grid
from .....application.analytics.views import SERIES_METRICS
from .....application.shared.actor import Actor
from .....domain.shared.periods import Period
from ...database import Driver

_OWN: Final = "and {alias}.owner is not null"

_POSTS: Final = f"""
    with chosen as (
        select p.*, (p.published_at at time zone $4) as local from posts p
        where p.profile_id = any($1::bigint[]) and p.published_at >= $2 and p.published_at < $3 {{own}}
        and (p.owner is not null or not exists (
            select from posts mine where mine.network_post_id = p.network_post_id and mine.network = p.network
            and mine.owner is not null))
        order by p.published_at desc, p.id desc limit {MOST_POSTS + 1}
    )
    select p.id, p.profile_id, p.network, p.network_post_id, p.published_at, p.local, p.type, p.url, p.title,
        left(p.text, 280) as text, p.paid_partnership,
        case when coalesce(m.likes, m.comments, m.shares, m.saves) is not null
            then coalesce(m.likes, 0) + coalesce(m.comments, 0) + coalesce(m.shares, 0) + coalesce(m.saves, 0) end
            as interactions,
        m.views, m.observed_at, p.owner is not null or m.owner is not null as own
    from chosen p
    left join posts twin on p.owner is not null and twin.owner is null
        and twin.network_post_id = p.network_post_id and twin.network = p.network
    left join lateral (
        select m.* from post_metrics m where m.post_id in (p.id, twin.id) and m.scope = 'lifetime'
        order by m.observed_at desc, m.owner nulls last limit 1) m on true
    order by p.published_at desc, p.id desc
"""
_DAILY: Final = """
    select distinct on (r.profile_id, day) r.profile_id, (r.observed_at at time zone $4)::date as day, r.{metric},
        r.observed_at, r.precision, r.owner is not null as own
    from profile_metrics r
    where r.profile_id = any($1::bigint[]) and r.observed_at >= $2 and r.observed_at < $3 and r.{metric} is not null
    and (r.suspect is null or '{metric}' <> all(r.suspect)) {own}
    order by r.profile_id, day, r.observed_at desc, r.owner nulls last
"""
_NAMES: Final = """
    select n.profile_id, (n.first_seen_at at time zone $4)::date as day, n.name from profile_names n
    where n.profile_id = any($1::bigint[]) and n.first_seen_at >= $2 and n.first_seen_at < $3 {own}
    and exists (select from profile_names o where o.profile_id = n.profile_id and o.first_seen_at < n.first_seen_at)
    order by n.first_seen_at limit 50
"""


def _asked(profiles: Sequence[int], period: Period) -> tuple[Any, ...]:
    return list(profiles), period.start, period.end, period.tz


def _own(actor: Actor, alias: str) -> str:
    return _OWN.format(alias=alias) if actor.demonstration else ""


async def posts_of(connection: Driver, actor: Actor, profiles: Sequence[int], period: Period) -> list[asyncpg.Record]:
    """Read the posts of *period*, the newest first, with what each has gathered by now; one more than `MOST_POSTS` at most."""
    found: list[asyncpg.Record] = await connection.fetch(_POSTS.format(own=_own(actor, "p")), *_asked(profiles, period))
    return found


async def readings_of(
    connection: Driver, actor: Actor, profiles: Sequence[int], period: Period, metric: str = "followers"
) -> list[asyncpg.Record]:
    """Read the last good reading of each day of *period* of one of `SERIES_METRICS`, by profile and day."""
    if metric not in SERIES_METRICS:
        raise ValueError(f"there are no readings of {metric}; there are {', '.join(SERIES_METRICS)}")
    statement = _DAILY.format(own=_own(actor, "r"), metric=metric)
    found: list[asyncpg.Record] = await connection.fetch(statement, *_asked(profiles, period))
    return found


async def renamings_of(
    connection: Driver, actor: Actor, profiles: Sequence[int], period: Period
) -> tuple[Annotation, ...]:
    """Say when profiles took another name."""
    rows = await connection.fetch(_NAMES.format(own=_own(actor, "n")), *_asked(profiles, period))
    return tuple(Annotation(t=row["day"], kind="renamed", text=row["name"]) for row in rows)


def readings_chart(
    grid: Grid,
    period: Period,
    now: Sequence[asyncpg.Record],
    before: tuple[Period, Sequence[asyncpg.Record]] | None,
    annotations: tuple[Annotation, ...] = (),
    *,
    metric: str = "followers",
) -> TimeChart:
    """One line per profile, and one beside each for the days that are compared."""
    lines = list[Line]()
    for profile, rows in _by_profile(now).items():
        lines.append(
            Line(
                key=str(profile),
                label_key=f"metrics.{metric}",
                kind="measured",
                values=grid.last((row["day"], row[metric]) for row in rows),
                estimated=any(row["precision"] in {"rounded", "compact"} for row in rows),
                sample=len(rows),
            )
        )
    if before is not None:
        older = Grid.over(before[0], grid.step)
        for profile, rows in _by_profile(before[1]).items():
            values = older.last((row["day"], row[metric]) for row in rows)
            lines.append(
                Line(
                    key=f"{profile}.before",
                    label_key=f"metrics.{metric}",
                    kind="compared",
                    values=grid.aligned(values),
                    sample=len(rows),
                )
            )
    return TimeChart(
        unit="count", tz=period.tz, step=grid.iso, t=grid.starts, series=tuple(lines), annotations=annotations
    )


def posts_chart(
    grid: Grid,
    period: Period,
    now: Sequence[asyncpg.Record],
    before: tuple[Period, Sequence[asyncpg.Record]] | None,
    metrics: Sequence[str] = ("posts", "interactions", "views"),
    annotations: tuple[Annotation, ...] = (),
) -> TimeChart:
    """How many posts a step had, or what they have gathered by now: one line for each of *metrics*."""
    lines = list[Line]()
    for name in metrics:
        key = f"metrics.{name}"
        lines.append(
            Line(key=name, label_key=key, kind="measured", values=grid.sums(_flow(now, name)), sample=len(now))
        )
        if before is not None:
            older = Grid.over(before[0], grid.step)
            values = grid.aligned(older.sums(_flow(before[1], name)))
            lines.append(
                Line(key=f"{name}.before", label_key=key, kind="compared", values=values, sample=len(before[1]))
            )
    return TimeChart(
        unit="count", tz=period.tz, step=grid.iso, t=grid.starts, series=tuple(lines), annotations=annotations
    )


def _flow(rows: Sequence[asyncpg.Record], name: str) -> Iterator[tuple[date, float | None]]:
    return ((row["local"].date(), 1.0 if name == "posts" else row[name]) for row in rows)


def _by_profile(rows: Sequence[asyncpg.Record]) -> dict[int, list[asyncpg.Record]]:
    found: dict[int, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["profile_id"], []).append(row)
    return found
