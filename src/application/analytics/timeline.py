"""Days laid on steps that a chart can draw: at most `MAX_POINTS` of them, and none where nothing was read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ...domain.shared.errors import RuleViolated
from ...domain.shared.periods import Period
from .views import MAX_POINTS


class Step(StrEnum):
    """How long a step is."""

    AUTO = "auto"
    """The shortest that fits."""
    DAY = "day"
    WEEK = "week"
    """From Monday."""
    MONTH = "month"


class TooManySteps(RuleViolated):
    """The period has more steps of that length than a chart holds."""

    code = "analytics.too_many_steps"

    def __init__(self, steps: int, step: Step) -> None:
        super().__init__(f"the period has {steps} steps of a {step}, and a chart holds {MAX_POINTS}; take longer ones")


@dataclass(frozen=True, slots=True)
class Grid:
    """Steps over a period; *starts* are their first days, the first one never before the period."""

    step: Step
    starts: tuple[date, ...]

    @classmethod
    def over(cls, period: Period, step: Step = Step.AUTO) -> Grid:
        """Lay steps over *period*, or raise `TooManySteps`."""
        if step is Step.AUTO:
            step = Step.DAY if period.days <= MAX_POINTS else Step.WEEK
        starts = tuple(dict.fromkeys(max(_start(day, step), period.first) for day in _days(period)))
        if len(starts) > MAX_POINTS:
            raise TooManySteps(len(starts), step)
        return cls(step, starts)

    @property
    def iso(self) -> str:
        """The length as an ISO 8601 duration."""
        return {Step.DAY: "P1D", Step.WEEK: "P7D", Step.MONTH: "P1M"}[self.step]

    def last(self, values: Iterable[tuple[date, float]]) -> tuple[float | None, ...]:
        """The last of each step, of days in ascending order."""
        found = {self._place(day): value for day, value in values}
        return tuple(found.get(place) for place in range(len(self.starts)))

    def sums(self, values: Iterable[tuple[date, float | None]]) -> tuple[float | None, ...]:
        """The sum over each step; None where no day of it has a value."""
        found: dict[int, float] = {}
        for day, value in values:
            if value is not None:
                place = self._place(day)
                found[place] = found.get(place, 0.0) + value
        return tuple(found.get(place) for place in range(len(self.starts)))

    def aligned(self, values: Sequence[float | None]) -> tuple[float | None, ...]:
        """Values of the steps of another period, laid side by side with these."""
        return tuple(values[place] if place < len(values) else None for place in range(len(self.starts)))

    def _place(self, day: date) -> int:
        return max(0, bisect_right(self.starts, day) - 1)


def _start(day: date, step: Step) -> date:
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def _days(period: Period) -> Iterable[date]:
    return (period.first + timedelta(days=number) for number in range(period.days))
