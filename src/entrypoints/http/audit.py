"""What was done in the organisation, by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from ...application.compliance.ports import AuditViews
from ...application.shared.actor import Actor
from .access import needs
from .cursors import Cursors
from .parameters import Cursor, Limit, Wired
from .problems import refusals

_LIST: Final = "audit"
By = Annotated[str | None, QueryParameter(max_length=64, description="Only what this user or API key did, by its id")]
Action = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[a-z_.]{1,64}$", description="Only actions that begin so: `identity.`, `exports.requested`"
    ),
]
Since = Annotated[datetime | None, QueryParameter(name="from", description="From this instant on")]
Until = Annotated[datetime | None, QueryParameter(name="to", description="Before this instant")]


class DoneLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done. Each line's hash seals it and all before it."""

    number: int
    at: datetime
    actor: str
    actor_name: str | None
    action: str
    subject: str
    details: dict[str, str]
    hash: str


class DoneLines(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was done, the newest first."""

    items: tuple[DoneLine, ...]
    next_cursor: str | None


@get("/audit", operation_id="listAudit", tags=["identity"], opt=needs("audit.read"), responses=refusals(404, 422))
async def audit(
    actor: Wired[Actor],
    audit_views: Wired[AuditViews],
    cursors: Wired[Cursors],
    by: FromQuery[By] = None,
    action: FromQuery[Action] = None,
    since: FromQuery[Since] = None,
    until: FromQuery[Until] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DoneLines:
    """List what was done in the organisation, the newest first."""
    page = await audit_views.page(
        actor,
        by=by,
        action=action,
        since=since,
        until=until,
        after=cursors.open(_LIST, cursor, int),
        limit=limit,
    )
    return DoneLines(
        items=tuple(
            DoneLine(
                number=each.number,
                at=each.at,
                actor=each.actor,
                actor_name=each.actor_name,
                action=each.action,
                subject=each.subject,
                details=dict(each.details),
                hash=each.hash,
            )
            for each in page.items
        ),
        next_cursor=cursors.seal(_LIST, page.next),
    )


HANDLERS: list[Any] = [audit]
