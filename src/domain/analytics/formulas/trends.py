"""Trends of the followers: how fast they come, since when, and on which weekday most."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..columns import NO_TIME
from .evidence import Evidence
from .formula import Figures, Formula, Unit

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _slope(evidence: Evidence) -> Figures:
    slopes = [trend.slope if trend else None for trend in evidence.follower_trends]
    return {
        "follower_trend_per_day": np.array([slope.per_day if slope else np.nan for slope in slopes]),
        "follower_trend_low": np.array([slope.low if slope else np.nan for slope in slopes]),
        "follower_trend_high": np.array([slope.high if slope else np.nan for slope in slopes]),
    }


def _change(evidence: Evidence) -> Figures:
    last = [trend.changes[-1].at if trend and trend.changes else NO_TIME for trend in evidence.follower_trends]
    return {"follower_pace_changed": np.array(last, dtype=np.int64)}


def _weekday(evidence: Evidence) -> Figures:
    seasons = [trend.season if trend else None for trend in evidence.follower_trends]
    best = [WEEKDAYS[int(np.argmax(season.effects))] if season else "" for season in seasons]
    return {"follower_best_weekday": np.array(best, dtype=np.object_)}


_STRETCH: Final = " Of the newest stretch of readings without a gap above 7 days."

FORMULAS: Final = (
    Formula(
        name="trend.followers",
        title="Trend of the followers",
        unit=Unit.PER_DAY,
        text="Theil-Sen slope: the median of the slopes between all pairs of days, with the 95 % interval of Kendall's "
        "test, widened for the likeness of neighbouring days. At least three days." + _STRETCH,
        source="Theil 1950, Sen 1968",
        columns=("follower_trend_per_day", "follower_trend_low", "follower_trend_high"),
        compute=_slope,
    ),
    Formula(
        name="trend.followers_change",
        title="Last change of pace",
        unit=Unit.INSTANT,
        text="The first day of the newest regime: gains per day, outliers drawn in, are cut where that lessens the "
        "squared deviations by 4 ln(n) variances of the noise or more; at least 7 points on either side, and two "
        "rounding steps in all." + _STRETCH,
        source="optimal partitioning, Jackson et al. 2005",
        columns=("follower_pace_changed",),
        compute=_change,
    ),
    Formula(
        name="trend.followers_weekday",
        title="Weekday that brings most followers",
        unit=Unit.TEXT,
        text="The weekday (UTC) with the highest median gain against its running week, if 28 daily gains or more are "
        "correlated at 7 days beyond noise (1.645 standard errors); else nothing." + _STRETCH,
        source="seasonality test of the M4 competition",
        columns=("follower_best_weekday",),
        compute=_weekday,
    ),
)
