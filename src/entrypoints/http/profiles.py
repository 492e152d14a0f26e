"""One profile: its readings over time, its posts, its score with the explanation, the history and a receipt."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from ...application.analytics.receipts import WriteReceipt, WriteReceiptHandler
from ...application.analytics.views import (
    MAX_POINTS,
    SERIES_METRICS,
    MetricSeries,
    PostKey,
    PostLine,
    ProfileViews,
    ScoreDetail,
    ScorePoint,
    ScoreViews,
    Total,
)
from ...application.shared.actor import Actor
from ...domain.shared.ids import ProfileId
from .access import needs
from .cursors import Cursors
from .parameters import Cursor, Day, Limit, ProfileNumber, Wired

Metric = Annotated[
    str, QueryParameter(pattern=f"^({'|'.join(SERIES_METRICS)})$", description=f"One of: {', '.join(SERIES_METRICS)}")
]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a chart; null where nothing was read."""

    key: str
    label_key: str
    kind: str
    values: tuple[int | None, ...]
    rounded: bool
    """Some of the values are rounded by the network."""
    readings: int
    """How many readings the points stand for."""


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Series over the same days, ready to draw: at most 400 points."""

    unit: str
    tz: str
    step: str
    t: tuple[date, ...]
    series: tuple[Series, ...]


class Posts(msgspec.Struct, frozen=True, kw_only=True):
    """A page of posts, the newest first."""

    items: tuple[PostLine, ...]
    next_cursor: str | None
    total: Total


class Scores(msgspec.Struct, frozen=True):
    """The organisation's own score where it has evidence of its own, and then the public one."""

    items: tuple[ScoreDetail, ...]


class History(msgspec.Struct, frozen=True):
    """Stored scores, the newest day first."""

    items: tuple[ScorePoint, ...]


@get("/profiles/{profile_id:int}/metrics", operation_id="getMetrics", tags=["profiles"], opt=needs("influencers.read"))
async def metrics(
    actor: Wired[Actor],
    profile_views: Wired[ProfileViews],
    profile_id: ProfileNumber,
    metric: FromQuery[Metric] = "followers",
    since: Day = None,
    until: Day = None,
) -> Chart:
    """Show a profile's own counts over time; gaps are null, failed readings are left out."""
    series = await profile_views.series(actor, ProfileId(profile_id), metric=metric, since=since, until=until)
    return _chart(series)


@get("/profiles/{profile_id:int}/posts", operation_id="listPosts", tags=["profiles"], opt=needs("influencers.read"))
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


@get("/profiles/{profile_id:int}/score", operation_id="getScore", tags=["scores"], opt=needs("scores.read"))
async def score(actor: Wired[Actor], score_views: Wired[ScoreViews], profile_id: ProfileNumber) -> Scores:
    """Show a profile's score and what it is made of; the contributions add up to it."""
    return Scores(await score_views.current(actor, ProfileId(profile_id)))


@get(
    "/profiles/{profile_id:int}/score/history",
    operation_id="getScoreHistory",
    tags=["scores"],
    opt=needs("scores.read"),
)
async def history(
    actor: Wired[Actor],
    score_views: Wired[ScoreViews],
    profile_id: ProfileNumber,
    limit: FromQuery[
        Annotated[int, QueryParameter(ge=1, le=MAX_POINTS, description="Scores at the most")]
    ] = MAX_POINTS,
) -> History:
    """List a profile's scores as they were computed; a new formula or table stands beside the old, never over it."""
    return History(await score_views.history(actor, ProfileId(profile_id), limit=limit))


@get(
    "/profiles/{profile_id:int}/receipt",
    operation_id="getReceipt",
    tags=["scores"],
    opt=needs("scores.read"),
    media_type="application/json",
)
async def receipt(
    actor: Wired[Actor],
    write_receipt: Wired[WriteReceiptHandler],
    profile_id: ProfileNumber,
) -> Response[bytes]:
    """Hand out what `analisa verify` recomputes the score from, signed; no texts and no authors are in it."""
    written = await write_receipt(WriteReceipt(actor=actor, profile_id=ProfileId(profile_id)))
    return Response(written, media_type="application/json")


def _chart(series: MetricSeries) -> Chart:
    line = Series(
        key=series.metric,
        label_key=f"metrics.{series.metric}",
        kind="measured",
        values=series.values,
        rounded=series.rounded,
        readings=series.readings,
    )
    return Chart(unit="count", tz="UTC", step=f"P{series.step_days}D", t=series.t, series=(line,))


HANDLERS: list[Any] = [metrics, posts, score, history, receipt]
