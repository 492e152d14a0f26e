"""What becomes of records when they meet what is stored: new, merged, unchanged, repeated, in conflict, flagged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from analisa.adapters.postgres.database import Tenant
from analisa.application.collection.archives import ImportRefused
from analisa.domain.collection.batch import Batch
from analisa.domain.collection.conflict import OnConflict
from analisa.domain.collection.report import CommentCoverage, TableCounts
from tests.builders import a_batch, a_post, a_reading, a_snapshot, day
from tests.installation import Installation, installed
from tests.servers import DatabaseUrl


@pytest_asyncio.fixture(loop_scope="session")
async def home(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(database_url, tmp_path) as installation:
        yield installation


async def test_everything_that_is_new_is_stored_with_its_import(home: Installation) -> None:
    report = await home.bring(
        a_batch("profiles", {"profile_id": "ana", "handle": "Ana", "display_name": "Ana Lima", "is_verified": True}),
        a_batch("profile_metrics", a_reading(followers=1_200, precision="compact")),
        a_batch("posts", a_post(published_at=day(-3), hashtags=("sol", "mar"), extra={"mood": "bright"})),
        a_batch("post_metrics", a_snapshot(views=900, likes=0, scope="")),
        a_batch("comments", {"comment_id": "C1", "post_id": "P1", "text": "oi", "likes": 2}),
        a_batch(
            "audience",
            {
                "profile_id": "ana",
                "observed_at": day(0),
                "dimension": "country",
                "key": "BR",
                "value": 0.8,
                "unit": "share",
            },
        ),
        a_batch("profile_averages", a_reading(source="a list", avg_likes=12.5)),
    )

    assert {name: counts.new for name, counts in report.tables.items()} == dict.fromkeys(report.tables, 1)
    assert len(report.tables) == 7
    snapshot = (await home.rows("select * from post_metrics"))[0]
    assert (snapshot["views"], snapshot["likes"], snapshot["comments"]) == (900, 0, None)
    assert (snapshot["scope"], snapshot["owner"]) == ("lifetime", home.local.organisation)
    post = (await home.rows("select * from posts"))[0]
    assert (post["hashtags"], post["extra"]) == (["sol", "mar"], '{"mood": "bright"}')
    numbers = await home.rows("select distinct import_no from posts union select no from imports")
    assert len(numbers) == 1


async def test_rows_come_to_lie_in_the_partition_of_their_month(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post()), a_batch("post_metrics", a_snapshot(on=0, likes=1)))

    places = await home.rows("select tableoid::regclass::text as name from public.post_metrics")
    assert places == [{"name": "post_metrics_2026_03"}]


async def test_the_same_again_changes_nothing_and_tells_nobody(home: Installation) -> None:
    batches = (
        a_batch("profiles", {"profile_id": "ana", "display_name": "Ana"}),
        a_batch("posts", a_post(title="a day", hashtags=("sol",), extra={"a": 1})),
        a_batch("post_metrics", a_snapshot(views=5), a_snapshot(on=1, views=6, watch_time_s=0.1)),
    )
    await home.bring(*batches)
    before = await _everything(home)

    report = await home.bring(*batches)

    assert {name: (counts.unchanged, counts.changed) for name, counts in report.tables.items()} == {
        "profiles": (1, 0),
        "posts": (1, 0),
        "post_metrics": (2, 0),
    }
    assert await _everything(home) == before


async def test_what_was_open_is_filled_and_what_was_said_stays(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post(title="a day")), a_batch("post_metrics", a_snapshot(views=5)))

    report = await home.bring(a_batch("posts", a_post(url="u")), a_batch("post_metrics", a_snapshot(likes=2)))

    assert report.tables["post_metrics"] == TableCounts(rows=1, merged=1)
    assert await home.rows("select views, likes from post_metrics") == [{"views": 5, "likes": 2}]
    assert await home.rows("select title, url from posts") == [{"title": "a day", "url": "u"}]


async def test_words_of_two_sources_stand_side_by_side_in_extra(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post(extra={"a": 1})))
    report = await home.bring(a_batch("posts", a_post(extra={"b": 2})))
    again = await home.bring(a_batch("posts", a_post(extra={"b": 2})))
    other = await home.bring(a_batch("posts", a_post(extra={"b": 3})))

    assert (report.tables["posts"].merged, again.tables["posts"].unchanged) == (1, 1)
    assert other.tables["posts"].conflicts == 1
    assert await home.rows("select extra from posts") == [{"extra": '{"a": 1, "b": 2}'}]


async def test_the_finer_of_two_sources_that_agree_on_the_day_is_kept(home: Installation) -> None:
    by_day = a_batch("posts", a_post(published_at=day(0).replace(hour=0), published_precision="day", url="u"))
    by_second = a_batch("posts", a_post(published_at=day(0), published_precision="second"))
    next_day = a_batch("posts", a_post(published_at=day(1).replace(hour=0), published_precision="day"))

    await home.bring(by_day)
    finer, coarser, other = [await home.bring(batch) for batch in (by_second, by_day, next_day)]

    assert finer.tables["posts"] == TableCounts(rows=1, merged=1)
    assert coarser.tables["posts"] == TableCounts(rows=1, unchanged=1)
    assert other.tables["posts"] == TableCounts(rows=1, conflicts=1)
    kept = "select published_at, published_precision, url from posts"
    assert await home.rows(kept) == [{"published_at": day(0), "published_precision": "second", "url": "u"}]

    await home.bring(next_day, on_conflict=OnConflict.REPLACE)
    assert (await home.rows(kept))[0]["published_precision"] == "day"


@pytest.mark.parametrize(("policy", "views"), [(OnConflict.KEEP, 5), (OnConflict.REPLACE, 7)])
async def test_a_contradiction_is_reported_and_settled_as_asked(
    home: Installation, policy: OnConflict, views: int
) -> None:
    await home.bring(a_batch("posts", a_post()), a_batch("post_metrics", a_snapshot(views=5, likes=1)))

    report = await home.bring(a_batch("post_metrics", a_snapshot(views=7)), on_conflict=policy)

    counts = report.tables["post_metrics"]
    assert (counts.conflicts, counts.merged) == ((1, 0) if policy is OnConflict.KEEP else (0, 1))
    assert await home.rows("select views, likes from post_metrics") == [{"views": views, "likes": 1}]
    finding = (await home.rows("select * from import_findings"))[0]
    assert finding["severity"] == "conflict"
    assert "views is 7 here and 5 there" in finding["message"]
    assert '"views": "7"' in finding["cells"]


async def test_stop_refuses_the_whole_file_and_keeps_the_ones_before(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post("P1"), a_post("P2")), a_batch("post_metrics", a_snapshot(views=5)))

    with pytest.raises(ImportRefused, match=r"b\.csv, line 3: .*views is 7 here and 5 there"):
        await home.bring(
            a_batch("post_metrics", a_snapshot(on=9, views=1), file="a.csv"),
            a_batch("post_metrics", a_snapshot("P2", views=1), a_snapshot("P1", views=7), file="b.csv"),
            on_conflict=OnConflict.STOP,
        )

    assert await home.rows("select views from post_metrics order by views") == [{"views": 1}, {"views": 5}]
    job = (await home.rows("select state, error from imports order by no desc limit 1"))[0]
    assert job["state"] == "failed"
    assert "b.csv" in job["error"]


@pytest.mark.parametrize(
    "batch",
    [
        a_batch("posts", a_post("P9"), a_post("P9", title="other")),
        a_batch("profiles", {"profile_id": "bia", "bio": "a"}, {"profile_id": "bia", "bio": "b"}),
        a_batch("profiles", {"profile_id": "ana", "bio": "b"}),
    ],
    ids=["a repeat", "a description twice", "a stored description"],
)
async def test_stop_heeds_every_kind_of_contradiction(home: Installation, batch: Batch) -> None:
    await home.bring(a_batch("profiles", {"profile_id": "ana", "bio": "a"}))

    with pytest.raises(ImportRefused, match="as --on-conflict stop asks"):
        await home.bring(batch, on_conflict=OnConflict.STOP)
    assert await home.rows("select bio from profile_descriptions") == [{"bio": "a"}]


async def test_within_a_file_the_first_row_counts_and_differing_repeats_are_reported(home: Installation) -> None:
    report = await home.bring(
        a_batch("posts", a_post(), a_post(), a_post(title="other")),
        a_batch("post_metrics", a_snapshot(views=5), a_snapshot(views=5), a_snapshot(views=6), first_line=10),
    )

    assert report.tables["post_metrics"] == TableCounts(rows=3, new=1, repeated=1, conflicts=1)
    assert report.tables["posts"] == TableCounts(rows=3, new=1, repeated=1, conflicts=1)
    assert await home.rows("select views from post_metrics") == [{"views": 5}]
    lines = await home.rows("select line from import_findings where table_name = 'post_metrics'")
    assert lines == [{"line": 12}]


async def test_the_rows_of_a_report_add_up(home: Installation) -> None:
    await home.bring(
        a_batch("posts", a_post()), a_batch("post_metrics", a_snapshot(views=5), a_snapshot(on=1, views=1))
    )

    report = await home.bring(
        a_batch(
            "post_metrics",
            a_snapshot(views=5),
            a_snapshot(on=1, likes=4),
            a_snapshot(on=1, likes=4),
            a_snapshot(on=2, views=7),
            a_snapshot(on=2, views=8),
            a_snapshot("unknown", views=8),
            a_snapshot(on=500, views=8),
        )
    )

    counts = report.tables["post_metrics"]
    assert counts == TableCounts(rows=7, new=1, merged=1, unchanged=1, repeated=1, conflicts=1, quarantined=2)


async def test_a_metric_that_becomes_zero_out_of_silence_is_suspect_in_whatever_order_it_comes(
    home: Installation,
) -> None:
    await home.bring(a_batch("posts", a_post()), a_batch("post_metrics", a_snapshot(on=4, likes=0, views=3)))
    assert await home.rows("select suspect from post_metrics") == [{"suspect": None}]

    report = await home.bring(a_batch("post_metrics", a_snapshot(on=2, views=2)))

    assert report.tables["post_metrics"] == TableCounts(rows=1, new=1, flagged=1)
    assert await _suspects(home) == [(day(2), None), (day(4), ["likes"])]

    await home.bring(a_batch("post_metrics", a_snapshot(on=3, likes=9, views=2)))
    assert await _suspects(home) == [(day(2), None), (day(3), None), (day(4), None)]


async def test_no_followers_after_more_than_a_thousand_is_a_failed_reading(home: Installation) -> None:
    await home.bring(a_batch("profile_metrics", a_reading(on=3, followers=0), a_reading("bia", on=3, followers=0)))
    report = await home.bring(
        a_batch("profile_metrics", a_reading(on=1, followers=5_000), a_reading("bia", on=1, followers=900))
    )

    assert report.tables["profile_metrics"].flagged == 1
    suspects = await home.rows(
        "select p.network_id, suspect from profile_metrics join profiles p on p.id = profile_id where suspect is not null"
    )
    assert suspects == [{"network_id": "ana", "suspect": ["followers"]}]


async def test_more_likes_than_views_are_reported_and_kept(home: Installation) -> None:
    report = await home.bring(a_batch("posts", a_post()), a_batch("post_metrics", a_snapshot(likes=9, views=3)))

    assert report.tables["post_metrics"] == TableCounts(rows=1, new=1, flagged=1)
    assert report.files[0].findings == {"flagged": {"likes.over_views": 1}}


async def test_snapshots_of_unknown_posts_wait_in_quarantine(home: Installation) -> None:
    report = await home.bring(a_batch("post_metrics", a_snapshot("P9", likes=1)))

    assert report.tables["post_metrics"] == TableCounts(rows=1, quarantined=1)
    finding = (await home.rows("select severity, code, message, cells from import_findings"))[0]
    assert finding["code"] == "post.unknown"
    assert "instagram:P9" in finding["message"]


@pytest.mark.parametrize("when", [datetime(1999, 12, 31, tzinfo=UTC), datetime(2026, 4, 3, tzinfo=UTC)])
async def test_dates_that_cannot_be_wait_in_quarantine(home: Installation, when: datetime) -> None:
    report = await home.bring(
        a_batch("profile_metrics", a_reading(followers=1), {"profile_id": "ana", "observed_at": when, "followers": 2})
    )

    assert report.tables["profile_metrics"] == TableCounts(rows=2, new=1, quarantined=1)
    assert report.files[0].findings == {"quarantined": {"time.impossible": 1}}


async def test_each_profile_without_an_influencer_gets_one_once(home: Installation) -> None:
    await home.bring(
        a_batch("profiles", {"profile_id": "ana", "display_name": "Ana Lima"}), a_batch("posts", a_post("P1", "bia"))
    )
    await home.bring(a_batch("posts", a_post("P2", "bia")))

    assert await home.rows("select name from influencers order by name") == [{"name": "Ana Lima"}, {"name": "bia"}]


async def test_profiles_of_which_something_new_is_known_wait_for_their_score(home: Installation) -> None:
    await home.bring(a_batch("posts", a_post("P1", "ana"), a_post("P2", "bia")))
    async with home.database.writing(_tenant(home)) as connection:
        await connection.exec_driver_sql("delete from score_queue")

    report = await home.bring(
        a_batch("post_metrics", a_snapshot("P1", likes=1)), a_batch("posts", a_post("P2", "bia"), file="b.csv")
    )

    waiting = await home.rows("select network_id from score_queue join profiles on id = profile_id")
    assert waiting == [{"network_id": "ana"}]
    assert [file.profiles for file in report.files] == [1, 0]
    told = await home.rows(
        "select payload->>'profiles' as profiles from outbox where name = 'collection.observations_recorded' order by recorded_at, id"
    )
    assert told == [{"profiles": "2"}, {"profiles": "1"}]


def _tenant(home: Installation) -> Tenant:
    return Tenant.of(home.local)


async def _suspects(home: Installation) -> list[tuple[datetime, list[str] | None]]:
    rows = await home.rows("select observed_at, suspect from post_metrics order by observed_at")
    return [(row["observed_at"], row["suspect"]) for row in rows]


async def _everything(home: Installation) -> dict[str, object]:
    tables = ("posts", "post_metrics", "profile_descriptions", "profile_names", "influencers", "score_queue", "outbox")
    # That somebody asked for the import is recorded each time.
    but = {"outbox": "where name <> 'shared.action_taken'"}
    return {name: await home.rows(f"select * from {name} {but.get(name, '')} order by 1, 2, 3") for name in tables}


async def test_a_comment_again_is_unchanged_and_its_instant_counts_to_the_second(home: Installation) -> None:
    said = {"comment_id": "C9", "post_id": "P9", "published_at": day(0), "text": "oi"}
    await home.bring(a_batch("comments", said))

    again = await home.bring(a_batch("comments", {**said, "likes": 2}))
    other = await home.bring(a_batch("comments", {**said, "published_at": day(1)}))

    assert again.files[0].tables["comments"].merged == 1
    assert other.files[0].tables["comments"].conflicts == 1
    rows = await home.rows("select published_at, likes from comments where network_comment_id = 'C9'")
    assert rows == [{"published_at": day(0), "likes": 2}]


async def test_the_report_says_what_the_comments_of_a_file_are_about(home: Installation) -> None:
    report = await home.bring(
        a_batch("posts", a_post("P1")),
        a_batch(
            "comments",
            {"comment_id": "1", "post_id": "P1", "author_ref": "a"},
            {"comment_id": "2", "post_id": "P1", "author_ref": "a"},
            {"comment_id": "2", "post_id": "P1", "author_ref": "a"},
            {"comment_id": "3", "post_id": "P9"},
        ),
    )

    (file,) = report.files
    assert file.comments == CommentCoverage(rows=4, distinct_ids=3, posts=2, posts_unknown=1, authors=1)
    (other,) = (await home.bring(a_batch("posts", a_post("P1")))).files
    assert other.comments is None
