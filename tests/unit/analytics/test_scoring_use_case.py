"""Passes as a use case: which profiles, which day, and what an error leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import numpy as np
import pytest

from analisa.application.analytics.errors import BookUnknown, EvidenceMoved
from analisa.application.analytics.labels import cohorts_of, reasons_of
from analisa.application.analytics.ports import Book
from analisa.application.analytics.reactions import reactions
from analisa.application.analytics.receipts import IssueReceipt, IssueReceiptHandler
from analisa.application.analytics.references import BuildReference, ReferenceTables, SwitchReference
from analisa.application.analytics.scoring import DayAhead, DayTooEarly, ScoreProfiles, ScoreProfilesHandler
from analisa.application.analytics.views import COMPONENTS, ComponentLine, ScoreDetail
from analisa.application.shared.actor import Actor, NotPermitted
from analisa.domain.analytics.columns import DAY
from analisa.domain.analytics.events import FullPassDue, ReferenceTableSwitched, ScoresComputed
from analisa.domain.analytics.evidence import ComponentObservations
from analisa.domain.analytics.score import Scores, score_profiles
from analisa.domain.analytics.seeds import seed_reference
from analisa.domain.collection.events import ObservationsRecorded
from analisa.domain.influencers.events import InfluencerChanged
from analisa.domain.shared.ids import OrganisationId, ProfileId
from tests.columns import BASES, Post, Profile, Reading, at, profile_columns
from tests.fakes.analytics import FakeFindable, FakeReferences, FakeScores, FakeScoreStore, FakeSigner
from tests.fakes.collection import FakeClock

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
NOON = at("2026-03-31T12:00")
OURS = OrganisationId(uuid4())


def busy(likes: int, *, days: int = 1, network: str = "instagram", followers: int = 2_000) -> Profile:
    """A profile with four posts and two readings, the newest seen *days* ago."""
    seen = NOON - days * DAY
    posts = [
        Post(
            published_at=seen - 3 * number * DAY, observed_at=seen, likes=likes + number, views=900, followers=followers
        )
        for number in range(4)
    ]
    readings = [Reading(observed_at=seen - gap * DAY, followers=followers - gap) for gap in (20, 0)]
    return Profile(network=network, posts=posts, readings=readings)


def handler(store: FakeScoreStore, *, chunk: int = 2) -> ScoreProfilesHandler:
    return ScoreProfilesHandler(store, FakeClock(NOW), BASES, chunk=chunk)


async def test_an_incremental_pass_scores_who_waits_and_nobody_else() -> None:
    store = FakeScoreStore({1: busy(10), 2: busy(20), 3: busy(30)}, waiting=[1, 3])

    report = await handler(store)(ScoreProfiles(owner=None))

    assert store.kept.keys() == {1, 3}
    assert (report.profiles, report.stored, report.standings, report.full) == (2, 2, 2, False)
    assert sorted(store.placed) == sorted(store.passed_on) == [1, 3]
    (event,) = store.events
    assert isinstance(event, ScoresComputed)
    assert (event.profiles, event.day) == (2, date(2026, 3, 31))


async def test_a_full_pass_scores_everyone_and_tells_nothing_when_nothing_changed() -> None:
    store = FakeScoreStore({number: busy(10 * number) for number in range(1, 6)}, waiting=[2])

    first = await handler(store)(ScoreProfiles(owner=None, full=True))
    told = len(store.events)
    second = await handler(store)(ScoreProfiles(owner=None, full=True))

    assert (first.profiles, first.stored) == (5, 5)
    assert (second.profiles, second.stored) == (5, 0)
    assert len(store.events) == told
    assert store.waiting == set()


async def test_who_waits_without_evidence_of_the_own_book_moves_only_in_the_standings() -> None:
    store = FakeScoreStore({1: busy(10)}, books=[Book(None), Book(OURS)], waiting=[1, 9])

    report = await handler(store)(ScoreProfiles(owner=OURS))

    assert store.kept.keys() == {1}
    assert sorted(store.placed) == [1, 9]
    assert store.passed_on == []
    assert report.profiles == 1


async def test_a_past_day_scores_everyone_for_the_history() -> None:
    store = FakeScoreStore({1: busy(10), 2: busy(20)}, waiting=[1])

    report = await handler(store)(ScoreProfiles(owner=None, day=date(2026, 3, 30)))

    assert report.full
    assert len(store.history) == 2
    assert store.kept == {}
    assert store.placed == []
    assert store.waiting == {1}


async def test_a_future_day_and_an_unknown_book_are_refused() -> None:
    store = FakeScoreStore({})

    with pytest.raises(DayAhead):
        await handler(store)(ScoreProfiles(owner=None, day=date(2026, 4, 1)))
    with pytest.raises(BookUnknown):
        await handler(store)(ScoreProfiles(owner=OURS))


@pytest.mark.parametrize("day", [date.min, date(1969, 12, 31), date(1970, 12, 31)])
async def test_a_day_before_all_networks_is_refused(day: date) -> None:
    store = FakeScoreStore({1: busy(10)}, waiting=[1])

    with pytest.raises(DayTooEarly, match="from 1971-01-01 on"):
        await handler(store)(ScoreProfiles(owner=None, day=day))
    assert store.history == {}


async def test_the_first_error_of_a_pass_is_the_one_that_is_told_and_its_profiles_wait_again() -> None:
    wrong = replace(busy(10), posts=[Post(published_at=NOON - DAY, observed_at=NOON, likes=-5, followers=9)])
    store = FakeScoreStore({1: busy(10), 2: wrong}, waiting=[1, 2])

    with pytest.raises(Exception, match=r"likes is .*-5"):
        await handler(store, chunk=1)(ScoreProfiles(owner=None))

    assert 2 in store.waiting
    assert 2 not in store.kept


async def test_what_happens_to_everybody_concerns_every_book() -> None:
    store = FakeScoreStore({1: busy(10)}, books=[Book(None), Book(OURS)], waiting=[1])
    findable = FakeFindable()
    react = {each.name: each.handle for each in reactions(handler(store), findable)}

    await react["analytics.score_new_evidence"](ObservationsRecorded(import_id=uuid4(), owner=None, profiles=1))
    assert store.kept.keys() == {1}

    store.kept.clear()
    await react["analytics.score_everybody"](FullPassDue(day=date(2026, 3, 31)))
    assert store.kept.keys() == {1}
    await react["analytics.forget_words"](FullPassDue(day=date(2026, 3, 31)))
    assert findable.pruned == 1

    store.kept.clear()
    switched = ReferenceTableSwitched(owner=OURS, table_version="a", previous_version=None, accounts=0)
    await react["analytics.score_with_new_tables"](switched)
    assert store.kept.keys() == {1}


async def test_evidence_of_an_organisation_that_is_gone_is_nobodys_business() -> None:
    store = FakeScoreStore({1: busy(10)}, waiting=[1])
    react = {each.event: each.handle for each in reactions(handler(store), FakeFindable())}

    await react[ObservationsRecorded](ObservationsRecorded(import_id=uuid4(), owner=OURS, profiles=1))

    assert store.kept == {}


async def test_tables_are_built_from_everyone_and_used_when_somebody_says_so() -> None:
    store, references = FakeScoreStore({number: busy(10 * number) for number in range(1, 40)}), FakeReferences()
    tables = ReferenceTables(store, references, FakeClock(NOW), BASES, chunk=7)
    operator = Actor(organisation=OURS, operator=True)

    built = await tables.build(BuildReference(actor=operator))
    assert (built.profiles, built.switched) == (39, False)
    assert (await tables.get(operator, None)).version == seed_reference().version
    assert len(await tables.all(operator)) == 2

    assert (
        await tables.switch(SwitchReference(actor=operator, version=built.reference.version[:8]))
    ) == built.reference
    assert (await tables.get(operator, None)).version == built.reference.version
    (event,) = references.events
    assert isinstance(event, ReferenceTableSwitched)
    assert event.previous_version == seed_reference().version
    with pytest.raises(NotPermitted):
        await tables.switch(SwitchReference(actor=Actor(organisation=OURS), version=built.reference.version))


async def test_a_demonstration_builds_its_own_tables_without_being_an_operator() -> None:
    references = FakeReferences()
    tables = ReferenceTables(FakeScoreStore({1: busy(10)}), references, FakeClock(NOW), BASES)

    await tables.build(BuildReference(actor=Actor(organisation=OURS, demonstration=True), switch=True))

    assert len(await references.all(OURS)) == 2
    assert await references.all(None) == []


def scores_of_many() -> Scores:
    sizes = [int(10 ** (3 + number / 40)) for number in range(160)]
    profiles = [
        busy(5 * number, days=1 + number % 120, network=("instagram", "tiktok", "unheard")[number % 3], followers=size)
        for number, size in enumerate(sizes)
    ]
    profiles += [Profile(network="x"), Profile(network="instagram", readings=[Reading(observed_at=NOON, followers=0)])]
    found = profile_columns(*profiles)
    as_of = np.full(len(profiles), at("2026-04-01T00:00") - 1, dtype=np.int64)
    return score_profiles(
        found,
        as_of=as_of - np.arange(len(profiles)) % 2 * DAY,
        observations=ComponentObservations.none(len(profiles)),
        references=seed_reference(),
        bases=BASES,
        today=NOON,
    )


def test_words_of_many_scores_are_the_words_of_each() -> None:
    scores = scores_of_many()

    reason, reasons = reasons_of(scores)
    cohort, cohorts = cohorts_of(scores)

    assert [reasons[number] for number in reason] == [scores.reasons(place) for place in range(len(scores))]
    assert [cohorts[number] for number in cohort] == [scores.cohort(place) for place in range(len(scores))]
    assert len(cohorts) == len(set(cohorts))
    assert len(reasons) < len(scores) / 4


def stored(scores: Scores, place: int) -> ScoreDetail:
    """The score number *place* as a store would show it."""

    def lines() -> list[ComponentLine]:
        return [
            ComponentLine(
                component=name,
                weight=0.1,
                raw=None,
                x=None,
                y=50,
                kappa=0,
                evidence=0,
                variance=None,
                contribution=float(scores.contributions[place, number]),
                seed_share=None,
            )
            for number, name in enumerate(COMPONENTS)
        ]

    return ScoreDetail(
        profile_id=ProfileId(1),
        network="instagram",
        own=False,
        as_of=datetime.fromtimestamp(scores.as_of[place] / 1e6, UTC).date(),
        score=float(scores.score[place]),
        confidence=float(scores.confidence[place]),
        half_width=float(scores.half_width[place]),
        gate=float(scores.gate[place]),
        followers=None,
        cohort="",
        reasons=scores.reasons(place),
        components=tuple(lines()),
        formula_version="v",
        table_version=scores.table_version,
        inputs_sha256="",
        computed_at=NOW,
    )


def receipts(store: FakeScoreStore, detail: ScoreDetail) -> Callable[..., object]:
    references = FakeReferences()
    shown = FakeScores(detail)
    return IssueReceiptHandler(
        store=store, references=references, scores=shown, profiles=shown, signer=FakeSigner(), bases=BASES
    )


@pytest.mark.parametrize("days", [1, 300])
async def test_a_receipt_says_what_is_stored_or_that_evidence_has_moved(days: int) -> None:
    store = FakeScoreStore({1: busy(10, days=days)}, waiting=[1])
    async with store.work(Book(None)) as work:
        gathered = await work.evidence(np.array([1]), NOW.date())
    scores = score_profiles(
        gathered.columns,
        as_of=gathered.as_of,
        observations=gathered.observations,
        references=seed_reference(),
        bases=BASES,
        today=NOON,
    )
    ask = IssueReceipt(actor=Actor(organisation=OURS), profile_id=ProfileId(1), public=True)

    receipt = await receipts(store, stored(scores, 0))(ask)

    assert receipt["signature"] == "ours"
    assert receipt["profile"]["handle"] == "ana"
    assert receipt["sections"]["result"]["score"] == scores.score[0]
    assert ("stale" in receipt["sections"]["result"]["reasons"]) == (days == 300)

    store.evidence[1] = busy(99, days=days)
    with pytest.raises(EvidenceMoved, match="instagram:ana"):
        await receipts(store, stored(scores, 0))(ask)


async def test_a_changed_influencer_is_brought_up_to_date_where_it_belongs() -> None:
    findable, owner, influencer = FakeFindable(), uuid4(), uuid4()
    react = {each.event: each.handle for each in reactions(handler(FakeScoreStore({})), findable)}

    for whose in (owner, None):
        event = InfluencerChanged(owner=whose, influencer_id=influencer, change="edited", profiles=("x:1",))
        await react[InfluencerChanged](event)

    assert findable.refreshed == [(owner, influencer), (None, influencer)]
