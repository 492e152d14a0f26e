"""Trends of one series: how steeply it runs, where it changed its pace, and whether it has a weekly beat.

Everything here is robust: a viral day, a bought jump or a misread number moves a median little. Days are UTC days.
Readings more than `GAP` days apart do not speak of each other, so a gap ends one stretch and begins another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .columns import DAY, NO_TIME, Instants, Values

Days = NDArray[np.int64]

GAP: Final = 7
WEEK: Final = 7
LEAST_FOR_SLOPE: Final = 3
LEAST_FOR_SEASON: Final = 28
LEAST_IN_REGIME: Final = 7
"""Points before and after a change, at least; of days a week. Fewer are an episode, which anomalies are about."""
LONGEST: Final = 4_000
"""Points looked at, the newest: about eleven years of days. It bounds the time that one series can take."""
MOST_PAIRED: Final = 1_000
"""Points whose pairs make a slope, spread evenly over a longer stretch: half a million pairs."""
PENALTY: Final = 4.0
"""A change must explain this many times ln(n) variances of noise. With 2, as BIC has it, noise alone shows changes."""
OUTLIER: Final = 3.0
"""Points further than this many deviations from their neighbours' median are drawn in to it."""
MAD_TO_SIGMA: Final = 1.4826
_LOWER_NINE_TENTHS: Final = 0.6234
"""Mean of a squared standard normal number, given that it is among the lower nine tenths."""
_ALIKE: Final = 1e-18
"""Variance below which numbers are alike, in units squared: a series that never varies has no change."""


class Kind(StrEnum):
    """What the numbers of a series are."""

    LEVEL = "level"
    """A stand: followers. Of two on one day the later counts."""
    FLOW = "flow"
    """What came in that day: views, likes. Several on one day add up."""


@dataclass(frozen=True, slots=True)
class Slope:
    """The Theil-Sen slope, in units per day, and the interval that holds the true one with 95 % confidence."""

    per_day: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the direction is sure: the interval does not hold 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Change:
    """A day from which the pace is another: of a level the gain per day, of a flow the value per day; both medians."""

    at: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Season:
    """What each weekday has more or less than its week, Monday first; the seven add up to 0.

    Of a level it is the gain of the day that speaks.
    """

    effects: tuple[float, ...]
    autocorrelation: float
    """At 7 days, of what is left when the pace of the week is taken away."""


@dataclass(frozen=True, slots=True)
class Trend:
    """One stretch without a long gap. What could not be told is None or empty, and *reasons* says why."""

    start: int
    end: int
    """First and last day, as instants at 00:00."""
    points: int
    slope: Slope | None
    changes: tuple[Change, ...]
    season: Season | None
    reasons: tuple[str, ...]
    """`too_few_points` (no slope), `short` (no changes), `no_season_evidence` (under 28 days), `no_season`,
    `sparse` (longer gaps than `GAP` are bridged, for want of any stretch without)."""


def trends(at: Instants, values: Values, *, kind: Kind, step: float = 0.0) -> tuple[Trend, ...]:
    """Describe a series, stretch by stretch, the newest last; nothing for a series without a finite value.

    *step* is the rounding step of the values (0 for exact ones): nothing smaller than two steps is called a change.
    Where every stretch is too short for a slope, the whole series is taken as one and marked `sparse`.
    """
    days, series = _daily(at, values, kind)
    stretches = list(_stretches(days, series))
    if len(stretches) > 1 and max(len(mine) for mine, _ in stretches) < LEAST_FOR_SLOPE:
        return (_describe(days, series, kind, step, sparse=True),)
    return tuple(_describe(*stretch, kind, step) for stretch in stretches)


def _daily(at: Instants, values: Values, kind: Kind) -> tuple[Days, Values]:
    """One value for each day that has any, oldest first."""
    told = np.isfinite(values) & (at != NO_TIME)
    order = np.argsort(at[told], kind="stable")
    day, value = (at[told] // DAY)[order], values[told][order]
    days, first, several = np.unique(day, return_index=True, return_counts=True)
    series = np.add.reduceat(value, first) if kind is Kind.FLOW and len(first) else value[first + several - 1]
    return days[-LONGEST:], series[-LONGEST:]


def _stretches(days: Days, series: Values) -> Iterator[tuple[Days, Values]]:
    if len(days):
        cuts = np.flatnonzero(np.diff(days) > GAP) + 1
        yield from zip(np.split(days, cuts), np.split(series, cuts), strict=True)


def _describe(days: Days, series: Values, kind: Kind, step: float, *, sparse: bool = False) -> Trend:
    when, pace = _pace(days, series, kind)
    slope = theil_sen(days, series) if len(days) >= LEAST_FOR_SLOPE else None
    daily = _is_daily(days, when, kind)
    season = weekday_season(when[daily], pace[daily])
    if kind is Kind.LEVEL and step > 0:
        when, pace = _pace(*_as_it_moved(days, series), kind)
    elif season is not None:
        pace = pace - np.asarray(season.effects)[_weekday(when)]
    reasons = {
        "sparse": sparse,
        "too_few_points": slope is None,
        "short": len(pace) < 2 * LEAST_IN_REGIME,
        "no_season_evidence": daily.sum() < LEAST_FOR_SEASON,
        "no_season": daily.sum() >= LEAST_FOR_SEASON and season is None,
    }
    return Trend(
        start=int(days[0]) * DAY,
        end=int(days[-1]) * DAY,
        points=len(days),
        slope=slope,
        changes=tuple(_changes(when, pace, 2 * step)),
        season=season,
        reasons=tuple(reason for reason, holds in reasons.items() if holds),
    )


def _pace(days: Days, series: Values, kind: Kind) -> tuple[Days, Values]:
    """What changes and seasons are looked for in: a flow itself, of a level the gain per day since the day before."""
    if kind is Kind.FLOW:
        return days, series
    return days[1:], np.diff(series) / np.diff(days)


def _as_it_moved(days: Days, series: Values) -> tuple[Days, Values]:
    """The first reading and those that differ from the one before.

    A rounded level stands still and then leaps. The gain of a day is nothing or a whole step; but from one leap to
    the next it has gained a step, as exactly as the days are told.
    """
    moved = np.concatenate(([True], series[1:] != series[:-1]))
    return days[moved], series[moved]


def _is_daily(days: Days, when: Days, kind: Kind) -> NDArray[np.bool_]:
    """Which entries of the pace speak of one day alone."""
    return np.ones(len(when), dtype=np.bool_) if kind is Kind.FLOW else np.diff(days) == 1


def theil_sen(days: Days, series: Values) -> Slope:
    """The median slope over all pairs of points, with the interval that Kendall's test gives (Sen 1968).

    Neighbouring readings of one account resemble each other, which makes the plain interval too narrow: its variance
    is multiplied by (1 + phi) / (1 - phi), phi being the autocorrelation of what the slope leaves over.
    """
    taken = np.unique(np.linspace(0, len(days) - 1, min(len(days), MOST_PAIRED)).round().astype(np.int64))
    x, y = days[taken].astype(np.float64), series[taken]
    left, right = np.triu_indices(len(x), k=1)
    slopes = np.sort((y[right] - y[left]) / (x[right] - x[left]))
    middle = float(np.median(slopes))
    rest = y - middle * x
    variance = _kendall_variance(y) * _inflation(_phi(rest - np.median(rest)))
    half = NormalDist().inv_cdf(0.975) * np.sqrt(variance) / 2
    low = max(0, int(np.floor(len(slopes) / 2 - half)))
    high = min(len(slopes) - 1, int(np.ceil(len(slopes) / 2 + half)))
    return Slope(middle, float(slopes[low]), float(slopes[high]))


def _kendall_variance(y: Values) -> float:
    n = len(y)
    ties = np.unique(y, return_counts=True)[1]
    return float(n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18


def _phi(rest: Values) -> float:
    """Autocorrelation of neighbours, from 0 to 0.95."""
    power = float(rest @ rest)
    return min(0.95, max(0.0, float(rest[1:] @ rest[:-1]) / power)) if power > 0 else 0.0


def _inflation(phi: float) -> float:
    return (1 + phi) / (1 - phi)


def weekday_season(days: Days, pace: Values) -> Season | None:
    """The weekly beat of *pace*, or None: too little evidence, or none that noise would not show as well.

    The test: autocorrelation at 7 days above 1.645 standard errors (Bartlett's), of the series less its running
    week. Outliers are drawn in before.
    """
    if len(days) < LEAST_FOR_SEASON:
        return None
    rest = _drawn_in(_less_running_week(days, pace))
    grid = np.full(int(days[-1] - days[0]) + 1, np.nan)
    grid[days - days[0]] = rest
    correlations = [_autocorrelation(grid, lag) for lag in range(1, WEEK + 1)]
    error = np.sqrt((1 + 2 * np.square(correlations[:-1]).sum()) / len(days))
    if not correlations[-1] > NormalDist().inv_cdf(0.95) * error:
        return None
    weekday = _weekday(days)
    effects = np.array([np.median(rest[weekday == each]) if (weekday == each).any() else 0.0 for each in range(WEEK)])
    return Season(tuple((effects - effects.mean()).tolist()), correlations[-1])


def _weekday(days: Days) -> Days:
    """0 for a Monday: day 0 of 1970 was a Thursday."""
    return (days + 3) % WEEK


def _less_running_week(days: Days, pace: Values) -> Values:
    """*pace* less the median of the days from three before to three after: a whole week, so its beat stays."""
    first, last = np.searchsorted(days, days - WEEK // 2), np.searchsorted(days, days + WEEK // 2, side="right")
    width = np.arange(WEEK)
    inside = width < (last - first)[:, None]
    week = np.where(inside, pace[np.minimum(first[:, None] + width, len(pace) - 1)], np.nan)
    rest: Values = pace - np.nanmedian(week, axis=1)
    return rest


def _autocorrelation(grid: Values, lag: int) -> float:
    """Of a series with a cell for every day, over the pairs where both are known; 0 for a constant one."""
    there = np.nan_to_num(grid - np.nanmean(grid))
    power = float(there @ there)
    return float(there[lag:] @ there[:-lag]) / power if power > 0 else 0.0


def _drawn_in(rest: Values) -> Values:
    scale = _sigma(rest)
    return np.clip(rest, -OUTLIER * scale, OUTLIER * scale) if scale > 0 else rest


def _sigma(values: Values) -> float:
    """Robust deviation around 0: by the median, and where more than half are 0 by the mean."""
    size = np.abs(values)
    middle = float(np.median(size))
    return MAD_TO_SIGMA * middle if middle > 0 else float(size.mean())


def _changes(days: Days, pace: Values, smallest: float) -> Iterator[Change]:
    """Where the mean of *pace* changed, if the change amounts to *smallest* in all over the shorter side."""
    if len(pace) < 2 * LEAST_IN_REGIME:
        return
    around = _running_median(pace)
    calm = around + _drawn_in(pace - around)
    cuts = (0, *partition(calm, PENALTY * np.log(len(pace)) * _noise(calm)), len(pace))
    for start, cut, stop in zip(cuts[:-2], cuts[1:-1], cuts[2:], strict=True):
        before, after = float(np.median(pace[start:cut])), float(np.median(pace[cut:stop]))
        if (
            before != after
            and abs(after - before) * min(days[cut - 1] - days[start], days[stop - 1] - days[cut]) >= smallest
        ):
            yield Change(int(days[cut]) * DAY, before, after)


def _running_median(pace: Values) -> Values:
    """Median of each point with its two neighbours on either side; the ends are mirrored."""
    padded = np.pad(pace, 2, mode="reflect")
    middle: Values = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
    return middle


def _noise(pace: Values) -> float:
    """Variance of the noise in the long run, by differences: the largest tenth, where the pace changed, is left out.

    With phi the autocorrelation of neighbours, differences at one and at two steps have variances in the ratio
    1 : 1 + phi, and independent noise as strong as this in the long run has (1 + phi) / (1 - phi) of its variance.
    """
    one, two = (max(_trimmed(np.square(pace[lag:] - pace[:-lag])), _ALIKE) for lag in (1, 2))
    phi = min(0.9, max(0.0, two / one - 1))
    return one / (2 * (1 - phi)) * _inflation(phi)


def _trimmed(squares: Values) -> float:
    """Mean of the lower nine tenths, put up to what the mean of all would be if they were squares of normal numbers."""
    kept = np.sort(squares)[: int(np.ceil(0.9 * len(squares)))]
    return float(kept.mean()) / _LOWER_NINE_TENTHS


def partition(series: Values, penalty: float, least: int = LEAST_IN_REGIME) -> tuple[int, ...]:
    """Cut *series* where that lessens its squared deviations from the means of the parts by *penalty* a cut or more.

    The best of all partitions into parts of *least* points or more (optimal partitioning, Jackson 2005): one pass
    over the ends, each looking at all beginnings at once.
    """
    centred = series - np.median(series)
    total, squares = (np.concatenate(([0.0], np.cumsum(part))) for part in (centred, centred**2))
    best = np.full(len(series) + 1, np.inf)
    best[0] = -penalty
    came_from = np.zeros(len(series) + 1, dtype=np.int64)
    for end in range(least, len(series) + 1):
        begin = np.arange(end - least + 1)
        cost = squares[end] - squares[begin] - (total[end] - total[begin]) ** 2 / (end - begin)
        whole = best[begin] + cost + penalty
        came_from[end] = int(np.argmin(whole))
        best[end] = whole[came_from[end]]
    return _cuts(came_from)


def _cuts(came_from: NDArray[np.int64]) -> tuple[int, ...]:
    cuts, place = [], int(came_from[-1])
    while place > 0:
        cuts.append(place)
        place = int(came_from[place])
    return tuple(reversed(cuts))
