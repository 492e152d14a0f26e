"""What exporting does when it hears of something."""

from __future__ import annotations

import json
from uuid import UUID

from ...domain.exporting.events import ExportRequested
from ...domain.shared.events import EventGivenUp
from ..shared.reactions import Reaction
from .errors import ExportGivenUp
from .exports import Exporter


def reactions(exporter: Exporter) -> tuple[Reaction, ...]:
    """Return what exporting does about events."""

    async def write(event: ExportRequested) -> None:
        await exporter.write(event.organisation, event.export_id)

    async def give_up(event: EventGivenUp) -> None:
        if event.event_name == ExportRequested.name:
            said = json.loads(event.said)
            reason = ExportGivenUp(event.event_id, event.cause)
            await exporter.give_up(UUID(said["organisation"]), UUID(said["export_id"]), reason)

    return (
        Reaction(name="exporting.write_export", event=ExportRequested, handle=write),
        Reaction(name="exporting.give_up_export", event=EventGivenUp, handle=give_up),
    )
