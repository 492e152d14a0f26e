"""Percentiles among peers, and counts of samples, held against plain counting."""

from __future__ import annotations

import random
from datetime import date
from statistics import quantiles
from uuid import UUID

import asyncpg
import pytest

from analisa.adapters.postgres.analytics.discovery.facets import Sampling
from analisa.adapters.postgres.analytics.discovery.pages import PostgresDiscovery
from analisa.adapters.postgres.analytics.pages.views import PostgresPageViews
from analisa.adapters.postgres.database import Database
from analisa.application.analytics.discovery.asking import asked
from analisa.application.analytics.discovery.checking import checked
from analisa.application.analytics.discovery.search import Search
from analisa.application.analytics.pages import FEWEST_PEERS, Asked, Benchmark, NobodyToBenchmark
from analisa.application.shared.actor import Actor
from analisa.domain.influencers.criteria_text import read
from analisa.domain.shared.periods import Comparison, Period
from tests.integration.analytics.world import NOW, World, ago
from tests.servers import DatabaseUrl

pytestmark = pytest.mark.asyncio(loop_scope="session")

MONTH = Asked(period=Period(date(2026, 3, 1), date(2026, 3, 31)), compare=Comparison.NONE)


async def findable(world: World, actor: Actor, key: str, network: str, followers: float, er: float | None) -> UUID:
    profile = await world.profile(key, network)
    influencer = await world.influencer(key, profile, owner=actor.organisation)
    await world.insert(
        "discovery",
        actor.organisation,
        influencer_id=influencer,
        profile_id=profile,
        shown=True,
        several=False,
        measured=True,
        own=True,
        kind="person",
        added=NOW,
        network=network,
        followers=followers,
        er=er,
    )
    return influencer


async def test_a_percentile_is_how_many_peers_have_less_and_half_of_those_who_have_as_much(
    database: Database, world: World
) -> None:
    actor, chance = await world.organisation("peers", demonstration=True), random.Random(5)
    # 40 micro and 10 mega profiles, some of whose rates are equal; 12 on a network of their own.
    rates = [chance.choice((0.5, 1.0, 1.5, 2.0, 3.5, 9.0)) for _ in range(62)]
    kinds = [("instagram", 20_000.0)] * 40 + [("instagram", 2_000_000.0)] * 10 + [("tiktok", 20_000.0)] * 12
    ids = [
        await findable(world, actor, f"peer-{n}", network, followers, rate)
        for n, ((network, followers), rate) in enumerate(zip(kinds, rates, strict=True))
    ]
    await findable(world, actor, "peer-unrated", "instagram", 20_000.0, None)

    shown = await PostgresPageViews(database).compare(
        actor, (ids[0], ids[45], ids[55]), ("er", "avg_views"), MONTH, peers=True
    )

    among = {0: ("instagram:micro", rates[:40]), 1: ("instagram", rates[:50]), 2: (None, rates[50:])}
    for place, (cohort, peers) in among.items():
        item = shown.items[place]
        er, views = item.figures
        assert item.cohort == cohort
        assert (views.value, views.percentile, views.spread) == (None, None, None)
        if cohort is None:
            assert len(peers) < FEWEST_PEERS
            assert (er.percentile, er.peers, er.spread) == (None, 0, None)
            continue
        below, equal = sum(rate < er.value for rate in peers), peers.count(er.value)
        assert er.percentile == pytest.approx(100 * (below + equal / 2) / len(peers), abs=1e-4)
        assert er.peers == len(peers)
        cuts = quantiles(peers, n=20, method="inclusive")
        assert er.spread is not None
        told = (er.spread.p10, er.spread.p25, er.spread.p50, er.spread.p75, er.spread.p90)
        assert told == pytest.approx((cuts[1], cuts[4], cuts[9], cuts[14], cuts[17]))


async def test_a_list_stands_among_the_accounts_of_its_networks_and_reaches(database: Database, world: World) -> None:
    actor, chance = await world.organisation("listed", demonstration=True), random.Random(6)
    kinds = [("instagram", 20_000.0)] * 35 + [("instagram", 2_000_000.0)] * 9 + [("tiktok", 30_000.0)] * 8
    rates = [chance.choice((0.5, 1.0, 1.5, 2.0, 3.5, 9.0)) for _ in kinds]
    for n, ((network, followers), rate) in enumerate(zip(kinds, rates, strict=True)):
        await findable(world, actor, f"listed-{n}", network, followers, rate)
    views = PostgresPageViews(database)

    async def told(filters: str) -> Benchmark:
        return await views.benchmark(actor, asked(actor, filters, None, None, now=NOW), ("er", "avg_views"))

    shown = await told("er >= 2% and network = instagram and followers < 100k")
    members, peers = [rate for rate in rates[:35] if rate >= 2], rates[:35]
    er, unread = shown.figures
    median = quantiles(members, n=2, method="inclusive")[0]
    below, equal = sum(rate < median for rate in peers), peers.count(median)
    assert (shown.influencers, shown.whole, shown.cohorts) == (len(members), True, ("instagram:micro",))
    assert er.percentile == pytest.approx(100 * (below + equal / 2) / 35, abs=1e-4)
    assert (er.known, er.peers) == (len(members), 35)
    assert er.spread is not None
    assert er.peer_spread is not None
    assert (er.spread.p50, er.peer_spread.p50) == (median, quantiles(peers, n=2, method="inclusive")[0])
    assert (unread.known, unread.spread, unread.percentile, unread.peers) == (0, None, None, 0)

    # Two tiers together are enough; one that is not enough gives way to its network, and a network too few to none.
    assert (await told("er >= 1% and followers >= 20k")).cohorts == (
        "instagram:mega",
        "instagram:micro",
        "tiktok:micro",
    )
    assert (await told("followers >= 1m")).cohorts == ("instagram",)
    alone = await told("network = tiktok")
    assert (alone.cohorts, alone.figures[0].percentile, alone.figures[0].peer_spread) == ((), None, None)
    with pytest.raises(NobodyToBenchmark):
        await told("followers >= 1b")


async def test_followers_are_indexed_to_the_first_day_on_which_all_were_read(database: Database, world: World) -> None:
    actor = await world.organisation("indexed", demonstration=True)
    ids = []
    for key, readings in {"one": {9: 1_000, 5: 1_100}, "two": {20: 7, 9: 50, 5: 45}}.items():
        ids.append(await findable(world, actor, f"indexed-{key}", "x", 1.0, None))
        profile = await world.known_profile(f"indexed-{key}", "x")
        for days, followers in readings.items():
            await world.reading(profile, ago(days), owner=actor.organisation, followers=followers)

    shown = await PostgresPageViews(database).compare(actor, ids, ("followers",), MONTH, peers=False)

    one, two = ([value for value in line.values if value is not None] for line in shown.indexed.series)
    assert one == [100, 110]
    assert two == [14, 100, 90]

    # The same days, as those before a later period: they stand side by side with it, indexed by themselves.
    later = Asked(period=Period(date(2026, 4, 1), date(2026, 5, 1)), compare=Comparison.PREVIOUS)
    beside = await PostgresPageViews(database).compare(actor, ids, ("followers",), later, peers=False)
    kinds = [(line.key, line.kind) for line in beside.indexed.series]
    assert kinds == [
        *((str(each), "indexed") for each in ids),
        *((f"{each}.before", "compared") for each in ids),
    ]
    assert [value for value in beside.indexed.series[2].values if value is not None] == [100, 110]
    assert beside.indexed.series[2].values == shown.indexed.series[0].values


async def counted_anew(url: DatabaseUrl) -> None:
    """Have the planner's figures taken, which is for who owns the table."""
    owner = await asyncpg.connect(url.owner)
    await owner.execute("analyze discovery")
    await owner.close()


async def test_of_many_a_fair_sample_is_counted_and_of_few_everybody(
    database: Database, database_url: DatabaseUrl, world: World
) -> None:
    actor = await world.organisation("crowd", demonstration=True)
    owner = actor.organisation
    await world.rows(
        "with made as (insert into influencers (owner, name) select $1, 'crowd ' || n from generate_series(1, 3000) n "
        "returning id, substr(name, 7)::int as n) "
        "insert into discovery (owner, influencer_id, shown, several, measured, own, kind, added, network, followers) "
        "select $1, id, true, false, false, true, 'person', now(), case when n % 3 = 0 then 'x' else 'youtube' end, n from made",
        owner,
        owner=owner,
    )
    await counted_anew(database_url)
    discovery = PostgresDiscovery(database, sampling=Sampling(few=500, exact_up_to=1_200, of_many=600, probed=200))

    async def counted(filters: str) -> tuple[int, bool, dict[str, int], bool]:
        search = Search(criteria=checked(read(filters)), now=NOW)
        page = await discovery.search(actor, search, facets=("network",), limit=1)
        (facet,) = page.facets or ()
        return page.total.value, page.total.exact, {each.value: each.count for each in facet.buckets}, facet.exact

    many, exact, networks, facet_exact = await counted("")
    assert (exact, facet_exact) == (False, False)
    assert many == pytest.approx(3_000, rel=0.25)
    assert networks["x"] == pytest.approx(1_000, rel=0.35)
    assert await counted("followers <= 30") == (30, True, {"youtube": 20, "x": 10}, True)
    # Few meet it, so they are counted; with those who fail what is asked of the network alone they are many.
    some, exact, networks, facet_exact = await counted("network = x")
    assert (some, exact, networks["x"], facet_exact) == (1_000, True, 1_000, False)
    assert networks["youtube"] == pytest.approx(2_000, rel=0.25)
    # A probe of so few pages is often mistaken; what it leads to says so, and then everybody is counted.
    for first in range(0, 1_900, 150):
        assert (await counted(f"followers in {first + 1}..{first + 1_100}"))[:2] == (1_100, True)


async def test_in_a_sample_whoever_has_several_profiles_counts_once(
    database: Database, database_url: DatabaseUrl, world: World
) -> None:
    actor = await world.organisation("several", demonstration=True)
    await world.rows(
        "with made as (insert into influencers (owner, name) select $1, 'several ' || n from generate_series(1, 1000) n "
        "returning id, substr(name, 9)::int as n), "
        "named as (insert into profiles (network, network_id) select network, 'several ' || n "
        "from generate_series(1, 1000) n, unnest(array['youtube', 'tiktok', 'x']) network "
        "returning id, network, substr(network_id, 9)::int as n) "
        "insert into discovery (owner, influencer_id, profile_id, shown, several, measured, own, kind, added, network, "
        "country, followers) "
        "select $1, made.id, named.id, true, true, false, true, 'person', now(), network, 'BR', 10 * n from made "
        "join named using (n)",
        actor.organisation,
        owner=actor.organisation,
    )
    await counted_anew(database_url)
    sampling = Sampling(few=500, exact_up_to=500, of_many=600, probed=300)
    search = Search(criteria=checked(read("")), now=NOW)

    page = await PostgresDiscovery(database, sampling=sampling).search(
        actor, search, facets=("network", "country", "followers"), limit=1
    )

    networks, countries, followers = page.facets or ()
    assert not page.total.exact
    assert page.total.value == pytest.approx(1_000, rel=0.35)
    # All of them have one on every network, in one country, and with as many followers.
    assert {each.value: each.count for each in networks.buckets} == dict.fromkeys(
        ("youtube", "tiktok", "x"), page.total.value
    )
    assert [(each.value, each.count) for each in countries.buckets] == [("BR", page.total.value)]
    assert sum(bar.count for bar in followers.histogram) == pytest.approx(
        page.total.value, abs=len(followers.histogram)
    )
