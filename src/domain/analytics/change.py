"""How much something changed, as people are shown it."""

from __future__ import annotations


def per_cent_change(value: float | None, previous: float | None) -> float | None:
    """(value / previous - 1) * 100, to four decimals; None where either is not known or *previous* is 0."""
    if value is None or not previous:
        return None
    return round(100 * (value / previous - 1), 4)
