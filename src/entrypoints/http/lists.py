"""Lists of influencers: kept for the organisation, for the workspace that is named, or for oneself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from ...application.analytics.discovery.search import Discovery, Found
from ...application.influencers.lists import (
    EditList,
    FillList,
    ListedKey,
    ListKey,
    ListsHandler,
    ListShown,
    ListViews,
    MakeList,
)
from ...application.shared.actor import Actor
from ...application.shared.repeating import RepeatableRequests
from ...domain.influencers.lists import AT_ONCE, MAX_DESCRIPTION, MAX_NAME
from ...domain.shared.ids import InfluencerId, ListId
from .access import needs
from .cursors import Cursors
from .parameters import Cursor, Limit, Wired
from .problems import refusals
from .repeating import IdempotencyKey, once
from .versions import IfMatch, tag_of, version_in

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]*$")]
Description = Annotated[str, msgspec.Meta(max_length=MAX_DESCRIPTION, pattern=r"^[^\x00]*$")]
Ids = Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=AT_ONCE)]


class NewList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list to make; of the workspace that the request names, or else of the organisation."""

    name: Name
    description: Description = ""
    private: bool = False
    """Nobody sees it but whoever made it."""


class ListEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change (JSON Merge Patch, RFC 7396): what is not there stays as it is."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    description: Description | msgspec.UnsetType = msgspec.UNSET
    private: bool | msgspec.UnsetType = msgspec.UNSET


class ListMembers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to put on a list, or to take off it."""

    ids: Ids


class ListLines(msgspec.Struct, frozen=True, kw_only=True):
    """A page of lists, the last changed first."""

    items: tuple[ListShown, ...]
    next_cursor: str | None


class ListedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on a list."""

    influencer: Found | None
    """As searches show them; null where the search has not been brought up to date yet."""
    influencer_id: UUID
    added_by: str
    added_at: datetime


class ListedLines(msgspec.Struct, frozen=True, kw_only=True):
    """A page of who is on a list, the last added first."""

    items: tuple[ListedLine, ...]
    next_cursor: str | None


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    changed: int
    """Of whom something changed: who was on the list already is not among them."""
    missing: tuple[UUID, ...]
    """Who is not there, or not for the caller to see."""


@get("/lists", operation_id="listLists", tags=["lists"], opt=needs("lists.read"), responses=refusals(404, 422))
async def lists(
    actor: Wired[Actor], list_views: Wired[ListViews], cursors: Wired[Cursors], cursor: Cursor = None, limit: Limit = 50
) -> ListLines:
    """List the lists that the caller sees."""
    page = await list_views.page(actor, after=cursors.open("lists", cursor, ListKey), limit=limit)
    return ListLines(items=page.items, next_cursor=cursors.seal("lists", page.next))


@post(
    "/lists",
    operation_id="makeList",
    tags=["lists"],
    opt=needs("lists.write"),
    responses=refusals(402, 404, 409, 415, 422),
    status_code=201,
)
async def make(
    request: Request[Any, Any, Any],
    actor: Wired[Actor],
    influencer_lists: Wired[ListsHandler],
    list_views: Wired[ListViews],
    repeatable_requests: Wired[RepeatableRequests],
    data: JSONBody[NewList],
    idempotency_key: IdempotencyKey = None,
) -> Response[ListShown]:
    """Make a list."""

    async def making(reserved: UUID) -> Response[ListShown]:
        made = await influencer_lists.make(
            MakeList(
                actor=actor,
                list_id=ListId(reserved),
                name=data.name,
                description=data.description,
                private=data.private,
            )
        )
        return await _answered(list_views, actor, made, status=201)

    return await once(repeatable_requests, actor, request, idempotency_key, making)


@get("/lists/{list_id:uuid}", operation_id="getList", tags=["lists"], opt=needs("lists.read"), responses=refusals(404))
async def one(actor: Wired[Actor], list_views: Wired[ListViews], list_id: FromPath[UUID]) -> Response[ListShown]:
    """Show a list, without who is on it."""
    return await _answered(list_views, actor, list_id)


@patch(
    "/lists/{list_id:uuid}",
    operation_id="editList",
    tags=["lists"],
    opt=needs("lists.write"),
    responses=refusals(404, 412, 415, 422, 428),
)
async def edit(
    actor: Wired[Actor],
    influencer_lists: Wired[ListsHandler],
    list_views: Wired[ListViews],
    list_id: FromPath[UUID],
    data: JSONBody[ListEdit],
    if_match: IfMatch = None,
) -> Response[ListShown]:
    """Rename or describe a list, or say, whoever made it, whether others see it."""
    await influencer_lists.edit(
        EditList(
            actor=actor,
            list_id=ListId(list_id),
            version=version_in(if_match),
            name=None if data.name is msgspec.UNSET else data.name,
            description=None if data.description is msgspec.UNSET else data.description,
            private=None if data.private is msgspec.UNSET else data.private,
        )
    )
    return await _answered(list_views, actor, list_id)


@delete(
    "/lists/{list_id:uuid}",
    operation_id="deleteList",
    tags=["lists"],
    opt=needs("lists.write"),
    responses=refusals(404, 412, 428),
    status_code=204,
)
async def drop(
    actor: Wired[Actor],
    influencer_lists: Wired[ListsHandler],
    list_id: FromPath[UUID],
    if_match: IfMatch = None,
) -> None:
    """Delete a list; whoever is on it stays known."""
    await influencer_lists.delete(actor, ListId(list_id), version=version_in(if_match))


@get(
    "/lists/{list_id:uuid}/items",
    operation_id="listListed",
    tags=["lists"],
    opt=needs("lists.read"),
    responses=refusals(404, 422),
)
async def items(
    actor: Wired[Actor],
    list_views: Wired[ListViews],
    discovery: Wired[Discovery],
    cursors: Wired[Cursors],
    list_id: FromPath[UUID],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ListedLines:
    """List who is on a list, the last added first; `GET /influencers?filter=list = …` sorts and narrows them."""
    of = f"list {list_id}"
    page = await list_views.items(actor, list_id, after=cursors.open(of, cursor, ListedKey), limit=limit)
    found = await discovery.lookup(actor, tuple(each.influencer_id for each in page.items))
    known = {each.influencer_id: each for each in found}
    return ListedLines(
        items=tuple(
            ListedLine(
                influencer=known.get(each.influencer_id),
                influencer_id=each.influencer_id,
                added_by=each.added_by,
                added_at=each.added_at,
            )
            for each in page.items
        ),
        next_cursor=cursors.seal(of, page.next),
    )


@post(
    "/lists/{list_id:uuid}/items",
    operation_id="addToList",
    tags=["lists"],
    opt=needs("lists.write"),
    responses=refusals(404, 415, 422),
    status_code=200,
)
async def add(
    actor: Wired[Actor],
    influencer_lists: Wired[ListsHandler],
    list_id: FromPath[UUID],
    data: JSONBody[ListMembers],
) -> Filled:
    """Put influencers on a list; doing so again changes nothing."""
    changed = await influencer_lists.add(_fill(actor, list_id, data))
    return Filled(changed=changed.changed, missing=changed.missing)


@post(
    "/lists/{list_id:uuid}/items/remove",
    operation_id="removeFromList",
    tags=["lists"],
    opt=needs("lists.write"),
    responses=refusals(404, 415, 422),
    status_code=200,
)
async def remove(
    actor: Wired[Actor],
    influencer_lists: Wired[ListsHandler],
    list_id: FromPath[UUID],
    data: JSONBody[ListMembers],
) -> Filled:
    """Take influencers off a list; doing so again changes nothing."""
    return Filled(changed=await influencer_lists.remove(_fill(actor, list_id, data)), missing=())


def _fill(actor: Actor, list_id: UUID, data: ListMembers) -> FillList:
    named = tuple(InfluencerId(each) for each in dict.fromkeys(data.ids))
    return FillList(actor=actor, list_id=ListId(list_id), influencers=named)


async def _answered(views: ListViews, actor: Actor, list_id: UUID, *, status: int = 200) -> Response[ListShown]:
    shown = await views.get(actor, list_id)
    headers = {"etag": tag_of(shown.version)}
    if status == 201:
        headers["location"] = f"/api/v1/lists/{shown.list_id}"
    return Response(shown, status_code=status, headers=headers)


HANDLERS: list[Any] = [lists, make, one, edit, drop, items, add, remove]
