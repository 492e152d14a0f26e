"""Making two influencers one, and one two; and taking either back, by the record of it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ...domain.influencers.influencer import Influencer
from ...domain.influencers.merging import Change, IdentityChange, merge, split, undo
from ...domain.shared.errors import NotFound
from ...domain.shared.ids import InfluencerId
from ...domain.shared.social import ProfileRef
from ..shared.actor import Actor
from ..shared.failpoints import failpoint
from ..shared.ports import Clock, Ids
from .editing import InfluencerWork, found

BEFORE_COMMIT = failpoint("influencers.before_merge_commit")


class IdentityChangeNotFound(NotFound):
    """There was no such change, or it is another organisation's."""

    code = "influencers.identity_change_not_found"

    def __init__(self, change_id: UUID) -> None:
        super().__init__(f"nobody was made one or two under {change_id} here")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChangeShown:
    """A line of the record."""

    change_id: UUID
    change: Change
    kept: InfluencerId
    other: InfluencerId
    other_name: str
    moved: tuple[str, ...]
    """Profiles, as `network:id`."""
    done_by: str
    done_at: datetime
    undone_at: datetime | None
    can: tuple[str, ...]
    """`undo`, where the actor may take it back."""


class MergeWork(InfluencerWork, Protocol):
    """One transaction over influencers and the record of who was made one or two."""

    async def record(self, change: IdentityChange) -> None:
        """Note what was done; of a merge, who was one with the other is one with the kept from now on."""
        ...

    async def recorded(self, change_id: UUID) -> IdentityChange | None:
        """Return it, for this work alone to take back."""
        ...

    async def take_back(self, change: IdentityChange, at: datetime) -> None:
        """Note that it was taken back; who came along by it is one with the other again."""
        ...


class MergeWorks(Protocol):
    def work(self, actor: Actor) -> AbstractAsyncContextManager[MergeWork]: ...


class MergeViews(Protocol):
    async def of(self, actor: Actor, influencer_id: UUID) -> tuple[IdentityChangeShown, ...]:
        """List what the influencer had part in, the newest first; raises `InfluencerNotFound`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeInfluencers:
    """Make *other* one with *kept*, which has its profiles then."""

    actor: Actor
    kept: InfluencerId
    version: int | None
    other: InfluencerId


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitInfluencer:
    """Make some profiles of an influencer somebody else's, who is new."""

    actor: Actor
    influencer_id: InfluencerId
    version: int | None
    part: InfluencerId
    """The id of who is new."""
    name: str
    profiles: tuple[ProfileRef, ...]


class MergingHandler:
    """Each returns who was there before, as they are then."""

    def __init__(self, works: MergeWorks, clock: Clock, ids: Ids) -> None:
        self._works = works
        self._clock = clock
        self._ids = ids

    async def merge(self, command: MergeInfluencers) -> tuple[Influencer, IdentityChange]:
        """Raises `NotPermitted`, `InfluencerNotFound`, `InfluencerOutdated`, `InfluencerInvalid` and `MergeRefused`."""
        async with self._works.work(command.actor) as work:
            # In one order for everybody, or two who merge the same two the other way round would wait for each other.
            both = {
                each: await found(work, command.actor, each, command.version if each == command.kept else None)
                for each in sorted({command.kept, command.other})
            }
            kept, other = both[command.kept], both[command.other]
            change = self._change(command.actor, Change.MERGE, kept, other, merge(kept, other))
            await work.save(other)  # first who gives, or the profiles would be held
            await work.save(kept)
            await work.record(change)
            BEFORE_COMMIT()
        return kept, change

    async def split(self, command: SplitInfluencer) -> tuple[Influencer, Influencer, IdentityChange]:
        """Return who was there and who is new. Raises what `merge` raises, and `ProfileAmbiguous`."""
        async with self._works.work(command.actor) as work:
            whole = await found(work, command.actor, command.influencer_id, command.version)
            moved = await work.resolve(command.profiles)
            part = Influencer.create(command.part, whole.owner, name=command.name, kind=whole.kind, profiles=())
            split(whole, part, moved)
            change = self._change(command.actor, Change.SPLIT, whole, part, moved)
            await work.save(whole)
            await work.save(part)
            await work.record(change)
            BEFORE_COMMIT()
        return whole, part, change

    async def undo(self, actor: Actor, change_id: UUID) -> Influencer:
        """Raises `NotPermitted`, `IdentityChangeNotFound`, `UndoRefused`, and what saving raises."""
        async with self._works.work(actor) as work:
            change = await work.recorded(change_id)
            if change is None:
                raise IdentityChangeNotFound(change_id)
            both = {each: await found(work, actor, each, None) for each in sorted({change.kept, change.other})}
            kept, other = both[change.kept], both[change.other]
            undo(change, kept, other)
            givers = (kept, other) if change.change is Change.MERGE else (other, kept)
            for each in givers:
                await work.save(each)
            await work.take_back(change, self._clock.now())
            BEFORE_COMMIT()
        return kept

    def _change(
        self, actor: Actor, change: Change, kept: Influencer, other: Influencer, moved: tuple[ProfileRef, ...]
    ) -> IdentityChange:
        return IdentityChange(
            id=self._ids.new(),
            owner=kept.owner,
            change=change,
            kept=kept.id,
            other=other.id,
            moved=moved,
            done_by=actor.name,
            done_at=self._clock.now(),
        )
