"""What exporting tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ..shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequested(Event):
    """A list is to be written into a file by a worker."""

    name: ClassVar[str] = "exporting.export_requested"
    export_id: UUID
    organisation: UUID
