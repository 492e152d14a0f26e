"""Growth of one profile, from its readings, with the steps in them left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from .posts import DAY, Measured, age_weight, block_numbers, effective_count, grid, median


@dataclass(frozen=True, slots=True)
class Reading:
    at: int
    followers: float
    total_views: float | None
    step: float


def growth(readings: Sequence[Reading], followers: float | None, as_of: int) -> Measured:
    """The median slope of ln(followers) over pairs of readings between which no step lies, per 30 days."""
    sides = _sides(readings)
    inside = [(reading, side) for reading, side in zip(readings, sides, strict=True) if reading.at > as_of - 90 * DAY]
    blocks = block_numbers([reading.at for reading, _ in inside])
    points = _thinned([(reading, side, block) for (reading, side), block in zip(inside, blocks, strict=True)])
    pairs = [
        (30.0 * (math.log(b.followers) - math.log(a.followers)) / ((b.at - a.at) / DAY), (block_a, block_b))
        for (a, side_a, block_a), (b, side_b, block_b) in combinations(points, 2)
        if b.at - a.at >= DAY // 2 and side_a == side_b
    ]
    if not pairs:
        return Measured(missing="no_followers" if followers is None else "short_history")
    left_out = []
    for block in sorted({block for _, _, block in points}):
        rest = [slope for slope, touched in pairs if block not in touched]
        if rest:
            left_out.append(grid(median(rest)))
    n = effective_count([age_weight(reading.at, as_of) for reading, _ in inside])
    return Measured(grid(median([slope for slope, _ in pairs])), n, left_out=tuple(left_out))


def _thinned(points: Sequence[tuple[Reading, int, int]]) -> list[tuple[Reading, int, int]]:
    """At most 18 points: the newest of every k days, counted back from the newest day."""
    if not points:
        return []
    newest, oldest = points[-1][0].at // DAY, points[0][0].at // DAY
    width = math.ceil((newest - oldest + 1) / 18)
    last = {(newest - point[0].at // DAY) // width: point for point in points}
    return sorted(last.values(), key=lambda point: point[0].at)


def _sides(readings: Sequence[Reading]) -> list[int]:
    """How many steps lie before each reading (the one that gained counts as after it)."""
    rates, views = _rates(readings)
    sides, side = [], 0
    for i in range(len(readings)):
        side += _is_step(readings, rates, views, i)
        sides.append(side)
    return sides


def _rates(readings: Sequence[Reading]) -> tuple[list[float | None], list[float | None]]:
    """Followers and views gained a day since the reading before; None after a gap of more than 14 days."""
    rates: list[float | None] = [None] * len(readings)
    views: list[float | None] = [None] * len(readings)
    for i, (before, now) in enumerate(pairwise(readings), start=1):
        if now.at - before.at <= 14 * DAY:
            days = (now.at - before.at) / DAY
            rates[i] = (now.followers - before.followers) / days
            if now.total_views is not None and before.total_views is not None:
                views[i] = (now.total_views - before.total_views) / days
    return rates, views


def _is_step(readings: Sequence[Reading], rates: Sequence[float | None], views: Sequence[float | None], i: int) -> bool:
    rate = rates[i]
    if rate is None or _run(rates, i) < 8:
        return False
    days = (readings[i].at - readings[i - 1].at) / DAY
    gained = rate * days
    if gained <= 0 or gained < 0.005 * readings[i - 1].followers or gained < 2 * _rounding(readings, i):
        return False
    found = _unusual(readings, rates, i)
    if found is None:
        return False  # pragma: no cover
    z, usual = found
    seen = _z(views, _run(rates, i), i, 1 / days)
    neighbours = [_unusual(readings, rates, i - 1), _unusual(readings, rates, i + 1)]
    shared = max([0.0, *(other[0] for other in neighbours if other is not None)])
    return z - max(0.0, seen[0] if seen else 0.0) - shared >= 6 and rate >= 5 * usual


def _run(rates: Sequence[float | None], i: int) -> int:
    """How many gains follow each other without a gap right before gain *i*."""
    n = 0
    while i - n - 1 >= 0 and rates[i - n - 1] is not None:
        n += 1
    return n


def _rounding(readings: Sequence[Reading], i: int) -> float:
    return max(readings[i].step, readings[i - 1].step)


def _unusual(readings: Sequence[Reading], rates: Sequence[float | None], i: int) -> tuple[float, float] | None:
    if not 0 < i < len(readings) or rates[i] is None:
        return None
    one = 1 / ((readings[i].at - readings[i - 1].at) / DAY)
    return _z(rates, _run(rates, i), i, max(_rounding(readings, i) * one, one))


def _z(rates: Sequence[float | None], run: int, i: int, floor: float) -> tuple[float, float] | None:
    """How far gain *i* stands from the up to 26 before it, in robust deviations, and what is usual there."""
    window = list(rates[i - min(run, 26) : i])
    known = [rate for rate in window if rate is not None]
    now = rates[i]
    if now is None or len(known) < 8:
        return None
    usual = median(known)
    deviation = 1.4826 * median([abs(rate - usual) for rate in known])
    jumps = [abs(b - a) for a, b in pairwise(window) if a is not None and b is not None]
    jitter = 0.35 * math.fsum(jumps) / len(jumps) if jumps else 0.0
    scale = max(deviation, 0.1 * abs(usual), jitter, floor)
    return (now - usual) / scale, max(usual, math.fsum(abs(rate) for rate in known) / len(known))
