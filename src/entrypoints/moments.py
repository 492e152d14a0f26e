"""The times that people write, on the command line as in a request."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """Read an instant with a zone, or a day as its first moment in UTC; raise ValueError that says what to write."""
    try:
        read = datetime.fromisoformat(text)
        zoned = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        # Within a day of year 1 or 9999, a zone's offset leads out of the calendar.
        raise ValueError(f"{text!r} is not a time; write 2026-03-01T12:00Z or 2026-03-01") from error
    if read.tzinfo is None and len(text) > len("2026-03-01"):
        raise ValueError(f"{text!r} names no zone; write {text}Z for UTC, or an offset: {text}-03:00")
    return zoned
