"""Receipts: what a score rests on, signed, for whoever wants to compute it again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeAlias

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from ...application.analytics.naming import profile_named
from ...application.analytics.views import ProfileViews
from ...application.shared.actor import Actor
from .access import OPEN, needs
from .parameters import ProfileName, Wired
from .problems import refusals

Issue: TypeAlias = Callable[[Any], Awaitable[Mapping[str, Any]]]
"""`IssueReceiptHandler`, whose module loads numpy and so is loaded when somebody asks."""
PublicKey: TypeAlias = str
"""The installation's public key, as PEM."""


@get(
    "/profiles/{profile:str}/receipt",
    operation_id="getReceipt",
    tags=["scores"],
    opt=needs("scores.read"),
    responses=refusals(404, 409, 422),
)
async def receipt(
    actor: Wired[Actor],
    issue_receipt: Wired[Issue],
    profile_views: Wired[ProfileViews],
    profile: ProfileName,
    public: FromQuery[
        Annotated[bool, QueryParameter(description="Of the public score, also where the organisation has its own")]
    ] = False,
) -> dict[str, Any]:
    """Hand out what `analisa verify` recomputes the score from, signed; no texts and no authors are in it."""
    from ...application.analytics.receipts import IssueReceipt  # noqa: PLC0415  see Issue

    profile_id = await profile_named(profile_views, actor, profile)
    return dict(await issue_receipt(IssueReceipt(actor=actor, profile_id=profile_id, public=public)))


@get(
    "/signing-key",
    operation_id="getSigningKey",
    tags=["scores"],
    opt=needs(OPEN),
    responses=refusals(),
    media_type="application/x-pem-file",
)
async def signing_key(signing_key: Wired[PublicKey]) -> Response[str]:
    """Hand out the public key (PEM) that receipts of this installation are verified with: `analisa verify --key`."""
    return Response(signing_key, media_type="application/x-pem-file")


HANDLERS: list[Any] = [receipt, signing_key]
