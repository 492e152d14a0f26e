"""What every store of scores promises a pass, the fake and the one in PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest
import pytest_asyncio

from analisa.adapters.postgres.analytics.references import PostgresReferences
from analisa.adapters.postgres.analytics.scoring import PostgresScoreStore
from analisa.adapters.postgres.database import Database
from analisa.adapters.system.clock import TimeOrderedIds
from analisa.application.analytics.instants import end_of, instant_of
from analisa.application.analytics.ports import Book, ScoreStore, ScoringWork
from analisa.domain.analytics.score import Scores, score_profiles
from tests.columns import BASES, Post, Profile, Reading
from tests.fakes.analytics import FakeScoreStore
from tests.fakes.collection import FakeClock
from tests.integration.analytics.world import World

TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
PUBLISHED, SEEN = NOW - timedelta(days=5), NOW - timedelta(days=2)


@dataclass
class Kept:
    """A store with three profiles that have evidence, of which the first two wait for a score, and one without."""

    store: ScoreStore
    book: Book
    known: list[int]
    bare: int


@pytest_asyncio.fixture(params=["fake", "postgres"], loop_scope="session")
async def kept(request: pytest.FixtureRequest, database: Database, world: World) -> Kept:
    if request.param == "fake":
        post = Post(
            published_at=instant_of(PUBLISHED), observed_at=instant_of(SEEN), likes=40, views=900, followers=2_000
        )
        profile = Profile(posts=[post], readings=[Reading(observed_at=instant_of(SEEN), followers=2_000)])
        return Kept(FakeScoreStore({1: profile, 2: profile, 3: profile}, waiting=[1, 2]), Book(None), [1, 2, 3], 4)
    actor = await world.organisation(f"o{uuid4().hex[:12]}", demonstration=True)
    ours = actor.organisation
    known = [await world.profile(uuid4().hex) for _ in range(3)]
    for number in known:
        written = await world.post(number, uuid4().hex, PUBLISHED, owner=ours)
        await world.snapshot(written, SEEN, owner=ours, likes=40, views=900)
        await world.reading(number, SEEN, owner=ours, followers=2_000)
    await world.queue(*known[:2], owner=ours)
    ids = TimeOrderedIds()
    store = PostgresScoreStore(database, PostgresReferences(database, ids, FakeClock(NOW)), ids)
    return Kept(store, Book(ours, demonstration=True), known, await world.profile(uuid4().hex))


async def claimed(kept: Kept, limit: int = 9) -> list[int]:
    async with kept.store.work(kept.book) as work:
        found: list[int] = (await work.claim(limit)).tolist()
    return found


async def computed(work: ScoringWork, profiles: Sequence[int]) -> Scores:
    gathered = await work.evidence(np.array(profiles, dtype=np.int64), TODAY)
    return score_profiles(
        gathered.columns,
        as_of=gathered.as_of,
        observations=gathered.observations,
        references=await work.references(),
        bases=BASES,
        today=instant_of(end_of(TODAY)),
    )


class Stop(Exception):
    """Ends a work in its midst."""


async def test_those_that_wait_are_claimed_in_order_and_once(kept: Kept) -> None:
    assert await claimed(kept, 1) == kept.known[:1]
    assert await claimed(kept) == kept.known[1:2]
    assert await claimed(kept) == []


async def test_a_claim_is_not_seen_by_another_work(kept: Kept) -> None:
    async with kept.store.work(kept.book) as work:
        assert (await work.claim(1)).tolist() == kept.known[:1]
        assert await claimed(kept) == kept.known[1:2]


async def test_whoever_was_claimed_by_a_work_that_failed_waits_again(kept: Kept) -> None:
    with suppress(Stop):
        async with kept.store.work(kept.book) as work:
            await work.claim(9)
            raise Stop

    assert await claimed(kept) == kept.known[:2]


async def test_those_taken_that_had_waited_are_marked_and_wait_no_more(kept: Kept) -> None:
    async with kept.store.work(kept.book) as work:
        waited = await work.take(np.array(kept.known[1:], dtype=np.int64))

    assert waited.tolist() == [True, False]
    assert await claimed(kept) == kept.known[:1]


async def test_a_book_lists_whom_it_has_evidence_of(kept: Kept) -> None:
    assert (await kept.store.profiles(kept.book)).tolist() == kept.known
    assert kept.book in await kept.store.books()

    async with kept.store.work(kept.book) as work:
        bare = await work.without_evidence(np.array([*kept.known, kept.bare], dtype=np.int64))
    assert bare.tolist() == [False, False, False, True]


async def test_a_score_is_kept_once_and_again_only_when_it_changed(kept: Kept) -> None:
    nothing_new = np.zeros(3, dtype=np.bool_)
    stored = []
    for _ in range(2):
        async with kept.store.work(kept.book) as work:
            stored.append(await work.keep(await computed(work, kept.known), NOW, nothing_new))

    assert stored == [3, 0]


async def test_what_a_work_that_failed_had_kept_is_not_there(kept: Kept) -> None:
    nothing_new = np.zeros(3, dtype=np.bool_)
    with suppress(Stop):
        async with kept.store.work(kept.book) as work:
            await work.keep(await computed(work, kept.known), NOW, nothing_new)
            raise Stop

    async with kept.store.work(kept.book) as work:
        assert await work.keep(await computed(work, kept.known), NOW, nothing_new) == 3


async def test_history_is_written_once_and_leaves_the_current_scores_alone(kept: Kept) -> None:
    stored = []
    for _ in range(2):
        async with kept.store.work(kept.book) as work:
            stored.append(await work.keep_as_history(await computed(work, kept.known), NOW))
    assert stored == [3, 0]

    async with kept.store.work(kept.book) as work:
        assert await work.keep(await computed(work, kept.known), NOW, np.zeros(3, dtype=np.bool_)) == 3
