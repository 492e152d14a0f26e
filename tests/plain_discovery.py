"""Searches done the plain way, one row after the other in Python: what the ones in SQL are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from analisa.application.analytics.discovery.fields import BY_NAME, Kind
from analisa.domain.influencers.criteria import (
    Ago,
    All,
    Amount,
    AnyOf,
    Bound,
    Criteria,
    Has,
    Matches,
    Not,
    OneOf,
    Range,
)
from analisa.domain.influencers.folding import words_of

Verdict = bool | None
"""None: it cannot be said."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A profile as searches see it; None, and an empty text, are not known."""

    influencer_id: UUID
    id: int
    facts: Mapping[str, Any]
    """By field; words as a set."""
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By field, and by key."""


def meets(row: Row, criteria: Criteria, now: datetime) -> Verdict:
    match criteria:
        case Not(part):
            inner = meets(row, part, now)
            return None if inner is None else not inner
        case All(parts):
            verdicts = {meets(row, part, now) for part in parts}
            return False if False in verdicts else None if None in verdicts else True
        case AnyOf(parts):
            verdicts = {meets(row, part, now) for part in parts}
            return True if True in verdicts else None if None in verdicts else False
        case Has(subject):
            if BY_NAME[subject.field].kind is Kind.SHARE:
                told = row.shares.get(subject.field, {})
                return bool(told) if subject.key is None else subject.key in told
            return row.facts.get(subject.field) not in (None, "", frozenset())
        case OneOf(subject, values):
            return _one_of(row.facts.get(subject.field), values, subject.field)
        case Matches(subject, text):
            names = words_of(row.facts.get(subject.field) or "")
            return all(any(word.startswith(sought) for word in names) for sought in text.split(" "))
        case Range():
            return _in_range(row, criteria, now)


def _one_of(value: Any, values: tuple[str, ...], name: str) -> Verdict:
    kind = BY_NAME[name].kind
    if kind is Kind.FLAG:
        known = False if value is None and name in {"sponsored", "own"} else value
        return None if known is None else known == (values == ("yes",))
    if kind is Kind.WORDS:
        return bool(set(value or ()) & set(values))
    return None if value is None else value in values


def _in_range(row: Row, criteria: Range, now: datetime) -> Verdict:
    subject = criteria.subject
    if BY_NAME[subject.field].kind is Kind.SHARE:
        told = row.shares.get(subject.field)
        value = told.get(subject.key or "", 0.0) if told else None
    else:
        value = row.facts.get(subject.field)
    if value is None:
        return None
    low, high = criteria.low, criteria.high
    above = low is None or (value >= _start(low, now) if criteria.low_included else value > _end(low, now))
    below = high is None or (value <= _end(high, now) if criteria.high_included else value < _start(high, now))
    return above and below


def _start(bound: Bound, now: datetime) -> Any:
    match bound:
        case Amount(value):
            return value
        case Ago(days):
            return now - timedelta(days=days)
        case date():
            return datetime(bound.year, bound.month, bound.day, tzinfo=UTC)


def _end(bound: Bound, now: datetime) -> Any:
    """The last instant of it."""
    if isinstance(bound, Amount | Ago):
        return _start(bound, now)
    return _start(bound, now) + timedelta(days=1) - timedelta(microseconds=1)


def found(rows: Iterable[Row], criteria: Criteria, now: datetime) -> list[Row]:
    return [row for row in rows if meets(row, criteria, now) is True]


def in_order(rows: Iterable[Row], by: str, *, descending: bool) -> list[UUID]:
    """Influencers, each once at the best of its rows; who has no value comes last; equals by id."""
    best: dict[UUID, float | None] = {}
    for row in rows:
        value, sign = row.facts.get(by), -1 if descending else 1
        key = None if value is None else sign * (value.timestamp() if isinstance(value, datetime) else value)
        before = best.get(row.influencer_id, ...)
        if before is ... or (key is not None and (before is None or key < before)):  # type: ignore[operator]
            best[row.influencer_id] = key
    return sorted(best, key=lambda each: (best[each] is None, best[each] or 0.0, each))
