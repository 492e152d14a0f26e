"""Working fakes of what analytics depends on: evidence and scores in memory."""

# ruff: noqa: ARG002  a fake keeps the signature of its port
from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from analisa.application.analytics.errors import ReferenceAmbiguous, ReferenceNotFound
from analisa.application.analytics.instants import end_of, instant_of
from analisa.application.analytics.ports import Book, Gathered, Selection, StoredReference
from analisa.application.analytics.views import ScoreDetail
from analisa.application.shared.actor import Actor
from analisa.domain.analytics.columns import ProfileColumns, ReportedColumns
from analisa.domain.analytics.evidence import ComponentObservations
from analisa.domain.analytics.formulas.measures import Measures
from analisa.domain.analytics.reference import ReferenceSet
from analisa.domain.analytics.score import Scores, newest_evidence, scoring_day
from analisa.domain.analytics.seeds import seed_reference
from analisa.domain.influencers.niche import NicheLabel, Spoken
from analisa.domain.shared.events import Event
from analisa.domain.shared.ids import Owner, ProfileId
from analisa.domain.shared.social import ProfileRef
from tests.columns import Profile, profile_columns

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FakeColumnReader:
    """Hands out *pieces*, whatever is asked."""

    def __init__(self, *pieces: ProfileColumns, reported: ReportedColumns | None = None) -> None:
        self.pieces = pieces
        self.asked: list[tuple[Selection, datetime]] = []
        self._reported = reported

    async def figures(self, actor: Actor, selection: Selection, *, until: datetime) -> AsyncIterator[ProfileColumns]:
        self.asked.append((selection, until))
        for piece in self.pieces:
            yield piece

    async def post_keys(self, actor: Actor, numbers: NDArray[np.int64]) -> Sequence[str]:
        return [f"post {number}" for number in numbers]

    async def reported(self, actor: Actor, selection: Selection, *, until: datetime) -> ReportedColumns:
        assert self._reported is not None
        return self._reported


class FakeReferences:
    """Sets in memory; the one that was switched to last is in use."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._sets: dict[Owner, dict[str, tuple[ReferenceSet, StoredReference]]] = {}

    async def current(self, owner: Owner) -> ReferenceSet:
        if not any(stored.switched_at for _, stored in self._of(owner).values()):
            seeds = seed_reference()
            await self.add(owner, seeds, profiles=0, built_at=EPOCH)
            self._put_to_use(owner, seeds.version, EPOCH)
        return self._of(owner)[(await self.all(owner))[0].version][0]

    async def get(self, owner: Owner, version: str) -> ReferenceSet:
        found = [reference for known, (reference, _) in self._of(owner).items() if known.startswith(version)]
        if not found and seed_reference().version.startswith(version):
            return seed_reference()
        if not found:
            raise ReferenceNotFound(version)
        if len(found) > 1:
            raise ReferenceAmbiguous(version)
        return found[0]

    async def add(self, owner: Owner, reference: ReferenceSet, *, profiles: int, built_at: datetime) -> None:
        stored = StoredReference(
            version=reference.version, built_at=built_at, profiles=profiles, in_use=False, switched_at=None
        )
        self._of(owner).setdefault(reference.version, (reference, stored))

    async def switch(self, owner: Owner, version: str, *, at: datetime, event: Event) -> bool:
        if version not in self._of(owner):
            raise ReferenceNotFound(version)
        if self._of(owner)[version][1].in_use:
            return False
        self._put_to_use(owner, version, at)
        self.events.append(event)
        return True

    async def all(self, owner: Owner) -> Sequence[StoredReference]:
        listed = [stored for _, stored in self._of(owner).values()]
        return sorted(listed, key=lambda each: (not each.in_use, -each.built_at.timestamp(), each.version))

    def _of(self, owner: Owner) -> dict[str, tuple[ReferenceSet, StoredReference]]:
        return self._sets.setdefault(owner, {})

    def _put_to_use(self, owner: Owner, version: str, at: datetime) -> None:
        mine = self._of(owner)
        for known, (reference, stored) in mine.items():
            chosen = known == version
            switched_at = at if chosen else stored.switched_at
            mine[known] = (reference, replace(stored, in_use=chosen, switched_at=switched_at))


class FakeScoreStore:
    """Profiles with their evidence, and what passes did with them; a work that ends in an error leaves no trace."""

    def __init__(
        self, profiles: Mapping[int, Profile], *, books: Iterable[Book] = (Book(None),), waiting: Iterable[int] = ()
    ) -> None:
        self.evidence = dict(profiles)
        self.waiting = set(waiting)
        self.kept: dict[int, float] = {}
        self.history: dict[tuple[int, int], float] = {}
        self.placed: list[int] = []
        self.findable: dict[int, float | None] = {}
        self.spoken: dict[int, Spoken] = {}
        self.labels: dict[int, tuple[str, ...]] = {}
        self.passed_on: list[int] = []
        self.events: list[Event] = []
        self._books = list(books)

    @asynccontextmanager
    async def work(self, book: Book) -> AsyncIterator[FakeScoringWork]:
        work = FakeScoringWork(self)
        try:
            yield work
        except BaseException:
            self.waiting |= work.claimed
            raise
        for effect in work.effects:
            effect()

    async def books(self) -> Sequence[Book]:
        return self._books

    async def profiles(self, book: Book) -> NDArray[np.int64]:
        return np.array(sorted(self.evidence), dtype=np.int64)


class FakeScoringWork:
    def __init__(self, store: FakeScoreStore) -> None:
        self.claimed: set[int] = set()
        self.effects: list[Any] = []
        self._store = store

    async def claim(self, limit: int) -> NDArray[np.int64]:
        chosen = sorted(self._store.waiting)[:limit]
        self.claimed |= set(chosen)
        self._store.waiting -= self.claimed
        return np.array(chosen, dtype=np.int64)

    async def take(self, profiles: NDArray[np.int64]) -> NDArray[np.bool_]:
        waited = np.isin(profiles, sorted(self._store.waiting))
        self.claimed |= set(profiles[waited].tolist())
        self._store.waiting -= self.claimed
        return waited

    async def references(self) -> ReferenceSet:
        return seed_reference()

    async def evidence(self, profiles: NDArray[np.int64], today: date) -> Gathered:
        chosen = profile_columns(*(self._store.evidence[number] for number in profiles.tolist()))
        found = replace(chosen, profile_id=profiles)
        as_of = scoring_day(newest_evidence(found), instant_of(end_of(today)))
        return Gathered(found, as_of, ComponentObservations.none(len(profiles)))

    async def keep(self, scores: Scores, computed_at: datetime, anew: NDArray[np.bool_]) -> int:
        found = dict(zip(scores.profile_id.tolist(), scores.score.tolist(), strict=True))
        new = {number: score for number, score in found.items() if self._store.kept.get(number) != score}
        self.effects.append(lambda: self._store.kept.update(new))
        return len(new)

    async def keep_as_history(self, scores: Scores, computed_at: datetime) -> int:
        keys = zip(scores.profile_id.tolist(), scores.as_of.tolist(), strict=True)
        found = dict(zip(keys, scores.score.tolist(), strict=True))
        new = {key: score for key, score in found.items() if self._store.history.get(key) != score}
        self.effects.append(lambda: self._store.history.update(new))
        return len(new)

    async def without_evidence(self, profiles: NDArray[np.int64]) -> NDArray[np.bool_]:
        return ~np.isin(profiles, sorted(self._store.evidence))

    async def place(self, profiles: NDArray[np.int64], computed_at: datetime) -> int:
        self.effects.append(lambda: self._store.placed.extend(profiles.tolist()))
        return len(profiles)

    async def spoken(self, profiles: NDArray[np.int64]) -> Mapping[int, Spoken]:
        return {number: self._store.spoken.get(number, Spoken()) for number in profiles.tolist()}

    async def label(self, labels: Mapping[int, Sequence[NicheLabel]]) -> None:
        found = {number: tuple(label.niche for label in each) for number, each in labels.items()}
        self.effects.append(lambda: self._store.labels.update(found))

    async def make_findable(
        self, profiles: NDArray[np.int64], measures: Measures | None, anew: NDArray[np.bool_]
    ) -> int:
        known = [] if measures is None else measures.profile_id.tolist()
        followers = [] if measures is None else measures.values["followers"].tolist()
        found = {number: dict(zip(known, followers, strict=True)).get(number) for number in profiles.tolist()}
        new = {number: count for number, count in found.items() if self._store.findable.get(number, -1.0) != count}
        self.effects.append(lambda: self._store.findable.update(new))
        return len(new)

    async def pass_on(self, profiles: NDArray[np.int64]) -> int:
        self.effects.append(lambda: self._store.passed_on.extend(profiles.tolist()))
        return 0

    async def record(self, *events: Event) -> None:
        self.effects.append(lambda: self._store.events.extend(events))


class FakeScores:
    """What is shown of one profile: its name and its stored score."""

    def __init__(self, detail: ScoreDetail) -> None:
        self._detail = detail

    async def name(self, actor: Actor, profile_id: ProfileId) -> Mapping[str, str | None]:
        return {"network": "instagram", "id": "7", "handle": "ana"}

    async def current(self, actor: Actor, profile_id: ProfileId) -> tuple[ScoreDetail, ...]:
        return (self._detail,)


class FakeSigner:
    def signed(self, receipt: Mapping[str, Any]) -> dict[str, Any]:
        return {**receipt, "signature": "ours"}


class FakeFindable:
    """Remembers who was brought up to date."""

    def __init__(self) -> None:
        self.refreshed: list[tuple[Owner, UUID]] = []
        self.pruned = 0

    async def prune(self) -> int:
        self.pruned += 1
        return 0

    async def refresh(self, owner: Owner, *, influencers: Sequence[UUID], profiles: Sequence[ProfileRef] = ()) -> int:
        self.refreshed += [(owner, each) for each in influencers]
        return len(influencers) + len(profiles)
