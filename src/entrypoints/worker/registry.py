"""The reactions of every context, as the container makes them."""

from __future__ import annotations

from ...application.collection.reactions import reactions as of_collection
from ...domain.shared.events import ActionTaken
from ..container import Application
from .reactions import Effect, Reactions


def registered(application: Application) -> Reactions:
    """Return what this program does about events."""
    root = application.root
    return Reactions(
        [
            *of_collection(root.collection.importer()),
            *root.analytics.reactions(),
            *root.analytics.forgetting(),
            *root.exporting.reactions(),
            *root.notifications.reactions(),
            Effect(name="compliance.append_audit", event=ActionTaken, apply=root.compliance.append()),
        ]
    )
