"""Every filter finds whom a plain walk over the rows finds, in every order, page by page, and counts as many."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analisa.adapters.postgres.analytics.discovery.pages import PostgresDiscovery
from analisa.adapters.postgres.database import Database
from analisa.application.analytics.discovery.checking import checked
from analisa.application.analytics.discovery.facets import FACETS, Histogram, apart
from analisa.application.analytics.discovery.fields import FIELDS, SORTS, Kind
from analisa.application.analytics.discovery.search import Found, Search, SearchKey, SearchPage, Sort
from analisa.application.shared.actor import Actor
from analisa.domain.analytics.tiers import tiers
from analisa.domain.influencers.criteria import (
    Ago,
    All,
    Amount,
    AnyOf,
    Criteria,
    Has,
    Matches,
    Not,
    OneOf,
    Range,
    Subject,
)
from analisa.domain.influencers.criteria_text import read, write
from analisa.domain.influencers.folding import folded, slips_of, words_of
from analisa.domain.influencers.niche import taxonomy
from analisa.domain.shared.ids import Owner
from tests.integration.analytics.world import World
from tests.plain_discovery import Row, found, in_order

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
AMOUNTS = (0.0, 1.0, 2.5, 10.0, 40.0, 1_000.0, 50_000.0)
DAYS = tuple(NOW - timedelta(days=days, hours=hours) for days, hours in ((0, 1), (5, 0), (30, 0), (31, 13), (400, 0)))
WORDS = {
    "kind": ("person", "brand"),
    "network": ("instagram", "tiktok", "youtube"),
    "country": ("BR", "PT", "US"),
    "language": ("pt", "en"),
    "category": ("Food", "food", "Travel & Leisure"),
    "account_type": ("business", "creator"),
    "contact": ("email", "link"),
    "tier": ("starting", "micro", "mid"),
    "niche": ("beauty", "news", "lifestyle"),
    "hashtag": ("verao", "publi", "praia"),
    "mention": ("marca", "outra.loja"),
}
NAMES = ("Ana Conceição", "ana souza", "João Açaí", "Maria-José Lima", "x", "Zoë 2020")
SHARES = {"audience.country": ("BR", "PT"), "audience.gender": ("F", "M"), "audience.age": ("18-24", "25-34")}
NUMBERS = tuple(field.name for field in FIELDS if field.kind in {Kind.NUMBER, Kind.PERCENT})


@dataclass
class Stored:
    discovery: PostgresDiscovery
    actor: Actor
    rows: list[Row]
    """What the actor should see."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stored(database: Database, world: World) -> AsyncIterator[Stored]:
    chance = random.Random(20260331)
    actor = await world.organisation("seeker")
    stranger = await world.organisation("stranger")
    seen = list[Row]()
    for number in range(70):
        owner = chance.choice((None, None, None, actor.organisation, stranger.organisation))
        profiles = [await world.profile(f"{number}-{k}") for k in range(chance.choice((0, 1, 1, 1, 2, 3)))]
        influencer = await world.influencer(chance.choice(NAMES), *profiles, owner=owner)
        several = len(profiles) > 1
        for profile in profiles or [None]:
            row = await written(world, chance, owner, influencer, profile, several=several)
            # The organisation's own row of a public profile stands before the public one.
            own = (
                await written(world, chance, actor.organisation, influencer, profile, several=several)
                if (owner is None and profile is not None and chance.random() < 0.2)
                else None
            )
            if owner != stranger.organisation:
                seen.append(own or row)
    yield Stored(PostgresDiscovery(database), actor, seen)


async def written(
    world: World, chance: random.Random, owner: Owner, influencer: UUID, profile: int | None, *, several: bool
) -> Row:
    def maybe(values: Any) -> Any:
        return chance.choice(values) if chance.random() < 0.7 else None

    facts: dict[str, Any] = {name: maybe(AMOUNTS) for name in NUMBERS}
    facts |= {name: maybe(DAYS) for name in ("last_post", "seen")}
    facts |= {name: maybe(WORDS[name]) for name in ("network", "country", "language", "category", "account_type")}
    facts |= {
        "handle": maybe(("ana", "joao.acai", "lua")),
        "verified": maybe((True, False)),
        "sponsored": maybe((True, False)),
    }
    facts |= {"kind": chance.choice(WORDS["kind"]), "added": chance.choice(DAYS), "own": chance.random() < 0.3}
    contact = maybe([frozenset(), frozenset({"email"}), frozenset({"email", "link"})])
    facts["niche"] = frozenset(chance.sample(WORDS["niche"], chance.randint(0, 2)))
    number: int = await world.insert(
        "discovery",
        owner,
        "returning id",
        influencer_id=influencer,
        profile_id=profile,
        shown=True,
        several=several,
        measured=True,
        contact=None if contact is None else sorted(contact),
        niches=taxonomy().bits(facts["niche"]),
        **{name: value for name, value in facts.items() if name != "niche"},
    )
    facts |= {"contact": contact}
    facts["tier"] = tiers().tier(facts["network"], facts["followers"]) if facts["network"] else None
    for name, column in (("hashtag", "hashtags"), ("mention", "mentions")):
        facts[name] = frozenset(chance.sample(WORDS[name], chance.randint(0, 2)))
        facts[column] = sorted(facts[name])
    facts["name"] = chance.choice(NAMES)
    await world.rows(
        "insert into discovery_texts (discovery_id, owner, made_of, called, words, hashtags, mentions, nick) "
        "values ($1, $2, '', folded_words($3), setweight(to_tsvector('simple', folded_words($3)), 'A'), $4, $5, "
        "coalesce(regexp_replace(folded($6), '[^[:alnum:]]+', '', 'g'), ''))",
        number,
        owner,
        facts["name"],
        facts.pop("hashtags"),
        facts.pop("mentions"),
        facts["handle"],
        owner=owner,
    )
    shares = await listened(world, chance, owner, number)
    return Row(influencer_id=influencer, id=number, facts=facts, shares=shares)


async def listened(world: World, chance: random.Random, owner: Owner, number: int) -> dict[str, dict[str, float]]:
    """Write some audience of a row, and return it."""
    shares = dict[str, dict[str, float]]()
    for field, keys in SHARES.items():
        told = {key: chance.choice((5.0, 20.0, 40.0, 60.0)) for key in keys if chance.random() < 0.5}
        if told:
            shares[field] = told
        for key, share in told.items():
            dimension = field.partition(".")[2]
            await world.insert(
                "discovery_audiences", owner, discovery_id=number, dimension=dimension, key=key, share=share
            )
    return shares


def ranges(subject: Subject, bounds: st.SearchStrategy[Any]) -> st.SearchStrategy[Criteria]:
    both = st.tuples(bounds, bounds).filter(
        lambda ends: not isinstance(ends[0], Amount) or ends[0].value <= ends[1].value
    )
    return st.one_of(
        st.builds(lambda low, included: Range(subject=subject, low=low, low_included=included), bounds, st.booleans()),
        st.builds(
            lambda high, included: Range(subject=subject, high=high, high_included=included), bounds, st.booleans()
        ),
        both.map(lambda ends: Range(subject=subject, low=ends[0], high=ends[1])),
    )


def conditions() -> st.SearchStrategy[Criteria]:
    amounts = st.sampled_from(AMOUNTS).map(Amount)
    days = st.one_of(st.sampled_from([day.date() for day in DAYS]), st.sampled_from((0, 5, 30, 31)).map(Ago))
    shares = st.sampled_from((0.0, 5.0, 20.0, 40.0, 100.0)).map(lambda value: Amount(value, percent=True))
    keys = st.sampled_from([Subject(field, key) for field, keys in SHARES.items() for key in (*keys, "XX")])
    return st.one_of(
        st.sampled_from(NUMBERS).flatmap(lambda name: ranges(Subject(name), amounts)),
        st.sampled_from(("last_post", "seen", "added")).flatmap(lambda name: ranges(Subject(name), days)),
        keys.flatmap(lambda subject: ranges(subject, shares)),
        st.sampled_from(sorted(WORDS)).flatmap(
            lambda name: st.lists(st.sampled_from(WORDS[name]), min_size=1, max_size=2, unique=True).map(
                lambda values: OneOf(Subject(name), tuple(values))
            )
        ),
        st.builds(
            lambda name, said: OneOf(Subject(name), (said,)),
            st.sampled_from(("verified", "sponsored", "own")),
            st.sampled_from(("yes", "no")),
        ),
        st.builds(
            lambda text: Matches(Subject("name"), text),
            st.sampled_from(("ana", "Conceição", "conc", "jose maria", "ACAI", "ana lima", "2020")),
        ),
        st.builds(
            lambda name: Has(Subject(name)), st.sampled_from([*NUMBERS, *WORDS, "last_post", "verified", "handle"])
        ),
        st.builds(lambda name: Has(Subject(name)), st.sampled_from(sorted(SHARES))),
        keys.map(Has),
        st.builds(
            lambda name, key: OneOf(Subject(name), (key,)),
            st.sampled_from(sorted(SHARES)),
            st.sampled_from(("BR", "F", "18-24")),
        ),
    )


CRITERIA = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=8,
)


async def everything(stored: Stored, search: Search, *, limit: int) -> tuple[list[Found], SearchPage]:
    items, after = list[Found](), None
    first: SearchPage | None = None
    while True:
        page = await stored.discovery.search(stored.actor, search, after=after, limit=limit)
        first = first or page
        items += page.items
        after = page.next
        if after is None:
            return items, first
        assert isinstance(after, SearchKey)


def run(coroutine: Any, loop: asyncio.AbstractEventLoop) -> Any:
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)


async def test_a_search_finds_whom_a_plain_walk_finds_in_every_order(stored: Stored) -> None:
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=250,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(criteria=CRITERIA, by=st.sampled_from(SORTS), descending=st.booleans(), limit=st.sampled_from((3, 7, 200)))
    def holds(criteria: Criteria, by: str, descending: bool, limit: int) -> None:
        plain = checked(criteria)
        expected = in_order(found(stored.rows, plain, NOW), by, descending=descending)
        search = Search(criteria=plain, sort=Sort(by, descending=descending), now=NOW)
        items, first = run(everything(stored, search, limit=limit), loop)
        assert [item.influencer_id for item in items] == expected, (write(plain), by, descending, limit)
        assert (first.total.value, first.total.exact) == (len(expected), True)

    await asyncio.to_thread(holds)


async def test_facets_count_as_a_plain_walk_that_ignores_their_own_conditions(stored: Stored) -> None:
    loop = asyncio.get_running_loop()
    parts = st.lists(st.one_of(conditions(), CRITERIA), min_size=0, max_size=4).map(lambda some: All(tuple(some)))

    @settings(
        max_examples=120,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(criteria=parts)
    def holds(criteria: Criteria) -> None:
        plain = checked(criteria)
        search = Search(criteria=plain, now=NOW)
        page = run(stored.discovery.search(stored.actor, search, facets=tuple(FACETS), limit=1), loop)
        shared, own = apart(plain, tuple(FACETS))
        assert page.total.value == len({row.influencer_id for row in found(stored.rows, plain, NOW)})
        for facet in page.facets:
            others = All((shared, *(asked for field, asked in own.items() if field != facet.key)))
            rows = found(stored.rows, others, NOW)
            if facet.key == "niche":
                about = Counter(
                    niche for _, niche in {(row.influencer_id, each) for row in rows for each in row.facts["niche"]}
                )
                assert {bucket.value: bucket.count for bucket in facet.buckets} == about
            elif facet.buckets:
                told = {(row.influencer_id, row.facts[facet.key]) for row in rows if row.facts[facet.key] is not None}
                words = Counter({True: "yes", False: "no"}.get(value, value) for _, value in told)
                assert {bucket.value: bucket.count for bucket in facet.buckets} == words
            kind = FACETS[facet.key]
            if isinstance(kind, Histogram):
                values = [row.facts[facet.key] for row in rows if row.facts[facet.key] is not None]
                assert (facet.min, facet.max) == ((min(values), max(values)) if values else (None, None))
                for bar in facet.histogram:
                    inside = {
                        row.influencer_id
                        for row in rows
                        if (value := row.facts[facet.key]) is not None
                        and (bar.low is None or value >= bar.low)
                        and (bar.high is None or value < bar.high)
                    }
                    assert bar.count == len(inside)
            nothing = {row.influencer_id for row in rows if row.facts[facet.key] in (None, frozenset())}
            assert facet.unknown == len(nothing)

    await asyncio.to_thread(holds)


@settings(max_examples=400, deadline=None)
@given(criteria=CRITERIA)
def test_what_is_written_reads_as_what_was_meant(criteria: Criteria) -> None:
    again = read(write(criteria))
    assert write(again) == write(criteria)
    rows = [Row(influencer_id=UUID(int=k), id=k, facts={"followers": 10.0 * k, "country": "BR"}) for k in range(3)]
    assert [found(rows, checked(each), NOW) for each in (again,)] == [found(rows, checked(criteria), NOW)]


LETTERS = "".join(map(chr, [*range(0x20, 0x250), *range(0x370, 0x400), *range(0x400, 0x460), *range(0x1E00, 0x1F00)]))


async def test_words_fold_and_slip_in_the_database_as_they_do_here(world: World) -> None:
    chance = random.Random(7)
    texts = ["".join(chance.choices(LETTERS, k=chance.randint(0, 30))) for _ in range(400)]
    rows = await world.rows(
        "select folded(t) as f, folded_words(t) as w from unnest($1::text[]) with ordinality u(t, n) order by n", texts
    )
    assert [row["f"] for row in rows] == [folded(text) for text in texts]
    assert [list(dict.fromkeys(row["w"].split())) for row in rows] == [list(words_of(text)) for text in texts]

    words = ["a", "ana", "maria", "conceicao", "x" * 24, "x" * 25]
    slipped = await world.rows("select slips(w) as s from unnest($1::text[]) with ordinality u(w, n) order by n", words)
    assert [set(row["s"]) for row in slipped] == [set(slips_of(word)) for word in words]
