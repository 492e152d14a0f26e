"""Which fields are counted beside a search, and into which parts their values are put."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ....domain.influencers.criteria import All, AnyOf, Criteria, OneOf, conditions
from ....domain.influencers.niche import taxonomy
from ....domain.shared.errors import RuleViolated

TOP: Final = 30
"""Words of a facet, at most."""


class FacetUnknown(RuleViolated):
    """There is no such facet."""

    code = "search.facet_unknown"
    part = "facets"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no facet {name!r}; there are: {', '.join(FACETS)}")


@dataclass(frozen=True, slots=True)
class Words:
    """Counted by value."""

    flag: bool = False


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counted between *edges*, ascending; what lies below the first and from the last on is counted too."""

    edges: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Recency:
    """Counted by how many *days* lie behind: bars go from the newest on, in days before now."""

    days: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bits:
    """Counted by each of several values that one profile may have: one bit for each of *names*."""

    names: tuple[str, ...]


FacetKind = Words | Bits | Histogram | Recency

_SIZES: Final = tuple(step * 10.0**power for power in range(2, 8) for step in (1.0, 2.0, 5.0))
FACETS: Final[dict[str, FacetKind]] = {
    "network": Words(),
    "kind": Words(),
    "country": Words(),
    "language": Words(),
    "category": Words(),
    "niche": Bits(taxonomy().niches),
    "account_type": Words(),
    "verified": Words(flag=True),
    "sponsored": Words(flag=True),
    "followers": Histogram(_SIZES),
    "avg_views": Histogram(_SIZES),
    "score": Histogram(tuple(float(edge) for edge in range(5, 100, 5))),
    "er": Histogram((0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0)),
    "growth_30d": Histogram((-10.0, -5.0, -2.0, -1.0, 0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)),
    "posts_per_week": Histogram((0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 14.0, 21.0)),
    "last_post": Recency((7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0)),
}


def facets_named(text: str | None) -> tuple[str, ...]:
    """Read `1` (all), `0` or nothing (none), or names between commas; raises `FacetUnknown`."""
    if text is None or text in {"", "0"}:
        return ()
    if text == "1":
        return tuple(FACETS)
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in FACETS:
            raise FacetUnknown(name)
    return names


def apart(criteria: Criteria, facets: tuple[str, ...]) -> tuple[Criteria, dict[str, Criteria]]:
    """Part *criteria* into what every facet obeys, and what asks of one of *facets* alone, which that one ignores."""
    parts = criteria.parts if isinstance(criteria, All) else (criteria,)
    shared, own = list[Criteria](), dict[str, list[Criteria]]()
    for part in parts:
        fields = {condition.subject.field for condition in conditions(part)}
        if len(fields) == 1 and (field := next(iter(fields))) in facets:
            own.setdefault(field, []).append(part)
        else:
            shared.append(part)
    return All(tuple(shared)), {field: All(tuple(asked)) for field, asked in own.items()}


def selected(criteria: Criteria | None) -> frozenset[str]:
    """Return the words that *criteria*, which ask of one field alone, ask for."""
    match criteria:
        case OneOf(_, values):
            return frozenset(values)
        case All(parts) | AnyOf(parts):
            return frozenset().union(*(selected(part) for part in parts))
        case _:
            return frozenset()
