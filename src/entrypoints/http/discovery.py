"""Finding influencers: the list with its filter, its words, its order and its facets, and what can be asked."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from ...application.analytics.discovery.asking import asked
from ...application.analytics.discovery.facets import FACETS, facets_named
from ...application.analytics.discovery.fields import FIELDS, SORTS, UNANSWERABLE
from ...application.analytics.discovery.search import Discovery, Facet, Found, SearchKey
from ...application.analytics.views import Total
from ...application.shared.actor import Actor
from ...application.shared.ports import Clock
from ...domain.influencers.criteria_text import MAX_LENGTH
from .access import needs
from .cursors import Cursors
from .parameters import Cursor, Limit, Wired
from .problems import refusals
from .trimming import trimmed

MAX_LOOKUP: Final = 500
"""Ids of one look-up."""
Filter = Annotated[
    str | None,
    QueryParameter(
        max_length=MAX_LENGTH,
        description="Whom to look for, as `followers in 10k..50k and network = instagram and not country = US`; "
        "`GET /search-fields` has the fields",
    ),
]
Words = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=100,
        description="Words of names, handles, bios, captions or hashtags: accents and letter case aside, beginnings of words, "
        "inflections, and one slip in a word of four letters or more",
    ),
]
Order = Annotated[
    str | None,
    QueryParameter(
        max_length=40,
        description="A field of `GET /search-fields` that sorts, smallest first, or with a `-` before it largest first; "
        "best matches first where q is given, else `-score`. Who has no value comes last",
    ),
]
FacetNames = Annotated[
    str | None,
    QueryParameter(max_length=400, description=f"`1` for all facets, or some of: {', '.join(FACETS)}"),
]
FieldNames = Annotated[
    str | None,
    QueryParameter(
        max_length=1_000,
        description="Only these parts of each item, between commas, as `name,standing,profiles.handle`",
    ),
]


class Influencers(msgspec.Struct, frozen=True, kw_only=True):
    """A page of influencers."""

    items: tuple[Found, ...]
    """With `fields` they have the parts that were asked for, and `influencer_id`."""
    next_cursor: str | None
    total: Total
    facets: tuple[Facet, ...] | msgspec.UnsetType = msgspec.UNSET
    """Not there where none were asked for."""


class SearchField(msgspec.Struct, frozen=True, kw_only=True):
    """One field that a filter can ask for."""

    name: str
    kind: str
    """`number` and `percent` have ranges, `day` has ranges of days, `word` and `words` have sets, `flag` is yes or no,
    `share` has ranges for each part, `text` is looked through for words."""
    meaning: str
    unknown: str
    """Where the value is not known: `fails` neither a condition nor its negation is met; `is_no` it counts as not there."""
    sorts: bool
    facet: bool
    values: tuple[str, ...]
    """The words that it can be; empty where they are not known beforehand."""
    usual_share: float | None
    """Per cent that a set asks for where none is named."""


class Unanswerable(msgspec.Struct, frozen=True, kw_only=True):
    """A field that other products have, and why it cannot be asked for here."""

    name: str
    reason: str


class SearchFields(msgspec.Struct, frozen=True, kw_only=True):
    """All that a filter can ask for, and what it cannot."""

    items: tuple[SearchField, ...]
    unanswerable: tuple[Unanswerable, ...]


@get(
    "/influencers",
    operation_id="listInfluencers",
    tags=["influencers"],
    opt=needs("influencers.read", cost=2),
    responses=refusals(404, 422),
)
async def influencers(
    actor: Wired[Actor],
    discovery: Wired[Discovery],
    cursors: Wired[Cursors],
    clock: Wired[Clock],
    filter: FromQuery[Filter] = None,  # noqa: A002  so it is called in the URL
    q: FromQuery[Words] = None,
    sort: FromQuery[Order] = None,
    facets: FromQuery[FacetNames] = None,
    fields: FromQuery[FieldNames] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Influencers:
    """Find influencers by any of their profiles, each once; the best score first where no other order is asked for."""
    search = asked(actor, filter, q, sort, now=clock.now())
    shown = trimmed(fields, Found)
    # A cursor belongs to one question: with another filter or order it would skip and repeat.
    listed = f"influencers {filter or ''}\0{' '.join(search.words)}\0{search.sort.field} {search.sort.descending}"
    page = await discovery.search(
        actor,
        search,
        after=cursors.open(listed, cursor, SearchKey),
        limit=limit,
        facets=facets_named(facets),
    )
    return Influencers(
        items=shown(page.items),
        next_cursor=cursors.seal(listed, page.next),
        total=page.total,
        facets=msgspec.UNSET if page.facets is None else page.facets,
    )


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to look up."""

    ids: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=MAX_LOOKUP)]


class LookedUp(msgspec.Struct, frozen=True, kw_only=True):
    """Influencers in the order asked, and the ids of those who are not there, or not for the caller to see."""

    items: tuple[Found, ...]
    missing: tuple[UUID, ...]


@post(
    "/influencers/lookup",
    operation_id="lookUpInfluencers",
    tags=["influencers"],
    opt=needs("influencers.read"),
    responses=refusals(404, 415),
    status_code=200,
)
async def look_up(actor: Wired[Actor], discovery: Wired[Discovery], data: JSONBody[Wanted]) -> LookedUp:
    """Look up many influencers by their ids at once."""
    wanted = tuple(dict.fromkeys(data.ids))
    items = await discovery.lookup(actor, wanted)
    there = {item.influencer_id for item in items}
    return LookedUp(items=items, missing=tuple(each for each in wanted if each not in there))


_FIELDS: Final = SearchFields(
    items=tuple(
        SearchField(
            name=field.name,
            kind=field.kind,
            meaning=field.meaning,
            unknown=field.unknown,
            sorts=field.name in SORTS,
            facet=field.name in FACETS,
            values=field.values,
            usual_share=field.usual_share,
        )
        for field in FIELDS
    ),
    unanswerable=tuple(Unanswerable(name=name, reason=reason) for name, reason in UNANSWERABLE.items()),
)


@get(
    "/search-fields",
    operation_id="listSearchFields",
    tags=["catalogue"],
    opt=needs("catalogue.read"),
    responses=refusals(),
)
async def search_fields() -> SearchFields:
    """List what a filter of influencers can ask for, and what it cannot, with the reason."""
    return _FIELDS


HANDLERS: list[Any] = [influencers, look_up, search_fields]
