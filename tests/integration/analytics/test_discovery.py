"""Who is found, by what, and by whom: what searches run over follows from what is stored."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from analisa.adapters.postgres.analytics.discovery.findable import PostgresFindable
from analisa.adapters.postgres.analytics.discovery.pages import PostgresDiscovery
from analisa.adapters.postgres.database import Database
from analisa.application.analytics.discovery.checking import checked, words_sought
from analisa.application.analytics.discovery.fields import DEFAULT_SORT
from analisa.application.analytics.discovery.search import Found, Search, Sort
from analisa.application.shared.actor import Actor
from analisa.domain.influencers.criteria_text import read
from analisa.domain.shared.ids import Owner
from analisa.domain.shared.social import ProfileRef, network_name
from tests.fakes.collection import FakeClock
from tests.integration.analytics.scoring import Scoring
from tests.integration.analytics.stories import Fact, Story
from tests.integration.analytics.world import NOW, World, ago

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def searched(
    database: Database, actor: Actor, filters: str = "", *, q: str = "", sort: str | None = None, limit: int = 200
) -> list[Found]:
    """Every page after the other."""
    discovery, words = PostgresDiscovery(database), words_sought(q)
    order = Sort.read(sort, words=bool(words))
    search = Search(criteria=checked(read(filters)), words=words, sort=order, now=NOW)
    items, page = list[Found](), await discovery.search(actor, search, limit=limit)
    while True:
        items += page.items
        if page.next is None:
            return items
        page = await discovery.search(actor, search, after=page.next, limit=limit)


async def names(database: Database, actor: Actor, filters: str = "", **more: Any) -> list[str]:
    return [found.name for found in await searched(database, actor, filters, **more)]


async def made_findable(database: Database, *influencers: UUID, owner: Owner = None) -> int:
    return await PostgresFindable(database, FakeClock(NOW)).refresh(owner, influencers=influencers)


async def scored(database: Database, world: World, prefix: str, *names: str, owner: Owner = None) -> Story:
    """Profiles that are scored, each a little stronger than the one before."""
    story = Story(world, prefix, owner=owner)
    for rank, name in enumerate(names):
        for post in range(4):
            values = {"likes": 10 + 30 * rank, "views": 400 * (rank + 1)}
            await story.tell(Fact(name, "instagram", ago(2), values, post=f"{name}{post}", published=ago(3 + 5 * post)))
        await story.tell(Fact(name, "instagram", ago(2), {"followers": 1_000 * (rank + 1)}))
    await Scoring(database).score.everywhere()
    return story


async def test_pages_follow_each_other_best_first_and_the_unscored_last(database: Database, world: World) -> None:
    actor = await world.organisation("local")
    await scored(database, world, "page-", "a", "b", "c", "d", "e")
    newcomers = [await world.influencer(f"page-new{number}") for number in range(3)]
    await made_findable(database, *newcomers)

    found = await searched(database, actor, q="page", sort="-score", limit=2)

    assert len(found) == len({each.influencer_id for each in found}) == 8
    scores = [each.standing.score for each in found[:5] if each.standing]
    assert scores == sorted(scores, reverse=True)
    assert [each.influencer_id for each in found[5:]] == sorted(newcomers)


async def test_a_page_stays_where_it_is_while_others_come_in(database: Database, world: World) -> None:
    actor, discovery = await world.organisation("local"), PostgresDiscovery(database)
    await scored(database, world, "stable-", "a", "b", "c", "d")
    search = Search(words=("stable",), sort=Sort(DEFAULT_SORT), now=NOW)
    before = await searched(database, actor, q="stable", sort="-score")
    first = await discovery.search(actor, search, limit=2)

    await scored(database, world, "stable-later-", "x", "y", "z")

    second = await discovery.search(actor, search, after=first.next, limit=50)
    seen = {found.influencer_id for found in second.items}
    assert {found.influencer_id for found in before[2:]} <= seen
    assert not seen & {found.influencer_id for found in before[:2]}


async def test_figures_of_a_found_profile_are_those_of_its_evidence(database: Database, world: World) -> None:
    actor = await world.organisation("local")
    story = Story(world, "figures-")
    for post, (likes, comments, views) in enumerate([(100, 10, 4_000), (50, 0, 1_000), (30, 5, 2_500)]):
        values = {"likes": likes, "comments": comments, "views": views}
        await story.tell(Fact("a", "instagram", ago(1), values, post=f"f{post}", published=ago(2 + 10 * post)))
    for days, followers in ((1, 1_100), (32, 1_000), (100, 500)):
        await story.tell(Fact("a", "instagram", ago(days), {"followers": followers}))
    await Scoring(database).score.everywhere()

    (found,) = await searched(database, actor, q="figures", sort="-score")

    (profile,) = found.profiles
    assert (profile.followers, profile.matched) == (1_100, True)
    assert profile.avg_views == 2_500
    assert profile.avg_interactions == 65
    assert profile.er == pytest.approx(50 / 1_100 * 100, abs=1e-6)
    assert profile.growth_30d == pytest.approx(10)
    assert profile.posts_per_week == pytest.approx(3 / (90 / 7), abs=1e-6)
    assert profile.last_post == ago(2)
    for filters in (
        "growth_90d in 119.9%..120.1%",
        "last_post >= 2d and last_post < 1d",
        "er > 4.5% and er < 4.6%",
        "followers = 1.1k",
        "seen >= 2026-03-30 and not has country",
    ):
        assert await names(database, actor, f'name ~ "figures" and {filters}') == ["figures-a"], filters


async def test_an_own_influencer_hides_a_public_one_that_shares_a_profile(database: Database, world: World) -> None:
    ours, theirs = await world.organisation("ours"), await world.organisation("theirs")
    story = await scored(database, world, "twin-", "a", "b")
    public = await world.influencer("twin-both", owner=None)
    await world.rows("delete from influencer_profiles where profile_id = any($1)", list(story.profiles.values()))
    for profile in story.profiles.values():
        await world.insert("influencer_profiles", None, influencer_id=public, profile_id=profile)
    await made_findable(database, public)
    own = await world.influencer("twin-our name", story.profiles["a"], owner=ours.organisation)
    await made_findable(database, own, owner=ours.organisation)

    mine = [(found.name, found.own) for found in await searched(database, ours, q="twin", sort="-score")]
    others = [(found.name, found.own) for found in await searched(database, theirs, q="twin both", sort="-score")]
    assert mine == [("twin-our name", True)]
    assert others == [("twin-both", False)]

    await world.rows("update influencers set archived_at = now() where id = $1", own, owner=ours.organisation)
    await made_findable(database, own, owner=ours.organisation)

    assert "twin-both" in await names(database, ours, q="twin both")
    assert "twin-our name" not in await names(database, ours, q="twin")


async def test_own_evidence_is_found_by_its_owner_alone(database: Database, world: World) -> None:
    ours, theirs = await world.organisation("ours"), await world.organisation("theirs")
    await scored(database, world, "private-", "a")
    own = Story(world, "private-", owner=ours.organisation)
    own.profiles["a"] = await world.known_profile("private-a", "instagram")
    await own.tell(Fact("a", "instagram", ago(1), {"followers": 77_000}))
    await Scoring(database).score.everywhere()

    assert await names(database, ours, 'followers >= 70k and name ~ "private"') == ["private-a"]
    assert await names(database, theirs, 'followers >= 70k and name ~ "private"') == []
    (seen,) = await searched(database, theirs, 'name ~ "private"')
    assert [profile.followers for profile in seen.profiles] == [1_000]


async def test_an_organisation_whose_evidence_is_of_one_profile_has_all_of_the_influencer(
    database: Database, world: World
) -> None:
    ours = await world.organisation("ours")
    insta, tok = await world.profile("whole-1", "instagram"), await world.profile("whole-2", "tiktok")
    await world.influencer("whole person", insta, tok)
    await world.reading(insta, ago(1), followers=500)
    await world.reading(tok, ago(1), followers=9_000)
    await world.reading(insta, ago(0.5), followers=600, owner=ours.organisation)
    await world.queue(insta, tok)
    await world.queue(insta, owner=ours.organisation)
    await Scoring(database).score.everywhere()

    (found,) = await searched(database, ours, 'name ~ "whole" and followers >= 600', sort="-followers")

    assert [(each.network, each.followers, each.matched) for each in found.profiles] == [
        ("instagram", 600, False),
        ("tiktok", 9_000, True),
    ]


async def test_a_refresh_of_what_is_as_it_should_be_writes_nothing(database: Database, world: World) -> None:
    await scored(database, world, "twice-", "a", "b")
    profiles = [ProfileRef(network_name("instagram"), f"twice-{name}") for name in "ab"]
    findable = PostgresFindable(database, FakeClock(NOW))

    assert await findable.refresh(None, influencers=(), profiles=profiles) == 0


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("conceicao", "Mônica Conceição"),
        ("MÔNICA conc", "Mônica Conceição"),
        ("monica.viaja", "Mônica Conceição"),
        ("@monica_viaja", "Mônica Conceição"),
        ("monicaviaja", "Mônica Conceição"),
        ("mnica", "Mônica Conceição"),
        ("monnica", "Mônica Conceição"),
        ("mnoica", "Mônica Conceição"),
        ("conceucao", "Mônica Conceição"),
        ("aventura", "Mônica Conceição"),
        ("montanha", "Mônica Conceição"),
        ("hiking", "Mônica Conceição"),
        ("hike", "Mônica Conceição"),
        ("montamha", "Mônica Conceição"),
        ("trilhando2026", "Mônica Conceição"),
        ("monica bolo", None),
        ("zzzzzz", None),
    ],
)
async def test_words_find_names_handles_bios_captions_and_hashtags(
    database: Database, world: World, q: str, expected: str | None
) -> None:
    actor = await world.organisation("walkers")
    await told_texts(database, world, actor)

    found = await names(database, actor, q=q)

    assert found[:1] == ([] if expected is None else [expected])


async def test_words_that_nobody_says_any_more_are_forgotten_at_night(database: Database, world: World) -> None:
    actor = await world.organisation("speakers")
    owner = actor.organisation
    speaker = await world.influencer("Zebedeu Ramalhete", owner=owner)
    await made_findable(database, speaker, owner=owner)
    findable = PostgresFindable(database, FakeClock(NOW))

    async def vocabulary() -> set[str]:
        rows = await world.rows("select word from discovery_words where owner = $1", owner, owner=owner)
        return {row["word"] for row in rows}

    await findable.prune()
    assert await vocabulary() == {"zebedeu", "ramalhete"}
    await world.rows("update influencers set name = 'Zebedeu Figueira' where id = $1", speaker, owner=owner)
    await made_findable(database, speaker, owner=owner)
    assert await vocabulary() == {"zebedeu", "ramalhete", "figueira"}

    await findable.prune()

    assert await vocabulary() == {"zebedeu", "figueira"}
    assert await names(database, actor, q="figuera") == ["Zebedeu Figueira"]


async def told_texts(database: Database, world: World, actor: Actor) -> None:
    owner = actor.organisation
    if await world.rows("select from influencers where owner = $1", owner, owner=owner):
        return
    profile, other = await world.profile("monica-1"), await world.profile("cook-1")
    await world.described(
        profile,
        owner=owner,
        handle="monica.viaja",
        display_name="Mônica",
        country="br",
        language="PT",
        bio="Aventuras pelo Brasil. Contato: monica@exemplo.com.br",
        category="Travel",
        is_verified=True,
    )
    await world.described(other, owner=owner, handle="bolos", display_name="Bolos da Vó", bio="www.bolos.example")
    ids = [
        await world.influencer("Mônica Conceição", profile, owner=owner),
        await world.influencer("Bolos da Vó Conceição", other, owner=owner),
    ]
    facts = {"network": "instagram", "import_no": 1, "published_at": ago(3), "profile_id": profile}
    await world.insert(
        "posts",
        owner,
        network_post_id="w1",
        text="Subindo montanhas com @amiga.da.serra #Publi",
        paid_partnership=True,
        hashtags=["Trilhando2026"],
        **facts,
    )
    await world.insert("posts", owner, network_post_id="w2", text="She hikes, we walk", **facts)
    await made_findable(database, *ids, owner=owner)


@pytest.mark.parametrize(
    "filters",
    [
        "hashtag = trilhando2026",
        'hashtag in ("#PUBLI", other)',
        'mention = "@amiga.da.serra"',
        "sponsored = yes",
        "contact = email",
        "country = br and language = pt",
        "category = Travel and verified = yes",
        'bio ~ "aventura" and caption ~ "hiking" and not caption ~ "bolo"',
        'text ~ "montanhas" and not bio ~ "montanhas"',
        "handle = monica.viaja",
        "network = instagram and has bio and has caption",
    ],
)
async def test_filters_read_what_profiles_and_posts_say(database: Database, world: World, filters: str) -> None:
    actor = await world.organisation("walkers")
    await told_texts(database, world, actor)

    assert await names(database, actor, filters) == ["Mônica Conceição"]


async def test_a_changed_text_is_found_by_its_new_words_alone(database: Database, world: World) -> None:
    actor = await world.organisation("rewriters")
    owner = actor.organisation
    profile = await world.profile("rewritten")
    await world.described(profile, owner=owner, bio="Antigamente cerâmica")
    person = await world.influencer("Rita", profile, owner=owner)
    await made_findable(database, person, owner=owner)
    assert await names(database, actor, q="ceramica") == ["Rita"]

    await world.rows(
        "update profile_descriptions set bio = 'Agora marcenaria' where profile_id = $1", profile, owner=owner
    )
    await made_findable(database, person, owner=owner)

    assert await names(database, actor, q="ceramica") == []
    assert await names(database, actor, q="marcenaria") == ["Rita"]


async def test_shares_of_an_audience_come_from_its_newest_reading(database: Database, world: World) -> None:
    actor = await world.organisation("listeners")
    owner = actor.organisation
    profile = await world.profile("heard")
    person = await world.influencer("Heard", profile, owner=owner)

    async def told(days: float, dimension: str, unit: str, **shares: float) -> None:
        facts = {"observed_at": ago(days), "scope": "lifetime", "dimension": dimension, "unit": unit, "import_no": 1}
        for key, value in shares.items():
            plain = key.replace("_", ":", 1).replace("_", "-")
            await world.insert("audience", owner, profile_id=profile, key=plain, value=value, **facts)

    await told(40, "country", "share", BR=0.9)
    await told(4, "country", "share", BR=0.55, PT=0.25)
    await told(4, "gender_age", "count", F_18_24=300, F_25_34=300, M_25_34=400)
    await made_findable(database, person, owner=owner)

    for filters in (
        "audience.country[BR] in 54.9%..55.1%",
        "audience.country = br and audience.country = PT",
        "audience.country[US] < 1%",
        "audience.gender[female] in 59.9%..60.1% and audience.gender = F",
        "audience.age[25-34] in 69.9%..70.1%",
        "has audience.country and not has audience.city",
        "not audience.country[BR] >= 60%",
    ):
        assert await names(database, actor, filters) == ["Heard"], filters
    for filters in ("audience.country[BR] >= 60%", "audience.country = US", "not audience.city[Recife] >= 20%"):
        assert await names(database, actor, filters) == [], filters


async def test_a_demonstration_is_searched_alone(database: Database, world: World) -> None:
    demo = await world.organisation("shown", demonstration=True)
    story = await scored(database, world, "demo-", "a", owner=demo.organisation)
    local = await world.organisation("local")

    assert await names(database, demo) == ["demo-a"]
    assert await names(database, local, q="demo a") == []
    assert story.profiles


async def test_people_with_several_profiles_stand_once(database: Database, world: World) -> None:
    actor = await world.organisation("agency")
    story = Story(world, "several-")
    await story.tell(Fact("insta", "instagram", ago(1), {"followers": 900}))
    await story.tell(Fact("tok", "tiktok", ago(1), {"followers": 100}))
    person = await world.influencer("several-person", *story.profiles.values(), owner=actor.organisation)
    await world.queue(*story.profiles.values(), owner=actor.organisation)
    await Scoring(database).score.everywhere()

    (found,) = await searched(database, actor, q="several", sort="-followers", limit=1)

    assert found.influencer_id == person
    assert {profile.network for profile in found.profiles} == {"instagram", "tiktok"}
    assert found.standing is not None
    assert found.standing.followers == 1_000
    assert await names(database, actor, "followers < 500", q="several") == ["several-person"]
