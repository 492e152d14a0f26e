"""What was done in an organisation, as a list to take away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from ..exporting.errors import ParameterRefused
from ..exporting.lists import Batches, ExportableList, Given, ListParameter
from ..shared.actor import Actor
from .ports import AuditViews, Done

_PAGE: Final = 200


def activity(audit: AuditViews) -> ExportableList[Done]:
    """Lines of the record, each with the hash that seals it and all before it."""

    async def opened(actor: Actor, given: Given, now: datetime) -> Batches[Done]:
        del now
        since, until = _instant(given, "from"), _instant(given, "to")

        async def batches() -> Batches[Done]:
            after: int | None = None
            while True:
                page = await audit.page(
                    actor,
                    by=given.get("by"),
                    action=given.get("action"),
                    since=since,
                    until=until,
                    after=after,
                    limit=_PAGE,
                )
                yield page.items
                after = page.next
                if after is None:
                    return

        return batches()

    return ExportableList(
        name="activity",
        meaning="What was done in the organisation, the newest first",
        permission="audit.read",
        parameters=(
            ListParameter(name="by", meaning="who did it, as `by` of GET /audit"),
            ListParameter(name="action", meaning="how the action begins, as `action` of GET /audit"),
            ListParameter(name="from", meaning="from this instant on, as 2026-01-31T00:00:00Z"),
            ListParameter(name="to", meaning="before this instant"),
        ),
        cells={
            "number": lambda done: done.number,
            "at": lambda done: done.at,
            "actor": lambda done: done.actor,
            "actor_name": lambda done: done.actor_name,
            "action": lambda done: done.action,
            "subject": lambda done: done.subject,
            "details": lambda done: json.dumps(done.details, ensure_ascii=False, sort_keys=True),
            "hash": lambda done: done.hash,
        },
        open=opened,
    )


def _instant(given: Given, name: str) -> datetime | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ParameterRefused(name, f"{text[:40]!r} is no instant; write 2026-01-31T00:00:00Z") from None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
