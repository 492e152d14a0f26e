"""What the organisation keeps of influencers: tags, notes, values of its own fields, and prices."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from ...application.influencers.notes import (
    EditNote,
    FillField,
    KeptOf,
    NoteKey,
    NotePrice,
    NotesHandler,
    NoteShown,
    NoteViews,
    PriceShown,
    TagInfluencers,
    TagUsed,
    WriteNote,
)
from ...application.shared.actor import Actor
from ...application.shared.repeating import RepeatableRequests
from ...domain.influencers.fields import MAX_TEXT as MAX_VALUE
from ...domain.influencers.fields import MOST_OPTIONS
from ...domain.influencers.lists import AT_ONCE
from ...domain.influencers.notes import MAX_REMARK, MAX_TAG, MAX_TEXT, MOST_TAGS, WorkFormat
from ...domain.shared.ids import InfluencerId
from ...domain.shared.money import Money
from ...domain.shared.social import network_name
from .access import needs
from .cursors import Cursors
from .custom_fields import FieldKeyInPath
from .editing import Network
from .lists import Filled
from .parameters import Cursor, Limit, Wired
from .problems import refusals
from .repeating import IdempotencyKey, once
from .versions import IfMatch, tag_of, version_in

_LINES: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT, pattern=_LINES)]
TagText = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TAG, pattern=r"^[^\x00-\x1f\x7f,]+$")]
Tags = Annotated[tuple[TagText, ...], msgspec.Meta(max_length=MOST_TAGS)]
Word = Annotated[str, msgspec.Meta(max_length=MAX_VALUE, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_OPTIONS)]


class Tagging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tags to add to influencers, and to remove from them."""

    ids: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=AT_ONCE)]
    add: Tags = ()
    remove: Tags = ()


class TagLines(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation's tags, the most used first."""

    items: tuple[TagUsed, ...]


class NoteText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a note says."""

    text: Text


class NoteLines(msgspec.Struct, frozen=True, kw_only=True):
    """A page of notes, the newest first."""

    items: tuple[NoteShown, ...]
    next_cursor: str | None


class FieldValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a field says of an influencer, as its kind takes it; null clears it."""

    value: Word | float | bool | Words | None


class NewPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody asks for a piece of work."""

    format: WorkFormat
    amount: Annotated[str, msgspec.Meta(pattern=r"^\d{1,15}(\.\d{1,3})?$")]
    """With a point, and as many digits behind it as the currency has: `1500.00`."""
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
    since: date
    """From which day on."""
    network: Network | None = None
    """None where it is for all."""
    remark: Annotated[str, msgspec.Meta(max_length=MAX_REMARK, pattern=_LINES)] = ""


class PriceLines(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, from the latest day on."""

    items: tuple[PriceShown, ...]


@get("/tags", operation_id="listTags", tags=["notes"], opt=needs("notes.read"), responses=refusals(404))
async def tags(actor: Wired[Actor], note_views: Wired[NoteViews]) -> TagLines:
    """List the organisation's tags, and how many influencers have each."""
    return TagLines(items=await note_views.tags(actor))


@post(
    "/tags/apply",
    operation_id="tagInfluencers",
    tags=["notes"],
    opt=needs("notes.write"),
    responses=refusals(404, 415, 422),
    status_code=200,
)
async def tag(actor: Wired[Actor], influencer_notes: Wired[NotesHandler], data: JSONBody[Tagging]) -> Filled:
    """Add tags to many influencers, and remove others from them; doing so again changes nothing."""
    changed = await influencer_notes.tag(
        TagInfluencers(
            actor=actor,
            influencers=tuple(InfluencerId(each) for each in dict.fromkeys(data.ids)),
            add=data.add,
            remove=data.remove,
        )
    )
    return Filled(changed=changed.changed, missing=changed.missing)


@get(
    "/influencers/{influencer_id:uuid}/kept",
    operation_id="getKept",
    tags=["notes"],
    opt=needs("notes.read"),
    responses=refusals(404),
)
async def kept(actor: Wired[Actor], note_views: Wired[NoteViews], influencer_id: FromPath[UUID]) -> KeptOf:
    """Show all that the organisation keeps of an influencer: tags, fields, lists, the newest notes and prices."""
    return await note_views.kept_of(actor, influencer_id)


@get(
    "/influencers/{influencer_id:uuid}/notes",
    operation_id="listNotes",
    tags=["notes"],
    opt=needs("notes.read"),
    responses=refusals(404, 422),
)
async def notes(
    actor: Wired[Actor],
    note_views: Wired[NoteViews],
    cursors: Wired[Cursors],
    influencer_id: FromPath[UUID],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> NoteLines:
    """List what was written about an influencer."""
    of = f"notes {influencer_id}"
    page = await note_views.notes(actor, influencer_id, after=cursors.open(of, cursor, NoteKey), limit=limit)
    return NoteLines(items=page.items, next_cursor=cursors.seal(of, page.next))


@post(
    "/influencers/{influencer_id:uuid}/notes",
    operation_id="writeNote",
    tags=["notes"],
    opt=needs("notes.write"),
    responses=refusals(404, 409, 415, 422),
    status_code=201,
)
async def write(
    request: Request[Any, Any, Any],
    actor: Wired[Actor],
    influencer_notes: Wired[NotesHandler],
    note_views: Wired[NoteViews],
    repeatable_requests: Wired[RepeatableRequests],
    influencer_id: FromPath[UUID],
    data: JSONBody[NoteText],
    idempotency_key: IdempotencyKey = None,
) -> Response[NoteShown]:
    """Write something about an influencer, for one's colleagues."""

    async def writing(reserved: UUID) -> Response[NoteShown]:
        await influencer_notes.write(
            WriteNote(actor=actor, note_id=reserved, influencer_id=InfluencerId(influencer_id), text=data.text)
        )
        return await _answered(note_views, actor, reserved, status=201)

    return await once(repeatable_requests, actor, request, idempotency_key, writing)


@patch(
    "/notes/{note_id:uuid}",
    operation_id="editNote",
    tags=["notes"],
    opt=needs("notes.write"),
    responses=refusals(404, 412, 415, 422, 428),
)
async def edit(
    actor: Wired[Actor],
    influencer_notes: Wired[NotesHandler],
    note_views: Wired[NoteViews],
    note_id: FromPath[UUID],
    data: JSONBody[NoteText],
    if_match: IfMatch = None,
) -> Response[NoteShown]:
    """Say something else in a note that one wrote."""
    await influencer_notes.edit(EditNote(actor=actor, note_id=note_id, version=version_in(if_match), text=data.text))
    return await _answered(note_views, actor, note_id)


@delete(
    "/notes/{note_id:uuid}",
    operation_id="deleteNote",
    tags=["notes"],
    opt=needs("notes.write"),
    responses=refusals(404, 412, 428),
    status_code=204,
)
async def drop(
    actor: Wired[Actor], influencer_notes: Wired[NotesHandler], note_id: FromPath[UUID], if_match: IfMatch = None
) -> None:
    """Delete a note that one wrote."""
    await influencer_notes.delete(actor, note_id, version=version_in(if_match))


@put(
    "/influencers/{influencer_id:uuid}/fields/{key:str}",
    operation_id="fillField",
    tags=["notes"],
    opt=needs("notes.write"),
    responses=refusals(404, 415, 422),
    status_code=204,
)
async def fill(
    actor: Wired[Actor],
    influencer_notes: Wired[NotesHandler],
    influencer_id: FromPath[UUID],
    key: FieldKeyInPath,
    data: JSONBody[FieldValue],
) -> None:
    """Say what one of the organisation's own fields is of an influencer; null clears it."""
    await influencer_notes.fill(
        FillField(actor=actor, influencer_id=InfluencerId(influencer_id), key=key, value=data.value)
    )


@get(
    "/influencers/{influencer_id:uuid}/prices",
    operation_id="listPrices",
    tags=["notes"],
    opt=needs("notes.read"),
    responses=refusals(404),
)
async def prices(actor: Wired[Actor], note_views: Wired[NoteViews], influencer_id: FromPath[UUID]) -> PriceLines:
    """List what an influencer asked for their work, from the latest day on."""
    return PriceLines(items=await note_views.prices(actor, influencer_id))


@post(
    "/influencers/{influencer_id:uuid}/prices",
    operation_id="notePrice",
    tags=["notes"],
    opt=needs("notes.write"),
    responses=refusals(404, 409, 415, 422),
    status_code=201,
)
async def note_price(
    request: Request[Any, Any, Any],
    actor: Wired[Actor],
    influencer_notes: Wired[NotesHandler],
    note_views: Wired[NoteViews],
    repeatable_requests: Wired[RepeatableRequests],
    influencer_id: FromPath[UUID],
    data: JSONBody[NewPrice],
    idempotency_key: IdempotencyKey = None,
) -> Response[PriceLines]:
    """Write down what an influencer asks from a day on. What was written down stays; what they ask later is another price."""

    async def noting(reserved: UUID) -> Response[PriceLines]:
        await influencer_notes.note_price(
            NotePrice(
                actor=actor,
                price_id=reserved,
                influencer_id=InfluencerId(influencer_id),
                format=data.format,
                money=Money.read(data.amount, data.currency),
                since=data.since,
                network=None if data.network is None else network_name(data.network),
                remark=data.remark,
            )
        )
        return Response(PriceLines(items=await note_views.prices(actor, influencer_id)), status_code=201)

    return await once(repeatable_requests, actor, request, idempotency_key, noting)


async def _answered(views: NoteViews, actor: Actor, note_id: UUID, *, status: int = 200) -> Response[NoteShown]:
    shown = await views.note(actor, note_id)
    return Response(shown, status_code=status, headers={"etag": tag_of(shown.version)})


HANDLERS: list[Any] = [tags, tag, kept, notes, write, edit, drop, fill, prices, note_price]
