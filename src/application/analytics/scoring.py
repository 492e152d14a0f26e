"""Passes: computing scores of who has new evidence, or of everyone, for a day.

Each chunk of profiles is one transaction that claims them, reads, computes, writes and forgets the claim, so a pass
may die anywhere and be started again, and several may run side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...domain.analytics.components import E
from ...domain.analytics.events import ScoresComputed
from ...domain.analytics.formulas.measures import Measures, measured
from ...domain.analytics.reference import ReferenceSet
from ...domain.analytics.score import FORMULA_VERSION, Scores, score_profiles
from ...domain.influencers.niche import NicheLabel, Spoken, niches_of
from ...domain.shared.errors import RuleViolated
from ...domain.shared.ids import Owner
from ..shared.failpoints import failpoint
from ..shared.ports import Clock
from .errors import BookUnknown
from .instants import end_of, instant_of
from .ports import Book, Gathered, ScoreStore, ScoringWork

CHUNK: Final = 4_000
"""Profiles of one transaction: enough for set-wise work, few enough to hold in memory and to lose when it dies."""
AT_ONCE: Final = 3
"""While the database reads one chunk, another is computed, and a third one written."""

FIRST_DAY: Final = date(1971, 1, 1)
"""No network is as old, and the windows before it (272 days) still begin after 1970, where instants count from."""

AFTER_CLAIM = failpoint("score.after_claim")
BEFORE_COMMIT = failpoint("score.before_commit")
AFTER_COMMIT = failpoint("score.after_commit")


class DayAhead(RuleViolated):
    """A score was asked for a day that has not begun."""

    code = "analytics.day_ahead"

    def __init__(self, day: date) -> None:
        super().__init__(f"{day} has not begun yet (UTC); scores are made for today or a day before")
        self.day = day


class DayTooEarly(RuleViolated):
    """A score was asked for a day before there were social networks."""

    code = "analytics.day_too_early"

    def __init__(self, day: date) -> None:
        super().__init__(f"{day} is too early; scores are made for a day from {FIRST_DAY} on, and until today (UTC)")
        self.day = day


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreProfiles:
    """A pass over the book of *owner* (None: everybody's)."""

    owner: Owner
    full: bool = False
    """Everyone, not only those with new evidence."""
    day: date | None = None
    """As if that day had just ended: everyone is computed, for the history alone. None is today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassReport:
    owner: Owner
    day: date
    full: bool
    profiles: int
    """How many were computed."""
    stored: int
    """... of which a row was written: a published digit was new, or the evidence."""
    standings: int


class ScoreProfilesHandler:
    """*bases* say what each network's engagement is divided by."""

    def __init__(
        self, store: ScoreStore, clock: Clock, bases: Mapping[str, str], *, chunk: int = CHUNK, at_once: int = AT_ONCE
    ) -> None:
        self._store = store
        self._clock = clock
        self._bases = bases
        self._chunk = chunk
        self._at_once = at_once

    async def __call__(self, command: ScoreProfiles) -> PassReport:
        """Score until nobody is left. Raises `DayAhead` and `DayTooEarly`."""
        book = await self._book(command.owner)
        today = self._clock.now().date()
        day = command.day or today
        if day > today:
            raise DayAhead(day)
        if day < FIRST_DAY:
            raise DayTooEarly(day)
        run = _Pass(self._store, self._clock, self._bases, book, day=day, past=day < today, full=command.full)
        if run.full:
            await self._everyone(run)
        if not run.past:
            # Also after a full pass: who came meanwhile, and standings that rest on evidence of others.
            await _side_by_side(self._at_once, lambda: run.waiting(self._chunk))
        return run.report()

    async def everywhere(self, *, full: bool = False, day: date | None = None) -> Sequence[PassReport]:
        """Run the pass over every book, everybody's first: the organisations' own scores rest on its evidence too."""
        books = await self._store.books()
        return [await self(ScoreProfiles(owner=book.owner, full=full, day=day)) for book in books]

    async def _book(self, owner: Owner) -> Book:
        for book in await self._store.books():
            if book.owner == owner:
                return book
        raise BookUnknown(owner)

    async def _everyone(self, run: _Pass) -> None:
        everyone = await self._store.profiles(run.book)
        chunks = iter([everyone[start : start + self._chunk] for start in range(0, len(everyone), self._chunk)])

        async def next_chunk() -> bool:
            profiles = next(chunks, None)
            if profiles is not None:
                await run.given(profiles)
            return profiles is not None

        await _side_by_side(self._at_once, next_chunk)


async def _side_by_side(at_once: int, step: Callable[[], Awaitable[bool]]) -> None:
    """Take steps until one finds nothing to do, *at_once* at a time; the first that fails stops all."""

    async def on_and_on() -> None:
        while await step():
            pass

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(on_and_on())
    except ExceptionGroup as several:
        raise several.exceptions[0] from several


class _Pass:
    """One pass on its way, and what it has done so far."""

    def __init__(
        self,
        store: ScoreStore,
        clock: Clock,
        bases: Mapping[str, str],
        book: Book,
        *,
        day: date,
        past: bool,
        full: bool,
    ) -> None:
        self.book = book
        self.past = past
        self.full = full or past
        self._store = store
        self._clock = clock
        self._bases = bases
        self._day = day
        self._profiles = self._stored = self._standings = 0

    def report(self) -> PassReport:
        return PassReport(
            owner=self.book.owner,
            day=self._day,
            full=self.full,
            profiles=self._profiles,
            stored=self._stored,
            standings=self._standings,
        )

    async def given(self, profiles: NDArray[np.int64]) -> None:
        """Score these *profiles*."""
        async with self._store.work(self.book) as work:
            anew = np.zeros(len(profiles), dtype=np.bool_) if self.past else await work.take(profiles)
            done, measures = await self._score(work, profiles, anew)
            if not self.past:
                done += await self._stand(work, profiles)
                await _make_findable(work, profiles, measures, anew)
            BEFORE_COMMIT()
        self._count(done)

    async def waiting(self, limit: int) -> bool:
        """Score up to *limit* of those that wait; False when nobody does."""
        async with self._store.work(self.book) as work:
            profiles = await work.claim(limit)
            if not len(profiles):
                return False
            AFTER_CLAIM()
            known = profiles[~await work.without_evidence(profiles)]
            done, measures = await self._score(work, known, np.ones(len(known), dtype=np.bool_))
            done += await self._stand(work, profiles)
            await _make_findable(work, profiles, measures, np.ones(len(profiles), dtype=np.bool_))
            BEFORE_COMMIT()
        self._count(done)
        return True

    def _count(self, done: _Done) -> None:
        AFTER_COMMIT()
        self._profiles += done.profiles
        self._stored += done.stored
        self._standings += done.standings

    async def _score(
        self, work: ScoringWork, profiles: NDArray[np.int64], anew: NDArray[np.bool_]
    ) -> tuple[_Done, Measures | None]:
        if not len(profiles):
            return _Done(), None
        references = await work.references()
        gathered = await work.evidence(profiles, self._day)
        scores, measures = await asyncio.to_thread(self._compute, gathered, references)
        now = self._clock.now()
        stored = await (work.keep_as_history(scores, now) if self.past else work.keep(scores, now, anew))
        if stored:
            await work.record(self._told(scores, stored))
        return _Done(profiles=len(profiles), stored=stored), measures

    def _compute(self, gathered: Gathered, references: ReferenceSet) -> tuple[Scores, Measures]:
        scores = score_profiles(
            gathered.columns,
            as_of=gathered.as_of,
            observations=gathered.observations,
            references=references,
            bases=self._bases,
            today=instant_of(end_of(self._day)),
        )
        return scores, measured(gathered.columns, scores.basis[:, E])

    def _told(self, scores: Scores, stored: int) -> ScoresComputed:
        return ScoresComputed(
            owner=self.book.owner,
            day=self._day,
            formula_version=FORMULA_VERSION,
            table_version=scores.table_version,
            profiles=len(scores),
            stored=stored,
            full=self.full,
        )

    async def _stand(self, work: ScoringWork, profiles: NDArray[np.int64]) -> _Done:
        if self.book.owner is None:
            await work.pass_on(profiles)
        return _Done(standings=await work.place(profiles, self._clock.now()))


async def _make_findable(
    work: ScoringWork, profiles: NDArray[np.int64], measures: Measures | None, anew: NDArray[np.bool_]
) -> None:
    """Say what those with new evidence are about, and let searches run over what is known now."""
    if anew.any():
        spoken = await work.spoken(profiles[anew])
        await work.label(await asyncio.to_thread(_labels, spoken))
    await work.make_findable(profiles, measures, anew)


def _labels(spoken: Mapping[int, Spoken]) -> dict[int, tuple[NicheLabel, ...]]:
    return {profile: niches_of(said) for profile, said in spoken.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    profiles: int = 0
    stored: int = 0
    standings: int = 0

    def __add__(self, more: _Done) -> _Done:
        return _Done(
            profiles=self.profiles + more.profiles,
            stored=self.stored + more.stored,
            standings=self.standings + more.standings,
        )
