"""Counting beside a search: one pass over those who meet it, or fail it by one facet's own conditions, and numpy does the rest.

What facets count of the rows travels as one run of bytes for those who meet everything, and one for those who fail what is
asked of one facet alone. Each facet counts the former and its own. Of many a sample travels, and each row of it
stands for several.
"""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import asyncpg
import numpy as np
from numpy.typing import NDArray

from .....application.analytics.discovery.facets import FACETS, TOP, Bits, Histogram, Recency, Words, apart, selected
from .....application.analytics.discovery.search import EXACT_UP_TO, Bar, Bucket, Facet, Search
from .....application.analytics.views import Total
from .....application.shared.actor import Actor
from .....domain.influencers.criteria import Criteria
from ...database import Driver
from .codes import FLAGS, UNKNOWN, Codes, factorised, spelt
from .conditions import Conditions, Statement
from .visibility import visible
from .words import Sought

LOTS: Final = 1024
"""Every row was given one of so many lots when it was made."""


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


_ROWS: Final = "select greatest(reltuples, 0)::bigint from pg_class where oid = 'discovery'::regclass"
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
    row = await _runs(connection, asked, lots)
    meeting = Codes.of((row[0], lots.weight(0)))
    found = _distinct(meeting.person, meeting.weight)
    if lots.meeting < LOTS and found <= sampling.exact_up_to:  # the probe was mistaken
        return await counted(connection, actor, search, sought, facets, replace(sampling, few=_EVERYBODY))
    told = list[_Counted]()
    for name in facets:
        place = asked.place(name)
        codes = meeting if place == 0 else Codes.of((row[0], lots.weight(0)), (row[place], lots.weight(place)))
        told.append(_facet(asked, name, codes, exact=lots.exact(place)))
    spellings = await _spellings(connection, told)
    return (
        Total(value=found, exact=lots.meeting == LOTS),
        tuple(each.facet(spellings, selected(own.get(each.name))) for each in told),
    )


_EVERYBODY: Final = 2**62


@dataclass(frozen=True, slots=True)
class _Lots:
    """How many lots are read of those who meet the search, and of those who fail one facet's own conditions."""

    meeting: int = LOTS
    failing: int = LOTS

    def weight(self, place: int) -> float:
        """How many each row of the run at *place* stands for."""
        return LOTS / (self.failing if place else self.meeting)

    def exact(self, place: int) -> bool:
        """Whether all are counted of who meets everything, or fails what is at *place*."""
        return self.meeting == LOTS and (place == 0 or self.failing == LOTS)


@dataclass(frozen=True, slots=True)
class _Asked:
    actor: Actor
    search: Search
    sought: Sought
    shared: Criteria
    own: Mapping[str, Criteria]

    def place(self, facet: str) -> int:
        """Which run has the rows that fail the conditions on *facet* alone; 0 where there are none."""
        return 1 + list(self.own).index(facet) if facet in self.own else 0

    def source(self, statement: Statement, table: str, lots: _Lots) -> str:
        """SQL of the rows, with `fails`: 0 where all is met, and a bit for each facet whose own conditions are not."""
        conditions = Conditions(statement, self.search.now)
        where = [visible(self.actor, "d"), conditions.of(self.shared, "d")]
        most = max(lots.meeting, lots.failing if self.own else 0)
        if most < LOTS:
            where.insert(0, f"d.lot < {int(most)}")
        if self.sought.words:
            where.append(self.sought.condition(statement, "d"))
        failing = [
            f"case when {conditions.of(criteria, 'd')} then 0 else {1 << bit} end"
            for bit, criteria in enumerate(self.own.values())
        ]
        return (
            f"(select d.counted, d.lot, {' + '.join(failing) or '0'} as fails from discovery d {table} "
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
        return _Lots()
    statement = Statement()
    percent = min(100.0, 100 * sampling.probed / rows)
    source = asked.source(statement, f"tablesample system ({percent}) repeatable (1)", _Lots())
    seen = await connection.fetchrow(
        "select count(*) filter (where q.fails = 0) as meeting, "
        f"count(*) filter (where q.fails = any({statement.put(asked.failing, 'integer[]')})) as failing from {source}",
        *statement.values,
    )
    assert seen is not None
    meeting, failing = (seen[name] * 100 / percent for name in ("meeting", "failing"))
    return _Lots(
        meeting=LOTS if meeting <= sampling.exact_up_to else _enough(meeting, sampling),
        failing=LOTS if failing <= sampling.exact_up_to else _enough(failing, sampling),
    )


def _enough(rows: float, sampling: Sampling) -> int:
    return min(LOTS, max(1, round(LOTS * sampling.of_many / rows)))


async def _runs(connection: Driver, asked: _Asked, lots: _Lots) -> asyncpg.Record:
    """What facets count of who meets everything, and then of who fails each facet's own conditions alone."""
    statement = Statement()
    source = asked.source(statement, "", lots)
    runs = [
        f"string_agg(q.counted, '') filter (where q.fails = {fails} and q.lot < {lots.failing if fails else lots.meeting})"
        for fails in (0, *asked.failing)
    ]
    few = f" where q.fails in (0, {', '.join(map(str, asked.failing))})" if asked.own else ""
    row = await connection.fetchrow(f"select {', '.join(runs)} from {source}{few}", *statement.values)
    assert row is not None
    return row


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
