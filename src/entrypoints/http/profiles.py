"""One profile: its readings over time, and its posts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from ...application.analytics.views import SERIES_METRICS, MetricSeries, PostKey, PostLine, ProfileViews, Total
from ...application.shared.actor import Actor
from ...domain.shared.errors import RuleViolated
from ...domain.shared.ids import ProfileId
from .access import needs
from .cursors import Cursors
from .parameters import Cursor, Day, Limit, ProfileNumber, Wired
from .problems import refusals

Metric = Annotated[
    str, QueryParameter(pattern=f"^({'|'.join(SERIES_METRICS)})$", description=f"One of: {', '.join(SERIES_METRICS)}")
]


class DaysReversed(RuleViolated):
    """The last day of a span lies before the first."""

    code = "http.days_reversed"

    def __init__(self, since: date, until: date) -> None:
        super().__init__(f"until ({until}) lies before since ({since}); swap them")


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a chart; null where nothing was read."""

    key: str
    label_key: str
    kind: str
    values: tuple[int | None, ...]
    estimated: bool
    """Some of the values are rounded by the network (`12.3K`)."""
    readings: int
    """How many readings the points stand for."""


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Series over the same days, ready to draw: at most 400 points."""

    unit: str
    tz: str
    step: str
    """Length of a step as an ISO 8601 duration: `P1D` is a day. The last reading within a step stands for it."""
    t: tuple[date, ...]
    """First day of each step."""
    series: tuple[Series, ...]
    annotations: tuple[str, ...] = ()


class Posts(msgspec.Struct, frozen=True, kw_only=True):
    """A page of posts, the newest first."""

    items: tuple[PostLine, ...]
    next_cursor: str | None
    total: Total


@get(
    "/profiles/{profile_id:int}/metrics",
    operation_id="getMetricSeries",
    tags=["profiles"],
    opt=needs("influencers.read"),
    responses=refusals(404, 422),
)
async def metrics(
    actor: Wired[Actor],
    profile_views: Wired[ProfileViews],
    profile_id: ProfileNumber,
    metric: FromQuery[Metric] = "followers",
    since: Day = None,
    until: Day = None,
) -> Chart:
    """Show a profile's own counts over time; gaps are null, failed readings are left out."""
    if since is not None and until is not None and until < since:
        raise DaysReversed(since, until)
    series = await profile_views.series(actor, ProfileId(profile_id), metric=metric, since=since, until=until)
    return _chart(series)


@get(
    "/profiles/{profile_id:int}/posts",
    operation_id="listPosts",
    tags=["profiles"],
    opt=needs("influencers.read"),
    responses=refusals(404, 422),
)
async def posts(
    actor: Wired[Actor],
    profile_views: Wired[ProfileViews],
    cursors: Wired[Cursors],
    profile_id: ProfileNumber,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Posts:
    """List a profile's posts with their latest snapshot as it stands, the newest first."""
    listed = f"posts of {profile_id}"
    page = await profile_views.posts(
        actor, ProfileId(profile_id), after=cursors.open(listed, cursor, PostKey), limit=limit
    )
    return Posts(items=page.items, next_cursor=cursors.seal(listed, page.next), total=page.total)


def _chart(series: MetricSeries) -> Chart:
    line = Series(
        key=series.metric,
        label_key=f"metrics.{series.metric}",
        kind="measured",
        values=series.values,
        estimated=series.rounded,
        readings=series.readings,
    )
    return Chart(unit="count", tz="UTC", step=f"P{series.step_days}D", t=series.t, series=(line,))


HANDLERS: list[Any] = [metrics, posts]
