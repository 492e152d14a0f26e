"""Trends of series whose truth is known: slopes, changes of pace and weekly beats that were put in, or were not."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.analytics.columns import DAY, HOUR, NO_TIME
from analisa.domain.analytics.figures import figures, newest_posts
from analisa.domain.analytics.formulas import TRENDS
from analisa.domain.analytics.trend import MOST_PAIRED, Kind, Trend, partition, theil_sen, trends
from tests.columns import Profile, Reading, profile_columns

Maker = Callable[[np.random.Generator, int], np.ndarray]
MONDAY = 4  # 1970-01-05


def the_trend(values: np.ndarray, kind: Kind = Kind.FLOW, step: float = 0.0) -> Trend:
    (trend,) = trends(
        (MONDAY + np.arange(len(values))) * DAY, np.asarray(values, dtype=np.float64), kind=kind, step=step
    )
    return trend


def worlds(make: Maker, *, days: int = 120, seeds: int = 60, **how: float | Kind) -> list[Trend]:
    return [the_trend(make(np.random.default_rng(seed), days), **how) for seed in range(seeds)]


def noise(chance: np.random.Generator, days: int, likeness: float = 0.0) -> np.ndarray:
    """Normal noise in which each day resembles the day before."""
    fresh = chance.normal(size=days + 30)
    for day in range(1, days + 30):
        fresh[day] += likeness * fresh[day - 1]
    return fresh[30:]


def change_days(trend: Trend) -> list[int]:
    return [change.at // DAY - MONDAY for change in trend.changes]


def share(of: list[bool]) -> float:
    return sum(of) / len(of)


@pytest.mark.parametrize(("likeness", "least"), [(0.0, 0.9), (0.5, 0.85), (0.8, 0.75)])
def test_the_interval_holds_the_slope_that_was_put_in(likeness: float, least: float) -> None:
    found = worlds(lambda chance, days: 1_000 + 0.5 * np.arange(days) + 5 * noise(chance, days, likeness))

    held = [trend.slope.low <= 0.5 <= trend.slope.high for trend in found if trend.slope]
    assert share(held) >= least
    assert float(np.median([trend.slope.per_day for trend in found if trend.slope])) == pytest.approx(0.5, abs=0.02)


def test_a_slope_does_not_mind_a_fifth_of_wild_days() -> None:
    values = 100 + 2.0 * np.arange(50)
    values[::5] = 1e6

    slope = the_trend(values).slope

    assert slope is not None
    assert slope.per_day == pytest.approx(2, abs=0.2)


def test_a_direction_is_certain_only_when_the_interval_leaves_out_0() -> None:
    rising, flat = the_trend(np.arange(30.0)), the_trend(np.tile([1.0, 2.0, 3.0, 2.0], 10))

    assert rising.slope is not None
    assert rising.slope.certain
    assert (rising.slope.low, rising.slope.high) == (1, 1)
    assert flat.slope is not None
    assert not flat.slope.certain


def test_the_slope_of_many_points_is_taken_from_a_spread_of_them() -> None:
    days = np.arange(3 * MOST_PAIRED)

    assert theil_sen(days, 7.0 * days).per_day == 7


def test_a_change_is_found_where_it_was_put_in() -> None:
    found = worlds(lambda chance, days: 100 + noise(chance, days) + 2 * (np.arange(days) >= 70))

    assert share([len(trend.changes) == 1 and abs(change_days(trend)[0] - 70) <= 4 for trend in found]) >= 0.9
    assert found[0].changes[0].before == pytest.approx(100, abs=0.5)
    assert found[0].changes[0].after == pytest.approx(102, abs=0.5)


def test_a_rise_and_a_fall_back_are_two_changes() -> None:
    found = worlds(lambda chance, days: 100 + noise(chance, days) + 3 * ((np.arange(days) // 40) == 1))

    near = [[abs(day - true) <= 2 for day, true in zip(change_days(trend), (40, 80), strict=False)] for trend in found]
    assert share([each == [True, True] for each in near]) >= 0.9


@pytest.mark.parametrize(
    ("make", "most"),
    [
        pytest.param(noise, 0.05, id="noise"),
        pytest.param(lambda chance, days: noise(chance, days, 0.6), 0.1, id="days that resemble each other"),
        pytest.param(lambda chance, days: chance.lognormal(5, 1, days), 0.1, id="viral days"),
        pytest.param(lambda chance, days: chance.poisson(0.2, days), 0.2, id="mostly nothing"),
    ],
)
def test_noise_alone_seldom_shows_a_change_or_a_beat(make: Maker, most: float) -> None:
    found = worlds(make)

    assert share([bool(trend.changes) for trend in found]) <= most
    assert share([trend.season is not None for trend in found]) <= 0.15


def test_a_new_pace_of_followers_is_found_and_a_viral_day_is_none() -> None:
    def followers(chance: np.random.Generator, days: int) -> np.ndarray:
        gains = chance.normal(50, 15, days)
        gains[30], gains[70:] = 5_000, gains[70:] + 60
        return 10_000 + np.cumsum(gains)

    found = worlds(followers, kind=Kind.LEVEL)

    assert share([len(trend.changes) == 1 and abs(change_days(trend)[0] - 70) <= 4 for trend in found]) >= 0.9


def rounded(gains: np.ndarray, step: float = 10_000.0) -> np.ndarray:
    return np.floor((1_200_000 + np.cumsum(gains)) / step) * step


def test_a_rounded_count_that_leaps_has_not_changed_its_pace() -> None:
    found = worlds(lambda chance, days: rounded(chance.normal(700, 200, days)), kind=Kind.LEVEL, step=10_000)

    assert not any(trend.changes for trend in found)


def test_a_rounded_count_shows_a_pace_that_did_change() -> None:
    def followers(chance: np.random.Generator, days: int) -> np.ndarray:
        return rounded(chance.normal(1_700, 200, days) + 20_000 * (np.arange(days) >= 100))

    found = worlds(followers, days=200, kind=Kind.LEVEL, step=10_000)

    assert share([len(trend.changes) == 1 and abs(change_days(trend)[0] - 100) <= 7 for trend in found]) >= 0.9


def test_nothing_below_two_steps_is_a_change() -> None:
    gains = np.where(np.arange(60) >= 30, 1.0, 0.5)

    exact = the_trend(1_000 + np.cumsum(gains), Kind.LEVEL)
    assert change_days(exact) == [30]
    assert the_trend(1_000 + np.cumsum(gains), Kind.LEVEL, step=20).changes == ()


def test_weekends_that_were_put_in_are_found() -> None:
    beat = np.array([0, 0, 0, 0, 0, 2, 2])

    found = worlds(lambda chance, days: 100 + noise(chance, days) + beat[np.arange(days) % 7])

    assert share([trend.season is not None for trend in found]) >= 0.95
    season = next(trend.season for trend in found if trend.season)
    assert min(season.effects[5:]) > max(season.effects[:5])
    assert sum(season.effects) == pytest.approx(0, abs=1e-9)
    assert not any(trend.changes for trend in found[:20])


def test_a_beat_needs_28_days_and_says_so() -> None:
    beat = np.tile([1.0, 0, 0, 0, 0, 5, 9], 8)

    assert the_trend(beat[:27]).season is None
    assert "no_season_evidence" in the_trend(beat[:27]).reasons
    assert the_trend(beat[:28]).season is not None
    assert "no_season" in the_trend(np.arange(60.0)).reasons


def test_weekly_readings_have_a_slope_and_changes_but_no_weekday() -> None:
    at = np.arange(40) * 7 * DAY
    gains = np.where(np.arange(40) >= 20, 900.0, 300.0) + np.tile([0, 30.0, 10, -20], 10)

    (trend,) = trends(at, 5_000 + np.cumsum(gains), kind=Kind.LEVEL)

    assert [change.at // (7 * DAY) for change in trend.changes] == [20]
    assert trend.season is None
    assert trend.reasons == ("no_season_evidence",)


def test_a_gap_of_more_than_a_week_ends_a_stretch() -> None:
    days = np.array([0, 1, 2, 9, 17, 18, 19])

    found = trends(days * DAY, np.array([0.0, 1, 2, 9, 50, 60, 70]), kind=Kind.LEVEL)

    assert [(trend.start // DAY, trend.end // DAY, trend.points) for trend in found] == [(0, 9, 4), (17, 19, 3)]
    assert [trend.slope.per_day for trend in found if trend.slope] == [1, 10]


def test_monthly_readings_are_bridged_and_marked() -> None:
    (trend,) = trends(np.arange(4) * 30 * DAY, 300.0 * np.arange(4), kind=Kind.LEVEL)

    assert trend.slope is not None
    assert trend.slope.per_day == 10
    assert "sparse" in trend.reasons


def test_of_two_stands_on_one_day_the_later_counts_and_flows_add_up() -> None:
    at = np.array([DAY + 5 * HOUR, DAY, 2 * DAY, 3 * DAY])
    values = np.array([4.0, 100, 6, 8])

    (stand,) = trends(at, values, kind=Kind.LEVEL)
    (flow,) = trends(at, values, kind=Kind.FLOW)

    assert stand.slope is not None
    assert stand.slope.per_day == 2
    assert flow.slope is not None
    assert flow.slope.high == 2
    assert flow.slope.low == -98


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 29, 200])
@pytest.mark.parametrize("value", [0.0, 7.0, 1e12])
def test_constant_series_of_any_length_are_flat(kind: Kind, size: int, value: float) -> None:
    trend = the_trend(np.full(size, value), kind)

    assert trend.changes == ()
    assert trend.season is None
    assert (trend.slope is None) == (size < 3)
    if trend.slope:
        assert (trend.slope.low, trend.slope.per_day, trend.slope.high) == (0, 0, 0)


def test_nothing_known_has_no_trend() -> None:
    nothing = np.array([], dtype=np.int64), np.array([])

    assert trends(*nothing, kind=Kind.LEVEL) == ()
    assert trends(np.array([DAY, NO_TIME]), np.array([np.nan, 5.0]), kind=Kind.FLOW) == ()
    assert trends(np.array([DAY]), np.array([np.inf]), kind=Kind.LEVEL) == ()


def test_one_and_two_points_say_too_little() -> None:
    assert the_trend(np.array([5.0])).reasons == ("too_few_points", "short", "no_season_evidence")
    assert the_trend(np.array([5.0, 9.0])).slope is None


@given(
    st.lists(st.tuples(st.integers(0, 400), st.floats(-1e9, 1e9)), max_size=60),
    st.sampled_from(Kind),
    st.sampled_from([0.0, 100.0]),
)
def test_any_series_has_a_finite_answer(points: list[tuple[int, float]], kind: Kind, step: float) -> None:
    at = np.array([day * DAY for day, _ in points], dtype=np.int64)

    for trend in trends(at, np.array([value for _, value in points], dtype=np.float64), kind=kind, step=step):
        numbers = [number for change in trend.changes for number in (change.before, change.after)]
        numbers += [*trend.season.effects, trend.season.autocorrelation] if trend.season else []
        if trend.slope:
            numbers += [trend.slope.low, trend.slope.per_day, trend.slope.high]
            assert trend.slope.low <= trend.slope.per_day <= trend.slope.high
        assert all(map(math.isfinite, numbers))


def test_a_shifted_level_has_the_same_trend_and_a_scaled_one_a_scaled_one() -> None:
    values = 1_000 + np.cumsum(np.random.default_rng(1).integers(0, 90, 100)).astype(np.float64)

    plain, shifted, scaled = (the_trend(each, Kind.LEVEL) for each in (values, values + 5_000, values * 4))

    assert shifted == plain
    assert plain.slope is not None
    assert scaled.slope is not None
    assert scaled.slope.per_day == 4 * plain.slope.per_day
    assert change_days(scaled) == change_days(plain)


def test_ten_years_of_days_and_more_are_looked_at_in_one_go() -> None:
    trend = the_trend(np.random.default_rng(2).normal(size=5_000))

    assert trend.points == 4_000
    assert trend.end == (MONDAY + 4_999) * DAY


def test_the_best_of_all_partitions_is_found() -> None:
    chance = np.random.default_rng(3)
    series = chance.normal(size=12) + np.where(np.arange(12) >= 6, 3, 0)

    def cost(cuts: tuple[int, ...]) -> float:
        parts = np.split(series, cuts)
        return sum(float(((part - part.mean()) ** 2).sum()) for part in parts) + 2.0 * len(cuts)

    every = [(), *((a,) for a in range(3, 10)), *((a, b) for a in range(3, 7) for b in range(a + 3, 10)), (3, 6, 9)]
    assert partition(series, 2.0, least=3) == min(every, key=cost)


def test_trends_of_followers_can_be_asked_for_as_figures() -> None:
    beat = np.array([0, 0, 0, 40, 0, 0, 0])
    gains = 10 + beat[np.arange(60) % 7] + np.where(np.arange(60) >= 35, 300, 0)
    steady = [
        Reading(observed_at=(MONDAY + day) * DAY, followers=float(count))
        for day, count in enumerate(5_000 + np.cumsum(gains))
    ]
    columns = profile_columns(Profile(readings=steady), Profile(), Profile(readings=steady[:2]))

    answer = figures(columns, ref=newest_posts(columns.posts), formulas=TRENDS)

    assert answer["follower_trend_low"][0] <= answer["follower_trend_per_day"][0] <= answer["follower_trend_high"][0]
    assert answer["follower_pace_changed"].tolist() == [(MONDAY + 35) * DAY, NO_TIME, NO_TIME]
    assert answer["follower_best_weekday"].tolist() == ["Thursday", "", ""]
    assert np.isnan(answer["follower_trend_per_day"][1:]).all()
