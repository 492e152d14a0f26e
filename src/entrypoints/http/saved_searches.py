"""Saved searches, and being told of whom they find anew."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from ...application.analytics.discovery.saved import (
    EditSavedSearch,
    SavedSearchesHandler,
    SavedSearchKey,
    SavedSearchShown,
    SavedSearchViews,
    SaveSearch,
)
from ...application.shared.actor import Actor
from ...application.shared.repeating import RepeatableRequests
from ...domain.analytics.saved_search import MAX_NAME, Alert
from ...domain.influencers.criteria_text import MAX_LENGTH
from .access import needs
from .cursors import Cursors
from .parameters import Cursor, Limit, Wired
from .problems import refusals
from .repeating import IdempotencyKey, once
from .versions import IfMatch, tag_of, version_in

_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, pattern=_NO_CONTROLS)]
Filter = Annotated[str, msgspec.Meta(max_length=MAX_LENGTH, pattern=_NO_CONTROLS)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=_NO_CONTROLS)]
Order = Annotated[str, msgspec.Meta(max_length=40, pattern=r"^-?[a-z0-9_]*$")]


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for, as `GET /influencers` takes it."""

    filter: Filter | None = None
    q: Words | None = None
    sort: Order | None = None


class NewSavedSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search to save; of the workspace that the request names, or else of the organisation."""

    name: Name
    question: Question
    private: bool = False
    """Nobody sees it but whoever saved it."""
    alert: Alert = Alert.OFF
    """How often whoever saves it is told of whom it finds anew, by a notice and a mail."""


class SavedSearchEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change (JSON Merge Patch, RFC 7396): what is not there stays as it is; *question* replaces the whole of it."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    question: Question | msgspec.UnsetType = msgspec.UNSET
    private: bool | msgspec.UnsetType = msgspec.UNSET
    alert: Alert | msgspec.UnsetType = msgspec.UNSET


class SavedSearchLines(msgspec.Struct, frozen=True, kw_only=True):
    """A page of saved searches, the last changed first."""

    items: tuple[SavedSearchShown, ...]
    next_cursor: str | None


@get(
    "/saved-searches",
    operation_id="listSavedSearches",
    tags=["lists"],
    opt=needs("lists.read"),
    responses=refusals(404, 422),
)
async def searches(
    actor: Wired[Actor],
    saved_search_views: Wired[SavedSearchViews],
    cursors: Wired[Cursors],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> SavedSearchLines:
    """List the saved searches that the caller sees."""
    after = cursors.open("saved searches", cursor, SavedSearchKey)
    page = await saved_search_views.page(actor, after=after, limit=limit)
    return SavedSearchLines(items=page.items, next_cursor=cursors.seal("saved searches", page.next))


@post(
    "/saved-searches",
    operation_id="saveSearch",
    tags=["lists"],
    opt=needs("lists.write"),
    responses=refusals(402, 404, 409, 415, 422),
    status_code=201,
)
async def save(
    request: Request[Any, Any, Any],
    actor: Wired[Actor],
    saved_searches: Wired[SavedSearchesHandler],
    saved_search_views: Wired[SavedSearchViews],
    repeatable_requests: Wired[RepeatableRequests],
    data: JSONBody[NewSavedSearch],
    idempotency_key: IdempotencyKey = None,
) -> Response[SavedSearchShown]:
    """Save a search, and say whether one wants to be told of whom it finds anew."""

    async def saving(reserved: UUID) -> Response[SavedSearchShown]:
        await saved_searches.save(
            SaveSearch(
                actor=actor,
                search_id=reserved,
                name=data.name,
                filter=data.question.filter,
                q=data.question.q,
                sort=data.question.sort,
                private=data.private,
                alert=data.alert,
            )
        )
        return await _answered(saved_search_views, actor, reserved, status=201)

    return await once(repeatable_requests, actor, request, idempotency_key, saving)


@get(
    "/saved-searches/{search_id:uuid}",
    operation_id="getSavedSearch",
    tags=["lists"],
    opt=needs("lists.read"),
    responses=refusals(404),
)
async def one(
    actor: Wired[Actor], saved_search_views: Wired[SavedSearchViews], search_id: FromPath[UUID]
) -> Response[SavedSearchShown]:
    """Show a saved search."""
    return await _answered(saved_search_views, actor, search_id)


@patch(
    "/saved-searches/{search_id:uuid}",
    operation_id="editSavedSearch",
    tags=["lists"],
    opt=needs("lists.write"),
    responses=refusals(402, 404, 412, 415, 422, 428),
)
async def edit(
    actor: Wired[Actor],
    saved_searches: Wired[SavedSearchesHandler],
    saved_search_views: Wired[SavedSearchViews],
    search_id: FromPath[UUID],
    data: JSONBody[SavedSearchEdit],
    if_match: IfMatch = None,
) -> Response[SavedSearchShown]:
    """Rename a saved search, look for others by it, or say, whoever saved it, who sees it and how often one is told."""
    question = None if data.question is msgspec.UNSET else data.question
    await saved_searches.edit(
        EditSavedSearch(
            actor=actor,
            search_id=search_id,
            version=version_in(if_match),
            name=None if data.name is msgspec.UNSET else data.name,
            question=None if question is None else (question.filter, question.q, question.sort),
            private=None if data.private is msgspec.UNSET else data.private,
            alert=None if data.alert is msgspec.UNSET else data.alert,
        )
    )
    return await _answered(saved_search_views, actor, search_id)


@delete(
    "/saved-searches/{search_id:uuid}",
    operation_id="deleteSavedSearch",
    tags=["lists"],
    opt=needs("lists.write"),
    responses=refusals(404, 412, 428),
    status_code=204,
)
async def drop(
    actor: Wired[Actor],
    saved_searches: Wired[SavedSearchesHandler],
    search_id: FromPath[UUID],
    if_match: IfMatch = None,
) -> None:
    """Delete a saved search; nobody is told by it any more."""
    await saved_searches.delete(actor, search_id, version=version_in(if_match))


async def _answered(
    views: SavedSearchViews, actor: Actor, search_id: UUID, *, status: int = 200
) -> Response[SavedSearchShown]:
    shown = await views.get(actor, search_id)
    headers = {"etag": tag_of(shown.version)}
    if status == 201:
        headers["location"] = f"/api/v1/saved-searches/{search_id}"
    return Response(shown, status_code=status, headers=headers)


HANDLERS: list[Any] = [searches, save, one, edit, drop]
