"""Which readings failed, and what a profile's followers were when a post was looked at."""

from __future__ import annotations

import math
import random

import numpy as np

from analisa.domain.analytics.columns import DAY, HOUR, NO_TIME
from analisa.domain.analytics.readings import failed, followers_at, without_failed
from tests.columns import NAN, Reading, at, reading_columns

NOON = at("2026-02-10T12:00")


def readings(*followers: float, every: int = DAY, start: int = NOON) -> list[Reading]:
    return [Reading(observed_at=start + n * every, followers=value) for n, value in enumerate(followers)]


def doubted(*groups: list[float]) -> list[bool]:
    columns = reading_columns(*(readings(*group) for group in groups))
    return failed(columns.followers, columns.offsets).tolist()


def test_nothing_after_more_than_a_thousand_is_a_failed_reading_and_before_as_well() -> None:
    assert doubted([125_700, 0]) == [False, True]
    assert doubted([0, 1_001]) == [True, False]
    assert doubted([5_000, 0, NAN, 0, 4_000]) == [False, True, False, True, False]


def test_small_or_lone_profiles_may_have_no_followers() -> None:
    assert doubted([1_000, 0, 900]) == [False, False, False]
    assert doubted([0, 0]) == [False, False]
    assert doubted([0, 3, 9_000]) == [False, False, False]
    assert doubted([NAN]) == [False]
    assert doubted([]) == []


def test_a_neighbour_of_another_profile_says_nothing() -> None:
    assert doubted([50_000], [0, 12], [50_000]) == [False, False, False, False]


def test_a_reading_that_failed_goes_unless_it_says_something_else() -> None:
    columns = reading_columns(
        [
            Reading(observed_at=NOON, followers=2_000),
            Reading(observed_at=NOON + DAY, followers=0),
            Reading(observed_at=NOON + 2 * DAY, followers=0, total_views=7),
            Reading(observed_at=NOON + 3 * DAY),
        ],
        [Reading(observed_at=NOON, followers=0, step=1)],
    )

    good = without_failed(columns)

    assert good.offsets.tolist() == [0, 2, 3]
    np.testing.assert_array_equal(good.followers, [2_000, NAN, 0])
    assert good.total_views.tolist()[1] == 7
    assert good.observed_at.tolist() == [NOON, NOON + 2 * DAY, NOON]


def followers_of(observed_at: int, *held: Reading) -> float:
    return float(followers_at(np.array([observed_at]), np.array([0, 1]), reading_columns(list(held)))[0])


def test_the_reading_of_the_very_instant_counts_even_where_it_failed() -> None:
    day = readings(2_000, 2_500, NAN, every=HOUR)

    assert followers_of(NOON, *day) == 2_000
    assert math.isnan(followers_of(NOON + 2 * HOUR, *day))


def test_a_daily_list_counts_for_its_whole_day() -> None:
    daily = readings(100, 200, start=at("2026-02-09"))

    assert followers_of(at("2026-02-10T00:00:01"), *daily) == 200
    assert followers_of(at("2026-02-09T23:59:59"), *daily) == 100
    assert followers_of(at("2026-03-01"), *daily) == 200


def test_a_later_reading_of_the_same_day_counts_but_one_of_the_next_day_does_not() -> None:
    assert followers_of(NOON, *readings(10, 20, start=NOON + HOUR)) == 10


def test_before_all_readings_the_earliest_good_one_counts() -> None:
    assert followers_of(NOON - 9 * DAY, *readings(NAN, 30, 40)) == 30


def test_without_readings_or_without_an_instant_nothing_is_known() -> None:
    assert math.isnan(followers_of(NOON))
    assert math.isnan(followers_of(NOON, *readings(NAN)))
    assert math.isnan(followers_of(NO_TIME, *readings(10)))


def test_many_profiles_agree_with_a_plain_search() -> None:
    chance = random.Random(3)
    groups = [
        [Reading(observed_at=NOON + d * DAY, followers=chance.choice([NAN, 5.0 + d])) for d in sorted(days)]
        for days in (chance.sample(range(40), chance.randrange(8)) for _ in range(50))
    ]
    looks = [[NOON + chance.randrange(-5, 45) * DAY - chance.randrange(2) * HOUR for _ in range(6)] for _ in groups]

    ours = followers_at(np.array(looks).ravel(), np.arange(0, 301, 6), reading_columns(*groups))

    plain = [_plainly(look, group) for mine, group in zip(looks, groups, strict=True) for look in mine]
    np.testing.assert_array_equal(ours, plain)


def _plainly(look: int, group: list[Reading]) -> float:
    for reading in group:
        if reading.observed_at == look:
            return reading.followers
    good = [reading for reading in group if not math.isnan(reading.followers)]
    until = [reading for reading in good if reading.observed_at // DAY <= look // DAY]
    return until[-1].followers if until else good[0].followers if good else NAN
