"""Steps of charts, and tiers."""

from __future__ import annotations

from datetime import date

import pytest

from analisa.application.analytics.timeline import Grid, Step, TooManySteps
from analisa.application.analytics.views import MAX_POINTS
from analisa.domain.analytics.tiers import tiers
from analisa.domain.shared.periods import Period

QUARTER = Period(date(2026, 1, 14), date(2026, 3, 31))


def test_steps_begin_with_the_period_and_then_with_weeks_or_months() -> None:
    assert Grid.over(QUARTER).starts[:2] == (date(2026, 1, 14), date(2026, 1, 15))
    assert Grid.over(QUARTER, Step.WEEK).starts[:2] == (date(2026, 1, 14), date(2026, 1, 19))
    assert Grid.over(QUARTER, Step.MONTH).starts == (date(2026, 1, 14), date(2026, 2, 1), date(2026, 3, 1))


def test_a_level_is_the_last_of_its_step_and_a_flow_the_sum_and_nothing_is_nothing() -> None:
    grid = Grid.over(QUARTER, Step.MONTH)
    days = [(date(2026, 1, 20), 5.0), (date(2026, 1, 30), 7.0), (date(2026, 3, 3), 1.0)]

    assert grid.last(days) == (7.0, None, 1.0)
    assert grid.sums(days) == (12.0, None, 1.0)
    assert grid.sums([(date(2026, 2, 2), None)]) == (None, None, None)


def test_a_chart_never_holds_more_points_than_it_may() -> None:
    long = Period(date(2021, 1, 1), date(2025, 12, 31))

    assert len(Grid.over(long).starts) <= MAX_POINTS
    with pytest.raises(TooManySteps, match="take longer ones"):
        Grid.over(long, Step.DAY)


@pytest.mark.parametrize(
    ("network", "followers", "tier"),
    [
        ("instagram", 999, "starting"),
        ("instagram", 1_000, "nano"),
        ("tiktok", 49_999, "micro"),
        ("tiktok", 300_000, "mid"),
        ("youtube", 300_000, "macro"),
        ("x", 5_000_000, "mega"),
        ("x", None, None),
    ],
)
def test_a_tier_is_told_by_followers_and_network(network: str, followers: int | None, tier: str | None) -> None:
    assert tiers().tier(network, followers) == tier
    if followers is not None and tier is not None:
        low, high = tiers().span(network, tier)
        assert low is not None
        assert low <= followers
        assert high is None or followers < high
