"""Whether a published result is what its receipt gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .result import Exact, published

EDGE = 1e-9
"""A figure this near to where rounding turns may have been rounded either way."""

_ABSENT = object()
"""Not the same as null: what is there and null must be there on the other side."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that the receipt states and the recomputation does not confirm."""

    place: str
    stated: object
    found: object

    def __str__(self) -> str:
        return f"{self.place}: the receipt says {self.stated!r}, its inputs give {self.found!r}"


def compare(stated: Mapping[str, Any], exact: Exact) -> list[Difference]:
    """Hold a stated result against the recomputed one: all 6 decimals, every reason, every hash.

    A figure whose unrounded value lies within 1e-9 of a rounding edge counts as equal either way.
    """
    found = published(exact)
    allowed = _unrounded(exact)
    near = _near_an_edge(exact)
    differences = []
    for place, (said, computed) in _leaves(stated, found, "result"):
        if said == computed and type(said) is type(computed):
            continue
        if isinstance(said, int) and not isinstance(said, bool) and said == computed:
            continue
        slack = 1e-6 if near and place.endswith(".contribution") else 0.5e-6
        if place in allowed and _rounds_to(said, allowed[place], slack):
            continue
        differences.append(Difference(place, _shown(said), _shown(computed)))
    return differences


def _shown(value: object) -> object:
    return "nothing" if value is _ABSENT else value


def _rounds_to(said: object, exact: float | None, slack: float) -> bool:
    if not isinstance(said, float) or exact is None:
        return False
    # Nearness first: a number beyond 1e302 has no millionths to round.
    return abs(said - exact) <= slack + EDGE and said == round(said * 1e6) / 1e6


def _unrounded(exact: Exact) -> dict[str, float | None]:
    values: dict[str, float | None] = {
        f"result.{name}": getattr(exact, name) for name in ("score", "confidence", "half_width", "gate")
    }
    for name, part in exact.parts.items():
        place = f"result.components.{name}"
        values |= {f"{place}.raw": part.measured.raw, f"{place}.n": part.measured.n}
        values |= {f"{place}.{key}": getattr(part, key) for key in ("x", "y", "kappa", "v", "contribution")}
    return values


def _near_an_edge(exact: Exact) -> bool:
    """Whether the contributions could have been rounded another way by errors below 1e-9."""
    units = [part.contribution * 1e6 for part in exact.parts.values()]
    lost = sorted(unit - round(unit) for unit in units)
    turns = any(abs(abs(rest) - 0.5) <= 1e-3 for rest in [*lost, exact.score * 1e6 - round(exact.score * 1e6)])
    return turns or any(0 < after - before <= 1e-3 for before, after in pairwise(lost))


def _leaves(stated: object, found: object, place: str) -> Iterator[tuple[str, tuple[object, object]]]:
    """Both values of every place, `_ABSENT` where one side has none."""
    if isinstance(stated, Mapping) and isinstance(found, Mapping):
        for name in sorted({*stated, *found}):
            yield from _leaves(stated.get(name, _ABSENT), found.get(name, _ABSENT), f"{place}.{name}")
    else:
        yield place, (stated, found)
