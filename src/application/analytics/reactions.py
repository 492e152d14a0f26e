"""What analytics does when it hears of something: new evidence is scored, and at night and with new tables everybody."""

from __future__ import annotations

from uuid import UUID

from ...domain.analytics.events import FullPassDue, ReferenceTableSwitched
from ...domain.collection.events import ObservationsRecorded
from ...domain.influencers.events import InfluencerChanged
from ...domain.shared.ids import OrganisationId
from ...domain.shared.social import ProfileRef
from ..shared.reactions import Reaction
from .discovery.findable import Findable
from .errors import BookUnknown
from .scoring import ScoreProfiles, ScoreProfilesHandler


def reactions(score: ScoreProfilesHandler, findable: Findable) -> tuple[Reaction, ...]:
    """Return what analytics does about events. All of it may run twice: who was scored has left the queue."""

    async def score_new_evidence(event: ObservationsRecorded) -> None:
        await _pass(score, event.owner, full=False)

    async def score_with_new_tables(event: ReferenceTableSwitched) -> None:
        await _pass(score, event.owner, full=True)

    async def score_everybody(_: FullPassDue) -> None:
        # A night that was missed is made up for by the day that it is by then.
        await score.everywhere(full=True)

    async def forget_words(_: FullPassDue) -> None:
        await findable.prune()

    async def find_by_what_it_is_now(event: InfluencerChanged) -> None:
        owner = None if event.owner is None else OrganisationId(event.owner)
        profiles = [ProfileRef.parse(name) for name in event.profiles]
        await findable.refresh(owner, influencers=[event.influencer_id], profiles=profiles)

    return (
        Reaction(name="analytics.find_changed_influencer", event=InfluencerChanged, handle=find_by_what_it_is_now),
        Reaction(name="analytics.score_new_evidence", event=ObservationsRecorded, handle=score_new_evidence),
        Reaction(name="analytics.score_with_new_tables", event=ReferenceTableSwitched, handle=score_with_new_tables),
        Reaction(name="analytics.score_everybody", event=FullPassDue, handle=score_everybody),
        Reaction(name="analytics.forget_words", event=FullPassDue, handle=forget_words),
    )


async def _pass(score: ScoreProfilesHandler, owner: UUID | None, *, full: bool) -> None:
    """Score the book of *owner*; what happens to everybody's concerns the organisations' too."""
    if owner is None:
        await score.everywhere(full=full)
        return
    try:
        await score(ScoreProfiles(owner=OrganisationId(owner), full=full))
    except BookUnknown:
        return  # the organisation was removed in the meantime, and its evidence with it
