"""What a search is: criteria and words, an order, and a page of who answers to them, with how many do in each direction."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol
from uuid import UUID

from ....domain.influencers.criteria import EVERYBODY, Criteria
from ....domain.shared.errors import RuleViolated
from ....domain.shared.ids import ProfileId
from ...shared.actor import Actor
from ..views import Standing, Total
from .fields import DEFAULT_SORT, RELEVANCE, SORTS

COUNTED_BESIDE: Final = 1_000
"""Beside a page without facets so many are counted one by one; above it the total is a guess, and said to be."""
EXACT_UP_TO: Final = 100_000
"""So many matches are counted one by one; of more, a fair sample is counted, and said so."""


class SortUnknown(RuleViolated):
    """There is no such order."""

    code = "search.sort_unknown"
    part = "sort"

    def __init__(self, name: str, *, words: bool) -> None:
        there = ", ".join((RELEVANCE, *SORTS) if words else SORTS)
        hint = "" if words else f"; {RELEVANCE} is for a search with q"
        super().__init__(f"there is no order by {name!r}; there are, each with a - before it or not: {there}{hint}")


@dataclass(frozen=True, slots=True)
class Sort:
    """By one field; who has no value there comes last, and equals follow each other by their ids."""

    field: str
    descending: bool = True

    @classmethod
    def read(cls, text: str | None, *, words: bool) -> Sort:
        """Read `followers` (smallest first) or `-followers`; None is the best match or else the highest score.

        Raises `SortUnknown`; *words* says whether there are words to be relevant to.
        """
        if text is None:
            return cls(RELEVANCE if words else DEFAULT_SORT)
        name = text.removeprefix("-")
        if name not in SORTS and not (name == RELEVANCE and words):
            raise SortUnknown(name, words=words)
        return cls(name, descending=text.startswith("-") or name == RELEVANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchKey:
    """Where a page ended: the next one begins after it. *value* is None among those without a value, who come last."""

    value: float | None
    influencer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A question; *criteria* have been checked."""

    criteria: Criteria = EVERYBODY
    words: tuple[str, ...] = ()
    """Folded words of the search box: each is in a name, a bio or a caption, begins a word there, or nearly is one."""
    sort: Sort = Sort(DEFAULT_SORT)
    now: datetime
    """From when spans such as 30d look back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProfile:
    """One profile of an influencer who was found, with the figures that searches go by; None where not known."""

    profile_id: ProfileId
    network: str
    network_id: str
    handle: str | None
    display_name: str | None
    country: str | None
    language: str | None
    category: str | None
    verified: bool | None
    followers: int | None
    score: float | None
    er: float | None
    avg_views: float | None
    avg_interactions: float | None
    posts_per_week: float | None
    growth_30d: float | None
    last_post: datetime | None
    seen: date | None
    matched: bool
    """It is the one by which the influencer was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    influencer_id: UUID
    name: str
    kind: str
    """`person` or `brand`."""
    own: bool
    profiles: tuple[FoundProfile, ...]
    standing: Standing | None
    """None until the first score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many are at one value of a facet."""

    value: str
    count: int
    selected: bool
    """The search asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How many lie from *low* up to and without *high*; an end that is None is open."""

    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One field of those who meet the rest of the search: what is asked of the field itself is passed over here."""

    key: str
    buckets: tuple[Bucket, ...] = ()
    """Of a field with words, the most frequent ones first."""
    min: float | None = None
    max: float | None = None
    """Of a field with numbers, over those counted."""
    histogram: tuple[Bar, ...] = ()
    unknown: int = 0
    """Of how many it is not known."""
    exact: bool = True
    """False where a sample was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    items: tuple[Found, ...]
    next: SearchKey | None
    total: Total
    facets: tuple[Facet, ...] | None = None
    """None where nobody asked."""


class Discovery(Protocol):
    """Everyone an actor may see; an influencer of the organisation's own hides a public one that shares a profile."""

    async def search(
        self,
        actor: Actor,
        search: Search,
        *,
        after: SearchKey | None = None,
        limit: int = 50,
        facets: tuple[str, ...] = (),
    ) -> SearchPage:
        """Find who has a profile that meets the whole of *search*, each once; stable while rows are inserted."""
        ...

    def walk(self, actor: Actor, search: Search) -> AsyncGenerator[tuple[Found, ...], None]:
        """Yield everybody whom *search* finds, in its order and from one moment, some at a time; close it when done."""
        ...

    async def lookup(self, actor: Actor, influencers: tuple[UUID, ...]) -> tuple[Found, ...]:
        """Return those of *influencers* that the actor sees, in the order asked."""
        ...
