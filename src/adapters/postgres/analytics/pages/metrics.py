"""One figure as the app shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .....application.analytics.pages import Metric


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
    delta = None
    if value is not None and previous is not None:
        delta = value - previous if kind == "pp" else 100 * (value / previous - 1) if previous else None
    return Metric(
        key=key,
        label_key=f"metrics.{key.partition('.')[0]}",
        value=value,
        previous=previous,
        delta=None if delta is None else round(delta, 4),
        delta_kind=kind,
        good_when=good_when,
        as_of=as_of,
        source=None if own is None else "own" if own else "public",
        estimated=estimated,
        sample=sample,
        formula=formula,
    )
