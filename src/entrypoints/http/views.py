"""The pages of the app: one request each."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Response, get
from litestar.exceptions import ValidationException
from litestar.params import FromPath, FromQuery, QueryParameter

from ...application.analytics.discovery.asking import asked
from ...application.analytics.discovery.fields import FIELDS, Kind
from ...application.analytics.pages import (
    COMPARED,
    DRAWN,
    Asked,
    Benchmark,
    Comparing,
    InfluencerPage,
    Overview,
    PageViews,
    Tab,
    TimeChart,
)
from ...application.analytics.timeline import Step
from ...application.shared.actor import Actor
from ...application.shared.cache import Cache
from ...application.shared.ports import Clock
from ...domain.shared.periods import USUAL, Comparison
from .access import needs
from .discovery import Filter, Words
from .keeping import kept
from .parameters import Wired
from .periods import Compare, PeriodText, StepName, TimeZone, asked_of
from .problems import refusals

METRICS: Final = tuple(field.name for field in FIELDS if field.kind in {Kind.NUMBER, Kind.PERCENT})
_USUAL_METRICS: Final = "followers,er,avg_views,growth_30d,posts_per_week,score"

Tabs = Annotated[
    str | None,
    QueryParameter(max_length=80, description=f"Only these, between commas: {', '.join(Tab)}. All without it"),
]
Ids = Annotated[
    str,
    QueryParameter(
        name="ids", max_length=400, description=f"{COMPARED[0]} to {COMPARED[1]} ids of influencers, between commas"
    ),
]
MetricNames = Annotated[
    str, QueryParameter(max_length=400, description=f"Between commas, some of: {', '.join(METRICS)}")
]


@get(
    "/views/overview",
    operation_id="viewOverview",
    tags=["views"],
    opt=needs("influencers.read", cost=3),
    responses=refusals(404, 422),
)
async def overview(
    actor: Wired[Actor],
    page_views: Wired[PageViews],
    cache: Wired[Cache],
    clock: Wired[Clock],
    period: PeriodText = USUAL,
    compare: Compare = Comparison.PREVIOUS,
    tz: TimeZone = "UTC",
) -> Response[Overview]:
    """Show how much there is, who moves, how fresh it is, and what was brought in lately."""
    days = asked_of(clock, period, compare, tz)
    return await kept(cache, actor, f"overview {_key(days)}", lambda: page_views.overview(actor, days))


@get(
    "/views/influencers/{influencer_id:uuid}",
    operation_id="viewInfluencer",
    tags=["views"],
    opt=needs("influencers.read", cost=3),
    responses=refusals(404, 422),
)
async def influencer(
    actor: Wired[Actor],
    page_views: Wired[PageViews],
    cache: Wired[Cache],
    clock: Wired[Clock],
    influencer_id: FromPath[UUID],
    tab: FromQuery[Tabs] = None,
    period: PeriodText = USUAL,
    compare: Compare = Comparison.PREVIOUS,
    tz: TimeZone = "UTC",
) -> Response[InfluencerPage]:
    """Show the page of one influencer: its header, and its tabs as they are when they are first opened."""
    days, tabs = asked_of(clock, period, compare, tz), _tabs(tab)
    key = f"page {influencer_id} {','.join(tabs)} {_key(days)}"
    return await kept(
        cache,
        actor,
        key,
        lambda: page_views.influencer(actor, influencer_id, days, tabs),
        version=lambda page: page.version,
    )


@get(
    "/influencers/{influencer_id:uuid}/metrics",
    operation_id="getInfluencerSeries",
    tags=["influencers"],
    opt=needs("influencers.read"),
    responses=refusals(404, 422),
)
async def series(
    actor: Wired[Actor],
    page_views: Wired[PageViews],
    clock: Wired[Clock],
    influencer_id: FromPath[UUID],
    metric: FromQuery[
        Annotated[str, QueryParameter(pattern=f"^({'|'.join(DRAWN)})$", description=f"One of: {', '.join(DRAWN)}")]
    ] = "followers",
    step: StepName = Step.AUTO,
    period: PeriodText = USUAL,
    compare: Compare = Comparison.NONE,
    tz: TimeZone = "UTC",
) -> TimeChart:
    """Show one figure of an influencer over time; gaps are null."""
    return await page_views.series(actor, influencer_id, metric, asked_of(clock, period, compare, tz), step)


@get(
    "/views/compare",
    operation_id="viewComparison",
    tags=["views"],
    opt=needs("influencers.read", cost=3),
    responses=refusals(404, 422),
)
async def compared(
    actor: Wired[Actor],
    page_views: Wired[PageViews],
    clock: Wired[Clock],
    ids: FromQuery[Ids],
    metrics: FromQuery[MetricNames] = _USUAL_METRICS,
    peer: FromQuery[
        Annotated[Literal["cohort", "none"], QueryParameter(description="Whether each stands among its peers too")]
    ] = "cohort",
    period: PeriodText = USUAL,
    compare: Compare = Comparison.NONE,
    tz: TimeZone = "UTC",
) -> Comparing:
    """Put influencers side by side, each by its largest profile, among the profiles of the same network and reach."""
    return await page_views.compare(
        actor,
        _ids(ids),
        _metrics(metrics),
        asked_of(clock, period, compare, tz),
        peers=peer == "cohort",
    )


@get(
    "/views/benchmark",
    operation_id="viewBenchmark",
    tags=["views"],
    opt=needs("influencers.read", cost=3),
    responses=refusals(404, 422),
)
async def benchmarked(
    actor: Wired[Actor],
    page_views: Wired[PageViews],
    clock: Wired[Clock],
    filter: FromQuery[Filter] = None,  # noqa: A002  so it is called in the URL
    q: FromQuery[Words] = None,
    metrics: FromQuery[MetricNames] = _USUAL_METRICS,
) -> Benchmark:
    """Put a whole list, as a search finds it, beside the accounts of the same networks and reaches."""
    if filter is None and q is None:
        raise _refused("filter", "say who is on the list, with filter or q")
    return await page_views.benchmark(actor, asked(actor, filter, q, None, now=clock.now()), _metrics(metrics))


def _key(days: Asked) -> str:
    return f"{days.period.first}..{days.period.last} {days.period.tz} {days.compare}"


def _tabs(text: str | None) -> tuple[Tab, ...]:
    names = tuple(Tab) if text is None else _listed(text)
    known = set(Tab)
    for name in names:
        if name not in known:
            raise _refused("tab", f"there is no tab {name!r}; there are: {', '.join(Tab)}")
    return tuple(Tab(name) for name in names)


def _ids(text: str) -> tuple[UUID, ...]:
    try:
        ids = tuple(UUID(name) for name in _listed(text))
    except ValueError:
        raise _refused("ids", "ids are UUIDs, between commas") from None
    if not COMPARED[0] <= len(ids) <= COMPARED[1]:
        raise _refused("ids", f"{COMPARED[0]} to {COMPARED[1]} different influencers are compared, not {len(ids)}")
    return ids


def _metrics(text: str) -> tuple[str, ...]:
    names = _listed(text)
    for name in names:
        if name not in METRICS:
            raise _refused("metrics", f"there is no metric {name!r}; there are: {', '.join(METRICS)}")
    return names


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def _refused(name: str, message: str) -> ValidationException:
    told = {"source": "query", "key": name, "message": message, "code": "http.invalid_value"}
    return ValidationException(detail="a query parameter cannot be obeyed", extra=[told])


HANDLERS: list[Any] = [overview, influencer, series, compared, benchmarked]
