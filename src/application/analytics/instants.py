"""Instants in the two ways they are written: aware datetimes, and microseconds since 1970 in columns."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

_UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)


def instant_of(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _UNIX) // timedelta(microseconds=1)


def datetime_of(instant: int) -> datetime:
    return _UNIX + timedelta(microseconds=instant)


def end_of(day: date) -> datetime:
    """The last moment of the UTC day *day*: what `as_of` means by a day."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)
