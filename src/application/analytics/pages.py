"""What the app opens, one question each: the page of an influencer, the overview, and several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal, Protocol
from uuid import UUID

from ...domain.shared.errors import RuleViolated
from ...domain.shared.ids import ProfileId
from ...domain.shared.periods import Comparison, Period
from ..shared.actor import Actor
from .discovery.search import Search
from .timeline import Step
from .views import ProfileDetail, ScoreDetail, ScorePoint, Standing

MOST_POSTS: Final = 5_000
"""So many of the newest posts of a period are looked at."""
TOP_POSTS: Final = 10
FEWEST_PEERS: Final = 30
"""Fewer accounts than this are no cohort: the next wider one is taken."""
COMPARED: Final = (2, 8)
MOST_LISTED: Final = 10_000
"""So many of a list are put beside their peers."""
DRAWN: Final = ("followers", "posts", "interactions", "views")
"""Followers are read by the day, one line per profile; posts, and what they gathered, are summed up."""


class Tab(StrEnum):
    SUMMARY = "summary"
    AUDIENCE = "audience"
    CONTENT = "content"
    GROWTH = "growth"
    SCORE = "score"
    SPONSORED = "sponsored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of which days, and compared with which."""

    period: Period
    compare: Comparison = Comparison.PREVIOUS

    @property
    def before(self) -> Period | None:
        return self.period.compared(self.compare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure, with what it was before, where it is from and how far it can be trusted."""

    key: str
    label_key: str
    value: float | None
    previous: float | None
    """Over the days that the period is compared with; None where nothing was read then."""
    delta: float | None
    """Per cent of *previous*, or points where *delta_kind* is `pp`."""
    delta_kind: Literal["pct", "pp"]
    good_when: Literal["up", "down"] | None
    as_of: datetime | None
    source: Literal["public", "own"] | None
    """Whether it rests on what only the organisation has."""
    estimated: bool
    sample: int | None
    """How many posts, readings or profiles it was made of."""
    formula: str
    """`read` for what a network told, `count` for how many there are here, else the id of a formula of `GET /formulas`, or of the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    key: str
    label_key: str
    kind: Literal["measured", "compared", "indexed"]
    values: tuple[float | None, ...]
    estimated: bool = False
    sample: int | None = None
    """How many readings or posts the values stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    t: date
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeChart:
    """Lines over the same steps, ready to draw: at most 400 points, null where nothing was read."""

    unit: str
    tz: str
    step: str
    """Length of a step as an ISO 8601 duration."""
    t: tuple[date, ...]
    """First day of each step."""
    series: tuple[Line, ...]
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    metrics: tuple[Metric, ...]
    followers: TimeChart


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    key: str
    share: float
    """Per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceDimension:
    profile_id: int
    network: str
    dimension: str
    as_of: datetime | None
    source: Literal["public", "own"]
    parts: tuple[Share, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostShown:
    post_id: int
    network: str
    network_post_id: str
    published_at: datetime
    type: str | None
    url: str | None
    title: str | None
    text: str | None
    interactions: float | None
    views: float | None
    sponsored: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostGroup:
    """Posts of one kind together; means over those that have the figure."""

    key: str
    posts: int
    avg_interactions: float | None
    avg_views: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """Posts published in one hour of the week, in the zone of the period."""

    weekday: int
    """0 is Monday."""
    hour: int
    posts: int
    avg_interactions: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    posts: int
    complete: bool
    """False where only the newest `MOST_POSTS` were looked at."""
    top: tuple[PostShown, ...]
    by_type: tuple[PostGroup, ...]
    hours: tuple[Hour, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    followers: TimeChart
    posts: TimeChart
    rates: tuple[Metric, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTab:
    current: tuple[ScoreDetail, ...]
    history: tuple[ScorePoint, ...]
    """Of the profile with the most followers, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluencerPage:
    """The header, and the tabs that were asked for; a tab that was not is None."""

    influencer_id: UUID
    name: str
    kind: str
    own: bool
    version: int
    can: tuple[str, ...]
    standing: Standing | None
    profiles: tuple[ProfileDetail, ...]
    tiers: tuple[str | None, ...]
    """What each of *profiles* is called by its reach."""
    tiers_version: str
    period: Period
    compared_with: Period | None
    summary: Summary | None = None
    audience: tuple[AudienceDimension, ...] | None = None
    content: Content | None = None
    growth: Growth | None = None
    score: ScoreTab | None = None
    sponsored: tuple[PostGroup, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    influencer_id: UUID
    name: str
    profile_id: int
    network: str
    followers: float
    growth_30d: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """Profiles by how long ago they were last read."""

    key: Literal["day", "week", "month", "older", "never"]
    profiles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportShown:
    import_id: UUID
    state: str
    requested_at: datetime
    finished_at: datetime | None
    reader: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    metrics: tuple[Metric, ...]
    rising: tuple[Mover, ...]
    falling: tuple[Mover, ...]
    freshness: tuple[Freshness, ...]
    imports: tuple[ImportShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How the cohort is spread."""

    p10: float
    p25: float
    p50: float
    p75: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One figure of one influencer among its peers."""

    metric: str
    value: float | None
    percentile: float | None
    """How many per cent of the peers have less, equals counting half; None without a value or without peers."""
    peers: int
    spread: Spread | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedInfluencer:
    influencer_id: UUID
    name: str
    profile_id: int
    """The profile with the most followers: the one that is compared."""
    network: str
    cohort: str | None
    """With whom: `instagram:micro`, or `instagram` where a tier has fewer than 30 accounts; None with nobody."""
    figures: tuple[Compared, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    items: tuple[ComparedInfluencer, ...]
    indexed: TimeChart
    """Followers, 100 at the first day on which all were read; of the days compared with, at the first such day of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmarked:
    """One figure of a list beside its peers."""

    metric: str
    known: int
    """Of how many of the list it is known."""
    spread: Spread | None
    """Over the list; None where it is known of none."""
    percentile: float | None
    """How many per cent of the peers have less than the median of the list, equals counting half."""
    peers: int
    peer_spread: Spread | None
    """None with fewer than 30 peers of whom it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A list, each influencer by the largest of the profiles by which it was found, among accounts like these."""

    influencers: int
    whole: bool
    """False where the list is longer than `MOST_LISTED`, and so many of it were taken."""
    cohorts: tuple[str, ...]
    """With whom: `instagram:micro`, …, or networks alone where those have fewer than 30 accounts together."""
    figures: tuple[Benchmarked, ...]


class NobodyToBenchmark(RuleViolated):
    """The list is empty."""

    code = "analytics.nobody_to_benchmark"
    part = "filter"

    def __init__(self) -> None:
        super().__init__("nobody is found by that, so there is nothing to put beside others; ask for less")


class PageViews(Protocol):
    """Pages; each raises `InfluencerNotFound` for an influencer that the actor does not see."""

    async def influencer(
        self, actor: Actor, influencer_id: UUID, asked: Asked, tabs: Sequence[Tab]
    ) -> InfluencerPage: ...

    async def series(self, actor: Actor, influencer_id: UUID, metric: str, asked: Asked, step: Step) -> TimeChart:
        """Draw one of `DRAWN` over the period, beside the days that it is compared with."""
        ...

    async def readings(self, actor: Actor, profile_id: ProfileId, metric: str, asked: Asked, step: Step) -> TimeChart:
        """Draw one of `SERIES_METRICS` of one profile; raises `ProfileNotFound`."""
        ...

    async def overview(self, actor: Actor, asked: Asked) -> Overview: ...

    async def compare(
        self, actor: Actor, influencers: Sequence[UUID], metrics: Sequence[str], asked: Asked, *, peers: bool
    ) -> Comparing: ...

    async def benchmark(self, actor: Actor, search: Search, metrics: Sequence[str]) -> Benchmark:
        """Put everybody whom *search* finds beside their peers, or raise `NobodyToBenchmark`."""
        ...
