"""Saved searches: kept for all of the organisation, a brand or oneself; whoever wants is told of whom they find anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from ....domain.analytics.events import SearchFoundMore
from ....domain.analytics.saved_search import Alert, SavedSearch, SavedSearchInvalid
from ....domain.shared.errors import AnalisaError, NotFound, Outdated, RuleViolated
from ....domain.shared.ids import OrganisationId, WorkspaceId
from ....domain.shared.plan import Feature, Standing
from ...shared.actor import Actor
from ...shared.entitlements import Entitlements
from ...shared.failpoints import failpoint
from ...shared.ports import Clock, Ids
from .asking import asked
from .search import Search

WRITE: Final = "lists.write"
NAMED: Final = 5
"""So many of whom a search finds anew are named; of the others the number is told."""

BEFORE_COMMIT = failpoint("analytics.before_saved_search_commit")
BEFORE_ALERT_COMMIT = failpoint("analytics.before_alert_commit")


class SavedSearchNotFound(NotFound):
    """There is no such saved search, or it is not for the actor to see."""

    code = "search.saved_not_found"

    def __init__(self, search_id: UUID) -> None:
        super().__init__(f"there is no saved search {search_id} here")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearchShown:
    search_id: UUID
    workspace_id: WorkspaceId | None
    name: str
    filter: str | None
    q: str | None
    sort: str | None
    private: bool
    alert: Alert
    """Told to whoever saved it."""
    looked_at: datetime | None
    """When it was last looked whom it finds anew."""
    made_by: str
    """What whoever saved it was called."""
    changed_at: datetime
    version: int
    can: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearchKey:
    """Where a page ended."""

    changed_at: datetime
    search_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearchPage:
    items: tuple[SavedSearchShown, ...]
    next: SavedSearchKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """Whom a search finds that it had not found before."""

    found: int
    names: tuple[str, ...]
    whole: bool
    """False where it finds more than `MOST_WATCHED`."""


class SavedSearchWork(Protocol):
    """One transaction over saved searches; what it did is kept when its block ends well, and else leaves no trace."""

    async def get(self, search_id: UUID) -> SavedSearch | None:
        """Return one that the actor sees, for this work alone to change."""
        ...

    async def count(self) -> int:
        """Count the organisation's, and let nobody else add one meanwhile."""
        ...

    async def save(self, saved: SavedSearch) -> None: ...

    async def forget_found(self, saved: SavedSearch) -> None:
        """Forget whom it has found: it begins anew."""
        ...

    async def delete(self, saved: SavedSearch) -> None: ...


class WatchWork(Protocol):
    """One transaction over the one search that is due."""

    @property
    def actor(self) -> Actor:
        """For whom it was saved, as they were called then."""
        ...

    @property
    def saved(self) -> SavedSearch: ...

    async def found_anew(self, search: Search) -> Anew | None:
        """Keep whom *search* finds by now, and return who of them is new; None where it looks for the first time."""
        ...

    async def settle(self, at: datetime, *events: SearchFoundMore) -> None:
        """Keep that it was looked at, and what became of it, and tell *events*."""
        ...


class SavedSearchWorks(Protocol):
    def work(self, actor: Actor) -> AbstractAsyncContextManager[SavedSearchWork]: ...

    async def organisations(self) -> Sequence[OrganisationId]: ...

    def due(self, organisation: OrganisationId, now: datetime) -> AbstractAsyncContextManager[WatchWork | None]:
        """Take the organisation's that has been due longest, which nobody else takes meanwhile; None where none is."""
        ...


class SavedSearchViews(Protocol):
    async def page(self, actor: Actor, *, after: SavedSearchKey | None = None, limit: int = 50) -> SavedSearchPage:
        """List what the actor sees, the last changed first."""
        ...

    async def get(self, actor: Actor, search_id: UUID) -> SavedSearchShown:
        """Raises `SavedSearchNotFound`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSearch:
    actor: Actor
    search_id: UUID
    """Made beforehand, so that saving it again makes no second one."""
    name: str
    filter: str | None
    q: str | None
    sort: str | None
    private: bool = False
    alert: Alert = Alert.OFF


@dataclass(frozen=True, slots=True, kw_only=True)
class EditSavedSearch:
    """Change what is not None, if it is still at *version*; None takes it as it is. *question* is filter, words and order."""

    actor: Actor
    search_id: UUID
    version: int | None
    name: str | None = None
    question: tuple[str | None, str | None, str | None] | None = None
    private: bool | None = None
    alert: Alert | None = None


class SavedSearchesHandler:
    def __init__(self, works: SavedSearchWorks, entitlements: Entitlements, clock: Clock) -> None:
        self._works = works
        self._entitlements = entitlements
        self._clock = clock

    async def save(self, command: SaveSearch) -> None:
        """Raises `NotPermitted`, `SavedSearchInvalid`, `PlanExceeded`, and what reading a search raises."""
        actor, now = command.actor, self._clock.now()
        actor.require(WRITE)
        _require_question(actor, (command.filter, command.q, command.sort), now)
        plan = await self._entitlements.plan(actor.organisation)
        saved = SavedSearch(
            id=command.search_id,
            organisation=actor.organisation,
            workspace=actor.workspace,
            name=command.name,
            filter=command.filter,
            q=command.q,
            sort=command.sort,
            made_by=actor.caller,
            private=command.private,
        )
        if command.alert is not Alert.OFF:
            plan.require(Feature.ALERTS)
            _require_user(actor)
            saved.edit(name=None, private=None, alert=command.alert, now=now)
        async with self._works.work(actor) as work:
            if await work.get(saved.id) is None:
                plan.require_room(Standing.SAVED_SEARCHES, await work.count())
                await work.save(saved)
                BEFORE_COMMIT()

    async def edit(self, command: EditSavedSearch) -> None:
        """Whoever saved it says who sees it and who is told; others change the rest.

        Raises what `save` raises, `SavedSearchNotFound` and `Outdated`.
        """
        actor, now = command.actor, self._clock.now()
        if command.question is not None:
            _require_question(actor, command.question, now)
        if command.alert not in {None, Alert.OFF}:
            _require_user(actor)
            (await self._entitlements.plan(actor.organisation)).require(Feature.ALERTS)
        async with self._works.work(actor) as work:
            saved = await _found(work, actor, command.search_id, command.version)
            if (command.alert, command.private) != (None, None) and saved.made_by != actor.caller:
                raise SavedSearchInvalid(
                    "alert", "whoever saved a search says whether others see it, and is told by it"
                )
            changed = saved.edit(name=command.name, private=command.private, alert=command.alert, now=now)
            if command.question is not None:
                filter_, q, sort = command.question
                if saved.ask(filter_=filter_, q=q, sort=sort):
                    changed = True
                    await work.forget_found(saved)
            if changed:
                saved.version += 1
                await work.save(saved)
                BEFORE_COMMIT()

    async def delete(self, actor: Actor, search_id: UUID, *, version: int | None) -> None:
        """Raises `NotPermitted`, `SavedSearchNotFound` and `Outdated`."""
        async with self._works.work(actor) as work:
            await work.delete(await _found(work, actor, search_id, version))


class WatchHandler:
    """Looks whom saved searches find anew, and tells who wants to know."""

    def __init__(self, works: SavedSearchWorks, clock: Clock, ids: Ids) -> None:
        self._works = works
        self._clock = clock
        self._ids = ids

    async def __call__(self) -> int:
        """Look at every search that is due, each in a transaction of its own; the number of those who are told.

        Killed in its midst, a search is due yet or it has been told.
        """
        told = 0
        for organisation in await self._works.organisations():
            looks = True
            while looks:
                looks, more = await self._next(organisation)
                told += more
        return told

    async def _next(self, organisation: OrganisationId) -> tuple[bool, int]:
        """Look at one that is due; whether there was one, and how many are told."""
        now = self._clock.now()
        async with self._works.due(organisation, now) as work:
            if work is None:
                return False, 0
            events = await self._look(work, now)
            await work.settle(now, *events)
            BEFORE_ALERT_COMMIT()
        return True, len(events)

    async def _look(self, work: WatchWork, now: datetime) -> Sequence[SearchFoundMore]:
        saved = work.saved
        try:
            search = asked(work.actor, saved.filter, saved.q, saved.sort, now=now)
        except RuleViolated:  # a later version of the program asks in another way
            anew: Anew | None = Anew(found=0, names=(), whole=False)
        else:
            anew = await work.found_anew(search)
        saved.looked_at(now)
        if anew is None or (anew.whole and not anew.found):
            return ()
        if not anew.whole:  # told once, and no more until somebody mends it
            saved.edit(name=None, private=None, alert=Alert.OFF, now=now)
        return (
            SearchFoundMore(
                occurrence=self._ids.new(),
                owner=saved.organisation,
                search_id=saved.id,
                search=saved.name,
                user_id=UUID(saved.made_by),
                found=anew.found,
                names=anew.names,
                at=now,
                whole=anew.whole,
            ),
        )


def on_saved_search(actor: Actor) -> tuple[str, ...]:
    """Name what the actor may do with one that they see."""
    return ("edit", "delete") if actor.may(WRITE) else ()


def _require_question(actor: Actor, question: tuple[str | None, str | None, str | None], now: datetime) -> None:
    """Raise what reading a search raises, at its place in what is saved."""
    try:
        asked(actor, *question, now=now)
    except AnalisaError as error:
        if error.part:
            error.part = f"question/{error.part}"
        raise


def _require_user(actor: Actor) -> None:
    if not actor.person:
        raise SavedSearchInvalid("alert", "somebody who has an account is told; save it signed in")


async def _found(work: SavedSearchWork, actor: Actor, search_id: UUID, version: int | None) -> SavedSearch:
    actor.require(WRITE)
    saved = await work.get(search_id)
    if saved is None:
        raise SavedSearchNotFound(search_id)
    if version not in {None, saved.version}:
        raise Outdated(f"the saved search {saved.name}", version=saved.version)
    return saved
