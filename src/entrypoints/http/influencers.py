"""One influencer whole: profiles, their newest readings, and their scores."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from ...application.analytics.views import (
    InfluencerDetail,
    InfluencerViews,
    ProfileDetail,
    Reading,
    ScoreDetail,
    Standing,
)
from ...application.shared.actor import Actor
from ...application.shared.cache import Cache
from ...domain.analytics.change import per_cent_change
from .access import needs
from .keeping import kept
from .parameters import Wired
from .problems import refusals

_NEITHER: Final = frozenset({"following"})
"""Counts of which more is neither good nor bad."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a figure came from."""

    import_id: UUID | None
    own: bool
    """From evidence that only the organisation has."""


class MetricShown(msgspec.Struct, frozen=True, kw_only=True):
    """One count of a profile as it was read last, beside the reading at least 30 days before."""

    key: str
    label_key: str
    value: int
    previous: int | None
    delta: float | None
    """Per cent of *previous*; null where there is none, or it was 0."""
    delta_kind: Literal["pct", "pp"]
    good_when: Literal["up", "down"] | None
    as_of: datetime
    previous_as_of: datetime | None
    source: Source
    estimated: bool
    """The network rounded it (`12.3K`)."""
    sample: int | None
    """How many things it was estimated from; null where it was read as it is."""
    formula: str
    """`read`: a network told it."""


class ProfileShown(msgspec.Struct, frozen=True, kw_only=True):
    """One profile of an influencer."""

    profile_id: int
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
    metrics: tuple[MetricShown, ...]
    scores: tuple[ScoreDetail, ...]
    """The organisation's own score where it has evidence of its own, and then the public one."""


class InfluencerShown(msgspec.Struct, frozen=True, kw_only=True):
    """One influencer whole."""

    influencer_id: UUID
    name: str
    kind: str
    own: bool
    version: int
    """Raised by each change; the ETag begins with it, and edits name it in `If-Match`."""
    can: tuple[str, ...]
    """What the caller may do: `edit`, `archive`."""
    standing: Standing | None
    profiles: tuple[ProfileShown, ...]


@get(
    "/influencers/{influencer_id:uuid}",
    operation_id="getInfluencer",
    tags=["influencers"],
    opt=needs("influencers.read"),
    responses=refusals(404),
)
async def influencer(
    actor: Wired[Actor],
    influencer_views: Wired[InfluencerViews],
    cache: Wired[Cache],
    influencer_id: FromPath[UUID],
) -> Response[InfluencerShown]:
    """Show one influencer: profiles, their newest readings with where they came from, and their scores explained."""

    async def make() -> InfluencerShown:
        return _influencer(await influencer_views.detail(actor, influencer_id))

    return await kept(cache, actor, f"influencer {influencer_id}", make, version=lambda shown: shown.version)


def _influencer(shown: InfluencerDetail) -> InfluencerShown:
    return InfluencerShown(
        influencer_id=shown.influencer_id,
        name=shown.name,
        kind=shown.kind,
        own=shown.own,
        version=shown.version,
        can=shown.can,
        standing=shown.standing,
        profiles=tuple(map(_profile, shown.profiles)),
    )


def _profile(profile: ProfileDetail) -> ProfileShown:
    same = {name: getattr(profile, name) for name in ProfileShown.__struct_fields__ if name != "metrics"}
    return ProfileShown(**same, metrics=tuple(map(_metric, profile.readings)))


def _metric(reading: Reading) -> MetricShown:
    return MetricShown(
        key=reading.metric,
        label_key=f"metrics.{reading.metric}",
        value=reading.value,
        previous=reading.previous,
        delta=per_cent_change(reading.value, reading.previous),
        delta_kind="pct",
        good_when=None if reading.metric in _NEITHER else "up",
        as_of=reading.observed_at,
        previous_as_of=reading.previous_at,
        source=Source(import_id=reading.import_id, own=reading.own),
        estimated=reading.precision in {"rounded", "compact"},
        sample=None,
        formula="read",
    )


HANDLERS: list[Any] = [influencer]
