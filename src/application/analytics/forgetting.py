"""What is forgotten of kept answers when something happens that they were made from."""

from __future__ import annotations

from typing import Any

from ...domain.analytics.events import ReferenceTableSwitched, ScoresComputed
from ...domain.collection.events import ObservationsRecorded
from ...domain.influencers.events import InfluencerChanged
from ..shared.cache import Cache, owner_tag
from ..shared.reactions import Reaction


def forgetting(cache: Cache) -> tuple[Reaction, ...]:
    """Return the reactions; they stand behind those that change what is read, and may run twice."""

    async def forget(event: Any) -> None:
        await cache.forget(owner_tag(event.owner))

    return tuple(
        Reaction(name=f"analytics.forget_after_{name}", event=event, handle=forget)
        for name, event in (
            ("observations", ObservationsRecorded),
            ("scores", ScoresComputed),
            ("new_tables", ReferenceTableSwitched),
            ("influencer_change", InfluencerChanged),
        )
    )
