"""How people name a profile: by its number here, or by network and id or handle."""

from __future__ import annotations

from ...domain.shared.errors import RuleViolated
from ...domain.shared.ids import ProfileId
from ...domain.shared.social import ProfileRef
from ..shared.actor import Actor
from .errors import ProfileNotFound
from .views import ProfileViews


class ProfileUnreadable(RuleViolated):
    """The text names no profile."""

    code = "analytics.profile_unreadable"
    part = "profile"


async def profile_named(views: ProfileViews, actor: Actor, text: str) -> ProfileId:
    """Return the number of the profile that *text* names: `instagram:maria.silva`, by id or handle, or `60`.

    A number is taken as it is, and whoever asks about it finds out. Raises `ProfileUnreadable` or `ProfileNotFound`.
    """
    if text.isascii() and text.isdigit():
        if len(text) > 18:
            raise ProfileNotFound(text)
        return ProfileId(int(text))
    try:
        ref = ProfileRef.parse(text)
    except ValueError as error:
        raise ProfileUnreadable(f"profile: {error}, or its number in this installation") from error
    return await views.find(actor, ref)
