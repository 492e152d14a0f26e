"""What an actor may do with an influencer: the one place that says it, for use cases and for the app's buttons."""

from __future__ import annotations

from ...domain.shared.ids import Owner
from ..shared.actor import Actor, NotPermitted

WRITE = "influencers.write"
LISTS_READ = "lists.read"
LISTS_WRITE = "lists.write"
NOTES_READ = "notes.read"
NOTES_WRITE = "notes.write"
FIELDS_MANAGE = "fields.manage"
EDIT = "edit"
ARCHIVE = "archive"
RESTORE = "restore"
MERGE = "merge"
SPLIT = "split"
UNDO = "undo"
DELETE = "delete"
FILL = "fill"


def allowed(actor: Actor, owner: Owner, *, archived: bool = False) -> tuple[str, ...]:
    """Name what *actor* may do: their organisation's own ones are theirs to change, public ones an operator's."""
    if not actor.may(WRITE):
        return ()
    if not (owner == actor.organisation or (owner is None and actor.operator)):
        return ()
    return (RESTORE,) if archived else (EDIT, ARCHIVE, MERGE, SPLIT)


def on_list(actor: Actor) -> tuple[str, ...]:
    """Name what *actor* may do with a list that they see."""
    return (EDIT, FILL, DELETE) if actor.may(LISTS_WRITE) else ()


def on_field(actor: Actor) -> tuple[str, ...]:
    return (EDIT, DELETE) if actor.may(FIELDS_MANAGE) else ()


def on_note(actor: Actor, written_by: str) -> tuple[str, ...]:
    """Name what *actor* may do with a note: whoever wrote it changes it."""
    return (EDIT, DELETE) if actor.may(NOTES_WRITE) and written_by == actor.caller else ()


def on_identity_change(actor: Actor, owner: Owner, *, undone: bool) -> tuple[str, ...]:
    return (UNDO,) if allowed(actor, owner) and not undone else ()


def require_change(actor: Actor, owner: Owner) -> None:
    """Raise `NotPermitted` where *actor* may not change what is of *owner*."""
    actor.require(WRITE)
    if not allowed(actor, owner):
        raise NotPermitted("a public influencer is changed by an operator of the installation alone")
