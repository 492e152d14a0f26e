"""Criteria: which influencers somebody looks for, as a tree of conditions on named fields.

A condition on a value that is not known is neither met nor failed, and neither is its negation: *unknown* goes through
`and`, `or` and `not` as in SQL, and only who is known to meet the whole tree is found. `has` asks whether a value is
known, so `has country and not country = BR` and `not has country` say what a bare `not country = BR` leaves open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

MAX_DEPTH: Final = 16
MAX_CONDITIONS: Final = 64
MAX_VALUES: Final = 200
"""How deep a tree goes, how many conditions it has, and how many values one set has."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as somebody wrote it; *percent* when a % stood behind it."""

    value: float
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Ago:
    """The instant so many days before the question is asked: a saved question stays as fresh as it was."""

    days: int


Bound: TypeAlias = Amount | date | Ago


@dataclass(frozen=True, slots=True)
class Subject:
    """What a condition is about: a field, or the part *key* of one that has parts (`audience.country[BR]`)."""

    field: str
    key: str | None = None

    def __str__(self) -> str:
        return self.field if self.key is None else f"{self.field}[{self.key}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The value lies between *low* and *high*; an end that is None is open, and one end at least is not.

    Of two ends both are included.
    """

    subject: Subject
    low: Bound | None = None
    high: Bound | None = None
    low_included: bool = True
    high_included: bool = True

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise ValueError("a range needs an end")
        if self.low is not None and self.high is not None and not (self.low_included and self.high_included):
            raise ValueError("a range with two ends includes both")


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is one of *values*; of a field with several values, at least one of them is."""

    subject: Subject
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matches:
    """The text holds the words of *text*: accents and letter case aside, in any inflection."""

    subject: Subject
    text: str


@dataclass(frozen=True, slots=True)
class Has:
    """The value is known."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Not:
    part: Criteria


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Criteria, ...]


Condition: TypeAlias = Range | OneOf | Matches | Has
Criteria: TypeAlias = Condition | Not | All | AnyOf

EVERYBODY: Final = All(())
NOBODY: Final = AnyOf(())


def conditions(criteria: Criteria) -> Iterator[Condition]:
    """Go through the conditions of *criteria* from left to right."""
    match criteria:
        case Not(part):
            yield from conditions(part)
        case All(parts) | AnyOf(parts):
            for each in parts:
                yield from conditions(each)
        case _:
            yield criteria
