"""What lists, profiles and scores show, and to whom."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from analisa.adapters.postgres.analytics.influencers import PostgresInfluencerViews
from analisa.adapters.postgres.analytics.pages.views import PostgresPageViews
from analisa.adapters.postgres.analytics.profiles import PostgresProfileViews, PostgresScoreViews
from analisa.adapters.postgres.database import Database
from analisa.application.analytics.errors import NotScored, ProfileNotFound
from analisa.application.analytics.pages import Asked, Line
from analisa.application.analytics.timeline import Step
from analisa.application.analytics.views import PostKey
from analisa.application.influencers.errors import InfluencerNotFound
from analisa.domain.shared.ids import ProfileId
from analisa.domain.shared.periods import Period
from analisa.domain.shared.social import ProfileRef
from tests.integration.analytics.scoring import Scoring
from tests.integration.analytics.stories import Fact, Story
from tests.integration.analytics.world import NOW, World, ago

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def scored(database: Database, world: World, prefix: str, *names: str, followers: int = 1_000) -> Story:
    """Profiles that are scored, each a little stronger than the one before."""
    story = Story(world, prefix)
    for rank, name in enumerate(names):
        for post in range(4):
            values = {"likes": 10 + 30 * rank, "views": 400 * (rank + 1)}
            await story.tell(Fact(name, "instagram", ago(2), values, post=f"{name}{post}", published=ago(3 + 5 * post)))
        await story.tell(Fact(name, "instagram", ago(2), {"followers": followers * (rank + 1)}))
    await Scoring(database).score.everywhere()
    return story


async def test_another_organisations_influencer_is_not_found(database: Database, world: World) -> None:
    ours, theirs = await world.organisation("ours"), await world.organisation("theirs")
    views = PostgresInfluencerViews(database)
    secret = await world.influencer("a secret", owner=ours.organisation)

    assert (await views.detail(ours, secret)).name == "a secret"
    for stranger in (secret, uuid4()):
        with pytest.raises(InfluencerNotFound, match=str(stranger)):
            await views.detail(theirs, stranger)


async def test_the_top_tells_points_that_add_up_and_the_profiles_behind(database: Database, world: World) -> None:
    actor, views = await world.organisation("local"), PostgresInfluencerViews(database)
    await scored(database, world, "top-", "a", "b", "c")

    everyone = await views.top(actor, network=None, limit=200)
    here = await views.top(actor, network="instagram", limit=200)

    assert await views.top(actor, network="facebook", limit=5) == ()
    for lines in (everyone, here):
        standings = [line.standing for line in lines if line.standing]
        assert len(standings) == len(lines)
        assert standings == sorted(standings, key=lambda standing: -standing.score)
        for standing in standings:
            assert sum(standing.contributions) == pytest.approx(standing.score, abs=1e-9)
            assert "no_comments" in standing.reasons
            assert standing.seed_share[0] == 1
    assert all(len(line.profiles) == 1 and line.profiles[0].network == "instagram" for line in here)


async def test_a_profile_in_detail_says_where_each_number_is_from(database: Database, world: World) -> None:
    actor, views = await world.organisation("local"), PostgresInfluencerViews(database)
    story = await scored(database, world, "detail-", "a")
    profile = story.profiles["a"]
    await world.reading(profile, ago(1), followers=0, suspect=["followers"], total_views=77)
    await world.described(profile, handle="a.detail", display_name="A", country="BR")
    (row,) = await world.rows("select influencer_id from influencer_profiles where profile_id = $1", profile)

    detail = await views.detail(actor, row["influencer_id"])

    (shown,) = detail.profiles
    assert (shown.handle, shown.country, shown.posts_known) == ("a.detail", "BR", 4)
    readings = {reading.metric: reading for reading in shown.readings}
    assert readings["followers"].value == 1_000
    assert readings["followers"].observed_at == ago(2)
    assert readings["total_views"].value == 77
    (score,) = shown.scores
    assert [component.component for component in score.components] == ["E", "R", "G", "S", "C", "Q"]
    assert sum(component.contribution for component in score.components) == pytest.approx(score.score, abs=1e-9)
    assert sum(component.weight for component in score.components) == pytest.approx(1)
    assert score.components[3].raw is None
    assert detail.standing is not None
    assert detail.standing.score == score.score


async def test_a_profile_is_found_by_id_or_handle_and_only_by_who_sees_it(database: Database, world: World) -> None:
    ours, theirs = await world.organisation("ours"), await world.organisation("theirs")
    views = PostgresProfileViews(database)
    profile = await world.profile("178414", "instagram")
    await world.described(profile, handle="Lia.Costa", owner=ours.organisation, described_at=NOW)

    for name in ("instagram:178414", "instagram:@lia.costa", "instagram:LIA.COSTA"):
        assert await views.find(ours, ProfileRef.parse(name)) == profile
        with pytest.raises(ProfileNotFound, match="known here"):
            await views.find(theirs, ProfileRef.parse(name))
    assert await views.name(ours, ProfileId(profile)) == {"network": "instagram", "id": "178414", "handle": "Lia.Costa"}
    for question in (views.name, views.posts, PostgresScoreViews(database).current):
        with pytest.raises(ProfileNotFound):
            await question(theirs, ProfileId(profile))
    with pytest.raises(NotScored, match="analisa score"):
        await PostgresScoreViews(database).current(ours, ProfileId(profile))


async def test_a_series_has_gaps_where_nothing_was_read(database: Database, world: World) -> None:
    actor, views = await world.organisation("local"), PostgresPageViews(database)
    profile = ProfileId(await world.profile("series"))
    for day, followers in ((9, 100), (8, 110), (5, 140), (4, 150)):
        await world.reading(profile, ago(day), followers=followers, precision="rounded")
    await world.reading(profile, ago(7), followers=0, suspect=["followers"])

    async def drawn(first: int, last: int, metric: str = "followers") -> tuple[Line, ...]:
        period = Period(ago(first).date(), ago(last).date())
        return (await views.readings(actor, profile, metric, Asked(period=period), Step.DAY)).series

    (line,) = await drawn(9, 4)
    (part,) = await drawn(5, 5)

    assert line.values == (100, 110, None, None, 140, 150)
    assert (line.estimated, line.sample) == (True, 4)
    assert (part.values, part.sample) == ((140,), 1)
    assert await drawn(9, 4, "total_views") == ()
    with pytest.raises(ValueError, match="no readings of likes"):
        await drawn(9, 4, "likes")
    period = Period(ago(9).date(), ago(4).date())
    with pytest.raises(ProfileNotFound):
        await views.readings(actor, ProfileId(2**62), "followers", Asked(period=period), Step.DAY)


async def test_posts_come_newest_first_page_by_page_undated_last(database: Database, world: World) -> None:
    ours = await world.organisation("ours")
    views, profile = PostgresProfileViews(database), ProfileId(await world.profile("posting"))
    for number in range(5):
        post = await world.post(profile, f"post{number}", ago(number), kind="reel")
        await world.snapshot(post, ago(0), likes=number, suspect=["likes"] if number == 0 else None)
    await world.post(profile, "undated", None)
    twin = await world.post(profile, "post3", ago(3), owner=ours.organisation)
    await world.snapshot(twin, NOW - timedelta(hours=1), reach=33, owner=ours.organisation)

    found, after = [], None
    while True:
        page = await views.posts(ours, profile, after=after, limit=2)
        found += page.items
        assert (page.total.value, page.total.exact) == (6, True)
        if page.next is None:
            break
        after = page.next

    assert [post.network_post_id for post in found] == [*(f"post{number}" for number in range(5)), "undated"]
    assert found[0].suspect == ("likes",)
    assert (found[3].own, found[3].likes, found[3].reach) == (True, 3, None), "the public snapshot is the newer one"
    assert isinstance(after, PostKey)


async def test_the_history_keeps_every_day_and_version(database: Database, world: World) -> None:
    actor, views = await world.organisation("local"), PostgresScoreViews(database)
    story = await scored(database, world, "history-", "a")
    tomorrow = Scoring(database, now=NOW + timedelta(days=1))
    await story.tell(Fact("a", "instagram", NOW, {"likes": 500}, post="next", published=ago(0.1)))
    await tomorrow.score.everywhere()

    points = await views.history(actor, ProfileId(story.profiles["a"]))
    (current,) = await views.current(actor, ProfileId(story.profiles["a"]))

    assert [point.current for point in points] == [True, False]
    assert points[0].as_of == points[1].as_of + timedelta(days=1)
    assert points[0].score == current.score
