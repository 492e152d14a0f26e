"""What an actor may do with an influencer: the one place that says it, for use cases and for the app's buttons."""

from __future__ import annotations

from ...domain.shared.ids import Owner
from ..shared.actor import Actor, NotPermitted

WRITE = "influencers.write"
EDIT = "edit"
ARCHIVE = "archive"
RESTORE = "restore"


def allowed(actor: Actor, owner: Owner, *, archived: bool = False) -> tuple[str, ...]:
    """Name what *actor* may do: their organisation's own ones are theirs to change, public ones an operator's."""
    if not actor.may(WRITE):
        return ()
    if not (owner == actor.organisation or (owner is None and actor.operator)):
        return ()
    return (RESTORE,) if archived else (EDIT, ARCHIVE)


def require_change(actor: Actor, owner: Owner) -> None:
    """Raise `NotPermitted` where *actor* may not change what is of *owner*."""
    actor.require(WRITE)
    if not allowed(actor, owner):
        raise NotPermitted("a public influencer is changed by an operator of the installation alone")
