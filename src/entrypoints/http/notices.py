"""What one is told in the app."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from ...application.notifications.ports import Notices
from .access import SIGNED_IN, Called, needs
from .cursors import Cursors
from .parameters import Cursor, Limit, Wired
from .people import user_of
from .problems import refusals

_LIST: Final = "notices"


class NoticeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A notice: a kind, which the app has words for, and facts."""

    notice_id: UUID
    kind: str
    facts: dict[str, str]
    made_at: datetime
    read_at: datetime | None


class NoticeLines(msgspec.Struct, frozen=True, kw_only=True):
    """A page of notices, the newest first."""

    items: tuple[NoticeLine, ...]
    unread: int
    next_cursor: str | None


class ReadNotices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which notices were read; all where none are named."""

    ids: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=200)] | None = None


class NoticesRead(msgspec.Struct, frozen=True, kw_only=True):
    """How many of them were unread."""

    notices: int


@get(
    "/notifications",
    operation_id="listNotifications",
    tags=["identity"],
    opt=needs(SIGNED_IN),
    responses=refusals(401, 422),
)
async def notices(
    caller: Called, user_notices: Wired[Notices], cursors: Wired[Cursors], cursor: Cursor = None, limit: Limit = 50
) -> NoticeLines:
    """List what one was told, the newest first."""
    page = await user_notices.page(user_of(caller), after=cursors.open(_LIST, cursor, UUID), limit=limit)
    return NoticeLines(
        items=tuple(
            NoticeLine(
                notice_id=each.notice_id,
                kind=each.kind,
                facts=dict(each.facts),
                made_at=each.made_at,
                read_at=each.read_at,
            )
            for each in page.items
        ),
        unread=page.unread,
        next_cursor=cursors.seal(_LIST, page.next),
    )


@post(
    "/notifications/read",
    operation_id="readNotifications",
    tags=["identity"],
    opt=needs(SIGNED_IN),
    responses=refusals(401, 415),
    status_code=200,
)
async def read(caller: Called, user_notices: Wired[Notices], data: JSONBody[ReadNotices]) -> NoticesRead:
    """Note that some notices, or all, were read."""
    return NoticesRead(notices=await user_notices.read(user_of(caller), data.ids))


HANDLERS: list[Any] = [notices, read]
