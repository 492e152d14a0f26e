"""Social Scores of one profile: the current ones explained, and their history."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from ...application.analytics.naming import profile_named
from ...application.analytics.views import MAX_POINTS, ProfileViews, ScoreDetail, ScorePoint, ScoreViews
from ...application.shared.actor import Actor
from .access import needs
from .parameters import ProfileName, Wired
from .problems import refusals


class Scores(msgspec.Struct, frozen=True):
    """The organisation's own score where it has evidence of its own, and then the public one."""

    items: tuple[ScoreDetail, ...]


class History(msgspec.Struct, frozen=True):
    """Stored scores, the newest day first."""

    items: tuple[ScorePoint, ...]


@get(
    "/profiles/{profile:str}/score",
    operation_id="getScore",
    tags=["scores"],
    opt=needs("scores.read"),
    responses=refusals(404, 422),
)
async def score(
    actor: Wired[Actor], score_views: Wired[ScoreViews], profile_views: Wired[ProfileViews], profile: ProfileName
) -> Scores:
    """Show a profile's score and what it is made of; the contributions add up to it."""
    return Scores(await score_views.current(actor, await profile_named(profile_views, actor, profile)))


@get(
    "/profiles/{profile:str}/score/history",
    operation_id="getScoreHistory",
    tags=["scores"],
    opt=needs("scores.read"),
    responses=refusals(404, 422),
)
async def history(
    actor: Wired[Actor],
    score_views: Wired[ScoreViews],
    profile_views: Wired[ProfileViews],
    profile: ProfileName,
    limit: FromQuery[
        Annotated[int, QueryParameter(ge=1, le=MAX_POINTS, description="Scores at the most")]
    ] = MAX_POINTS,
) -> History:
    """List a profile's scores as they were computed; a new formula or table stands beside the old, never over it."""
    profile_id = await profile_named(profile_views, actor, profile)
    return History(await score_views.history(actor, profile_id, limit=limit))


HANDLERS: list[Any] = [score, history]
