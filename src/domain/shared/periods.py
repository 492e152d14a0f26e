"""Periods: spans of whole days of a time zone, and what they are compared with."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from .errors import RuleViolated

MAX_DAYS: Final = 5 * 366
EARLIEST: Final = date(1990, 1, 1)
"""No network is as old."""
USUAL: Final = "30d"

_SPAN: Final = re.compile(r"(\d{1,4})d")
_FROM_TO: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


class PeriodRefused(RuleViolated):
    """A period or a time zone cannot be read, or is out of bounds."""

    code = "shared.period_refused"


class Comparison(StrEnum):
    """What a period is compared with."""

    NONE = "none"
    PREVIOUS = "prev"
    """As many days right before it."""
    YEAR = "year"
    """The same days a year before."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days from *first* to *last*, both included, as they are counted in the time zone *tz*."""

    first: date
    last: date
    tz: str = "UTC"

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise PeriodRefused(f"the period ends ({self.last}) before it begins ({self.first}); swap its ends")
        if self.days > MAX_DAYS:
            raise PeriodRefused(f"a period has at most {MAX_DAYS} days, and this one has {self.days}")
        if self.first < EARLIEST:
            raise PeriodRefused(f"a period begins on {EARLIEST} at the earliest")

    @classmethod
    def read(cls, text: str, now: datetime, tz: str = "UTC") -> Period:
        """Read `30d` (the days up to and with today) or `2026-01-01..2026-03-31`; raises `PeriodRefused`."""
        zone = zone_of(tz)
        span, ends = _SPAN.fullmatch(text), _FROM_TO.fullmatch(text)
        if span is not None:
            days, today = int(span[1]), now.astimezone(zone).date()
            if not 1 <= days <= MAX_DAYS:
                raise PeriodRefused(f"a period has 1 to {MAX_DAYS} days, not {days}")
            return cls(today - timedelta(days=days - 1), today, tz)
        if ends is None:
            raise PeriodRefused(f"{text!r} is no period: write 30d, or 2026-01-01..2026-03-31")
        try:
            first, last = (date.fromisoformat(day) for day in ends.groups())
        except ValueError:
            raise PeriodRefused(f"{text!r} names a day that no calendar has") from None
        if last.year > 9000:
            raise PeriodRefused("a period ends before the year 9001")
        return cls(first, last, tz)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """Its first instant; where the clocks skip midnight, the first that there is."""
        return datetime.combine(self.first, time(), zone_of(self.tz)).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), zone_of(self.tz)).astimezone(UTC)

    def compared(self, how: Comparison) -> Period | None:
        """The period that it is compared with."""
        if how is Comparison.NONE:
            return None
        if how is Comparison.PREVIOUS:
            back = timedelta(days=self.days)
            return replace(self, first=self.first - back, last=self.last - back)
        first = _year_before(self.first)
        return replace(self, first=first, last=first + timedelta(days=self.days - 1))


def zone_of(name: str) -> ZoneInfo:
    """Return the IANA time zone *name*, or raise `PeriodRefused`."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # not a name, a folder of zones, no such zone
        raise PeriodRefused(f"there is no time zone {name!r}; write one as America/Sao_Paulo or UTC") from None


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
