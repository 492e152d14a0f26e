"""The reactions of every context, as the container makes them."""

from __future__ import annotations

from ..container import Application
from .reactions import Reactions


def registered(application: Application) -> Reactions:
    """Return what this program does about events."""
    return Reactions([])
