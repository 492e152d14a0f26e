"""What analytics shows: frozen rows, one query each, and only what the actor may see (public rows and their own).

Missing is None, never 0. An *own* row belongs to the actor's organisation, any other is public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol
from uuid import UUID

from ...domain.shared.ids import ProfileId
from ...domain.shared.social import ProfileRef
from ..shared.actor import Actor

COMPONENTS: Final = ("E", "R", "G", "S", "C", "Q")
"""The order of every tuple of six: engagement, reach, growth, sentiment, consistency, audience quality."""

SERIES_METRICS: Final = ("followers", "following", "posts", "total_likes", "total_views")
MAX_POINTS: Final = 400
MAX_PAGE: Final = 200
COMPARED_DAYS: Final = 30
"""A reading is compared with the newest one that is at least so much older."""
COUNTED: Final = 10_000
"""Totals are exact up to here; above, counting would cost more than the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    value: int
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An influencer's score over all profiles, and why: *contributions* add up to *score*."""

    score: float
    confidence: float
    half_width: float
    """Of the 90 % interval."""
    as_of: date
    followers: int | None
    contributions: tuple[float, ...]
    seed_share: tuple[float | None, ...]
    """How far each component was read against published figures instead of this installation's own evidence: 0 to 1."""
    reasons: tuple[str, ...]
    own: bool
    """It rests on evidence that only the organisation has."""
    computed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileLine:
    profile_id: ProfileId
    network: str
    network_id: str
    handle: str | None
    display_name: str | None
    followers: int | None
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluencerLine:
    influencer_id: UUID
    name: str
    kind: str
    """`person` or `brand`."""
    own: bool
    profiles: tuple[ProfileLine, ...]
    standing: Standing | None
    """None until the first score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The newest good reading of a profile's own counts, each of them with its instant and the import that brought it."""

    metric: str
    value: int
    observed_at: datetime
    precision: str | None
    import_id: UUID | None
    own: bool
    previous: int | None
    """The good reading that it is compared with, `COMPARED_DAYS` or more before; None where there is none."""
    previous_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentLine:
    """One of the six parts of a score; None where it could not be measured."""

    component: str
    weight: float
    raw: float | None
    x: float | None
    """Percentile in the cohort, 0 to 100, before shrinking."""
    y: float
    """After shrinking towards 50 by *kappa*."""
    kappa: float
    evidence: float
    variance: float | None
    contribution: float
    """Points of the score; the six add up to it."""
    seed_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDetail:
    profile_id: ProfileId
    network: str
    own: bool
    as_of: date
    score: float
    confidence: float
    half_width: float
    gate: float
    followers: int | None
    cohort: str
    reasons: tuple[str, ...]
    components: tuple[ComponentLine, ...]
    formula_version: str
    table_version: str
    inputs_sha256: str
    computed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileDetail:
    profile_id: ProfileId
    network: str
    network_id: str
    handle: str | None
    display_name: str | None
    url: str | None
    bio: str | None
    category: str | None
    country: str | None
    language: str | None
    is_verified: bool | None
    account_type: str | None
    described_at: datetime | None
    posts_known: int
    readings: tuple[Reading, ...]
    scores: tuple[ScoreDetail, ...]
    """The current ones: the organisation's own first, where its evidence says more than the public one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluencerDetail:
    influencer_id: UUID
    name: str
    kind: str
    own: bool
    version: int
    """Raised by each change that somebody makes."""
    can: tuple[str, ...]
    """What the actor may do with it: `edit`, `archive`."""
    standing: Standing | None
    profiles: tuple[ProfileDetail, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLine:
    """A post and its latest lifetime snapshot as it stands."""

    post_id: int
    network: str
    network_post_id: str
    published_at: datetime | None
    published_precision: str | None
    type: str | None
    url: str | None
    title: str | None
    text: str | None
    own: bool
    observed_at: datetime | None
    views: int | None
    impressions: int | None
    reach: int | None
    likes: int | None
    dislikes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    suspect: tuple[str, ...]
    """Metrics whose 0 is doubted: missing in the snapshot before."""
    import_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostKey:
    """Where a page of posts ended; *published_at* is None among the undated, which come last."""

    published_at: datetime | None
    post_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    items: tuple[PostLine, ...]
    next: PostKey | None
    total: Total


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePoint:
    as_of: date
    score: float
    half_width: float
    confidence: float
    formula_version: str
    table_version: str
    current: bool
    own: bool
    computed_at: datetime


class InfluencerViews(Protocol):
    """People and brands. An influencer of the organisation's own hides a public one that shares a profile with it."""

    async def detail(self, actor: Actor, influencer_id: UUID) -> InfluencerDetail:
        """Return one influencer, or raise `InfluencerNotFound`."""
        ...

    async def top(self, actor: Actor, *, network: str | None, limit: int) -> tuple[InfluencerLine, ...]:
        """Rank the scored ones; with a network, by the score of their best profile there, which then is the only one."""
        ...


class ProfileViews(Protocol):
    """Single profiles; each question raises `ProfileNotFound` when the actor sees nothing of it."""

    async def find(self, actor: Actor, profile: ProfileRef) -> ProfileId:
        """Return the number of the profile with that network id, or else that handle."""
        ...

    async def name(self, actor: Actor, profile_id: ProfileId) -> Mapping[str, str | None]:
        """Return what the profile is called: `network`, `id` there, and `handle`."""
        ...

    async def posts(
        self, actor: Actor, profile_id: ProfileId, *, after: PostKey | None = None, limit: int = 50
    ) -> PostPage:
        """List the newest first."""
        ...


class ScoreViews(Protocol):
    """Scores of single profiles; each question raises `ProfileNotFound` or `NotScored`."""

    async def current(self, actor: Actor, profile_id: ProfileId) -> tuple[ScoreDetail, ...]:
        """Return the organisation's own score, where there is one, and then the public one."""
        ...

    async def history(self, actor: Actor, profile_id: ProfileId, *, limit: int = MAX_POINTS) -> tuple[ScorePoint, ...]:
        """List stored scores, the newest day first; every version is kept beside the others."""
        ...
