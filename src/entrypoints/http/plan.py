"""The organisation's plan, and what of it was used."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import get

from ...application.shared.actor import Actor
from ...application.shared.entitlements import Entitlements
from ...domain.shared.plan import Feature, Metered
from .access import needs
from .parameters import Wired
from .problems import refusals


class EntitlementLine(msgspec.Struct, frozen=True, kw_only=True):
    """Of what the plan has so much."""

    entitlement: str
    per: Literal["month", "organisation"]
    """`month` is used up within a calendar month (UTC); of `organisation` there is so much at one time."""
    used: int
    most: int | None
    """Null where there is no limit."""
    remaining: int | None


class PlanShown(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of the organisation."""

    plan: str
    features: tuple[str, ...]
    missing: tuple[str, ...]
    """Features that other plans may have."""
    entitlements: tuple[EntitlementLine, ...]
    month_ends_at: datetime


@get(
    "/organisation/plan",
    operation_id="getPlan",
    tags=["identity"],
    opt=needs("plan.read"),
    responses=refusals(404),
)
async def plan(actor: Wired[Actor], entitlements: Wired[Entitlements]) -> PlanShown:
    """Show what the organisation's plan has, and what of it was used."""
    usage = await entitlements.usage(actor)
    return PlanShown(
        plan=usage.plan.name,
        features=tuple(sorted(usage.plan.features)),
        missing=tuple(sorted(set(Feature) - usage.plan.features)),
        entitlements=tuple(
            EntitlementLine(
                entitlement=of,
                per="month" if isinstance(of, Metered) else "organisation",
                used=used,
                most=most,
                remaining=None if most is None else max(0, most - used),
            )
            for of, used in usage.used.items()
            for most in (usage.plan.limit(of),)
        ),
        month_ends_at=usage.until,
    )


HANDLERS: list[Any] = [plan]
