"""The page of one influencer: its header and its tabs, out of what a few statements read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean
from typing import Any, Final
from uuid import UUID

import asyncpg

from .....application.analytics.pages import (
    MOST_POSTS,
    TOP_POSTS,
    Asked,
    AudienceDimension,
    Content,
    Growth,
    Hour,
    InfluencerPage,
    Metric,
    PostGroup,
    PostShown,
    ScoreTab,
    Share,
    Summary,
    Tab,
)
from .....application.analytics.timeline import Grid
from .....application.analytics.views import MAX_POINTS, InfluencerDetail, ScorePoint
from .....application.shared.actor import Actor
from .....domain.analytics.formulas.measures import GROWTH_DAYS
from .....domain.analytics.score import FORMULA_VERSION
from .....domain.analytics.tiers import tiers
from .....domain.shared.periods import Period
from ...database import Driver
from ..influencers import detail_of
from ..profiles import history_of
from .metrics import metric
from .reading import posts_chart, posts_of, readings_chart, readings_of, renamings_of

Rows = Sequence[asyncpg.Record]
_POSTED: Final = frozenset({Tab.SUMMARY, Tab.CONTENT, Tab.GROWTH, Tab.SPONSORED})
_FOLLOWED: Final = frozenset({Tab.SUMMARY, Tab.GROWTH})

_AUDIENCE: Final = """
    select distinct on (d.profile_id, a.dimension, a.key) d.profile_id, d.network, a.dimension, a.key, a.share,
        a.owner is not null as own, (
            select max(o.observed_at) from audience o
            where o.profile_id = d.profile_id and o.network_post_id = ''
            and (o.dimension = a.dimension or o.dimension = 'gender_age' and a.dimension in ('gender', 'age'))) as as_of
    from discovery d join discovery_audiences a on a.discovery_id = d.id
    where d.influencer_id = $1 and ($2::boolean is not true or d.owner is not null)
    order by d.profile_id, a.dimension, a.key, a.owner nulls last
"""
_MEASURED: Final = """
    select distinct on (d.profile_id) d.* from discovery d
    where d.influencer_id = $1 and d.profile_id is not null and ($2::boolean is not true or d.owner is not null)
    order by d.profile_id, d.owner nulls last
"""


async def influencer_page(
    connection: Driver, actor: Actor, influencer_id: UUID, asked: Asked, tabs: Sequence[Tab]
) -> InfluencerPage:
    shown = await detail_of(connection, actor, influencer_id)
    profiles = [int(profile.profile_id) for profile in shown.profiles]
    measured = await connection.fetch(_MEASURED, influencer_id, actor.demonstration)
    posts = await _both(posts_of, connection, actor, profiles, asked) if _POSTED & set(tabs) else ([], None)
    followers = await _both(readings_of, connection, actor, profiles, asked) if _FOLLOWED & set(tabs) else ([], None)
    grid = Grid.over(asked.period)
    before = asked.before
    audience = await connection.fetch(_AUDIENCE, influencer_id, actor.demonstration) if Tab.AUDIENCE in tabs else []
    history = await _history(connection, shown) if Tab.SCORE in tabs else ()
    renamed = await renamings_of(connection, actor, profiles, asked.period) if _FOLLOWED & set(tabs) else ()
    chart = readings_chart(grid, asked.period, followers[0], _beside(before, followers[1]), renamed)
    counted = {row["profile_id"]: row["followers"] for row in measured}
    return InfluencerPage(
        influencer_id=shown.influencer_id,
        name=shown.name,
        kind=shown.kind,
        own=shown.own,
        version=shown.version,
        can=shown.can,
        standing=shown.standing,
        profiles=shown.profiles,
        tiers=tuple(tiers().tier(each.network, counted.get(each.profile_id)) for each in shown.profiles),
        tiers_version=tiers().version,
        period=asked.period,
        compared_with=before,
        summary=Summary(metrics=_summary(shown, measured, posts, followers), followers=chart)
        if Tab.SUMMARY in tabs
        else None,
        audience=_audience(audience) if Tab.AUDIENCE in tabs else None,
        content=_content(posts[0]) if Tab.CONTENT in tabs else None,
        growth=Growth(
            followers=chart,
            posts=posts_chart(grid, asked.period, posts[0], _beside(before, posts[1])),
            rates=_rates(measured),
        )
        if Tab.GROWTH in tabs
        else None,
        score=ScoreTab(current=tuple(score for each in shown.profiles for score in each.scores), history=history)
        if Tab.SCORE in tabs
        else None,
        sponsored=_sponsored(posts[0]) if Tab.SPONSORED in tabs else None,
    )


async def _both(
    read: Callable[[Driver, Actor, Sequence[int], Period], Any],
    connection: Driver,
    actor: Actor,
    profiles: Sequence[int],
    asked: Asked,
) -> tuple[Rows, Rows | None]:
    """The rows of the period, and those of the days that it is compared with; None where it is with none."""
    before = asked.before
    now = await read(connection, actor, profiles, asked.period)
    return now, None if before is None else await read(connection, actor, profiles, before)


def _beside(before: Period | None, rows: Rows | None) -> tuple[Period, Rows] | None:
    return None if before is None or rows is None else (before, rows)


async def _history(connection: Driver, shown: InfluencerDetail) -> tuple[ScorePoint, ...]:
    scored = [each for each in shown.profiles if each.scores]
    if not scored:
        return ()
    largest = max(scored, key=lambda each: each.scores[0].followers or 0)
    return await history_of(connection, int(largest.profile_id), MAX_POINTS)


def _summary(
    shown: InfluencerDetail, measured: Rows, posts: tuple[Rows, Rows | None], followers: tuple[Rows, Rows | None]
) -> tuple[Metric, ...]:
    newest, older = _newest_by_profile(followers[0]), _newest_by_profile(followers[1] or ())
    alike = newest.keys() & older.keys()
    standing = shown.standing
    return (
        metric(
            "followers",
            sum(row["followers"] for row in newest.values()) if newest else None,
            previous=sum(row["followers"] for row in older.values()) if alike == newest.keys() and newest else None,
            as_of=max((row["observed_at"] for row in newest.values()), default=None),
            own=any(row["own"] for row in newest.values()) if newest else None,
            estimated=any(row["precision"] in {"rounded", "compact"} for row in newest.values()),
            sample=len(newest),
            formula="read",
        ),
        metric(
            "posts",
            len(posts[0]),
            previous=None if posts[1] is None else len(posts[1]),
            own=_own(posts[0]),
            sample=len(posts[0]),
            formula="posting.posts.v1",
            good_when=None,
        ),
        *_means(*posts),
        *_engagement(measured),
        metric(
            "score",
            None if standing is None else standing.score,
            as_of=None if standing is None else standing.computed_at,
            own=None if standing is None else standing.own,
            kind="pp",
            sample=len(shown.profiles),
            formula=FORMULA_VERSION,
        ),
    )


def _means(posts: Rows, before: Rows | None) -> tuple[Metric, ...]:
    return tuple(
        metric(
            f"avg_{name}",
            _mean(row[name] for row in posts),
            previous=_mean(row[name] for row in before or ()),
            as_of=max((row["observed_at"] for row in posts if row["observed_at"]), default=None),
            own=_own(posts),
            sample=sum(row[name] is not None for row in posts),
            formula=formula,
        )
        for name, formula in (("interactions", "interactions.v1"), ("views", "tally.v1"))
    )


def _engagement(measured: Rows) -> tuple[Metric, ...]:
    return tuple(
        metric(
            f"er.{row['network']}",
            row["er"],
            as_of=row["seen"],
            own=row["owner"] is not None,
            kind="pp",
            formula="measure.er.v1",
        )
        for row in measured
        if row["er"] is not None
    )


def _rates(measured: Rows) -> tuple[Metric, ...]:
    return tuple(
        metric(
            f"growth_{days}d.{row['network']}",
            row[f"growth_{days}d"],
            as_of=row["seen"],
            own=row["owner"] is not None,
            kind="pp",
            formula="measure.growth.v1",
        )
        for row in measured
        for days in GROWTH_DAYS
        if row[f"growth_{days}d"] is not None
    )


def _audience(rows: Rows) -> tuple[AudienceDimension, ...]:
    told: dict[tuple[int, str], list[asyncpg.Record]] = {}
    for row in rows:
        told.setdefault((row["profile_id"], row["dimension"]), []).append(row)
    return tuple(
        AudienceDimension(
            profile_id=profile,
            network=parts[0]["network"],
            dimension=dimension,
            as_of=parts[0]["as_of"],
            source="own" if parts[0]["own"] else "public",
            parts=tuple(
                Share(key=each["key"], share=each["share"])
                for each in sorted(parts, key=lambda part: (-part["share"], part["key"]))[:50]
            ),
        )
        for (profile, dimension), parts in told.items()
    )


def _content(posts: Rows) -> Content:
    looked_at = posts[:MOST_POSTS]
    ranked = sorted(looked_at, key=lambda row: (row["interactions"] is None, -(row["interactions"] or 0), row["id"]))
    hours: dict[tuple[int, int], list[asyncpg.Record]] = {}
    for row in looked_at:
        hours.setdefault((row["local"].weekday(), row["local"].hour), []).append(row)
    return Content(
        posts=len(looked_at),
        complete=len(posts) <= MOST_POSTS,
        top=tuple(_post(row) for row in ranked[:TOP_POSTS]),
        by_type=_groups(looked_at, lambda row: row["type"] or "unknown"),
        hours=tuple(
            Hour(
                weekday=day,
                hour=hour,
                posts=len(rows),
                avg_interactions=_mean(row["interactions"] for row in rows),
            )
            for (day, hour), rows in sorted(hours.items())
        ),
    )


def _sponsored(posts: Rows) -> tuple[PostGroup, ...]:
    return _groups(posts[:MOST_POSTS], lambda row: "sponsored" if row["paid_partnership"] else "other")


def _groups(posts: Rows, key: Callable[[asyncpg.Record], str]) -> tuple[PostGroup, ...]:
    found: dict[str, list[asyncpg.Record]] = {}
    for row in posts:
        found.setdefault(key(row), []).append(row)
    return tuple(
        PostGroup(
            key=name,
            posts=len(rows),
            avg_interactions=_mean(row["interactions"] for row in rows),
            avg_views=_mean(row["views"] for row in rows),
        )
        for name, rows in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    )


def _post(row: asyncpg.Record) -> PostShown:
    return PostShown(
        post_id=row["id"],
        sponsored=row["paid_partnership"],
        **{
            name: row[name]
            for name in (
                "network",
                "network_post_id",
                "published_at",
                "type",
                "url",
                "title",
                "text",
                "interactions",
                "views",
            )
        },
    )


def _newest_by_profile(rows: Rows) -> dict[int, asyncpg.Record]:
    return {row["profile_id"]: row for row in rows}


def _own(rows: Rows) -> bool | None:
    return any(row["own"] for row in rows) if rows else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(fmean(known), 4) if known else None
