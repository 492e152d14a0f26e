"""What analytics asks of the outside: evidence as columns, places to keep scores and reference tables, a signature."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ...domain.analytics.columns import ProfileColumns, ReportedColumns
from ...domain.shared.ids import ProfileId
from ..shared.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which profiles are asked for; None asks for all that the actor may see."""

    network: str | None = None
    import_id: UUID | None = None
    """Those of which this import brought something new."""
    profiles: tuple[ProfileId, ...] | None = None


class ColumnReader(Protocol):
    """Evidence of many profiles, side by side: public rows and the actor's own, but a demonstration's alone."""

    def figures(self, actor: Actor, selection: Selection, *, until: datetime) -> AsyncIterator[ProfileColumns]:
        """Read all that was seen up to *until*, as it stands, a few thousand profiles at a time, ascending by number.

        All pieces show one moment of the database. Posts come with their first and latest lifetime snapshot, suspect
        zeros included, and with private values where the actor has any.
        """
        ...

    async def reported(self, actor: Actor, selection: Selection, *, until: datetime) -> ReportedColumns:
        """Read what third parties reported up to *until*."""
        ...
