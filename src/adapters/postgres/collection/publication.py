"""When a post was published, as exactly as its sources know it: `published_at` and its precision are one fact.

A source that knows the day only does not contradict one that knows the second; the finer of two that agree is kept.
"""

from __future__ import annotations

PAIR = ("published_at", "published_precision")


def _coarseness(alias: str) -> str:
    return f"case {alias}.published_precision when 'day' then 2 when 'minute' then 1 else 0 end"


def contradicts(mine: str, other: str) -> str:
    """SQL: the two instants differ even when read as exactly as the coarser one is known."""
    unit = (
        f"case greatest({_coarseness(mine)}, {_coarseness(other)}) "
        "when 2 then 'day' when 1 then 'minute' else 'microseconds' end"
    )
    first, second = (f"date_trunc({unit}, {alias}.published_at at time zone 'UTC')" for alias in (mine, other))
    return f"{first} <> {second}"


def _finer(mine: str, other: str) -> str:
    return (
        f"{mine}.published_at is not null and "
        f"({other}.published_at is null or {_coarseness(mine)} < {_coarseness(other)})"
    )


def fills_pair(mine: str, other: str) -> str:
    """SQL: *mine* knows the instant, and *other* does not, or agrees and knows it less exactly."""
    return f"{_finer(mine, other)} and ({contradicts(mine, other)}) is not true"


def settled_pair(name: str) -> str:
    """SQL: what the stored row `t` says after the compared row `c`, which replaces it where it contradicts it."""
    return f"case when {_finer('c', 't')} or {contradicts('c', 't')} then c.{name} else t.{name} end"


def filled_pair(name: str) -> str:
    """SQL: what the stored row `t` says after the compared row `c`, which may only add to it."""
    return f"case when {fills_pair('c', 't')} then c.{name} else t.{name} end"
