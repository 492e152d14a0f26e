"""Two influencers that turn out to be one, and one that turns out to be two; and taking either back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ..shared.errors import Conflict, RuleViolated
from ..shared.ids import InfluencerId, Owner
from ..shared.social import ProfileRef
from .influencer import Influencer


class MergeRefused(RuleViolated):
    """These two cannot be made one, or this one two; the message says why."""

    code = "influencers.merge_refused"


class UndoRefused(Conflict):
    """So much has changed since that it cannot be taken back."""

    code = "influencers.undo_refused"


class Change(StrEnum):
    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange:
    """That two influencers were made one, or one two: the record, and what taking it back goes by."""

    id: UUID
    owner: Owner
    change: Change
    kept: InfluencerId
    """Who has the profiles of both after a merge; of a split, who was there before."""
    other: InfluencerId
    """Who is one with *kept* since a merge; of a split, who is new."""
    moved: tuple[ProfileRef, ...]
    """Profiles that went to *kept* by a merge, or to *other* by a split."""
    done_by: str
    done_at: datetime
    undone_at: datetime | None = None


def merge(kept: Influencer, other: Influencer) -> tuple[ProfileRef, ...]:
    """Give *kept* the profiles of *other*, which is archived; return those that moved. Raises `MergeRefused` and `InfluencerInvalid`."""
    if kept.id == other.id:
        raise MergeRefused("an influencer is one with itself already; name another one")
    if kept.owner != other.owner:
        raise MergeRefused(
            "one of them is everybody's and the other your organisation's own; only two of one kind are made one"
        )
    if kept.archived or other.archived:
        raise MergeRefused("one of them is archived; restore it first")
    moved = other.profiles
    other.hand_over(moved)
    other.archive()
    other.merged_into = kept.id
    kept.take_over(moved)
    return moved


def split(whole: Influencer, part: Influencer, moved: tuple[ProfileRef, ...]) -> None:
    """Give *part*, which is new and has none, some profiles of *whole*. Raises `MergeRefused` and `InfluencerInvalid`."""
    if whole.archived:
        raise MergeRefused("the influencer is archived; restore it first")
    missing = [str(profile) for profile in moved if profile not in whole.profiles]
    if missing:
        raise MergeRefused(f"the influencer has no profile {', '.join(missing)}; it can part with those that it has")
    if not moved or len(moved) == len(whole.profiles):
        raise MergeRefused("name some of the influencer's profiles, and not all of them: nobody would be left")
    whole.hand_over(moved)
    part.take_over(moved)


def undo(change: IdentityChange, kept: Influencer, other: Influencer) -> None:
    """Take *change* back: profiles go where they were, as far as they are still where it brought them. Raises `UndoRefused`."""
    if change.undone_at is not None:
        raise UndoRefused("it has been taken back already")
    for each in (kept, other):
        if each.merged_into is not None and not (change.change is Change.MERGE and each is other):
            raise UndoRefused(f"influencer {each.id} is one with {each.merged_into} by now; take that back first")
    giver, taker = (kept, other) if change.change is Change.MERGE else (other, kept)
    back = tuple(profile for profile in change.moved if profile in giver.profiles)
    giver.hand_over(back)
    if change.change is Change.MERGE:
        other.merged_into = None
        other.restore()
    else:
        if other.profiles:
            raise UndoRefused("the influencer that it made has other profiles by now; move them first")
        other.archive()
    taker.take_over(back)
