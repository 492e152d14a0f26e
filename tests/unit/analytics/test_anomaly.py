"""Follower steps and boosted posts: found where they are, and hardly ever where they are not."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from analisa.domain.analytics.anomaly import (
    ENOUGH,
    Series,
    boosted_posts,
    follower_steps,
    gains,
    post_scores,
    step_scores,
    suspected_purchases,
)
from analisa.domain.analytics.columns import DAY

WEEKLY = Path(__file__).parents[4] / "shared/data/forecast/youtube_weekly"
VIDEOS = Path(__file__).parents[4] / "shared/data/exports/yt_tracker_fr/videos_2026-02.csv"
WEEKS = 156


def series(*profiles: tuple[np.ndarray, np.ndarray | None], days: int = 7, step: float = 0.0) -> Series:
    """Each profile: followers and total views at readings *days* apart."""
    sizes = [len(followers) for followers, _ in profiles]
    return Series(
        offsets=np.cumsum([0, *sizes]),
        observed_at=np.concatenate([np.arange(size) * days * DAY for size in sizes]).astype(np.int64),
        followers=np.concatenate([followers for followers, _ in profiles]).astype(np.float64),
        total_views=np.concatenate(
            [np.full(len(followers), np.nan) if views is None else views for followers, views in profiles]
        ),
        step=np.full(sum(sizes), step),
    )


def steady(seed: int, weeks: int = WEEKS) -> tuple[np.ndarray, np.ndarray]:
    """A channel whose gains follow its views, both noisy."""
    rng = np.random.default_rng(seed)
    views = 1e5 * np.exp(np.cumsum(rng.normal(0, 0.05, weeks)) + rng.normal(0, 0.25, weeks))
    gained = views * 0.01 * np.exp(rng.normal(0, 0.25, weeks))
    return 50_000 + np.cumsum(np.rint(gained)), 1e6 + np.cumsum(np.rint(views))


def bought(seed: int, times: float) -> tuple[np.ndarray, np.ndarray, int]:
    followers, views = steady(seed)
    week = int(np.random.default_rng(seed + 10_000).integers(30, WEEKS - 10))
    amount = times * np.median(np.diff(followers))
    followers[week:] += amount
    followers[week + 1 : week + 7] -= amount * 0.05 * np.arange(1, 7)
    followers[week + 7 :] -= amount * 0.3
    return followers, views, week


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    hits = truth[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())


def area_under_curve(truth: np.ndarray, scores: np.ndarray) -> float:
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    positive = truth.sum()
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive)))


def week_scores(found: Series) -> np.ndarray:
    rows = np.arange(len(found.followers))
    return step_scores(gains(found), rows)[0]


def test_a_bought_week_of_five_times_the_usual_is_found() -> None:
    truth, scores = [], []
    for seed in range(60):
        followers, views, week = bought(seed, 5.0)
        z = week_scores(series((followers, views)))
        known = ~np.isnan(z)
        truth.append((np.arange(WEEKS) == week)[known])
        scores.append(z[known])

    assert average_precision(np.concatenate(truth), np.concatenate(scores)) >= 0.42


def test_steps_are_flagged_where_they_were_bought() -> None:
    hits = 0
    for seed in range(40):
        followers, views, week = bought(seed, 10.0)
        flagged = np.flatnonzero(follower_steps(series((followers, views))))
        hits += int(week in flagged)

    assert hits >= 30


def test_a_clean_account_has_at_most_one_flag_a_year() -> None:
    found = series(*(steady(seed) for seed in range(60)))

    assert follower_steps(found).sum() <= 60 * WEEKS / 52


def test_views_that_explain_growth_are_no_step() -> None:
    followers, views = steady(1)
    viral, watched = followers.copy(), views.copy()
    amount = 12 * np.median(np.diff(followers))
    viral[80:] += amount
    watched[80:] += 100 * amount

    assert follower_steps(series((viral, views)))[80]
    assert not follower_steps(series((viral, watched)))[80]


def test_growth_that_lasts_is_no_step() -> None:
    followers, views = steady(2)
    amount = 12 * np.median(np.diff(followers))
    sudden, lasting = followers.copy(), followers.copy()
    sudden[80:] += amount
    lasting[80:] += amount
    lasting[81:] += amount

    assert follower_steps(series((sudden, views)))[80]
    assert not follower_steps(series((lasting, views)))[80]


def test_less_than_five_times_the_usual_is_never_flagged() -> None:
    level = 10_000 + 100.0 * np.arange(60)
    level[40:] += 390  # 490 in a week of 100, and nothing else ever moved

    assert not follower_steps(series((level, None))).any()
    level[40:] += 20
    assert follower_steps(series((level, None)))[40]


def test_a_jump_of_less_than_two_rounding_steps_is_rounding() -> None:
    level = np.full(60, 100_000.0)
    level[40:] += 1_000

    assert follower_steps(series((level, None), step=100.0))[40]
    assert not follower_steps(series((level, None), step=1_000.0)).any()


def test_a_jump_across_a_long_gap_has_no_date_and_is_not_flagged() -> None:
    level = 10_000 + 10.0 * np.arange(60)
    level[40:] += 5_000
    found = series((level, None))
    found.observed_at[40:] += 20 * DAY

    assert not follower_steps(found).any()


def test_nothing_is_usual_before_eight_gains() -> None:
    level = 10_000 + 10.0 * np.arange(30)
    level[ENOUGH:] += 5_000

    assert not follower_steps(series((level, None))).any()
    level[ENOUGH + 1 :] += 5_000
    assert np.isnan(week_scores(series((level, None)))[:ENOUGH]).all()


def test_profiles_do_not_look_into_each_other() -> None:
    alone = [follower_steps(series(bought(seed, 10.0)[:2])) for seed in range(5)]
    together = follower_steps(series(*(bought(seed, 10.0)[:2] for seed in range(5))))

    assert np.array_equal(np.concatenate(alone), together)


@pytest.mark.parametrize("level", [np.zeros(0), np.array([5.0]), np.full(80, 7.0), np.array([1.0, 2.0])])
def test_series_without_a_story_have_no_steps(level: np.ndarray) -> None:
    assert not follower_steps(series((level, None))).any()
    assert not suspected_purchases(series((level, None)), np.zeros(len(level), dtype=np.bool_)).any()


def test_a_step_is_suspected_when_views_stay_silent_or_followers_leave_again() -> None:
    followers, views = steady(4)
    amount = 15 * np.median(np.diff(followers))
    silent, answered, left = followers.copy(), views.copy(), followers.copy()
    silent[80:] += amount
    answered[80:] += 30 * amount
    left[80:] += amount
    left[83:] -= amount * 1.2
    step = np.arange(WEEKS) == 80

    assert suspected_purchases(series((silent, views)), step)[80]
    assert not suspected_purchases(series((silent, answered)), step)[80]
    assert suspected_purchases(series((left, answered)), step)[80]


def likes_of(rng: np.random.Generator, posts: int = 120) -> np.ndarray:
    likes: np.ndarray = np.rint(2_000 * np.exp(np.cumsum(rng.normal(0, 0.02, posts)) + rng.normal(0, 0.3, posts)))
    return likes


@pytest.mark.parametrize(("times", "auc", "precision"), [(2.0, 0.90, 0.60), (3.0, 0.96, 0.83), (5.0, 0.99, 0.94)])
def test_boosted_likes_are_found(times: float, auc: float, precision: float) -> None:
    truth, scores = boosted_world(times, [likes_of(np.random.default_rng(seed)) for seed in range(80)])

    assert area_under_curve(truth, scores) >= auc
    assert average_precision(truth, scores) >= precision


def boosted_world(times: float, likes: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    truth = np.concatenate([rng.random(len(own)) < 0.1 for own in likes])
    values = np.concatenate(likes) * np.where(truth, times, 1.0)
    offsets = np.cumsum([0, *(len(own) for own in likes)])
    order = np.concatenate([np.arange(len(own)) for own in likes]) * DAY
    z = post_scores(values, order, offsets)
    known = ~np.isnan(z)
    return truth[known], z[known]


def test_hidden_likes_are_neither_scored_nor_counted_before() -> None:
    likes = np.array([*[100.0] * 9, np.nan, 5_000.0])
    z = post_scores(likes, np.arange(11) * DAY, np.array([0, 11]))

    assert np.isnan(z[9])
    assert z[10] == pytest.approx((np.log1p(5_000) - np.log1p(100)) / 0.2)
    assert boosted_posts(likes, np.arange(11) * DAY, np.array([0, 11])).tolist() == [False] * 10 + [True]


def test_posts_are_read_in_the_order_they_were_published() -> None:
    rng = np.random.default_rng(3)
    likes, times = likes_of(rng, 60), np.arange(60) * DAY
    shuffled = rng.permutation(60)

    plain = post_scores(likes, times, np.array([0, 60]))
    mixed = post_scores(likes[shuffled], times[shuffled], np.array([0, 60]))

    assert np.array_equal(plain[shuffled], mixed, equal_nan=True)
    assert np.array_equal(post_scores(np.zeros(0), np.zeros(0, dtype=np.int64), np.array([0])), [])


def real_channels() -> list[tuple[np.ndarray, np.ndarray]]:
    """Followers gained and views of each week of real channels of 60 weeks or more."""
    if not WEEKLY.is_dir():
        pytest.skip(f"{WEEKLY} is not here; it holds weekly gains of real YouTube channels")
    channels = []
    for file in sorted(WEEKLY.glob("*/*.csv")):
        with file.open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        if len(rows) >= 60:
            gained, views = ([float(row[name]) for row in rows] for name in ("weekly_subscribers", "weekly_views"))
            channels.append((np.array(gained), np.array(views)))
    return channels


def real_series(gained: np.ndarray, views: np.ndarray) -> Series:
    # The files give gains, not levels: a level high enough for no reading to fall to nothing.
    start = 1e4 + max(0.0, -float(np.cumsum(gained).min()))
    return series((start + np.cumsum(gained), np.cumsum(views)))


def test_on_real_channels_a_bought_week_is_found_and_clean_years_stay_clean() -> None:
    rng = np.random.default_rng(0)
    truth, scores, flags, weeks = [], [], 0, 0
    for gained, views in real_channels():
        clean = real_series(gained, views)
        flags += int(follower_steps(clean).sum())
        weeks += len(gained)
        week = int(rng.integers(27, len(gained) - 8))
        amount = 5 * max(float(np.median(gained[gained > 0])), 1.0)
        bought_too = gained.copy()
        bought_too[week] += amount
        bought_too[week + 1 : week + 7] -= amount * 0.05
        z = week_scores(real_series(bought_too, views))
        known = ~np.isnan(z)
        truth.append((np.arange(len(z)) == week)[known])
        scores.append(z[known])

    assert average_precision(np.concatenate(truth), np.concatenate(scores)) >= 0.42
    assert flags <= weeks / 52


def test_on_real_videos_boosted_likes_are_found() -> None:
    if not VIDEOS.is_file():
        pytest.skip(f"{VIDEOS} is not here; it holds videos of real channels")
    by_channel: dict[str, list[tuple[str, float]]] = {}
    with VIDEOS.open(encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            if row["like_count"] not in {"", "0"}:
                by_channel.setdefault(row["channel_id"], []).append((row["published_at"], float(row["like_count"])))
    likes = [np.array([count for _, count in sorted(posts)]) for posts in by_channel.values() if len(posts) > 20]
    truth, scores = boosted_world(5.0, likes)

    # Videos of one channel differ more than photographs do: likes of a channel spread over two orders of magnitude.
    assert area_under_curve(truth, scores) >= 0.80
