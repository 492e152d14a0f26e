"""Routes that will go: since when, until when, and what to call instead, told in every answer (RFC 9745, RFC 8594)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, Final

from litestar.datastructures import ResponseHeader

_STAYS: Final = timedelta(days=184)
"""Six months, the longest there are."""


def retiring(*, since: date, until: date, instead: str) -> dict[str, Any]:
    """Return the options of a route that is deprecated *since* a day and gone *until* another; *instead* has its place.

    `@get("/old", **retiring(since=…, until=…, instead="/api/v1/new"))`: the description marks it, and each answer has
    `Deprecation`, `Sunset` and a `Link` to its successor.
    """
    if until - since < _STAYS:
        raise ValueError(f"a route stays for six months at least: {since} + {_STAYS.days} days is after {until}")
    begin, end = (datetime.combine(day, time(), UTC) for day in (since, until))
    headers = {
        "Deprecation": (f"@{int(begin.timestamp())}", "Since when the route is deprecated (RFC 9745)"),
        "Sunset": (format_datetime(end, usegmt=True), "From when on it may be gone (RFC 8594)"),
        "Link": (f'<{instead}>; rel="successor-version"', "What to call instead"),
    }
    return {
        "deprecated": True,
        "response_headers": [
            ResponseHeader(name=name, value=value, description=meaning) for name, (value, meaning) in headers.items()
        ],
    }
