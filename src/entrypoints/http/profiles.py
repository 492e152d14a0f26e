"""One profile: its readings over time, and its posts."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from ...application.analytics.naming import profile_named
from ...application.analytics.pages import PageViews, TimeChart
from ...application.analytics.timeline import Step
from ...application.analytics.views import SERIES_METRICS, PostKey, PostLine, ProfileViews, Total
from ...application.shared.actor import Actor
from ...application.shared.ports import Clock
from ...domain.shared.periods import USUAL, Comparison
from .access import needs
from .cursors import Cursors
from .parameters import Cursor, Limit, ProfileName, Wired
from .periods import Compare, PeriodText, StepName, TimeZone, asked_of
from .problems import refusals

Metric = Annotated[
    str, QueryParameter(pattern=f"^({'|'.join(SERIES_METRICS)})$", description=f"One of: {', '.join(SERIES_METRICS)}")
]


class Posts(msgspec.Struct, frozen=True, kw_only=True):
    """A page of posts, the newest first."""

    items: tuple[PostLine, ...]
    next_cursor: str | None
    total: Total


@get(
    "/profiles/{profile:str}/metrics",
    operation_id="getProfileSeries",
    tags=["profiles"],
    opt=needs("influencers.read"),
    responses=refusals(404, 422),
)
async def metrics(
    actor: Wired[Actor],
    page_views: Wired[PageViews],
    profile_views: Wired[ProfileViews],
    clock: Wired[Clock],
    profile: ProfileName,
    metric: FromQuery[Metric] = "followers",
    step: StepName = Step.AUTO,
    period: PeriodText = USUAL,
    compare: Compare = Comparison.NONE,
    tz: TimeZone = "UTC",
) -> TimeChart:
    """Show one of a profile's own counts over time; gaps are null, failed readings are left out."""
    profile_id = await profile_named(profile_views, actor, profile)
    return await page_views.readings(actor, profile_id, metric, asked_of(clock, period, compare, tz), step)


@get(
    "/profiles/{profile:str}/posts",
    operation_id="listPosts",
    tags=["profiles"],
    opt=needs("influencers.read"),
    responses=refusals(404, 422),
)
async def posts(
    actor: Wired[Actor],
    profile_views: Wired[ProfileViews],
    cursors: Wired[Cursors],
    profile: ProfileName,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Posts:
    """List a profile's posts with their latest snapshot as it stands, the newest first."""
    profile_id = await profile_named(profile_views, actor, profile)
    listed = f"posts of {profile_id}"
    page = await profile_views.posts(actor, profile_id, after=cursors.open(listed, cursor, PostKey), limit=limit)
    return Posts(items=page.items, next_cursor=cursors.seal(listed, page.next), total=page.total)


HANDLERS: list[Any] = [metrics, posts]
