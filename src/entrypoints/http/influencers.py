"""Influencers: the list by score, and one of them whole."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter

from ...application.analytics.views import (
    InfluencerDetail,
    InfluencerFilter,
    InfluencerKey,
    InfluencerLine,
    InfluencerViews,
    Total,
)
from ...application.shared.actor import Actor
from .access import needs
from .cursors import Cursors
from .parameters import Cursor, Limit, Network, Wired
from .problems import refusals

_LIST = "influencers"
Followers = Annotated[int | None, QueryParameter(ge=0, le=2**53, description="Followers of the largest profile")]


class Influencers(msgspec.Struct, frozen=True, kw_only=True):
    """A page of influencers, the best first."""

    items: tuple[InfluencerLine, ...]
    next_cursor: str | None
    total: Total


@get(
    "/influencers",
    operation_id="listInfluencers",
    tags=["influencers"],
    opt=needs("influencers.read"),
    responses=refusals(404, 422),
)
async def influencers(
    actor: Wired[Actor],
    influencer_views: Wired[InfluencerViews],
    cursors: Wired[Cursors],
    network: Network = None,
    q: FromQuery[
        Annotated[
            str | None,
            QueryParameter(min_length=1, max_length=100, description="Beginning of a name or handle"),
        ]
    ] = None,
    min_followers: FromQuery[Followers] = None,
    max_followers: FromQuery[Followers] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Influencers:
    """List influencers by Social Score, the best first; those without a score come last."""
    page = await influencer_views.by_score(
        actor,
        InfluencerFilter(network=network, q=q, min_followers=min_followers, max_followers=max_followers),
        after=cursors.open(_LIST, cursor, InfluencerKey),
        limit=limit,
    )
    return Influencers(items=page.items, next_cursor=cursors.seal(_LIST, page.next), total=page.total)


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
    influencer_id: FromPath[UUID],
) -> InfluencerDetail:
    """Show one influencer: profiles, their newest readings with where they came from, and their scores explained."""
    return await influencer_views.detail(actor, influencer_id)


HANDLERS: list[Any] = [influencers, influencer]
