"""Passes: what is computed when, what is stored, whose evidence counts, and that nothing depends on the order."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from analisa.adapters.postgres.database import Database
from analisa.adapters.system.clock import TimeOrderedIds
from analisa.application.analytics.errors import BookUnknown
from analisa.application.analytics.ports import Book
from analisa.application.analytics.references import BuildReference, SwitchReference
from analisa.application.analytics.scoring import DayAhead, ScoreProfiles
from analisa.application.shared.actor import Actor, NotPermitted
from analisa.domain.analytics.seeds import seed_reference
from analisa.domain.shared.ids import OrganisationId, Owner
from tests.integration.analytics.scoring import Scoring
from tests.integration.analytics.stories import Fact, Story, random_facts
from tests.integration.analytics.world import NOW, World, ago

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERYBODY = ScoreProfiles(owner=None)
SHOWN = (
    "as_of, formula_version, table_version, score, confidence, half_width, gate, followers::text, raw::text, x::text, y::text, "
    "kappa::text, n::text, v::text, contributions::text, seed_share::text, cohort, reasons, inputs_sha256"
)


async def current(world: World, prefix: str, owner: Owner = None) -> dict[str, tuple[Any, ...]]:
    """Every current score of *owner*, by profile, in all that is published of it."""
    mine = "s.owner is null" if owner is None else f"s.owner = '{owner}'"
    rows = await world.rows(
        f"select f.network_id, {SHOWN} from scores s join profiles f on f.id = s.profile_id "
        f"where s.current and {mine} and starts_with(f.network_id, $1)",
        prefix,
        owner=owner,
    )
    return {row["network_id"].removeprefix(prefix): tuple(row)[1:] for row in rows}


async def standings(world: World, prefix: str) -> dict[str, tuple[Any, ...]]:
    rows = await world.rows(
        "select i.name, t.score, t.confidence, t.half_width, t.as_of, t.followers::text, t.contributions::text "
        "from standings t join influencers i on i.id = t.influencer_id where starts_with(i.name, $1)",
        prefix,
    )
    return {row["name"].removeprefix(prefix): tuple(row)[1:] for row in rows}


def some_posts(name: str, network: str = "instagram", *, days: float = 3, likes: int = 90) -> list[Fact]:
    """Five posts and two readings, the newest seen *days* ago."""
    posts = [
        Fact(
            name,
            network,
            ago(days),
            {"likes": likes + number, "comments": 3, "views": 900},
            post=f"{name}-{number}",
            published=ago(days + 4 * number + 1),
        )
        for number in range(5)
    ]
    return [*posts, *(Fact(name, network, ago(days + gap), {"followers": 2_000 - gap}) for gap in (0, 30))]


async def test_whoever_has_new_evidence_is_scored_and_told_of(database: Database, world: World) -> None:
    scoring, story = Scoring(database), Story(world, "new-")
    await story.tell(*some_posts("ana"), *some_posts("bia", "tiktok"))

    report = await scoring.score(EVERYBODY)

    assert (report.profiles, report.stored, report.standings) == (2, 2, 2)
    assert (await current(world, "new-")).keys() == {"ana", "bia"}
    assert await world.rows("select from score_queue") == []
    told = await world.rows("select payload from outbox where name = 'analytics.scores_computed'")
    assert len(told) == 1
    assert (await scoring.score(EVERYBODY)).profiles == 0
    used = await scoring.references.all(None)
    assert [(each.version, each.in_use, each.profiles) for each in used] == [(seed_reference().version, True, 0)]


async def test_a_full_pass_stores_nothing_where_no_digit_changed(database: Database, world: World) -> None:
    scoring, story = Scoring(database), Story(world, "same-")
    await story.tell(*some_posts("ana"))
    await scoring.score(EVERYBODY)

    again = await scoring.score(ScoreProfiles(owner=None, full=True))

    assert again.profiles >= 1
    assert again.stored == 0
    assert again.standings == 0


async def test_new_evidence_of_the_same_day_is_written_beside_the_old(database: Database, world: World) -> None:
    scoring, story = Scoring(database), Story(world, "beside-")
    await story.tell(*some_posts("ana"))
    await scoring.score(EVERYBODY)
    before = (await current(world, "beside-"))["ana"]

    await story.tell(Fact("ana", "instagram", ago(1), {"likes": 999}, post="more", published=ago(2)))
    await scoring.score(EVERYBODY)

    after = (await current(world, "beside-"))["ana"]
    kept = await world.rows("select current from scores where profile_id = $1 order by current", story.profiles["ana"])
    assert after != before
    assert [row["current"] for row in kept] == [False, True]


async def test_an_old_export_is_scored_as_of_its_own_day(database: Database, world: World) -> None:
    scoring, story = Scoring(database), Story(world, "old-")
    await story.tell(*some_posts("ana", days=400))
    await scoring.score(EVERYBODY)

    (row,) = await world.rows("select * from scores where profile_id = $1", story.profiles["ana"])

    assert row["as_of"] == ago(400).date()
    assert "stale" in row["reasons"]
    assert row["confidence"] > 0.1


async def test_a_profile_recrawled_lately_that_stopped_posting_is_not_stale(database: Database, world: World) -> None:
    scoring, story = Scoring(database), Story(world, "quiet-")
    await story.tell(Fact("ana", "instagram", ago(2), {"likes": 5, "views": 9}, post="q", published=ago(300)))
    await scoring.score(EVERYBODY)

    (row,) = await world.rows("select * from scores where profile_id = $1", story.profiles["ana"])

    assert row["as_of"] == NOW.date()
    assert "stale" not in row["reasons"]
    assert "no_posts" in row["reasons"]


async def test_nothing_known_is_fifty_with_no_confidence(database: Database, world: World) -> None:
    scoring, story = Scoring(database), Story(world, "blank-")
    await story.tell(Fact("ana", "instagram", ago(2), {"posts": 7}))
    await scoring.score(EVERYBODY)

    (row,) = await world.rows("select * from scores where profile_id = $1", story.profiles["ana"])
    (standing,) = (await standings(world, "blank-")).values()

    assert (row["score"], row["confidence"]) == (50, 0)
    assert "insufficient_data" in row["reasons"]
    assert standing[:2] == (50, 0)


async def test_an_organisations_evidence_makes_a_score_of_its_own(database: Database, world: World) -> None:
    ours = (await world.organisation("ours")).organisation
    theirs = (await world.organisation("theirs")).organisation
    scoring, public = Scoring(database), Story(world, "own-")
    private = Story(world, "own-", owner=ours)
    await public.tell(*some_posts("ana"))
    await private.tell(Fact("ana", "instagram", ago(1), {"likes": 1_500, "reach": 7}, post="secret", published=ago(2)))

    await scoring.score.everywhere()

    everybodys, mine = await current(world, "own-"), await current(world, "own-", ours)
    assert everybodys["ana"] != mine["ana"]
    assert await current(world, "own-", theirs) == {}

    await public.tell(Fact("ana", "instagram", ago(1), {"likes": 4}, post="public too", published=ago(2)))
    await scoring.score.everywhere()
    assert (await current(world, "own-", ours))["ana"] != mine["ana"], "the own score rests on public evidence too"


async def test_a_demonstration_has_tables_and_scores_of_its_own(database: Database, world: World) -> None:
    demo = await world.organisation("demo", demonstration=True)
    scoring = Scoring(database)
    shown = Story(world, "demo-", owner=demo.organisation)
    await shown.tell(
        *some_posts("ana"), *(fact for number in range(40) for fact in some_posts(f"p{number}", likes=number))
    )

    public_before = (await scoring.tables.build(BuildReference(actor=await world.organisation("local")))).reference
    built = await scoring.tables.build(BuildReference(actor=demo, switch=True))
    await scoring.score(ScoreProfiles(owner=demo.organisation))

    assert built.profiles == 41
    rows = await current(world, "demo-", demo.organisation)
    assert {row[2] for row in rows.values()} == {built.reference.version}
    assert await current(world, "demo-") == {}
    public_after = (await scoring.tables.build(BuildReference(actor=await world.organisation("local")))).reference
    assert public_after.version == public_before.version


async def test_a_past_day_goes_to_the_history_alone(database: Database, world: World) -> None:
    scoring, story = Scoring(database), Story(world, "past-")
    await story.tell(*some_posts("ana"))
    await scoring.score(EVERYBODY)
    now, stood = await current(world, "past-"), await standings(world, "past-")

    report = await scoring.score(ScoreProfiles(owner=None, day=NOW.date() - timedelta(days=2)))

    assert report.stored >= 1
    assert await current(world, "past-") == now
    assert await standings(world, "past-") == stood
    days = await world.rows("select as_of from scores where profile_id = $1", story.profiles["ana"])
    assert {row["as_of"] for row in days} == {NOW.date(), NOW.date() - timedelta(days=2)}


async def test_a_day_that_has_not_begun_and_an_unknown_organisation_are_refused(database: Database) -> None:
    scoring = Scoring(database)

    with pytest.raises(DayAhead, match="has not begun"):
        await scoring.score(ScoreProfiles(owner=None, day=date(2099, 1, 1)))
    with pytest.raises(BookUnknown):
        await scoring.score(ScoreProfiles(owner=OrganisationId(TimeOrderedIds().new())))


async def test_switching_tables_is_an_event_and_scores_everyone_beside_the_old(
    database: Database, world: World
) -> None:
    scoring, story, local = Scoring(database), Story(world, "switch-"), await world.organisation("local")
    await story.tell(*some_posts("ana"), *(fact for n in range(35) for fact in some_posts(f"p{n}", likes=10 * n)))
    await scoring.score(EVERYBODY)
    with_seeds = await current(world, "switch-")

    built = await scoring.tables.build(BuildReference(actor=local))
    assert await current(world, "switch-") == with_seeds, "building alone changes nothing"
    await scoring.tables.switch(SwitchReference(actor=local, version=built.reference.version[:10]))
    await scoring.score(ScoreProfiles(owner=None, full=True))

    own = await current(world, "switch-")
    assert own["ana"][2] == built.reference.version
    assert own["ana"][3] != with_seeds["ana"][3]
    (told,) = await world.rows(
        "select payload from outbox where name = 'analytics.reference_table_switched' and owner is null"
    )
    assert built.reference.version in told["payload"]

    stored = await world.rows("select count(*) from scores")
    await scoring.tables.switch(SwitchReference(actor=local, version=seed_reference().version))
    await scoring.score(ScoreProfiles(owner=None, full=True))
    assert await current(world, "switch-") == with_seeds
    assert await world.rows("select count(*) from scores") == stored, "a score found again is not written again"


async def test_only_an_operator_builds_everybodys_tables(database: Database, world: World) -> None:
    guest = Actor(organisation=(await world.organisation("guests")).organisation)

    with pytest.raises(NotPermitted, match="operator"):
        await Scoring(database).tables.build(BuildReference(actor=guest))


async def test_evidence_that_comes_while_a_score_is_computed_is_scored_after_it(
    database: Database, world: World
) -> None:
    scoring, story = Scoring(database), Story(world, "race-")
    await story.tell(*some_posts("ana"))
    late = Fact("ana", "instagram", ago(1), {"likes": 1_999}, post="late", published=ago(2))

    async with scoring.store.work(Book(None)) as work:
        assert await work.claim(1) == [story.profiles["ana"]]
        importing = asyncio.create_task(story.tell(late))
        await asyncio.sleep(0.2)
        assert not importing.done(), "the import waits for the pass that holds the profile"
    await importing

    assert (await scoring.score(EVERYBODY)).profiles == 1


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.prove) for seed in range(2, 12))])
async def test_incremental_passes_in_any_order_end_where_a_full_one_does(
    database: Database, world: World, seed: int
) -> None:
    random = Random(seed)
    facts = random_facts(random, 8)
    scoring = Scoring(database, chunk=random.choice((1, 3, 50)), at_once=random.choice((1, 2, 3)))
    orders = [facts, random.sample(facts, len(facts))]

    found = []
    for number, order in enumerate(orders):
        story = Story(world, f"order{seed}{number}-")
        for start in range(0, len(order), 40):
            await story.tell(*order[start : start + 40])
            await scoring.score(EVERYBODY)
        found.append((await current(world, story.prefix), await standings(world, story.prefix)))
    whole = Story(world, f"whole{seed}-")
    await whole.tell(*facts)
    await world.rows("delete from score_queue")
    await scoring.score(ScoreProfiles(owner=None, full=True))

    assert found[0][0].keys() == {fact.profile for fact in facts}
    assert found[0] == found[1]
    assert found[0] == (await current(world, whole.prefix), await standings(world, whole.prefix))
