"""What collection does when it hears of something."""

from __future__ import annotations

import json
from uuid import UUID

from ...domain.collection.events import ImportRequested
from ...domain.shared.errors import AnalisaError, Unavailable
from ...domain.shared.events import EventGivenUp
from ...domain.shared.ids import ImportId, OrganisationId
from ..shared.actor import Actor
from ..shared.reactions import Reaction
from .errors import ImportGivenUp, ImportRunning
from .imports import CarryOutImport, Importer


def reactions(importer: Importer) -> tuple[Reaction, ...]:
    """Return what collection does about events."""

    async def carry_out(event: ImportRequested) -> None:
        # Whether the person may bring in public observations was asked when they handed the files in.
        actor = _worker(event.organisation, operator=event.owner is None)
        try:
            await importer.carry_out(CarryOutImport(actor=actor, import_id=ImportId(event.import_id)))
        except (Unavailable, ImportRunning):
            raise  # to be tried again
        except AnalisaError:
            return  # the import failed for a reason that trying again will not change; it stands in its report

    async def give_up(event: EventGivenUp) -> None:
        if event.event_name == ImportRequested.name:
            said = json.loads(event.said)
            reason = ImportGivenUp(event.event_id, event.cause)
            await importer.give_up(_worker(UUID(said["organisation"])), ImportId(UUID(said["import_id"])), reason)

    return (
        Reaction(name="collection.carry_out_import", event=ImportRequested, handle=carry_out),
        Reaction(name="collection.give_up_import", event=EventGivenUp, handle=give_up),
    )


def _worker(organisation: UUID, *, operator: bool = False) -> Actor:
    return Actor(organisation=OrganisationId(organisation), name="import worker", operator=operator)
