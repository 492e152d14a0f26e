"""Readings at odd instants, laid on a grid of days that a chart can draw as it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from .views import MAX_POINTS, MetricSeries

_DAY_S = 86_400


def chart(metric: str, points: Sequence[tuple[datetime, int]], *, rounded: bool) -> MetricSeries:
    """Lay *points*, ascending in time, on steps of whole UTC days: the last of a step stands for it, none is None.

    A step is as long as readings usually lie apart, and long enough that `MAX_POINTS` steps hold them all, so a gap
    in the chart is a gap in what was read.
    """
    if not points:
        return MetricSeries(metric=metric, step_days=1, t=(), values=(), rounded=rounded, readings=0)
    first, last = points[0][0].date(), points[-1][0].date()
    span = (last - first).days + 1
    step = max(_usual_distance(points), -(-span // MAX_POINTS))
    values: list[int | None] = [None] * (-(-span // step))
    for moment, value in points:
        values[(moment.date() - first).days // step] = value
    days = tuple(first + timedelta(days=step * number) for number in range(len(values)))
    return MetricSeries(
        metric=metric, step_days=step, t=days, values=tuple(values), rounded=rounded, readings=len(points)
    )


def _usual_distance(points: Sequence[tuple[datetime, int]]) -> int:
    """Days between neighbouring readings, as a rule; at least one."""
    if len(points) < 2:
        return 1
    gaps = [(later[0] - sooner[0]).total_seconds() for sooner, later in pairwise(points)]
    return max(1, round(median_low(gaps) / _DAY_S))
