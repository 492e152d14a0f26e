"""Ports that every context needs: time, ids."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """The time, so that a run can be replayed."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class Ids(Protocol):
    """New ids, so that a run can be replayed."""

    def new(self) -> UUID:
        """Return a UUIDv7 that was never returned before."""
        ...
