"""Parameters that say of which days something is shown, the same in every route."""

from __future__ import annotations

from typing import Annotated

from litestar.params import FromQuery, QueryParameter

from ...application.analytics.pages import Asked
from ...application.analytics.timeline import Step
from ...application.shared.ports import Clock
from ...domain.shared.periods import Comparison, Period

PeriodText = FromQuery[
    Annotated[str, QueryParameter(max_length=24, description="`30d` up to and with today, or `2026-01-01..2026-03-31`")]
]
Compare = FromQuery[
    Annotated[
        Comparison,
        QueryParameter(description="Beside as many days before (`prev`), the same a `year` before, or `none`"),
    ]
]
TimeZone = FromQuery[
    Annotated[str, QueryParameter(max_length=64, description="Whose days they are, as `America/Sao_Paulo`")]
]
StepName = FromQuery[
    Annotated[Step, QueryParameter(description="Length of a step; `auto` is the shortest that fits 400 points")]
]


def asked_of(clock: Clock, period: str, compare: Comparison, tz: str) -> Asked:
    """Read the parameters, or raise `PeriodRefused`."""
    return Asked(period=Period.read(period, clock.now(), tz), compare=compare)
