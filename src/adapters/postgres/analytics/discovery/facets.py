"""Counting beside a search: one pass over those who meet it, or fail it by one facet's own conditions, and numpy does the rest.

A row travels as what facets count of it, and a number that says which facet's own conditions it fails. Each facet
counts the rows that fail nothing but what is asked of it itself. Of many a sample travels, and each row of it stands
for several.
"""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....application.analytics.discovery.facets import FACETS, TOP, Bits, Histogram, Recency, Words, apart, selected
from .....application.analytics.discovery.search import EXACT_UP_TO, Bar, Bucket, Facet, Search
from .....application.analytics.views import Total
from .....application.shared.actor import Actor
from .....domain.influencers.criteria import Criteria
from ...database import Driver
from .codes import FLAGS, UNKNOWN, Codes, factorised, read, spelt
from .conditions import Conditions, Statement
from .visibility import visible
from .words import Sought

LOTS: Final = 1024
"""Every influencer has one of so many lots, which all rows of it share."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """When a sample is counted instead of everybody."""

    few: int = 60_000
    """Rows that are gone through whatever they turn out to hold."""
    exact_up_to: int = EXACT_UP_TO
    """Matches that are counted one by one."""
    of_many: int = 30_000
    """Of more than that about so many are; a share of them is off by 0.6 points at the most, 19 times out of 20."""
    probed: int = 6_000
    """Rows of pages drawn anywhere in the table; they tell how many matches there are about."""


_ROWS: Final = "select greatest(reltuples, 0)::bigint from pg_class where oid = 'public.discovery'::regclass"
_TWO: Final = {"kind": {1: "person", 2: "brand"}}
_YES_NO: Final = {1: "yes", 2: "no"}

Weights = NDArray[np.float64]


async def counted(
    connection: Driver, actor: Actor, search: Search, sought: Sought, facets: tuple[str, ...], sampling: Sampling
) -> tuple[Total, tuple[Facet, ...]]:
    """Count every one of *facets*, and how many influencers meet the whole search; of many a fair sample."""
    shared, own = apart(search.criteria, facets)
    asked = _Asked(actor, search, sought, shared, own)
    lots = await _lots(connection, asked, sampling)
    rows = await _rows(connection, asked, lots)
    fails = rows.fails
    meeting = rows.only(fails == 0)
    found = _distinct(meeting.person, meeting.weight)
    if found - lots.doubt(found) <= sampling.exact_up_to and lots.meeting < LOTS:  # the probe may have been mistaken
        return await counted(connection, actor, search, sought, facets, replace(sampling, few=_EVERYBODY))
    told = list[_Counted]()
    for name in facets:
        bit = asked.bit(name)
        codes = rows.only((fails == 0) | (fails == bit)) if bit else meeting
        told.append(_facet(asked, name, codes, exact=lots.exact(bit)))
    spellings = await _spellings(connection, told)
    return (
        Total(value=found, exact=lots.meeting == LOTS),
        tuple(each.facet(spellings, selected(own.get(each.name))) for each in told),
    )


_EVERYBODY: Final = 2**62


@dataclass(frozen=True, slots=True)
class _Lots:
    """How many lots are read of those who meet the search, and of those who fail each facet's own conditions alone."""

    meeting: int
    failing: tuple[int, ...]

    @classmethod
    def all(cls, asked: _Asked) -> _Lots:
        return cls(LOTS, (LOTS,) * len(asked.own))

    @property
    def most(self) -> int:
        return max(self.meeting, *self.failing, 0)

    def exact(self, bit: int) -> bool:
        """Whether all are counted of who meets everything, and of who fails the facet of that *bit*."""
        return self.meeting == LOTS and (bit == 0 or self.failing[bit.bit_length() - 1] == LOTS)

    def doubt(self, found: float) -> float:
        """How far the count of the lots may be from *found*: three standard deviations of a draw of so many lots."""
        share = self.meeting / LOTS
        return 3 * sqrt(found * (1 - share) / share)

    def read_of(self, fails: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many lots were read of rows that fail so."""
        read = np.full(len(fails), self.meeting)
        for place, lots in enumerate(self.failing):
            read[fails == 1 << place] = lots
        return read


@dataclass(frozen=True, slots=True)
class _Asked:
    actor: Actor
    search: Search
    sought: Sought
    shared: Criteria
    own: Mapping[str, Criteria]

    def bit(self, facet: str) -> int:
        """What a row's `fails` is when it fails the conditions on *facet* alone; 0 where there are none."""
        return 1 << list(self.own).index(facet) if facet in self.own else 0

    def source(self, statement: Statement, lots: _Lots, sampled: str = "") -> str:
        """SQL of the rows, of *sampled* pages or of all.

        `fails` is 0 where all is met, and has a bit for each facet whose own conditions are not.
        """
        conditions = Conditions(statement, self.search.now, self.actor.caller)
        where = [visible(self.actor, "d"), conditions.of(self.shared, "d")]
        if lots.most < LOTS:
            where.insert(0, f"d.lot < {int(lots.most)}")
        if self.sought.words:
            where.append(self.sought.condition(statement, "d", at_once=not sampled))
        failing = [
            f"case when {conditions.of(criteria, 'd')} then 0 else {1 << bit} end"
            for bit, criteria in enumerate(self.own.values())
        ]
        rows = f"public.discovery d {sampled}" if sampled else "discovery d"  # of a view no pages can be drawn
        return (
            f"(select d.counted, d.lot, {' + '.join(failing) or '0'} as fails from {rows} "
            f"where {' and '.join(where)}) q"
        )

    @property
    def failing(self) -> list[int]:
        """What `fails` is of those who fail the conditions on one facet alone."""
        return [1 << bit for bit in range(len(self.own))]


async def _lots(connection: Driver, asked: _Asked, sampling: Sampling) -> _Lots:
    """Decide how many lots are read: all where few are found, as many as hold about enough where many are."""
    rows = await connection.fetchval(_ROWS)
    if rows <= sampling.few:
        return _Lots.all(asked)
    statement = Statement()
    percent = min(100.0, 100 * sampling.probed / rows)
    source = asked.source(statement, _Lots.all(asked), f"tablesample system ({percent}) repeatable (1)")
    seen = await connection.fetch(f"select q.fails, count(*) from {source} group by q.fails", *statement.values)
    about = {row["fails"]: row["count"] * 100 / percent for row in seen}
    meeting = about.get(0, 0)
    return _Lots(
        _enough(meeting, meeting, sampling),
        tuple(_enough(about.get(fails, 0), meeting + about.get(fails, 0), sampling) for fails in asked.failing),
    )


def _enough(rows: float, counted_with: float, sampling: Sampling) -> int:
    """Lots of about so many *rows*, which a facet counts among *counted_with*."""
    if counted_with <= sampling.exact_up_to or not rows:
        return LOTS
    return min(LOTS, max(1, round(LOTS * sampling.of_many / rows)))


async def _rows(connection: Driver, asked: _Asked, lots: _Lots) -> Codes:
    """Read what facets count of who meets everything, or fails one facet's own conditions."""
    statement = Statement()
    source = asked.source(statement, lots)
    picked = [f"q.fails in (0, {', '.join(map(str, asked.failing))})"] if asked.own else []
    if len({lots.meeting, *lots.failing}) > 1:
        each = " ".join(f"when {fails} then {int(n)}" for fails, n in zip(asked.failing, lots.failing, strict=True))
        picked.append(f"q.lot < case q.fails {each} else {int(lots.meeting)} end")
    few = f" where {' and '.join(picked)}" if picked else ""
    rows = await read(connection, source + few, statement.values)
    return replace(rows, weight=LOTS / lots.read_of(rows.fails))


@dataclass(frozen=True, slots=True)
class _Counted:
    """A facet whose words are still hashes: *rows* tell, for each of the first, who has it."""

    name: str
    counts: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    bars: tuple[Bar, ...] = ()
    low: float | None = None
    high: float | None = None
    unknown: int = 0
    exact: bool = True

    def facet(self, spellings: Mapping[tuple[str, int], str], picked: frozenset[str]) -> Facet:
        words = self.words or tuple(spellings[self.name, row] for row in self.rows)
        return Facet(
            key=self.name,
            buckets=tuple(
                Bucket(value=word, count=count, selected=word in picked)
                for word, count in zip(words, self.counts, strict=True)
            ),
            min=self.low,
            max=self.high,
            histogram=self.bars,
            unknown=self.unknown,
            exact=self.exact,
        )


def _facet(asked: _Asked, name: str, codes: Codes, *, exact: bool) -> _Counted:
    match FACETS[name]:
        case Words():
            return _by_word(name, codes, exact=exact)
        case Bits(names):
            return _by_bit(name, names, codes, exact=exact)
        case Histogram(edges):
            return _by_edge(name, codes.numbers(name), edges, codes, exact=exact)
        case Recency(days):
            return _by_edge(name, codes.ages(asked.search.now.timestamp()), days, codes, exact=exact)


def _by_word(name: str, codes: Codes, *, exact: bool) -> _Counted:
    """The most frequent words, and of how many none is known."""
    distinct, place = factorised(codes.words(name))
    numbers = _numbers(place, codes.person, codes.weight, len(distinct))
    order = np.lexsort((distinct, -numbers))
    order = order[distinct[order] != UNKNOWN][:TOP]
    having = np.zeros(len(distinct), dtype=np.int64)
    having[place] = codes.ids  # of several rows one stays
    told = _TWO.get(name, _YES_NO)
    return _Counted(
        name=name,
        counts=_rounded(numbers[order]),
        words=tuple(told[code] for code in distinct[order].tolist()) if name in FLAGS else (),
        rows=() if name in FLAGS else tuple(having[order].tolist()),
        unknown=round(float(numbers[distinct == UNKNOWN].sum())),
        exact=exact,
    )


def _by_bit(name: str, names: tuple[str, ...], codes: Codes, *, exact: bool) -> _Counted:
    """Each name with how many influencers have its bit, and how many have none."""
    values, person = codes.niches, codes.person
    union = int(np.bitwise_or.reduce(values)) if len(values) else 0
    told = list[tuple[str, int]]()
    for place, word in enumerate(names):
        if union >> place & 1:
            there = values >> place & 1 == 1
            told.append((word, _distinct(person[there], codes.weight[there])))
    told.sort(key=lambda pair: (-pair[1], pair[0]))
    none = values == 0
    return _Counted(
        name=name,
        counts=tuple(count for _, count in told),
        words=tuple(word for word, _ in told),
        unknown=_distinct(person[none], codes.weight[none]),
        exact=exact,
    )


def _by_edge(
    name: str, values: NDArray[np.float64], edges: tuple[float, ...], codes: Codes, *, exact: bool
) -> _Counted:
    missing = np.isnan(values)
    place = np.searchsorted(np.array(edges), values, side="right")
    place[missing] = len(edges) + 1
    counts = _rounded(_numbers(place, codes.person, codes.weight, len(edges) + 2))
    ends = [None, *edges, None]
    some = not missing.all()
    return _Counted(
        name=name,
        bars=tuple(Bar(low=low, high=high, count=n) for low, high, n in zip(ends, ends[1:], counts, strict=False)),
        low=float(np.nanmin(values)) if some else None,
        high=float(np.nanmax(values)) if some else None,
        unknown=counts[-1],
        exact=exact,
    )


def _numbers(places: NDArray[np.int64], person: NDArray[np.int64], weight: Weights, several: int) -> Weights:
    """How many influencers are at each of *several* places, one who is at a place with two profiles once."""
    if person.any():
        once = _once(places, person, weight)
        places, weight = places[once], weight[once]
    return np.bincount(places, weights=weight, minlength=several).astype(np.float64)


def _once(places: NDArray[np.int64], person: NDArray[np.int64], weight: Weights) -> NDArray[np.bool_]:
    """Which rows stand for themselves: of an influencer with several at one place, the one that stands for fewest."""
    once = np.ones(len(places), dtype=np.bool_)
    several = np.flatnonzero(person != 0)
    several = several[np.argsort(weight[several], kind="stable")]
    pairs = np.column_stack((person[several], places[several]))
    _, first = np.unique(pairs, axis=0, return_index=True)
    once[several] = False
    once[several[first]] = True
    return once


def _distinct(person: NDArray[np.int64], weight: Weights) -> int:
    """How many influencers the rows stand for."""
    return round(float(_numbers(np.zeros(len(person), dtype=np.int64), person, weight, 1)[0]))


def _rounded(numbers: Weights) -> tuple[int, ...]:
    return tuple(round(number) for number in numbers.tolist())


async def _spellings(connection: Driver, told: Sequence[_Counted]) -> Mapping[tuple[str, int], str]:
    """The words of all facets at once: each is asked of a row that has it."""
    asked = [(each.name, row) for each in told for row in each.rows]
    return dict(zip(asked, await spelt(connection, asked), strict=True)) if asked else {}
