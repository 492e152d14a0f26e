"""Counting beside a search: one pass over those who meet it, or fail it by one facet's own conditions, and numpy does the rest.

A row travels as the codes and numbers of the facets that were asked for, and a number that says which facet's own
conditions it fails. Each facet counts the rows that fail nothing but what is asked of it itself.
"""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .....application.analytics.discovery.facets import FACETS, TOP, Bits, Histogram, Recency, Words, apart, selected
from .....application.analytics.discovery.search import EXACT_UP_TO, Bar, Bucket, Facet, Search
from .....application.analytics.views import Total
from .....application.shared.actor import Actor
from .....domain.influencers.criteria import Criteria
from ...database import Driver
from ..wire import Cell, Layout, fetch
from .conditions import Conditions, Statement
from .visibility import visible
from .words import Sought

LOTS: Final = 1024
"""Every row was given one of so many lots when it was made."""
PROBE: Final = 64
"""Lots that tell how many matches there are about."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """When a sample is counted instead of everybody."""

    few: int = 250_000
    """Rows that are gone through whatever they turn out to hold."""
    exact_up_to: int = EXACT_UP_TO
    """Matches that are counted one by one; of more about so many are."""


_ROWS: Final = "select greatest(reltuples, 0)::bigint from pg_class where oid = 'discovery'::regclass"
_UNKNOWN: Final = 0
"""What a value that is not known hashes to, in our book."""

Rows = dict[str, NDArray[Any]]


async def counted(
    connection: Driver, actor: Actor, search: Search, sought: Sought, facets: tuple[str, ...], sampling: Sampling
) -> tuple[Total, tuple[Facet, ...]]:
    """Count every one of *facets*, and how many influencers meet the whole search; of many a fair sample."""
    shared, own = apart(search.criteria, facets)
    asked = _Asked(actor, search, sought, facets, shared, own)
    rows, share = await _rows(connection, asked, sampling)
    meets_all = rows["fails"] == 0
    found = _influencers(rows, meets_all)
    total = Total(value=_scaled(found, share), exact=share == 1)
    words = await _words(connection, asked, rows)
    return total, tuple(_facet(asked, name, rows, words.get(name, {}), share) for name in facets)


@dataclass(frozen=True, slots=True)
class _Asked:
    actor: Actor
    search: Search
    sought: Sought
    facets: tuple[str, ...]
    shared: Criteria
    own: Mapping[str, Criteria]

    def bit(self, facet: str) -> int:
        """What a row's `fails` has when it fails the conditions on *facet* alone; 0 where there are none."""
        return 1 << list(self.own).index(facet) if facet in self.own else 0

    def source(self, lots: int) -> tuple[str, list[Any]]:
        """The rows that fail no more than one facet's own conditions, of the first *lots* lots."""
        statement = Statement()
        conditions = Conditions(statement, self.search.now)
        where = [visible(self.actor, "d"), conditions.of(self.shared, "d")]
        if lots < LOTS:
            where.insert(0, f"d.lot < {int(lots)}")
        if self.sought.words:
            where.append(self.sought.condition(statement, "d"))
        failing = [
            f"case when {conditions.of(criteria, 'd')} then 0 else {self.bit(facet)} end"
            for facet, criteria in self.own.items()
        ]
        fails = " + ".join(failing) or "0"
        single = ", ".join(str(1 << place) for place in range(len(self.own)))
        few = f" where q.fails in (0, {single})" if len(self.own) > 1 else ""
        return (
            f"from (select d.*, {fails} as fails from discovery d where {' and '.join(where)}) q{few}",
            statement.values,
        )


def _layout(facets: tuple[str, ...]) -> Layout:
    cells: dict[str, tuple[str, Cell]] = {
        "id": ("q.id", Cell.ID),
        "fails": ("q.fails::bigint", Cell.ID),
        "person": ("case when q.several then uuid_hash_extended(q.influencer_id, 0) else 0 end", Cell.ID),
    }
    for name in facets:
        match FACETS[name]:
            case Words(flag=True):
                cells[name] = (f"case when q.{name} then 1 when not q.{name} then 2 else 0 end::bigint", Cell.ID)
            case Words():
                cells[name] = (f"coalesce(hashtextextended(q.{name}, 0), {_UNKNOWN})", Cell.ID)
            case Bits():
                cells[name] = ("q.niches", Cell.ID)
            case Histogram():
                cells[name] = (f"q.{name}", Cell.DECIMAL)
            case Recency():
                cells[name] = (f"extract(epoch from q.{name})::double precision", Cell.DECIMAL)
    return Layout(cells)


async def _rows(connection: Driver, asked: _Asked, sampling: Sampling) -> tuple[Rows, float]:
    """Read the rows, and say what share of all they are."""
    layout = _layout(asked.facets)
    lots = LOTS
    if await connection.fetchval(_ROWS) > sampling.few:
        source, values = asked.source(PROBE)
        probe = await fetch(connection, layout, source, *values)
        # As many lots as hold about so many matches; a search that finds fewer is counted whole.
        lots = min(LOTS, int(sampling.exact_up_to * PROBE / max(1, len(probe["id"]))))
        if lots <= PROBE:
            return probe, PROBE / LOTS
    source, values = asked.source(lots)
    return await fetch(connection, layout, source, *values), lots / LOTS


def _influencers(rows: Rows, chosen: NDArray[np.bool_]) -> int:
    """Rows of *chosen*, those of one influencer counted once."""
    return _distinct(rows["person"][chosen])


def _distinct(person: NDArray[np.int64]) -> int:
    return int(np.count_nonzero(person == 0)) + len(np.unique(person[person != 0]))


def _facet(asked: _Asked, name: str, rows: Rows, words: Mapping[int, str], share: float) -> Facet:
    fails = rows["fails"]
    chosen = (fails == 0) | (fails == asked.bit(name))
    person, values = rows["person"][chosen], rows[name][chosen]
    kind = FACETS[name]
    if isinstance(kind, Words):
        known, unknown = _by_word(values, person)
        picked = selected(asked.own.get(name))
        names = {1: "yes", 2: "no"} if kind.flag else words
        buckets = [
            Bucket(value=names[code], count=_scaled(count, share), selected=names[code] in picked)
            for code, count in known
        ]
        return Facet(key=name, buckets=tuple(buckets), unknown=_scaled(unknown, share), exact=share == 1)
    if isinstance(kind, Bits):
        picked = selected(asked.own.get(name))
        with_bit = [(niche, values >> place & 1 == 1) for place, niche in enumerate(kind.names)]
        told = [(niche, _distinct(person[there])) for niche, there in with_bit if there.any()]
        told.sort(key=lambda pair: (-pair[1], pair[0]))
        found = [Bucket(value=niche, count=_scaled(n, share), selected=niche in picked) for niche, n in told]
        none = _distinct(person[values == 0])
        return Facet(key=name, buckets=tuple(found), unknown=_scaled(none, share), exact=share == 1)
    edges = np.array(kind.edges if isinstance(kind, Histogram) else kind.days)
    if isinstance(kind, Recency):
        values = (asked.search.now.timestamp() - values) / 86_400
    known_values = values[~np.isnan(values)]
    counts, unknown = _by_edge(values, person, edges)
    ends = [None, *edges.tolist(), None]
    bars = [
        Bar(low=low, high=high, count=_scaled(n, share)) for low, high, n in zip(ends, ends[1:], counts, strict=False)
    ]
    return Facet(
        key=name,
        min=float(known_values.min()) if len(known_values) else None,
        max=float(known_values.max()) if len(known_values) else None,
        histogram=tuple(bars),
        unknown=_scaled(unknown, share),
        exact=share == 1,
    )


def _scaled(number: int, share: float) -> int:
    return round(number / share)


def _by_word(codes: NDArray[np.int64], person: NDArray[np.int64]) -> tuple[list[tuple[int, int]], int]:
    """(code, influencers) of the most frequent codes, and of how many none is known."""
    once = _once(codes, person)
    distinct, numbers = np.unique(codes[once], return_counts=True)
    order = np.lexsort((distinct, -numbers))
    pairs = [(int(distinct[place]), int(numbers[place])) for place in order]
    unknown = sum(number for code, number in pairs if code == _UNKNOWN)
    return [pair for pair in pairs if pair[0] != _UNKNOWN][:TOP], unknown


def _by_edge(
    values: NDArray[np.float64], person: NDArray[np.int64], edges: NDArray[np.float64]
) -> tuple[list[int], int]:
    place = np.searchsorted(edges, values, side="right")
    place[np.isnan(values)] = len(edges) + 1
    once = _once(place.astype(np.int64), person)
    numbers = np.bincount(place[once], minlength=len(edges) + 2)
    return numbers[:-1].tolist(), int(numbers[-1])


def _once(places: NDArray[np.int64], person: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows stand for themselves: of an influencer with several at one place, the first."""
    once = np.ones(len(places), dtype=np.bool_)
    several = np.flatnonzero(person != 0)
    if len(several):
        pairs = np.column_stack((person[several], places[several]))
        _, first = np.unique(pairs, axis=0, return_index=True)
        once[several] = False
        once[several[first]] = True
    return once


async def _words(connection: Driver, asked: _Asked, rows: Rows) -> Mapping[str, Mapping[int, str]]:
    """What the codes of facets with words stand for, looked up in one row that has each."""
    names = [name for name in asked.facets if FACETS[name] == Words()]
    found: dict[str, dict[int, str]] = {name: {} for name in names}
    wanted = dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]()
    ids = list[int]()
    for name in names:
        codes, first = np.unique(rows[name], return_index=True)
        wanted[name] = codes, rows["id"][first]
        ids += rows["id"][first].tolist()
    if not ids:
        return found
    told = await connection.fetch(f"select id, {', '.join(names)} from discovery where id = any($1::bigint[])", ids)
    by_id = {row["id"]: row for row in told}
    for name, (codes, where) in wanted.items():
        for code, number in zip(codes.tolist(), where.tolist(), strict=True):
            if code != _UNKNOWN:
                found[name][code] = by_id[number][name]
    return found
