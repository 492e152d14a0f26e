"""Niches: which there are, what an influencer is about, and what people say to that."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody, PathParameter

from ...application.influencers.niches import Niches, NicheShown
from ...application.shared.actor import Actor
from ...domain.influencers.niche import taxonomy
from ...domain.shared.ids import InfluencerId
from .access import needs
from .parameters import Wired
from .problems import refusals

NicheName = FromPath[
    Annotated[str, PathParameter(pattern="^[a-z]{1,32}$", description="A niche of `GET /niches`, as `travel`")]
]


class NicheListed(msgspec.Struct, frozen=True, kw_only=True):
    niche: str
    label_key: str


class NicheTaxonomy(msgspec.Struct, frozen=True, kw_only=True):
    """The niches that an influencer can be about."""

    version: str
    items: tuple[NicheListed, ...]


class InfluencerNiches(msgspec.Struct, frozen=True, kw_only=True):
    """What one influencer is about: what people said first, then what words tell, the surest first."""

    items: tuple[NicheShown, ...]


class Verdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says."""

    verdict: Literal["is", "is_not"]


@get("/niches", operation_id="listNiches", tags=["catalogue"], opt=needs("catalogue.read"), responses=refusals())
async def niches() -> NicheTaxonomy:
    """List the niches there are."""
    there = taxonomy()
    return NicheTaxonomy(
        version=there.version,
        items=tuple(NicheListed(niche=niche, label_key=f"niches.{niche}") for niche in there.niches),
    )


@get(
    "/influencers/{influencer_id:uuid}/niches",
    operation_id="getNiches",
    tags=["influencers"],
    opt=needs("influencers.read"),
    responses=refusals(404),
)
async def of_influencer(
    actor: Wired[Actor], influencer_niches: Wired[Niches], influencer_id: FromPath[UUID]
) -> InfluencerNiches:
    """Show what an influencer is about, who or which words say so, and how sure that is."""
    return InfluencerNiches(items=await influencer_niches.of(actor, influencer_id))


@put(
    "/influencers/{influencer_id:uuid}/niches/{niche:str}",
    operation_id="judgeNiche",
    tags=["influencers"],
    opt=needs("influencers.write"),
    responses=refusals(404, 415),
)
async def judge(
    actor: Wired[Actor],
    influencer_niches: Wired[Niches],
    influencer_id: FromPath[UUID],
    niche: NicheName,
    data: JSONBody[Verdict],
) -> InfluencerNiches:
    """Say, for the organisation, that an influencer is about a niche or is not; it stands before what words tell."""
    await influencer_niches.judge(actor, InfluencerId(influencer_id), niche, holds=data.verdict == "is")
    return InfluencerNiches(items=await influencer_niches.of(actor, influencer_id))


@delete(
    "/influencers/{influencer_id:uuid}/niches/{niche:str}",
    operation_id="withdrawNiche",
    tags=["influencers"],
    opt=needs("influencers.write"),
    responses=refusals(404),
    status_code=200,
)
async def withdraw(
    actor: Wired[Actor], influencer_niches: Wired[Niches], influencer_id: FromPath[UUID], niche: NicheName
) -> InfluencerNiches:
    """Take back what the organisation said about a niche; what words tell counts again."""
    await influencer_niches.withdraw(actor, InfluencerId(influencer_id), niche)
    return InfluencerNiches(items=await influencer_niches.of(actor, influencer_id))


HANDLERS: list[Any] = [niches, of_influencer, judge, withdraw]
