"""Social Scores of one profile: the current ones explained, and their history."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from ...application.analytics.views import MAX_POINTS, ScoreDetail, ScorePoint, ScoreViews
from ...application.shared.actor import Actor
from ...domain.shared.ids import ProfileId
from .access import needs
from .parameters import ProfileNumber, Wired
from .problems import refusals


class Scores(msgspec.Struct, frozen=True):
    """The organisation's own score where it has evidence of its own, and then the public one."""

    items: tuple[ScoreDetail, ...]


class History(msgspec.Struct, frozen=True):
    """Stored scores, the newest day first."""

    items: tuple[ScorePoint, ...]


@get(
    "/profiles/{profile_id:int}/score",
    operation_id="getScore",
    tags=["scores"],
    opt=needs("scores.read"),
    responses=refusals(404),
)
async def score(actor: Wired[Actor], score_views: Wired[ScoreViews], profile_id: ProfileNumber) -> Scores:
    """Show a profile's score and what it is made of; the contributions add up to it."""
    return Scores(await score_views.current(actor, ProfileId(profile_id)))


@get(
    "/profiles/{profile_id:int}/score/history",
    operation_id="getScoreHistory",
    tags=["scores"],
    opt=needs("scores.read"),
    responses=refusals(404),
)
async def history(
    actor: Wired[Actor],
    score_views: Wired[ScoreViews],
    profile_id: ProfileNumber,
    limit: FromQuery[
        Annotated[int, QueryParameter(ge=1, le=MAX_POINTS, description="Scores at the most")]
    ] = MAX_POINTS,
) -> History:
    """List a profile's scores as they were computed; a new formula or table stands beside the old, never over it."""
    return History(await score_views.history(actor, ProfileId(profile_id), limit=limit))


HANDLERS: list[Any] = [score, history]
