"""What can go wrong when influencers are looked at and changed."""

from __future__ import annotations

from uuid import UUID

from ...domain.shared.errors import Conflict, NotFound
from ...domain.shared.social import ProfileRef


class InfluencerNotFound(NotFound):
    """There is no such influencer, or it is another organisation's."""

    code = "influencers.influencer_not_found"

    def __init__(self, influencer_id: UUID) -> None:
        super().__init__(f"no influencer {influencer_id} is known here")
        self.influencer_id = influencer_id


class ProfileHeld(Conflict):
    """The profile is listed under another influencer of the same owner."""

    code = "influencers.profile_held"

    def __init__(self, profile: ProfileRef, holder: UUID) -> None:
        super().__init__(
            f"{profile} is a profile of influencer {holder} already; take it away there first, or edit that one"
        )
        self.profile = profile
        self.holder = holder
