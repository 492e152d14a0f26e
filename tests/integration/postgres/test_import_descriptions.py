"""Descriptions of profiles and posts: the newest wins, older ones fill gaps, undated ones may contradict."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from analisa.adapters.postgres.database import Tenant
from analisa.application.collection.archives import ImportRefused
from analisa.domain.collection.conflict import OnConflict
from analisa.domain.collection.report import TableCounts
from tests.builders import a_batch, a_post, day
from tests.installation import Installation, installed
from tests.servers import DatabaseUrl


@pytest_asyncio.fixture(loop_scope="session")
async def home(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(database_url, tmp_path) as installation:
        yield installation


async def test_the_newest_description_wins_whatever_comes_first(home: Installation) -> None:
    newer = {"profile_id": "ana", "display_name": "Ana Lima", "observed_at": day(5)}
    older = {"profile_id": "ana", "display_name": "Aninha", "bio": "sol", "observed_at": day(1)}

    await home.bring(a_batch("profiles", newer))
    report = await home.bring(a_batch("profiles", older))

    assert report.tables["profiles"].merged == 1
    seen = await home.rows("select display_name, bio, described_at from profile_descriptions")
    assert seen == [{"display_name": "Ana Lima", "bio": "sol", "described_at": day(5)}]
    names = await home.rows("select name, first_seen_at from profile_names order by name")
    assert names == [
        {"name": "Ana Lima", "first_seen_at": day(5)},
        {"name": "Aninha", "first_seen_at": day(1)},
    ]


async def test_an_older_description_adds_its_words_once(home: Installation) -> None:
    newer = a_batch("profiles", {"profile_id": "ana", "bio": "b", "observed_at": day(5)})
    older = a_batch("profiles", {"profile_id": "ana", "bio": "a", "extra": {"rank": 3}, "observed_at": day(1)})
    await home.bring(newer)

    first, second = await home.bring(older), await home.bring(older)

    assert (first.tables["profiles"].merged, second.tables["profiles"].merged) == (1, 0)
    assert await home.rows("select bio, extra from profile_descriptions") == [{"bio": "b", "extra": '{"rank": 3}'}]


async def test_a_newer_description_replaces_and_later_sightings_widen_a_name(home: Installation) -> None:
    await home.bring(
        a_batch("profiles", {"profile_id": "ana", "display_name": "Ana", "bio": "a", "observed_at": day(1)})
    )
    report = await home.bring(
        a_batch("profiles", {"profile_id": "ana", "display_name": "Ana", "bio": "b", "observed_at": day(3)})
    )

    assert report.tables["profiles"] == TableCounts(rows=1, merged=1)
    assert await home.rows("select bio from profile_descriptions") == [{"bio": "b"}]
    assert await home.rows("select first_seen_at, last_seen_at from profile_names") == [
        {"first_seen_at": day(1), "last_seen_at": day(3)}
    ]


@pytest.mark.parametrize("order", [(1, 3, 2), (3, 1, 2), (2, 3, 1), (3, 2, 1)])
async def test_a_post_is_as_its_newest_description_says_in_whatever_order_files_come(
    home: Installation, order: tuple[int, ...]
) -> None:
    told = {
        1: a_post(title="soon", text="a", published_at=day(1), observed_at=day(1)),
        2: a_post(title="now", published_at=day(2), observed_at=day(2)),
        3: a_post(title="over", published_at=day(2), observed_at=day(3)),
    }
    for number in order:
        report = await home.bring(a_batch("posts", told[number]))
        assert report.tables["posts"].conflicts == 0

    again = await home.bring(a_batch("posts", told[order[-1]]))
    assert again.tables["posts"] == TableCounts(rows=1, unchanged=1)
    (post,) = await home.rows("select title, text, published_at, described_at from posts")
    assert post == {"title": "over", "text": "a", "published_at": day(2), "described_at": day(3)}


async def test_a_description_seen_again_later_is_newer_than_one_seen_between(home: Installation) -> None:
    for on, title in ((1, "a"), (3, "a"), (2, "b")):
        await home.bring(a_batch("posts", a_post(title=title, observed_at=day(on))))

    assert await home.rows("select title from posts") == [{"title": "a"}]


async def test_within_a_file_the_newest_description_of_a_post_counts(home: Installation) -> None:
    report = await home.bring(
        a_batch("posts", a_post(title="a", observed_at=day(1)), a_post(title="b", observed_at=day(2)))
    )

    assert report.tables["posts"] == TableCounts(rows=2, new=1, repeated=1)
    assert await home.rows("select title from posts") == [{"title": "b"}]


async def test_within_a_file_older_descriptions_fill_what_the_newest_leaves_open(home: Installation) -> None:
    dated = a_batch(
        "posts",
        a_post(title="first", text="a", published_at=day(1), published_precision="day", observed_at=day(1)),
        a_post(title="second", hashtags=("sol", "mar"), observed_at=day(2)),
        a_post(text="c", observed_at=day(3)),
    )
    await home.bring(dated)

    shown = "select title, text, hashtags, published_at, published_precision, described_at from posts"
    (post,) = await home.rows(shown)
    assert post == {
        "title": "second",
        "text": "c",
        "hashtags": ["sol", "mar"],
        "published_at": day(1),
        "published_precision": "day",
        "described_at": day(3),
    }
    again = await home.bring(dated)
    assert again.tables["posts"] == TableCounts(rows=3, unchanged=1, repeated=2)
    assert await home.rows(shown) == [post]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_within_a_file_an_undated_description_that_differs_is_a_conflict(
    home: Installation, order: tuple[int, int]
) -> None:
    told = (a_post(title="a", observed_at=day(1)), a_post(title="b"))
    batch = a_batch("posts", *(told[place] for place in order))

    with pytest.raises(ImportRefused, match="as --on-conflict stop asks"):
        await home.bring(batch, on_conflict=OnConflict.STOP)
    report = await home.bring(batch)

    assert report.tables["posts"] == TableCounts(rows=2, new=1, conflicts=1)
    assert await home.rows("select title from posts") == [{"title": "a"}]


async def test_words_that_are_seen_again_with_a_date_are_of_that_date(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post(title="a")))
    dated = await home.bring(a_batch("posts", a_post(title="a", observed_at=day(1))))
    newer = await home.bring(a_batch("posts", a_post(title="b", observed_at=day(2))))

    assert (dated.tables["posts"].unchanged, newer.tables["posts"].merged) == (1, 1)
    assert await home.rows("select title, described_at from posts") == [{"title": "b", "described_at": day(2)}]


async def test_a_profile_that_loses_a_post_to_another_is_scored_again(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post(profile_id="ana", observed_at=day(1))))
    async with home.database.writing(Tenant.of(home.local)) as connection:
        await connection.execute(text("delete from score_queue"))

    await home.bring(a_batch("posts", a_post(profile_id="bia", observed_at=day(2))))

    waiting = await home.rows("select network_id from score_queue join profiles on id = profile_id order by 1")
    assert [row["network_id"] for row in waiting] == ["ana", "bia"]


async def test_an_undated_description_of_a_post_that_differs_is_a_conflict(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post(title="a", observed_at=day(1))))
    report = await home.bring(a_batch("posts", a_post(title="b")))

    assert report.tables["posts"].conflicts == 1
    assert await home.rows("select title from posts") == [{"title": "a"}]


async def test_descriptions_without_a_date_that_differ_are_a_conflict(home: Installation) -> None:
    await home.bring(a_batch("profiles", {"profile_id": "ana", "display_name": "Ana"}))
    report = await home.bring(a_batch("profiles", {"profile_id": "ana", "display_name": "Bia"}))
    asked = await home.bring(
        a_batch("profiles", {"profile_id": "ana", "display_name": "Bia"}), on_conflict=OnConflict.REPLACE
    )

    assert report.tables["profiles"] == TableCounts(rows=1, conflicts=1)
    assert asked.tables["profiles"] == TableCounts(rows=1, merged=1)
    assert await home.rows("select display_name from profile_descriptions") == [{"display_name": "Bia"}]


async def test_a_file_with_many_descriptions_of_a_profile_keeps_the_newest(home: Installation) -> None:
    report = await home.bring(
        a_batch(
            "profiles",
            {"profile_id": "ana", "display_name": "A", "observed_at": day(1)},
            {"profile_id": "ana", "display_name": "C", "observed_at": day(3)},
            {"profile_id": "ana", "display_name": "B", "observed_at": day(2)},
            {"profile_id": "ana", "display_name": "X", "observed_at": day(3)},
        )
    )

    assert report.tables["profiles"] == TableCounts(rows=4, new=1, repeated=2, conflicts=1)
    assert await home.rows("select display_name from profile_descriptions") == [{"display_name": "C"}]
    assert len(await home.rows("select name from profile_names")) == 4
