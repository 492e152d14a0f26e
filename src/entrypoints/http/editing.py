"""Making influencers known by hand, changing them, and taking them out of lists."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, patch, post
from litestar.params import FromPath, JSONBody

from ...application.influencers.editing import (
    ArchiveInfluencer,
    CreateInfluencer,
    EditInfluencer,
    EditInfluencersHandler,
    RestoreInfluencer,
)
from ...application.influencers.policy import allowed
from ...application.shared.actor import Actor
from ...application.shared.cache import Cache, owner_tag
from ...application.shared.repeating import RepeatableRequests
from ...domain.influencers.influencer import MAX_NAME, MAX_PROFILES, Influencer, Kind
from ...domain.shared.errors import Unavailable
from ...domain.shared.ids import InfluencerId
from ...domain.shared.social import ProfileRef, network_name
from .access import needs
from .parameters import Wired
from .problems import refusals
from .repeating import IdempotencyKey, once
from .versions import IfMatch, tag_of, version_in

_NO_CONTROLS: Final = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=_NO_CONTROLS)]
Network = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
OnNetwork = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f\x7f]+$")]


class ProfileNamed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account, by the network's own id or by its handle there."""

    network: Network
    name: OnNetwork


Profiles = Annotated[tuple[ProfileNamed, ...], msgspec.Meta(max_length=MAX_PROFILES)]


class NewInfluencer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person or a brand to make known."""

    name: Name
    kind: Kind = Kind.PERSON
    profiles: Profiles = ()
    public: bool = False
    """For everybody, not for the organisation alone; an operator's to say."""


class InfluencerEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change (JSON Merge Patch, RFC 7396): what is not there stays as it is; *profiles* replaces the whole list."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    kind: Kind | msgspec.UnsetType = msgspec.UNSET
    profiles: Profiles | msgspec.UnsetType = msgspec.UNSET


class ProfileListed(msgspec.Struct, frozen=True, kw_only=True):
    """An account, by the network's own id."""

    network: str
    network_id: str


class InfluencerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Who an influencer is, as people keep it."""

    influencer_id: UUID
    name: str
    kind: str
    own: bool
    archived: bool
    version: int
    """Raised by each change; `If-Match` with the ETag of this answer refuses to change what somebody else changed."""
    profiles: tuple[ProfileListed, ...]
    can: tuple[str, ...]
    """What the caller may do: `edit`, `archive`, `restore`."""


@post(
    "/influencers",
    operation_id="createInfluencer",
    tags=["influencers"],
    opt=needs("influencers.write"),
    responses=refusals(404, 409, 415, 422),
    status_code=201,
)
async def create(
    request: Request[Any, Any, Any],
    actor: Wired[Actor],
    edit_influencers: Wired[EditInfluencersHandler],
    cache: Wired[Cache],
    repeatable_requests: Wired[RepeatableRequests],
    data: JSONBody[NewInfluencer],
    idempotency_key: IdempotencyKey = None,
) -> Response[InfluencerRecord]:
    """Make an influencer known; sent again under the same `Idempotency-Key` it answers the same and makes no second one."""

    async def make(reserved: UUID) -> Response[InfluencerRecord]:
        made = await edit_influencers.create(
            CreateInfluencer(
                actor=actor,
                influencer_id=InfluencerId(reserved),
                name=data.name,
                kind=data.kind,
                profiles=refs(data.profiles),
                public=data.public,
            )
        )
        return await answered(cache, actor, made, status=201)

    return await once(repeatable_requests, actor, request, idempotency_key, make)


@patch(
    "/influencers/{influencer_id:uuid}",
    operation_id="editInfluencer",
    tags=["influencers"],
    opt=needs("influencers.write"),
    responses=refusals(404, 409, 412, 415, 422, 428),
)
async def edit(
    actor: Wired[Actor],
    edit_influencers: Wired[EditInfluencersHandler],
    cache: Wired[Cache],
    influencer_id: FromPath[UUID],
    data: JSONBody[InfluencerEdit],
    if_match: IfMatch = None,
) -> Response[InfluencerRecord]:
    """Change an influencer's name, kind or profiles, if it is still as the caller saw it (`If-Match`)."""
    command = EditInfluencer(
        actor=actor,
        influencer_id=InfluencerId(influencer_id),
        version=version_in(if_match),
        name=data.name or None,
        kind=data.kind or None,
        profiles=None if data.profiles is msgspec.UNSET else refs(data.profiles),
    )
    return await answered(cache, actor, await edit_influencers.edit(command))


@post(
    "/influencers/{influencer_id:uuid}/archive",
    operation_id="archiveInfluencer",
    tags=["influencers"],
    opt=needs("influencers.write"),
    responses=refusals(404, 409, 412, 422, 428),
    status_code=200,
)
async def archive(
    actor: Wired[Actor],
    edit_influencers: Wired[EditInfluencersHandler],
    cache: Wired[Cache],
    influencer_id: FromPath[UUID],
    if_match: IfMatch = None,
) -> Response[InfluencerRecord]:
    """Take an influencer out of lists and searches; what is known of it stays, and it can be restored."""
    command = ArchiveInfluencer(actor=actor, influencer_id=InfluencerId(influencer_id), version=version_in(if_match))
    return await answered(cache, actor, await edit_influencers.archive(command))


@post(
    "/influencers/{influencer_id:uuid}/restore",
    operation_id="restoreInfluencer",
    tags=["influencers"],
    opt=needs("influencers.write"),
    responses=refusals(404, 409, 412, 422, 428),
    status_code=200,
)
async def restore(
    actor: Wired[Actor],
    edit_influencers: Wired[EditInfluencersHandler],
    cache: Wired[Cache],
    influencer_id: FromPath[UUID],
    if_match: IfMatch = None,
) -> Response[InfluencerRecord]:
    """Bring an influencer back from the archive."""
    command = RestoreInfluencer(actor=actor, influencer_id=InfluencerId(influencer_id), version=version_in(if_match))
    return await answered(cache, actor, await edit_influencers.restore(command))


def refs(profiles: tuple[ProfileNamed, ...]) -> tuple[ProfileRef, ...]:
    return tuple(ProfileRef(network_name(each.network), each.name) for each in profiles)


async def answered(
    cache: Cache, actor: Actor, influencer: Influencer, *, status: int = 200
) -> Response[InfluencerRecord]:
    """Show what was kept; whoever asks next reads it too, and where Redis is away the worker tells it again."""
    with suppress(Unavailable):
        await cache.forget(owner_tag(influencer.owner))
    record = InfluencerRecord(
        influencer_id=influencer.id,
        name=influencer.name,
        kind=influencer.kind,
        own=influencer.owner is not None,
        archived=influencer.archived,
        version=influencer.version,
        profiles=tuple(
            ProfileListed(network=profile.network, network_id=profile.name) for profile in influencer.profiles
        ),
        can=allowed(actor, influencer.owner, archived=influencer.archived),
    )
    headers = {"etag": tag_of(influencer.version)}
    if status == 201:
        headers["location"] = f"/api/v1/influencers/{influencer.id}"
    return Response(record, status_code=status, headers=headers)


HANDLERS: list[Any] = [create, edit, archive, restore]
