"""Making two influencers one, and one two; the record of it, and taking it back."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from ...application.influencers.merging import (
    IdentityChangeShown,
    MergeInfluencers,
    MergeViews,
    MergingHandler,
    SplitInfluencer,
)
from ...application.shared.actor import Actor
from ...application.shared.cache import Cache
from ...application.shared.repeating import RepeatableRequests
from ...domain.influencers.influencer import MAX_PROFILES
from ...domain.shared.ids import InfluencerId
from .access import needs
from .editing import InfluencerRecord, Name, ProfileNamed, answered, refs
from .parameters import Wired
from .problems import refusals
from .repeating import IdempotencyKey, once
from .versions import IfMatch, version_in


class Other(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is the same as the influencer."""

    influencer_id: UUID


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is somebody else, and which profiles are theirs."""

    name: Name
    profiles: Annotated[tuple[ProfileNamed, ...], msgspec.Meta(min_length=1, max_length=MAX_PROFILES)]


class IdentityChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What an influencer had part in, the newest first."""

    items: tuple[IdentityChangeShown, ...]


@post(
    "/influencers/{influencer_id:uuid}/merge",
    operation_id="mergeInfluencers",
    tags=["influencers"],
    opt=needs("influencers.write"),
    responses=refusals(404, 409, 412, 415, 422, 428),
    status_code=200,
)
async def merge(
    actor: Wired[Actor],
    merge_influencers: Wired[MergingHandler],
    cache: Wired[Cache],
    influencer_id: FromPath[UUID],
    data: JSONBody[Other],
    if_match: IfMatch = None,
) -> Response[InfluencerRecord]:
    """Make another influencer one with this one: its profiles come along, and what was kept of it is shown here."""
    kept, _ = await merge_influencers.merge(
        MergeInfluencers(
            actor=actor,
            kept=InfluencerId(influencer_id),
            version=version_in(if_match),
            other=InfluencerId(data.influencer_id),
        )
    )
    return await answered(cache, actor, kept)


@post(
    "/influencers/{influencer_id:uuid}/split",
    operation_id="splitInfluencer",
    tags=["influencers"],
    opt=needs("influencers.write"),
    responses=refusals(404, 409, 412, 415, 422, 428),
    status_code=201,
)
async def split(
    request: Request[Any, Any, Any],
    actor: Wired[Actor],
    merge_influencers: Wired[MergingHandler],
    cache: Wired[Cache],
    repeatable_requests: Wired[RepeatableRequests],
    influencer_id: FromPath[UUID],
    data: JSONBody[Part],
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[InfluencerRecord]:
    """Make some of an influencer's profiles somebody else's, who is new, and is the answer. What was kept stays where it was."""
    version = version_in(if_match)

    async def splitting(reserved: UUID) -> Response[InfluencerRecord]:
        _, part, _ = await merge_influencers.split(
            SplitInfluencer(
                actor=actor,
                influencer_id=InfluencerId(influencer_id),
                version=version,
                part=InfluencerId(reserved),
                name=data.name,
                profiles=refs(data.profiles),
            )
        )
        return await answered(cache, actor, part, status=201)

    return await once(repeatable_requests, actor, request, idempotency_key, splitting)


@get(
    "/influencers/{influencer_id:uuid}/identity-changes",
    operation_id="listIdentityChanges",
    tags=["influencers"],
    opt=needs("influencers.read"),
    responses=refusals(404),
)
async def changes(
    actor: Wired[Actor], merge_views: Wired[MergeViews], influencer_id: FromPath[UUID]
) -> IdentityChanges:
    """List who was made one with an influencer, or somebody else."""
    return IdentityChanges(items=await merge_views.of(actor, influencer_id))


@delete(
    "/identity-changes/{change_id:uuid}",
    operation_id="undoIdentityChange",
    tags=["influencers"],
    opt=needs("influencers.write"),
    responses=refusals(404, 409),
    status_code=200,
)
async def undo(
    actor: Wired[Actor], merge_influencers: Wired[MergingHandler], cache: Wired[Cache], change_id: FromPath[UUID]
) -> Response[InfluencerRecord]:
    """Take it back that two were made one, or one two: profiles go where they were, and so does what was kept."""
    return await answered(cache, actor, await merge_influencers.undo(actor, change_id))


HANDLERS: list[Any] = [merge, split, changes, undo]
