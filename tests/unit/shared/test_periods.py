"""Periods are whole days of a time zone, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from analisa.domain.shared.periods import Comparison, Period, PeriodRefused

NOW = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)


def test_a_span_ends_with_the_present_day_of_the_zone() -> None:
    assert Period.read("7d", NOW) == Period(date(2026, 2, 23), date(2026, 3, 1))
    assert Period.read("1d", NOW, "America/Sao_Paulo").first == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("tz", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("UTC", date(2026, 3, 8), 24),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(tz: str, day: date, hours: int) -> None:
    period = Period(day, day, tz)

    assert period.end - period.start == timedelta(hours=hours)


def test_a_period_is_compared_with_as_many_days() -> None:
    period = Period.read("2024-02-01..2024-02-29", NOW)

    assert period.compared(Comparison.PREVIOUS) == Period(date(2024, 1, 3), date(2024, 1, 31))
    assert period.compared(Comparison.YEAR) == Period(date(2023, 2, 1), date(2023, 3, 1))
    assert period.compared(Comparison.NONE) is None
    assert Period(date(2024, 2, 29), date(2024, 2, 29)).compared(Comparison.YEAR) == Period(
        date(2023, 2, 28), date(2023, 2, 28)
    )


@pytest.mark.parametrize(
    ("text", "tz", "told"),
    [
        ("soon", "UTC", "write 30d"),
        ("0d", "UTC", "1 to"),
        ("9999d", "UTC", "1 to"),
        ("2026-02-30..2026-03-01", "UTC", "no calendar"),
        ("2026-03-02..2026-03-01", "UTC", "swap"),
        ("2000-01-01..2026-01-01", "UTC", "at most"),
        ("1970-01-01..1970-01-02", "UTC", "at the earliest"),
        ("9998-01-01..9999-12-31", "UTC", "9001"),
        ("7d", "Mars/Olympus", "no time zone"),
        ("7d", "../etc/passwd", "no time zone"),
        ("7d", "America", "no time zone"),
    ],
)
def test_what_is_no_period_is_refused_with_the_cure(text: str, tz: str, told: str) -> None:
    with pytest.raises(PeriodRefused, match=told):
        Period.read(text, NOW, tz)
