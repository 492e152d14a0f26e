"""Keeping scores: a staging table by COPY, then statements over all of it; stored scores are never overwritten."""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....application.analytics.labels import cohorts_of, reasons_of
from ....domain.analytics.columns import DAY
from ....domain.analytics.score import Scores
from ..collection.targets import Owned
from ..database import Driver
from .wire import put

SINGLE: Final = ("score", "confidence", "half_width", "gate", "followers")
SIX: Final = ("raw", "x", "y", "kappa", "n", "v", "contributions", "seed_share")

_STAGE: Final = f"""
    create temp table if not exists staged_scores (
        profile_id bigint, day integer, inputs bytea, cohort integer, reasons integer, anew boolean,
        {", ".join(f"{name} double precision" for name in SINGLE)},
        {", ".join(f"{name} double precision[]" for name in SIX)}
    ) on commit drop;
    truncate staged_scores
"""


def _shown(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in (*SINGLE, *SIX))


_WORDS: Final = "($1::text[])[s.cohort + 1], string_to_array(($2::text[])[s.reasons + 1], ','), $3::text, $4::text"
_CHANGED: Final = f"""
    select s.profile_id from staged_scores s
    left join scores c on c.profile_id = s.profile_id and c.current and {{owned}}
    where c.profile_id is null or row({_shown("c")}, c.cohort, c.reasons, c.table_version, c.formula_version)
        is distinct from row({_shown("s")}, {_WORDS})
        or s.anew and (c.inputs_sha256 <> encode(s.inputs, 'hex') or c.as_of <> date '1970-01-01' + s.day)
"""
_INSERT: Final = f"""
    insert into scores (
        owner, profile_id, as_of, {", ".join((*SINGLE, *SIX))}, cohort, reasons, table_version, formula_version,
        inputs_sha256, computed_at, current)
    select {{owner}}, s.profile_id, date '1970-01-01' + s.day, {_shown("s")}, {_WORDS},
        encode(s.inputs, 'hex'), $5::timestamptz, {{current}}
    from staged_scores s {{among}}
    on conflict (profile_id, as_of, inputs_sha256, table_version, formula_version, owner)
"""


async def keep(raw: Driver, owned: Owned, scores: Scores, computed_at: datetime, anew: NDArray[np.bool_]) -> int:
    """Make *scores* current where a published digit, a reason or a version changed; the number of those.

    For those of *anew* it is enough that they rest on other evidence, or are of another day.
    """
    words = await _stage(raw, scores, anew)
    changed = [row["profile_id"] for row in await raw.fetch(_CHANGED.format(owned=owned.holds("c")), *words)]
    if changed:
        await raw.execute(
            "update scores c set current = false "
            f"where c.current and c.profile_id = any($1::bigint[]) and {owned.holds('c')}",
            changed,
        )
        # A score that was current once and is found again (a switch there and back) is not written twice.
        insert = _INSERT.format(owner=owned.literal, current="true", among="where s.profile_id = any($6::bigint[])")
        await raw.execute(f"{insert} do update set current = true", *words, computed_at, changed)
    return len(changed)


async def keep_as_history(raw: Driver, owned: Owned, scores: Scores, computed_at: datetime) -> int:
    """Add *scores* to the history; the number of those that did not stand there."""
    words = await _stage(raw, scores, np.ones(len(scores), dtype=np.bool_))
    insert = _INSERT.format(owner=owned.literal, current="false", among="")
    tag: str = await raw.execute(f"{insert} do nothing", *words, computed_at)
    return int(tag.rpartition(" ")[2])


async def _stage(raw: Driver, scores: Scores, anew: NDArray[np.bool_]) -> tuple[list[str], list[str], str, str]:
    """Copy *scores* into `staged_scores`; the words that its numbers stand for."""
    cohort_no, cohorts = cohorts_of(scores)
    reasons_no, reasons = reasons_of(scores)
    columns: dict[str, NDArray[Any]] = {
        "profile_id": scores.profile_id.astype(np.int64),
        "day": (scores.as_of // DAY).astype(np.int32),
        "inputs": np.frombuffer(b"".join(scores.inputs_hash), dtype="V32"),
        "cohort": cohort_no.astype(np.int32),
        "reasons": reasons_no.astype(np.int32),
        "anew": anew,
        **{name: getattr(scores, name) for name in (*SINGLE, *SIX)},
    }
    await raw.execute(_STAGE)
    await put(raw, "staged_scores", columns)
    return cohorts, [",".join(each) for each in reasons], scores.table_version, scores.formula_version
