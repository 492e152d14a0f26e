"""Making influencers known by hand, and changing what is known of who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from ...domain.influencers.influencer import Influencer, Kind
from ...domain.shared.ids import InfluencerId
from ...domain.shared.social import ProfileRef
from ..shared.actor import Actor
from ..shared.failpoints import failpoint
from .errors import InfluencerNotFound
from .policy import WRITE, require_change

BEFORE_COMMIT = failpoint("influencers.before_commit")


class InfluencerWork(Protocol):
    """One transaction over influencers; what it did is kept when its block ends well, and else leaves no trace."""

    async def find(self, influencer_id: InfluencerId) -> Influencer | None:
        """Return the influencer, archived or not, for this work alone to change; None where the actor sees none."""
        ...

    async def resolve(self, profiles: Sequence[ProfileRef]) -> tuple[ProfileRef, ...]:
        """Return *profiles* by the networks' own ids; one that nobody described is taken by the name it was given.

        Raises `ProfileAmbiguous`.
        """
        ...

    async def save(self, influencer: Influencer) -> None:
        """Keep the influencer, new or changed, and what happened to it; raises `ProfileHeld`."""
        ...


class InfluencerWorks(Protocol):
    def work(self, actor: Actor) -> AbstractAsyncContextManager[InfluencerWork]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateInfluencer:
    actor: Actor
    influencer_id: InfluencerId
    """Made beforehand, so that creating it again makes no second one."""
    name: str
    kind: Kind = Kind.PERSON
    profiles: tuple[ProfileRef, ...] = ()
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditInfluencer:
    """Change what is not None, if the influencer is still at *version*; None takes it as it is."""

    actor: Actor
    influencer_id: InfluencerId
    version: int | None
    name: str | None = None
    kind: Kind | None = None
    profiles: tuple[ProfileRef, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveInfluencer:
    actor: Actor
    influencer_id: InfluencerId
    version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreInfluencer:
    actor: Actor
    influencer_id: InfluencerId
    version: int | None


class EditInfluencersHandler:
    """Carries out the commands above; each returns the influencer as it is then."""

    def __init__(self, works: InfluencerWorks) -> None:
        self._works = works

    async def create(self, command: CreateInfluencer) -> Influencer:
        """Raises `NotPermitted`, `InfluencerInvalid`, `ProfileAmbiguous` and `ProfileHeld`."""
        command.actor.require(WRITE)
        owner = command.actor.owner_of(public=command.public)
        async with self._works.work(command.actor) as work:
            there = await work.find(command.influencer_id)
            if there is not None:
                return there
            made = Influencer.create(
                command.influencer_id,
                owner,
                name=command.name,
                kind=command.kind,
                profiles=await work.resolve(command.profiles),
            )
            await work.save(made)
            BEFORE_COMMIT()
        return made

    async def edit(self, command: EditInfluencer) -> Influencer:
        """Raises what `create` does, `InfluencerNotFound` (also for an archived one) and `InfluencerOutdated`."""
        async with self._works.work(command.actor) as work:
            influencer = await found(work, command.actor, command.influencer_id, command.version)
            if influencer.archived:
                raise InfluencerNotFound(command.influencer_id)
            profiles = None if command.profiles is None else await work.resolve(command.profiles)
            influencer.edit(name=command.name, kind=command.kind, profiles=profiles)
            await work.save(influencer)
            BEFORE_COMMIT()
        return influencer

    async def archive(self, command: ArchiveInfluencer) -> Influencer:
        return await self._change(command, Influencer.archive)

    async def restore(self, command: RestoreInfluencer) -> Influencer:
        return await self._change(command, Influencer.restore)

    async def _change(
        self, command: ArchiveInfluencer | RestoreInfluencer, change: Callable[[Influencer], None]
    ) -> Influencer:
        async with self._works.work(command.actor) as work:
            influencer = await found(work, command.actor, command.influencer_id, command.version)
            change(influencer)
            await work.save(influencer)
            BEFORE_COMMIT()
        return influencer


async def found(work: InfluencerWork, actor: Actor, influencer_id: InfluencerId, version: int | None) -> Influencer:
    influencer = await work.find(influencer_id)
    if influencer is None:
        raise InfluencerNotFound(influencer_id)
    require_change(actor, influencer.owner)
    if version is not None:
        influencer.expect(version)
    return influencer
