"""Reading evidence as columns: whose rows count, which snapshot stands, what is left out."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analisa.adapters.postgres.analytics.reader import PostgresColumnReader
from analisa.adapters.postgres.database import Database
from analisa.application.analytics.errors import ImportNotKnown
from analisa.application.analytics.instants import instant_of
from analisa.application.analytics.ports import Selection
from analisa.application.shared.actor import Actor
from analisa.domain.analytics.columns import POST_TYPES, ProfileColumns
from analisa.domain.shared.ids import ProfileId
from tests.integration.analytics.world import NOW, World, ago

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def read(
    database: Database, actor: Actor, *profiles: int, until: datetime = NOW, chunk: int = 2_000
) -> ProfileColumns:
    reader = PostgresColumnReader(database, chunk=chunk)
    selection = Selection(profiles=tuple(map(ProfileId, profiles)))
    (piece,) = [piece async for piece in reader.figures(actor, selection, until=until)]
    return piece


async def test_the_latest_lifetime_snapshot_stands_as_it_is(database: Database, world: World) -> None:
    local = await world.organisation("local")
    ana = await world.profile("ana")
    post = await world.post(ana, "p1", ago(10), kind="reel")
    await world.snapshot(post, ago(9), views=100, likes=10)
    await world.snapshot(post, ago(5), views=300)
    await world.snapshot(post, ago(4), views=1, scope="day")
    await world.snapshot(post, NOW + timedelta(days=1), views=999)

    columns = await read(database, local, ana)

    assert columns.posts.observed_at.tolist() == [instant_of(ago(5))]
    assert columns.posts.views.tolist() == [300]
    assert np.isnan(columns.posts.likes).all()
    assert columns.posts.first_views.tolist() == [100]
    assert columns.posts.first_observed_at.tolist() == [instant_of(ago(9))]
    assert columns.posts.published_at.tolist() == [instant_of(ago(10))]
    assert columns.posts.type is not None
    assert POST_TYPES[columns.posts.type[0]] == "reel"


async def test_a_post_without_a_snapshot_or_a_date_is_still_a_post(database: Database, world: World) -> None:
    local = await world.organisation("local")
    bia = await world.profile("bia")
    await world.post(bia, "undated", None)

    columns = await read(database, local, bia)

    assert columns.posts.offsets.tolist() == [0, 1]
    assert np.isnan(columns.posts.views).all()
    assert columns.posts.published_at[0] == columns.posts.observed_at[0] == np.iinfo(np.int64).min


async def test_an_organisation_sees_its_own_rows_and_public_ones_as_one_post(database: Database, world: World) -> None:
    ours, theirs = await world.organisation("ours"), await world.organisation("theirs")
    cris = await world.profile("cris")
    public = await world.post(cris, "same", ago(20))
    own = await world.post(cris, "same", ago(21), owner=ours.organisation)
    await world.snapshot(public, ago(8), views=80)
    await world.snapshot(own, ago(9), views=70, reach=55, owner=ours.organisation)
    await world.snapshot(own, ago(8), views=81, reach=60, owner=ours.organisation)

    mine, others = await read(database, ours, cris), await read(database, theirs, cris)

    assert mine.posts.views.tolist() == [81]
    assert mine.posts.reach.tolist() == [60]
    assert mine.posts.first_views.tolist() == [70]
    assert mine.posts.published_at.tolist() == [instant_of(ago(21))]
    assert others.posts.views.tolist() == [80]
    assert np.isnan(others.posts.reach).all()


async def test_a_newer_public_snapshot_wins_over_an_older_own_one(database: Database, world: World) -> None:
    ours = await world.organisation("ours")
    dora = await world.profile("dora")
    public = await world.post(dora, "other", None)
    own = await world.post(dora, "other", ago(30), owner=ours.organisation)
    await world.snapshot(own, ago(20), views=70, owner=ours.organisation)
    await world.snapshot(public, ago(10), views=90)

    columns = await read(database, ours, dora)

    assert columns.posts.views.tolist() == [90]
    assert columns.posts.first_views.tolist() == [70]
    assert columns.posts.published_at.tolist() == [instant_of(ago(30))]


async def test_readings_of_one_instant_are_one_and_the_own_one_is_filled_up(database: Database, world: World) -> None:
    ours = await world.organisation("ours")
    eva = await world.profile("eva", "youtube")
    await world.reading(eva, ago(3), followers=1_230_000, total_views=5, precision="rounded")
    await world.reading(eva, ago(3), followers=1_234_567, precision="exact", owner=ours.organisation)
    await world.reading(eva, ago(2), followers=1_400_000, precision="compact")

    columns = await read(database, ours, eva)

    assert columns.readings.followers.tolist() == [1_234_567, 1_400_000]
    assert columns.readings.total_views[0] == 5
    assert columns.readings.step.tolist() == [0, 100_000]


async def test_a_failed_reading_is_left_out_and_missing_beside_its_post(database: Database, world: World) -> None:
    local = await world.organisation("local")
    fabi = await world.profile("fabi", "tiktok")
    await world.reading(fabi, ago(6), followers=5_000)
    await world.reading(fabi, ago(5), followers=0, suspect=["followers"])
    for day in (6, 5):
        await world.snapshot(await world.post(fabi, f"p{day}", ago(7)), ago(day), views=10)

    columns = await read(database, local, fabi)

    assert columns.readings.followers.tolist() == [5_000]
    assert sorted(columns.posts.followers.tolist(), key=str) == pytest.approx([5_000, np.nan], nan_ok=True)


async def test_suspect_zeros_stay_in_the_figures(database: Database, world: World) -> None:
    local = await world.organisation("local")
    gabi = await world.profile("gabi")
    await world.snapshot(await world.post(gabi, "p", ago(5)), ago(4), likes=0, views=7, suspect=["likes"])

    columns = await read(database, local, gabi)

    assert columns.posts.likes.tolist() == [0]


async def test_a_demonstration_is_read_without_public_rows(database: Database, world: World) -> None:
    demo = await world.organisation("demo", demonstration=True)
    hugo = await world.profile("hugo")
    await world.post(hugo, "public", ago(5))
    await world.post(hugo, "demo", ago(5), owner=demo.organisation)

    columns = await read(database, demo, hugo)

    assert columns.posts.offsets.tolist() == [0, 1]


async def test_private_values_come_with_an_organisations_own_rows(database: Database, world: World) -> None:
    ours, theirs = await world.organisation("ours"), await world.organisation("stranger")
    ines = await world.profile("ines", "youtube")
    post = await world.post(ines, "v", ago(5), owner=ours.organisation)
    extra = '{"revenue_usd": 12.5, "subscribers_gained": "many"}'
    await world.snapshot(post, ago(4), views=7, watch_time_s=36.0, extra=extra, owner=ours.organisation)
    await world.reading(ines, ago(4), followers=9)

    mine, others = await read(database, ours, ines), await read(database, theirs, ines)

    assert mine.posts.private is not None
    assert mine.posts.private.revenue_usd.tolist() == [12.5]
    assert mine.posts.private.watch_time_s.tolist() == [36.0]
    assert np.isnan(mine.posts.private.subscribers_gained).all()
    assert others.posts.private is None
    assert len(others.posts.views) == 0


async def test_pieces_are_the_whole_cut_by_profile(database: Database, world: World) -> None:
    local = await world.organisation("local")
    profiles = [await world.profile(f"many{number}") for number in range(7)]
    for number, profile in enumerate(profiles):
        await world.named(profile, f"Name {number}")
        for day in range(number):
            await world.snapshot(await world.post(profile, f"{profile}-{day}", ago(day + 1)), ago(day), likes=day)
    selection = Selection(profiles=tuple(map(ProfileId, profiles)))

    async def pieces(chunk: int) -> list[ProfileColumns]:
        reader = PostgresColumnReader(database, chunk=chunk)
        return [piece async for piece in reader.figures(local, selection, until=NOW)]

    whole, cut = await pieces(100), await pieces(2)

    assert [len(piece) for piece in cut] == [2, 2, 2]  # the first has no posts: nothing is known of it
    assert_array_equal(np.concatenate([piece.profile_id for piece in cut]), whole[0].profile_id)
    assert sum((piece.key for piece in cut), ()) == whole[0].key
    assert sorted(np.concatenate([piece.posts.likes for piece in cut])) == sorted(whole[0].posts.likes)
    assert whole[0].names is not None
    assert whole[0].names.name[0] == "Name 1"


async def test_a_network_or_an_import_narrows_the_choice(database: Database, world: World) -> None:
    local = await world.organisation("local")
    reader = PostgresColumnReader(database)
    jo = await world.profile("jo", "x")
    await world.reading(jo, ago(1), followers=3)

    found = [piece async for piece in reader.figures(local, Selection(network="x"), until=NOW)]

    assert [piece.profile_id.tolist() for piece in found] == [[jo]]
    with pytest.raises(ImportNotKnown, match="analisa imports"):
        _ = [piece async for piece in reader.figures(local, Selection(import_id=local.organisation), until=NOW)]


async def test_reported_averages_stand_beside_the_followers_of_their_day(database: Database, world: World) -> None:
    local = await world.organisation("local")
    kim = await world.profile("kim")
    await world.reading(kim, ago(9), followers=1_000)
    facts = {"scope": "lifetime", "source": "a list", "avg_likes": 12.5, "import_no": 1}
    await world.insert("profile_averages", None, profile_id=kim, observed_at=ago(9), **facts)
    await world.insert("profile_averages", None, profile_id=kim, observed_at=ago(5), **facts)

    selection = Selection(profiles=(ProfileId(kim),))
    reported = await PostgresColumnReader(database).reported(local, selection, until=NOW)

    assert reported.followers.tolist() == pytest.approx([1_000, np.nan], nan_ok=True)
    assert reported.avg_likes.tolist() == [12.5, 12.5]
    assert reported.source == ("a list", "a list")
