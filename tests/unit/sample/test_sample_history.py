"""The history of the sample world hangs together, and looks like the world outside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import pytest

from analisa.plugins.sample.growth import BUYERS, SHAPE_WEIGHTS, Shape
from analisa.plugins.sample.truth import ProfileTruth
from analisa.plugins.sample.world import ImpossibleWorld, SampleWorld
from tests.sample_rows import Rows

COUNTS = ("views", "impressions", "reach", "likes", "comments", "shares", "saves", "clicks", "follows")


@pytest.fixture(scope="session")
def end(world: SampleWorld) -> datetime:
    return datetime.combine(world.today, datetime.min.time(), UTC)


@pytest.fixture(scope="session")
def truths(world: SampleWorld) -> Mapping[tuple[str, str], ProfileTruth]:
    return {
        (profile.network, profile.profile_id): profile
        for creator in range(world.creators)
        for profile in world.truth(creator).profiles
    }


def profile_of(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row["network"]), str(row["profile_id"])


def by_profile(rows: Rows) -> dict[tuple[str, str], Rows]:
    grouped: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in rows:
        grouped[profile_of(row)].append(row)
    return grouped


def number(row: Mapping[str, object], field: str) -> float:
    value = row[field]
    assert isinstance(value, int | float)
    return value


def moment(row: Mapping[str, object], field: str) -> datetime:
    value = row[field]
    assert isinstance(value, datetime)
    return value


def test_whatever_a_row_points_to_exists(tables: Mapping[str, Rows]) -> None:
    profiles = {profile_of(row) for row in tables["profiles"]}
    posts = {str(row["post_id"]) for row in tables["posts"]}
    comments = {str(row["comment_id"]): str(row["post_id"]) for row in tables["comments"]}

    for table in ("profile_metrics", "posts", "audience", "profile_averages"):
        assert {profile_of(row) for row in tables[table]} <= profiles
    for table in ("post_metrics", "comments"):
        assert {str(row["post_id"]) for row in tables[table]} <= posts
    answers = [row for row in tables["comments"] if row["parent_comment_id"]]
    assert answers
    assert all(comments[str(row["parent_comment_id"])] == row["post_id"] for row in answers)


def test_nothing_is_dated_in_the_future_or_before_its_cause(tables: Mapping[str, Rows], end: datetime) -> None:
    made = {profile_of(row): moment(row, "created_at") for row in tables["profiles"]}
    published = {str(row["post_id"]): moment(row, "published_at") for row in tables["posts"]}

    assert all(
        value < end for rows in tables.values() for row in rows for value in row.values() if isinstance(value, datetime)
    )
    assert all(made[profile_of(row)] < moment(row, "published_at") for row in tables["posts"])
    assert all(made[profile_of(row)] < moment(row, "observed_at") for row in tables["profile_metrics"])
    assert all(published[str(row["post_id"])] < moment(row, "observed_at") for row in tables["post_metrics"])
    assert all(published[str(row["post_id"])] < moment(row, "published_at") for row in tables["comments"])


def test_shares_of_an_audience_sum_to_one(tables: Mapping[str, Rows]) -> None:
    sums: Counter[tuple[str, str, str]] = Counter()
    for row in tables["audience"]:
        sums[(*profile_of(row), str(row["dimension"]))] += round(number(row, "value") * 10_000)

    assert set(sums.values()) == {10_000}
    assert {dimension for _, _, dimension in sums} == {"country", "gender_age"}


def test_lifetime_counts_never_fall(tables: Mapping[str, Rows]) -> None:
    last: dict[tuple[str, str], float] = {}
    for row in tables["post_metrics"]:
        for name in COUNTS:
            if row[name] is None:
                continue
            key = (str(row["post_id"]), name)
            assert number(row, name) >= last.get(key, 0)
            last[key] = number(row, name)


def test_recent_posts_are_seen_several_times_and_old_ones_once(tables: Mapping[str, Rows], end: datetime) -> None:
    seen = Counter(str(row["post_id"]) for row in tables["post_metrics"])
    ages = {str(row["post_id"]): (end - moment(row, "published_at")).days for row in tables["posts"]}

    assert {seen[post] for post, age in ages.items() if age > 40} == {1}
    assert {seen[post] for post, age in ages.items() if 16 <= age < 29} == {5}
    assert {seen[post] for post, age in ages.items() if age < 1} <= {0, 1}


def test_sizes_countries_and_networks_are_spread_as_in_the_world_outside(tables: Mapping[str, Rows]) -> None:
    newest = {profile_of(row): number(row, "followers") for row in tables["profile_metrics"]}
    tiers = Counter(sum(size >= edge for edge in (1e4, 5e4, 5e5, 1e6)) for size in newest.values())
    profiles = tables["profiles"]

    assert 0.35 < tiers[0] / len(newest) < 0.65
    assert 0.20 < tiers[1] / len(newest) < 0.42
    assert tiers[4] >= 1
    assert {row["network"] for row in profiles} == {"instagram", "tiktok", "youtube", "facebook", "x"}
    assert 0.5 < sum(row["country"] == "BR" for row in profiles) / len(profiles) < 0.75
    assert {row["language"] for row in profiles} == {"pt", "en", "es"}
    assert len({row["category"] for row in profiles}) >= 12
    assert len({(row["network"], row["handle"]) for row in profiles}) == len(profiles)


def test_engagement_falls_with_size_as_published_tables_say(tables: Mapping[str, Rows]) -> None:
    followers = {profile_of(row): number(row, "followers") for row in tables["profile_metrics"]}
    owners = {str(row["post_id"]): profile_of(row) for row in tables["posts"]}
    rates: dict[bool, list[float]] = {True: [], False: []}
    for row in tables["post_metrics"]:
        size = followers[owners[str(row["post_id"])]]
        if row["network"] == "instagram" and row["likes"] is not None:
            rates[size < 10_000].append((number(row, "likes") + number(row, "comments")) / size)

    assert 0.025 < median(rates[True]) < 0.05
    assert 0.010 < median(rates[False]) < 0.03


def test_shapes_purchases_and_sleepers_come_as_often_as_said(truths: Mapping[tuple[str, str], ProfileTruth]) -> None:
    count = len(truths)
    shapes = Counter(profile.shape for profile in truths.values())

    for shape in Shape:
        assert abs(shapes[shape] / count - SHAPE_WEIGHTS[shape] / sum(SHAPE_WEIGHTS)) < 0.05
    assert abs(sum(bool(profile.bought_on) for profile in truths.values()) / count - BUYERS) < 0.03
    assert 0.02 < sum(profile.dormant for profile in truths.values()) / count < 0.09
    assert any(len(profile.bought_on) == 2 for profile in truths.values())


def test_bought_followers_come_in_one_day_and_answer_nothing(
    tables: Mapping[str, Rows], truths: Mapping[tuple[str, str], ProfileTruth]
) -> None:
    readings = by_profile([row for row in tables["profile_metrics"] if row["precision"] == "exact"])
    checked = 0
    for profile, rows in readings.items():
        seen = {moment(row, "observed_at").date(): number(row, "followers") for row in rows}
        for day in truths[profile].bought_on:
            if {day, day - timedelta(days=1)} <= set(seen):
                assert seen[day] > 1.08 * seen[day - timedelta(days=1)]
                checked += 1

    assert checked > 10


def test_only_purchases_and_viral_posts_make_followers_jump(
    tables: Mapping[str, Rows], truths: Mapping[tuple[str, str], ProfileTruth]
) -> None:
    for profile, rows in by_profile(tables["profile_metrics"]).items():
        truth = truths[profile]
        if truth.bought_on or truth.jumped_on or rows[0]["precision"] == "rounded":
            continue
        sizes = [number(row, "followers") for row in rows]
        assert all(later < 1.05 * earlier + 3 for earlier, later in pairwise(sizes))


def test_a_viral_jump_follows_a_viral_post(
    tables: Mapping[str, Rows], truths: Mapping[tuple[str, str], ProfileTruth]
) -> None:
    posts = by_profile(tables["posts"])
    jumps = 0
    for profile, truth in truths.items():
        before = [
            str(row["post_id"])
            for row in posts[profile]
            if truth.jumped_on and moment(row, "published_at").date() <= truth.jumped_on
        ]
        if before:
            assert before[-1] in truth.viral_posts
            jumps += 1

    assert jumps > 20


def test_boosted_posts_have_likes_without_comments(
    tables: Mapping[str, Rows], truths: Mapping[tuple[str, str], ProfileTruth]
) -> None:
    boosted = {post for truth in truths.values() for post in truth.boosted_posts}
    ratios: dict[bool, list[float]] = {True: [], False: []}
    for row in tables["post_metrics"]:
        if row["network"] == "instagram" and row["likes"]:
            ratios[row["post_id"] in boosted].append(number(row, "comments") / number(row, "likes"))

    assert len(ratios[True]) > 20
    assert median(ratios[True]) < 0.5 * median(ratios[False])


def test_hidden_likes_are_unknown_and_not_zero(
    tables: Mapping[str, Rows], truths: Mapping[tuple[str, str], ProfileTruth]
) -> None:
    owners = {str(row["post_id"]): profile_of(row) for row in tables["posts"]}
    hidden = {profile for profile, truth in truths.items() if truth.hides_likes}

    assert hidden
    assert {network for network, _ in hidden} == {"instagram"}
    for row in tables["post_metrics"]:
        assert (row["likes"] is None) == (owners[str(row["post_id"])] in hidden)


def test_sleepers_have_stopped_posting(
    tables: Mapping[str, Rows], truths: Mapping[tuple[str, str], ProfileTruth], end: datetime
) -> None:
    posts = by_profile(tables["posts"])

    asleep = [profile for profile, truth in truths.items() if truth.dormant]
    assert all(end - moment(row, "published_at") >= timedelta(days=50) for profile in asleep for row in posts[profile])


def test_youtube_shows_three_digits(tables: Mapping[str, Rows]) -> None:
    for row in tables["profile_metrics"]:
        digits = str(row["followers"])
        assert row["precision"] == ("rounded" if row["network"] == "youtube" else "exact")
        assert row["network"] != "youtube" or set(digits[3:]) <= {"0"}


def test_totals_of_a_profile_never_fall(tables: Mapping[str, Rows]) -> None:
    for rows in by_profile(tables["profile_metrics"]).values():
        for name in ("posts", "total_likes", "total_views"):
            values = [number(row, name) for row in rows if row[name] is not None]
            assert values == sorted(values)


def test_readings_are_daily_or_weekly_with_gaps(world: SampleWorld, tables: Mapping[str, Rows]) -> None:
    weekly = SampleWorld(seed=world.seed, creators=40, today=world.today, days=world.days, daily_share=0.0)
    batches = [batch.columns["profile_id"] for batch in weekly.batches(["profile_metrics"])]
    sparse = Counter(str(name) for column in batches for name in column)
    dense = Counter(str(row["profile_id"]) for row in tables["profile_metrics"])

    assert 12 <= min(sparse.values()) <= max(sparse.values()) <= 18
    assert 105 <= min(dense.values()) <= max(dense.values()) <= 120


def test_comments_are_meant_as_the_profile_is_liked(
    tables: Mapping[str, Rows], truths: Mapping[tuple[str, str], ProfileTruth]
) -> None:
    meant: Counter[str] = Counter()
    expected = [0.0, 0.0, 0.0]
    for truth in truths.values():
        genuine = [kind for kind in truth.comments.values() if kind != "spam"]
        meant.update(truth.comments.values())
        expected = [sum_ + share * len(genuine) for sum_, share in zip(expected, truth.polarity, strict=True)]
        assert sum(truth.polarity) == pytest.approx(1.0)

    total = sum(meant.values())
    assert total == len(tables["comments"])
    assert 0.02 < meant["spam"] / total < 0.06
    for kind, share in zip(("negative", "neutral", "positive"), expected, strict=True):
        assert meant[kind] == pytest.approx(share, rel=0.05)


def test_comments_speak_three_languages_with_emoji(tables: Mapping[str, Rows]) -> None:
    texts = [str(row["text"]) for row in tables["comments"]]

    assert {row["language"] for row in tables["comments"]} == {"pt", "en", "es", None}
    assert 0.3 < sum(any(ord(letter) > 0x2600 for letter in text) for text in texts) / len(texts) < 0.8
    assert len(set(texts)) > 1_000


def test_paid_posts_mostly_say_so(tables: Mapping[str, Rows], truths: Mapping[tuple[str, str], ProfileTruth]) -> None:
    paid = {post for truth in truths.values() for post in truth.paid_posts}
    tags = {"publi", "publicidade", "parceriapaga", "ad", "sponsored", "partner", "publicidad", "colaboracionpagada"}
    rows = [row for row in tables["posts"] if row["post_id"] in paid]

    labelled = sum(bool(row["paid_partnership"]) for row in rows)
    tagged = sum(bool(tags & set(words(row))) for row in rows)
    assert 0.04 < len(rows) / len(tables["posts"]) < 0.10
    assert 0.3 < labelled / len(rows) < 0.7
    assert 0.7 < tagged / len(rows) < 0.9
    assert all(row["post_id"] in paid for row in tables["posts"] if row["paid_partnership"] or tags & set(words(row)))


def words(row: Mapping[str, object]) -> tuple[str, ...]:
    found = row["hashtags"]
    assert isinstance(found, tuple)
    return found


def test_the_panel_reports_averages_close_to_the_truth(tables: Mapping[str, Rows], end: datetime) -> None:
    owners = {
        str(row["post_id"]): profile_of(row)
        for row in tables["posts"]
        if end - moment(row, "published_at") <= timedelta(days=30)
    }
    newest = {str(row["post_id"]): row for row in tables["post_metrics"] if row["post_id"] in owners}
    comments: dict[tuple[str, str], list[float]] = defaultdict(list)
    for post, row in newest.items():
        comments[owners[post]].append(number(row, "comments"))

    assert 30 < len(tables["profile_averages"]) < 140
    for row in tables["profile_averages"]:
        own = comments[profile_of(row)]
        assert row["sample"] == len(own)
        assert number(row, "avg_comments") == pytest.approx(sum(own) / len(own), rel=0.15, abs=0.01)


def test_every_profile_belongs_to_one_creator(world: SampleWorld, tables: Mapping[str, Rows]) -> None:
    people = list(world.people())

    mine = [(ref.network, ref.name) for person in people for ref in person.profiles]
    assert mine == [profile_of(row) for row in tables["profiles"]]
    assert [person.number for person in people] == list(range(world.creators))
    assert 1 < max(len(person.profiles) for person in people) <= 4
    assert 0.1 < sum(person.is_brand for person in people) / len(people) < 0.27
    assert all(
        [f"{profile.network}:{profile.profile_id}" for profile in world.truth(person.number).profiles]
        == [str(ref) for ref in person.profiles]
        for person in people[:: world.creators // 20]
    )


@pytest.mark.parametrize("creator", [-1, 600])
def test_there_is_no_truth_about_nobody(world: SampleWorld, creator: int) -> None:
    with pytest.raises(ImpossibleWorld, match=f"creators 0 to 599, not {creator}"):
        world.truth(creator)
