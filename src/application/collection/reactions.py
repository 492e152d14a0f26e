"""What collection does when it hears of something."""

from __future__ import annotations

from ...domain.collection.events import ImportRequested
from ...domain.shared.errors import AnalisaError, Unavailable
from ...domain.shared.ids import ImportId, OrganisationId
from ..shared.actor import Actor
from ..shared.reactions import Reaction
from .errors import ImportRunning
from .imports import CarryOutImport, Importer


def reactions(importer: Importer) -> tuple[Reaction, ...]:
    """Return what collection does about events."""

    async def carry_out(event: ImportRequested) -> None:
        # Whether the person may bring in public observations was asked when they handed the files in.
        actor = Actor(
            organisation=OrganisationId(event.organisation), name="import worker", operator=event.owner is None
        )
        try:
            await importer.carry_out(CarryOutImport(actor=actor, import_id=ImportId(event.import_id)))
        except (Unavailable, ImportRunning):
            raise  # to be tried again
        except AnalisaError:
            return  # the import failed for a reason that trying again will not change; it stands in its report

    return (Reaction(name="collection.carry_out_import", event=ImportRequested, handle=carry_out),)
