"""Lists of influencers: made, renamed, filled and deleted; shared with all of the organisation, a brand, or nobody."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ...domain.influencers.lists import AT_ONCE, MOST_ITEMS, InfluencerList, ListInvalid
from ...domain.shared.errors import NotFound, Outdated
from ...domain.shared.ids import InfluencerId, ListId, WorkspaceId
from ...domain.shared.plan import Standing
from ..shared.actor import Actor
from ..shared.entitlements import Entitlements
from ..shared.failpoints import failpoint
from .policy import LISTS_WRITE

BEFORE_COMMIT = failpoint("influencers.before_list_commit")


class ListNotFound(NotFound):
    """There is no such list, or it is not for the actor to see."""

    code = "influencers.list_not_found"

    def __init__(self, list_id: UUID) -> None:
        super().__init__(f"there is no list {list_id} here")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShown:
    """A list as an actor sees it."""

    list_id: ListId
    workspace_id: WorkspaceId | None
    name: str
    description: str
    private: bool
    items: int
    made_by: str
    """What whoever made it was called."""
    made_at: datetime
    changed_at: datetime
    version: int
    can: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKey:
    """Where a page of lists ended."""

    changed_at: datetime
    list_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    items: tuple[ListShown, ...]
    next: ListKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """That an influencer is on a list."""

    influencer_id: InfluencerId
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """Where a page of a list's influencers ended."""

    added_at: datetime
    influencer_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPage:
    items: tuple[Listed, ...]
    next: ListedKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """How many of those named were changed, and who of them is not there for the actor to see."""

    changed: int
    missing: tuple[InfluencerId, ...]


class ListWork(Protocol):
    """One transaction over lists; what it did is kept when its block ends well, and else leaves no trace."""

    async def get(self, list_id: ListId) -> InfluencerList | None:
        """Return a list that the actor sees, for this work alone to change."""
        ...

    async def count(self) -> int:
        """Count the organisation's lists, and let nobody else add one meanwhile."""
        ...

    async def save(self, kept: InfluencerList) -> None: ...

    async def delete(self, kept: InfluencerList) -> None: ...

    async def size(self, kept: InfluencerList) -> int: ...

    async def add(self, kept: InfluencerList, influencers: Sequence[InfluencerId]) -> Changed:
        """Put them on the list; who is there already stays as they are."""
        ...

    async def remove(self, kept: InfluencerList, influencers: Sequence[InfluencerId]) -> int: ...


class ListWorks(Protocol):
    def work(self, actor: Actor) -> AbstractAsyncContextManager[ListWork]: ...


class ListViews(Protocol):
    async def page(self, actor: Actor, *, after: ListKey | None = None, limit: int = 50) -> ListPage:
        """List what the actor sees, the last changed first."""
        ...

    async def get(self, actor: Actor, list_id: UUID) -> ListShown:
        """Raises `ListNotFound`."""
        ...

    async def items(
        self, actor: Actor, list_id: UUID, *, after: ListedKey | None = None, limit: int = 50
    ) -> ListedPage:
        """List who is on it, the last added first; raises `ListNotFound`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeList:
    actor: Actor
    list_id: ListId
    """Made beforehand, so that making it again makes no second one."""
    name: str
    description: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditList:
    """Change what is not None, if the list is still at *version*; None takes it as it is."""

    actor: Actor
    list_id: ListId
    version: int | None
    name: str | None = None
    description: str | None = None
    private: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillList:
    """Put influencers on a list, or take them off."""

    actor: Actor
    list_id: ListId
    influencers: tuple[InfluencerId, ...]


class ListsHandler:
    def __init__(self, works: ListWorks, entitlements: Entitlements) -> None:
        self._works = works
        self._entitlements = entitlements

    async def make(self, command: MakeList) -> ListId:
        """Raises `NotPermitted`, `ListInvalid` and `PlanExceeded`."""
        actor = command.actor
        actor.require(LISTS_WRITE)
        made = InfluencerList(
            id=command.list_id,
            organisation=actor.organisation,
            workspace=actor.workspace,
            name=command.name,
            description=command.description,
            private=command.private,
            made_by=actor.caller,
        )
        plan = await self._entitlements.plan(actor.organisation)
        async with self._works.work(actor) as work:
            if await work.get(made.id) is None:
                plan.require_room(Standing.LISTS, await work.count())
                await work.save(made)
                BEFORE_COMMIT()
        return made.id

    async def edit(self, command: EditList) -> None:
        """Raises `NotPermitted`, `ListNotFound`, `ListInvalid` and `Outdated`; whose it is alone says whether it is private."""
        actor = command.actor
        async with self._works.work(actor) as work:
            kept = await _found(work, actor, command.list_id, command.version)
            if command.private not in {None, kept.private} and kept.made_by != actor.caller:
                raise ListInvalid("private", "whoever made a list says whether others see it")
            if kept.edit(name=command.name, description=command.description, private=command.private):
                await work.save(kept)
                BEFORE_COMMIT()

    async def delete(self, actor: Actor, list_id: ListId, *, version: int | None) -> None:
        """Raises `NotPermitted`, `ListNotFound` and `Outdated`."""
        async with self._works.work(actor) as work:
            await work.delete(await _found(work, actor, list_id, version))
            BEFORE_COMMIT()

    async def add(self, command: FillList) -> Changed:
        """Raises `NotPermitted`, `ListNotFound` and `ListInvalid`."""
        _require_few(command.influencers)
        async with self._works.work(command.actor) as work:
            kept = await _found(work, command.actor, command.list_id, None)
            added = await work.add(kept, command.influencers)
            if await work.size(kept) > MOST_ITEMS:
                raise ListInvalid("ids", f"a list has at most {MOST_ITEMS} influencers; begin another one")
            BEFORE_COMMIT()
        return added

    async def remove(self, command: FillList) -> int:
        """Raises `NotPermitted`, `ListNotFound` and `ListInvalid`."""
        _require_few(command.influencers)
        async with self._works.work(command.actor) as work:
            kept = await _found(work, command.actor, command.list_id, None)
            return await work.remove(kept, command.influencers)


def _require_few(influencers: Sequence[InfluencerId]) -> None:
    if not 0 < len(influencers) <= AT_ONCE:
        raise ListInvalid("ids", f"name 1 to {AT_ONCE} influencers at once")


async def _found(work: ListWork, actor: Actor, list_id: ListId, version: int | None) -> InfluencerList:
    actor.require(LISTS_WRITE)
    kept = await work.get(list_id)
    if kept is None:
        raise ListNotFound(list_id)
    if version not in {None, kept.version}:
        raise Outdated(f"the list {kept.name}", version=kept.version)
    return kept
