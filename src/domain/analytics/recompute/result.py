"""From components to the score, and what of it is published."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import UnusableReceipt
from .document import COMPONENTS, Inputs, Seen, inputs_of
from .parsing import exactly
from .posts import Measured, consistency, engagement, grid, reach
from .readings import growth
from .tables import CENTRES, Table, position

WEIGHT = {"E": 0.30, "R": 0.15, "G": 0.15, "S": 0.10, "C": 0.10, "Q": 0.20}
PRIOR = {"E": 6, "R": 6, "G": 14, "S": 30, "C": 6, "Q": 100}
FORMULA_VERSION = "social-score.v1"
COMPARED = ("E", "R", "G", "S", "C")
UNKNOWN = 28.9**2


@dataclass(slots=True)
class Part:
    """One component, not rounded."""

    measured: Measured
    x: float | None = None
    v: float = UNKNOWN
    y: float = 50.0
    kappa: float = 0.0
    seed_share: float = 0.0
    contribution: float = 0.0
    missing: str | None = None


@dataclass(slots=True)
class Exact:
    """A score and its parts, not rounded."""

    parts: dict[str, Part]
    score: float = 0.0
    confidence: float = 0.0
    half_width: float = 0.0
    gate: float = 1.0
    cohort: str = ""
    reasons: list[str] = field(default_factory=list)
    inputs_hash: str = ""


def recompute(receipt: Mapping[str, Any]) -> Exact:
    """Compute the score of a receipt from its inputs and tables, or raise `UnusableReceipt`."""
    formula = receipt["sections"]["versions"].get("formula")
    if formula != FORMULA_VERSION:
        raise UnusableReceipt(f"formula {formula!r} is not known here; {FORMULA_VERSION} is", place="versions")
    _check_versions(receipt["sections"]["versions"])
    inputs = inputs_of(receipt)
    try:
        return _computed(inputs, receipt["sections"]["reference"])
    except ArithmeticError as error:
        raise UnusableReceipt(
            f"numbers that nobody can compute with: {error!r}", place="inputs or reference"
        ) from error


def _check_versions(versions: Mapping[str, Any]) -> None:
    try:
        exactly(versions, ("formula", "table", "seed"))
    except ValueError as error:
        raise UnusableReceipt(str(error), place="versions") from error
    if not all(isinstance(version, str) for version in versions.values()):
        raise UnusableReceipt("a version is a text", place="versions")


def _computed(inputs: Inputs, reference: Mapping[str, Any]) -> Exact:
    place = position(inputs.followers)
    parts = {name: Part(measured, missing=measured.missing) for name, measured in _measure(inputs).items()}
    try:
        tables = _tables(exactly(reference, ("tables",))["tables"], parts, place)
        for name, part in parts.items():
            _compare(name, part, tables.get(name))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise UnusableReceipt(f"a table is missing or is not one: {error!r}", place="reference") from error
    for name, seen in (("S", inputs.s), ("Q", inputs.q)):
        if parts[name].x is not None and seen.variance is not None:
            parts[name].v = seen.variance
    exact = _weigh(parts)
    exact.cohort = _cohort(inputs.network, place)
    exact.reasons = _reasons(inputs, exact)
    exact.inputs_hash = inputs_hash(inputs)
    return exact


def _measure(inputs: Inputs) -> dict[str, Measured]:
    rated = engagement(inputs.posts, inputs.base, inputs.as_of)
    return {
        "E": rated,
        "R": reach(inputs.posts, inputs.as_of),
        "G": growth(inputs.readings, inputs.followers, inputs.as_of),
        "S": _observed(inputs.s, "no_comments"),
        "C": consistency(inputs.posts, rated, inputs.as_of),
        "Q": _observed(inputs.q, "no_follower_sample"),
    }


def _observed(seen: Seen, missing: str) -> Measured:
    if seen.value is None or not seen.n:
        return Measured(missing=missing)
    return Measured(grid(seen.value), seen.n)


def _tables(data: Mapping[str, Any], parts: Mapping[str, Part], place: tuple[int, float] | None) -> dict[str, Table]:
    exactly(data, [name for name in COMPARED if name in data])
    for name, table in data.items():
        if table["basis"] != parts[name].measured.basis:
            raise ValueError(
                f"{name} is compared by {table['basis']!r}, but is of basis {parts[name].measured.basis!r}"
            )
    return {name: Table(table, name, place) for name, table in data.items()}


def _compare(name: str, part: Part, table: Table | None) -> None:
    measured = part.measured
    if measured.raw is None:
        return
    if name == "Q":
        part.x = 100 * measured.raw
        return
    if table is None or not table.usable:
        part.missing = "no_reference"
        return
    part.x = table.percentile(measured.raw)
    part.seed_share = sixth(table.seed_share())
    if name in {"E", "R"} and len(measured.singles) >= 3:
        part.v = _variance([table.percentile(value) for value in measured.singles])
    if name in {"G", "C"} and len(measured.left_out) >= 2:
        moved = [table.percentile(value) for value in measured.left_out]
        part.v = ((max(moved) - min(moved)) / 2) ** 2 * measured.n


def _variance(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _weigh(parts: dict[str, Part]) -> Exact:
    for name, part in parts.items():
        if part.x is not None:
            n = part.measured.n
            part.kappa = n / (n + PRIOR[name])
            part.y = part.kappa * part.x + (1 - part.kappa) * 50.0
    gate = 0.5 + 0.5 * min(1.0, parts["Q"].y / 40)
    spread = 0.0
    for name, part in parts.items():
        part.contribution = gate * WEIGHT[name] * part.y
        known = part.kappa**2 * part.v / part.measured.n if part.kappa else 0.0
        spread += WEIGHT[name] ** 2 * (known + (1 - part.kappa) ** 2 * UNKNOWN)
    confidence = math.fsum(WEIGHT[name] * part.kappa for name, part in parts.items())
    seeded = any(part.x is not None and part.seed_share == 1 for part in parts.values())
    return Exact(
        parts,
        score=math.fsum(part.contribution for part in parts.values()),
        confidence=min(confidence, 0.5) if seeded else confidence,
        half_width=1.645 * gate * math.sqrt(spread),
        gate=gate,
    )


def _cohort(network: str, place: tuple[int, float] | None) -> str:
    if place is None:
        return f"{network}:all"
    low, share = place
    return f"{network}:{CENTRES[low]:.2f}-{CENTRES[low + 1]:.2f}@{share:.2f}"


def _reasons(inputs: Inputs, exact: Exact) -> list[str]:
    parts = exact.parts.values()
    found = {part.missing for part in parts if part.missing}
    told = {
        "insufficient_data": all(part.x is None for part in parts),
        "seed_only": any(part.x is not None and part.seed_share == 1 for part in parts),
        "stale": inputs.stale,
        "no_followers": not inputs.followers,
        "likes_exceed_views": any(
            post.likes is not None and post.views is not None and post.likes > post.views for post in inputs.posts
        ),
    }
    return sorted(found | {code for code, holds in told.items() if holds})


def inputs_hash(inputs: Inputs) -> str:
    """SHA-256 of the inputs in their canonical binary form, in hexadecimal."""
    head = f"{inputs.network}\n{inputs.base}\n{len(inputs.posts)}\n{len(inputs.readings)}\n".encode()
    seen = (inputs.s.value, inputs.s.n, inputs.s.variance, inputs.q.value, inputs.q.n, inputs.q.variance)
    rows = [_packed(inputs.as_of, inputs.followers, *seen)]
    for post in inputs.posts:
        parts = (post.views, post.reach, post.likes, post.comments, post.shares, post.saves, post.followers)
        rows.append(_packed(post.at, *parts))
    rows += [_packed(reading.at, reading.followers, reading.total_views, reading.step) for reading in inputs.readings]
    return hashlib.sha256(head + b"".join(rows)).hexdigest()


def _packed(at: int, *values: float | None) -> bytes:
    return struct.pack(f"<q{len(values)}d", at, *(math.nan if value is None else value for value in values))


def sixth(value: float) -> float:
    """Round half-even to 6 decimals; never minus zero."""
    return round(value * 1e6) / 1e6 + 0.0


def published(exact: Exact) -> dict[str, Any]:
    """The result as it is published: 6 decimals, contributions that add up to the score."""
    shares = whole_parts([part.contribution for part in exact.parts.values()], exact.score)
    components = {}
    for (name, part), contribution in zip(exact.parts.items(), shares, strict=True):
        measured = part.measured
        figures = {"raw": measured.raw, "x": part.x, "y": part.y, "kappa": part.kappa, "n": measured.n, "v": part.v}
        components[name] = {
            "weight": WEIGHT[name],
            **{key: None if figure is None else sixth(figure) for key, figure in figures.items()},
            "contribution": contribution,
            "seed_share": part.seed_share,
            "basis": measured.basis,
            "missing": part.missing,
        }
    return {
        **{name: sixth(getattr(exact, name)) for name in ("score", "confidence", "half_width", "gate")},
        "components": {name: components[name] for name in COMPONENTS},
        "cohort": exact.cohort,
        "reasons": exact.reasons,
        "inputs_hash": exact.inputs_hash,
    }


def whole_parts(parts: Sequence[float], total: float) -> list[float]:
    """Round to 6 decimals so that the parts add up to the rounded total: what is over goes where most was lost."""
    units = [part * 1e6 for part in parts]
    whole = [round(unit) for unit in units]
    over = round(total * 1e6) - sum(whole)
    sign = 1 if over > 0 else -1
    by_loss = sorted(range(len(parts)), key=lambda k: (-sign * (units[k] - whole[k]), k))
    for k in by_loss[: abs(over)]:
        whole[k] += sign
    return [unit / 1e6 for unit in whole]
