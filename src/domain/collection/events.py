"""What collection tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ..shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequested(Event):
    """Files were handed in and are waiting to be imported by a worker."""

    name: ClassVar[str] = "collection.import_requested"
    import_id: UUID
    organisation: UUID
    """Who asked for it, also when what it brings belongs to everybody."""
    owner: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationsRecorded(Event):
    """Observations of *owner* were committed; the profiles concerned wait in the score queue."""

    name: ClassVar[str] = "collection.observations_recorded"
    import_id: UUID
    owner: UUID | None
    profiles: int
