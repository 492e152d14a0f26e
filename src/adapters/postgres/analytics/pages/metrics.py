"""One figure as the app shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .....application.analytics.pages import Metric
from .....domain.analytics.change import per_cent_change


def metric(
    key: str,
    value: float | None,
    *,
    formula: str,
    previous: float | None = None,
    as_of: datetime | None = None,
    own: bool | None = None,
    kind: Literal["pct", "pp"] = "pct",
    good_when: Literal["up", "down"] | None = "up",
    estimated: bool = False,
    sample: int | None = None,
) -> Metric:
    """Put *value* beside *previous*: in points where *kind* is `pp`, else in per cent of what it was."""
    if kind == "pct":
        delta = per_cent_change(value, previous)
    else:
        delta = None if value is None or previous is None else round(value - previous, 4)
    return Metric(
        key=key,
        label_key=f"metrics.{key.partition('.')[0]}",
        value=value,
        previous=previous,
        delta=delta,
        delta_kind=kind,
        good_when=good_when,
        as_of=as_of,
        source=None if own is None else "own" if own else "public",
        estimated=estimated,
        sample=sample,
        formula=formula,
    )
