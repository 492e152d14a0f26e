"""A receipt: everything one score was computed from, so that anyone can compute it again without this installation.

A document of four sections (inputs, reference, versions, result) with the SHA-256 of each. It holds counts and
instants, never a text, an author or a post's id. The application signs what
`signing.signable` returns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from .canonical import sha256_of
from .columns import Instants, ProfileColumns
from .components import BASIS_NAMES, COMPONENTS
from .evidence import POST_FIELDS, READING_FIELDS, ComponentObservations, Evidence, collect
from .reference import Cohort, ReferenceSet, TableKey, tier_below
from .score import FORMULA_VERSION, WEIGHTS, Scores, score_profiles
from .signing import FORMAT, VERSION

COMPARED: Final = ("E", "R", "G", "S", "C")


def receipts_of(
    columns: ProfileColumns,
    *,
    profiles: list[Mapping[str, Any]],
    as_of: Instants,
    observations: ComponentObservations,
    references: ReferenceSet,
    bases: Mapping[str, str],
    today: int | None = None,
) -> list[dict[str, Any]]:
    """Score every profile of *columns* and write a receipt for each.

    *profiles* are what each is called (network, its id there, its handle); see `score_profiles` for the rest.
    """
    evidence = collect(columns, as_of, observations, bases)
    scores = score_profiles(
        columns, as_of=as_of, observations=observations, references=references, bases=bases, today=today
    )
    return [_receipt(evidence, scores, references, p, dict(name)) for p, name in enumerate(profiles)]


def receipt_of(
    columns: ProfileColumns,
    *,
    profile: Mapping[str, Any],
    as_of: int,
    observations: ComponentObservations,
    references: ReferenceSet,
    bases: Mapping[str, str],
    today: int | None = None,
) -> dict[str, Any]:
    """Score the one profile of *columns* and write its receipt."""
    return receipts_of(
        columns,
        profiles=[profile],
        as_of=np.array([as_of], dtype=np.int64),
        observations=observations,
        references=references,
        bases=bases,
        today=today,
    )[0]


def result_of(scores: Scores, profile: int) -> dict[str, Any]:
    """The published score of profile number *profile* with all that explains it, as plain JSON values."""
    why = scores.component_reasons(profile)
    components = {
        name: {
            "weight": WEIGHTS[k],
            **{field: _number(getattr(scores, field)[profile, k]) for field in ("raw", "x", "y", "kappa", "n", "v")},
            "contribution": _number(scores.contributions[profile, k]),
            "seed_share": _number(scores.seed_share[profile, k]),
            "basis": BASIS_NAMES[scores.basis[profile, k]],
            "missing": why.get(name),
        }
        for k, name in enumerate(COMPONENTS)
    }
    return {
        "score": _number(scores.score[profile]),
        "confidence": _number(scores.confidence[profile]),
        "half_width": _number(scores.half_width[profile]),
        "gate": _number(scores.gate[profile]),
        "components": components,
        "cohort": scores.cohort(profile),
        "reasons": list(scores.reasons(profile)),
        "inputs_hash": scores.inputs_hash[profile].hex(),
    }


def _receipt(
    evidence: Evidence, scores: Scores, references: ReferenceSet, p: int, profile: dict[str, Any]
) -> dict[str, Any]:
    sections = {
        "inputs": _inputs(evidence, p, stale=bool(scores.stale[p])),
        "reference": _reference(scores, references, p),
        "versions": {
            "formula": FORMULA_VERSION,
            "table": references.version,
            "seed": references.seed_version,
        },
        "result": result_of(scores, p),
    }
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(evidence.as_of[p]))
    return {
        "format": FORMAT,
        "version": VERSION,
        "profile": profile,
        "as_of": day.date().isoformat(),
        "sections": sections,
        "sha256": {name: sha256_of(section) for name, section in sections.items()},
    }


def _inputs(evidence: Evidence, p: int, *, stale: bool) -> dict[str, Any]:
    posts = slice(*evidence.post_offsets[p : p + 2].tolist())
    readings = slice(*evidence.readings.offsets[p : p + 2].tolist())
    series, seen = evidence.readings, evidence.observations
    return {
        "network": evidence.network[p],
        "base": evidence.base[p],
        "as_of": int(evidence.as_of[p]),
        "stale": stale,
        "followers": _number(evidence.followers[p]),
        "posts": _rows(evidence.published_at[posts], {name: evidence.posts[name][posts] for name in POST_FIELDS}),
        "readings": _rows(
            series.observed_at[readings], {name: getattr(series, name)[readings] for name in READING_FIELDS}
        ),
        "observations": {
            letter: {part: _number(getattr(seen, f"{letter}_{part}")[p]) for part in ("value", "n", "variance")}
            for letter in ("s", "q")
        },
    }


def _rows(instants: Instants, columns: Mapping[str, Any]) -> dict[str, Any]:
    """A table: the names of its fields (`at` in microseconds since 1970), then its rows."""
    values = zip(instants.tolist(), *(column.tolist() for column in columns.values()), strict=True)
    return {
        "fields": ["at", *columns],
        "rows": [[at, *(None if math.isnan(value) else value for value in row)] for at, *row in values],
    }


def _reference(scores: Scores, references: ReferenceSet, p: int) -> dict[str, Any]:
    """The tables that this profile was compared with, and no others: two tiers, and the network."""
    below = int(tier_below(scores.tier[p : p + 1])[0])
    tiers = [] if below < 0 else [below, below + 1]
    tables = {}
    for name in COMPARED:
        key = TableKey(scores.network[p], name, BASIS_NAMES[scores.basis[p, COMPONENTS.index(name)]])
        table = references.tables.get(key)
        if table is not None:
            seeds = dict(enumerate(table.seed_tiers))
            tables[name] = {
                "basis": key.basis,
                "tiers": {str(tier): _cohort(table.tiers[tier], seeds.get(tier, ())) for tier in tiers},
                "network": _cohort(table.network, table.seed_network),
            }
    return {"tables": tables}


def _cohort(own: Cohort, seed: tuple[float, ...]) -> dict[str, Any]:
    return {"n": own.n, "own": list(own.quantiles), "seed": list(seed)}


def _number(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number
