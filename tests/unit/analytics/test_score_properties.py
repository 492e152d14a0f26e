"""What must hold of every score, whatever the evidence."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analisa.domain.analytics.columns import DAY
from analisa.domain.analytics.components import E, G, Q, R, RawComponents, S
from analisa.domain.analytics.errors import InvalidEvidence
from analisa.domain.analytics.evidence import ComponentObservations
from analisa.domain.analytics.person import PersonScores, person_scores
from analisa.domain.analytics.reference import Cohort, ReferenceSet, Table, build_reference
from analisa.domain.analytics.score import end_of_day, newest_evidence, raw_components, scoring_day
from tests.columns import BASES, Post, Profile, Reading, profile_columns
from tests.unit.analytics import worlds
from tests.unit.analytics.worlds import (
    AS_OF,
    a_creator,
    a_crowd,
    ago,
    observed,
    own_tables,
    published_of,
    quick,
    score,
    score_columns,
)

CROWD = a_crowd()
OWN = own_tables(*CROWD)
TABLES = st.sampled_from([None, OWN, own_tables(*CROWD, seeds=False)])


def shifted(person: Profile, days: int) -> Profile:
    moved = copy.deepcopy(person)
    for post in moved.posts:
        post.published_at += days * DAY
        post.observed_at += days * DAY
    for reading in moved.readings:
        reading.observed_at += days * DAY
    return moved


def scaled(person: Profile, by: float) -> Profile:
    larger = copy.deepcopy(person)
    for post in larger.posts:
        for name in ("views", "reach", "likes", "comments", "shares", "saves", "followers"):
            setattr(post, name, getattr(post, name) * by)
    for reading in larger.readings:
        reading.followers *= by
        reading.total_views *= by
        reading.step *= by
    return larger


@quick
@given(worlds.profiles(), worlds.observations(), TABLES)
def test_every_score_lies_between_0_and_100(
    person: Profile, seen: ComponentObservations, tables: ReferenceSet | None
) -> None:
    scores = score(person, seen=seen, references=tables)

    assert 0 <= scores.score[0] <= 100
    assert 0 <= scores.confidence[0] <= 1
    assert 0.5 <= scores.gate[0] <= 1
    assert scores.half_width[0] >= 0
    assert abs(scores.contributions[0].sum() - scores.score[0]) < 1e-9
    assert np.all((scores.kappa[0] >= 0) & (scores.kappa[0] < 1))
    assert np.all(np.isnan(scores.x[0]) == (scores.why[0] > 0))


@quick
@given(worlds.profiles(), st.randoms(use_true_random=False), TABLES)
def test_the_order_of_rows_changes_nothing(person: Profile, chance: object, tables: ReferenceSet | None) -> None:
    other = copy.deepcopy(person)
    chance.shuffle(other.posts)  # type: ignore[attr-defined]
    chance.shuffle(other.readings)  # type: ignore[attr-defined]

    first, second = score(person, references=tables), score(other, references=tables)

    assert published_of(first) == published_of(second)
    assert first.inputs_hash == second.inputs_hash


@quick
@given(st.lists(worlds.profiles(), min_size=2, max_size=6), TABLES)
def test_a_profile_scores_the_same_alone_and_among_others(people: list[Profile], tables: ReferenceSet | None) -> None:
    together = score(*people, references=tables)

    for place, person in enumerate(people):
        alone = score(person, references=tables)
        assert published_of(alone) == published_of(together, place)
        assert alone.inputs_hash[0] == together.inputs_hash[place]
        assert alone.reasons(0) == together.reasons(place)


@quick
@given(worlds.profiles(), st.integers(-400, 400))
def test_moving_everything_by_days_changes_nothing(person: Profile, days: int) -> None:
    here = score(person, references=OWN)
    there = score(shifted(person, days), as_of=AS_OF + days * DAY, references=OWN)

    assert published_of(here) == published_of(there)


@quick
@given(worlds.profiles(), st.lists(worlds.posts(), max_size=4), st.integers(1, 300))
def test_what_lies_in_the_future_is_not_seen(person: Profile, more: list[Post], days: int) -> None:
    later = copy.deepcopy(person)
    for post in more:
        later.posts.append(replace(post, published_at=AS_OF + days * DAY, observed_at=AS_OF + days * DAY))
    later.readings.append(Reading(observed_at=AS_OF + days, followers=9e6, total_views=1.0))

    first, second = score(person), score(later)

    assert published_of(first) == published_of(second)
    assert first.inputs_hash == second.inputs_hash


@quick
@given(worlds.profiles(), st.integers(0, 3))
def test_a_second_snapshot_of_the_same_day_changes_nothing(person: Profile, hours: int) -> None:
    assume(person.readings)
    again = copy.deepcopy(person)
    last = again.readings[-1]
    earlier = last.observed_at - hours * 3_600_000_000
    assume(earlier // DAY == last.observed_at // DAY)
    again.readings.append(replace(last, observed_at=earlier))

    assert published_of(score(person)) == published_of(score(again))


@quick
@given(worlds.profiles(), st.sampled_from([2.0, 4.0, 0.5]))
def test_scale_is_nothing_when_the_tables_scale_too(person: Profile, by: float) -> None:
    # Tiers are cohorts of followers, so "equally scaled" is a network without tiers: all of them alike.
    person = replace(person, network="instagram", readings=[r for r in person.readings if r.followers > 0])
    for post in person.posts:
        post.views, post.likes = max(post.views, 1.0), max(post.likes, 1.0)

    here = score(person, references=alike(1.0))
    there = score(scaled(person, by), references=alike(by))

    # log10(1 + views) is not exactly a shift, and rates of a day's followers are floored at one follower.
    for k in (E, G, Q, S):
        assert here.x[0, k] == pytest.approx(there.x[0, k], abs=1e-6, nan_ok=True)
    assert here.x[0, R] == pytest.approx(there.x[0, R], abs=1.0, nan_ok=True)
    assert here.score[0] == pytest.approx(there.score[0], abs=0.2)


@cache
def alike(by: float) -> ReferenceSet:
    """Tables of an Instagram crowd, all counts multiplied by *by*, that has one size of followers."""
    people = [scaled(replace(member, network="instagram"), by) for member in CROWD]
    built = build_reference(measured(*people), seeds={}, seed_version="")
    return ReferenceSet(
        {
            key: Table(tiers=(Cohort(500, table.network.quantiles),) * 5, network=table.network)
            for key, table in built.tables.items()
        },
        "",
    )


def measured(*people: Profile) -> RawComponents:
    return raw_components(
        profile_columns(*people),
        as_of=np.full(len(people), AS_OF),
        observations=ComponentObservations.none(len(people)),
        bases=BASES,
    )


@quick
@given(worlds.profiles(), st.floats(0.0, 5.0), TABLES)
def test_more_likes_never_lower_engagement(person: Profile, by: float, tables: ReferenceSet | None) -> None:
    better = copy.deepcopy(person)
    for post in better.posts:
        post.likes *= 1 + by

    before, after = score(person, references=tables), score(better, references=tables)

    assert not after.x[0, E] < before.x[0, E] - 1e-9


@quick
@given(worlds.profiles(), st.floats(0.0, 5.0), TABLES)
def test_more_views_never_lower_reach(person: Profile, by: float, tables: ReferenceSet | None) -> None:
    wider = copy.deepcopy(person)
    for post in wider.posts:
        post.views *= 1 + by

    assert not score(wider, references=tables).x[0, R] < score(person, references=tables).x[0, R]


@quick
@given(
    st.sampled_from(["s", "q"]),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(1, 900),
)
def test_a_better_observation_never_lowers_the_score(letter: str, one: float, other: float, n: float) -> None:
    low, high = sorted((one, other))
    crowd = own_tables(*CROWD, seen=_sentiments(len(CROWD)))
    worse = score(a_creator(), seen=observed(1, **{f"{letter}_value": low, f"{letter}_n": n}), references=crowd)
    better = score(a_creator(), seen=observed(1, **{f"{letter}_value": high, f"{letter}_n": n}), references=crowd)

    assert better.score[0] >= worse.score[0]


def _sentiments(n: int) -> ComponentObservations:
    value = np.linspace(-0.5, 0.8, n)
    return replace(ComponentObservations.none(n), s_value=value, s_n=np.full(n, 50.0))


@quick
@given(st.floats(3.0, 7.5), st.sampled_from(worlds.NETWORKS), TABLES)
def test_one_per_cent_of_followers_moves_the_score_by_less_than_two(
    size: float, network: str, tables: ReferenceSet | None
) -> None:
    followers = 10.0**size
    assume(tables is None or tables.seed_version)  # own tables of a few accounts have steps; seeds smooth them
    here = score(a_creator(network, followers=followers, views=500.0), references=tables)
    there = score(a_creator(network, followers=followers * 1.01, views=500.0), references=tables)

    assert abs(here.score[0] - there.score[0]) < 2


@pytest.mark.parametrize("border", [10_000.0, 100_000.0, 10**4.25, 10**5.0])
def test_crossing_a_border_of_tiers_never_jumps(border: float) -> None:
    below = score(a_creator(followers=border - 1), references=OWN)
    above = score(a_creator(followers=border + 1), references=OWN)

    assert abs(below.score[0] - above.score[0]) < 0.5


def test_post_values_are_monotone_in_each_percentile() -> None:
    for table in OWN.tables:
        for tier in (None, 0, 1, 2, 3, 4):
            heights = OWN.curve(table, tier)(np.linspace(-12, 12, 20_001))
            assert np.all(np.diff(heights) >= 0)
            assert heights[0] >= 0
            assert heights[-1] <= 100


def test_any_order_of_arrival_gives_the_scores_of_a_full_pass() -> None:
    """Evidence arrives in random order; after each arrival the profiles it touched are scored for today."""
    rng = np.random.default_rng(7)
    people = [replace(copy.deepcopy(person), posts=list(person.posts)) for person in CROWD[:12]]
    old = shifted(people[3], -400)
    people[3] = old
    arrivals = [
        (p, kind, row)
        for p, person in enumerate(people)
        for kind in ("posts", "readings")
        for row in getattr(person, kind)
    ]
    known = [Profile(network=person.network) for person in people]
    stored: dict[int, tuple[int, dict[str, list[str]], tuple[str, ...]]] = {}

    def rescore(which: list[int], at: int) -> None:
        columns = profile_columns(*(known[p] for p in which))
        days = scoring_day(newest_evidence(columns), at)
        for place, p in enumerate(which):
            one = score(known[p], as_of=int(days[place]), references=OWN, today=at)
            stored[p] = (int(days[place]), published_of(one), one.reasons(0))

    for batch in np.array_split(rng.permutation(len(arrivals)), 25):
        touched = set()
        for number in batch.tolist():
            p, kind, row = arrivals[number]
            getattr(known[p], kind).append(row)
            touched.add(p)
        rescore(sorted(touched), AS_OF - DAY)
    rescore(list(range(12)), AS_OF)
    incremental = dict(stored)
    stored.clear()
    known = people
    rescore(list(range(12)), AS_OF)

    assert incremental == stored
    assert stored[3][0] == end_of_day(int(newest_evidence(profile_columns(old))[0]))
    assert "stale" in stored[3][2]


@quick
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1), st.floats(0, 50), st.integers(0, 10**7)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_a_network_without_followers_changes_no_persons_score(
    accounts: list[tuple[float, float, float, int]], chance: object
) -> None:
    more = [*accounts, (99.0, 0.9, 1.0, 0)]
    chance.shuffle(more)  # type: ignore[attr-defined]
    here, there = combined(accounts), combined(more)

    if any(confidence > 0 and followers > 0 for _, confidence, _, followers in accounts):
        assert here.score[0] == there.score[0]
        assert here.confidence[0] == there.confidence[0]
    assert 0 <= here.score[0] <= 100


def combined(accounts: list[tuple[float, float, float, int]]) -> PersonScores:
    score, confidence, width, followers = np.array(accounts, dtype=np.float64).reshape(-1, 4).T
    return person_scores(score, confidence, width, followers, np.array([0, len(accounts)]))


def test_a_person_is_the_sum_of_accounts_by_confidence_and_root_of_followers() -> None:
    person = combined([(80.0, 0.5, 10.0, 10_000), (40.0, 0.25, 20.0, 40_000)])

    assert person.share.tolist() == [0.5, 0.5]
    assert person.score[0] == 60.0
    assert person.half_width[0] == pytest.approx(math.hypot(5, 10), abs=1e-6)


def test_a_person_of_unknown_size_counts_accounts_by_confidence() -> None:
    person = person_scores(
        np.array([80.0, 40.0]),
        np.array([0.3, 0.1]),
        np.array([1.0, 1.0]),
        np.array([np.nan, np.nan]),
        np.array([0, 2, 2]),
    )

    assert person.score.tolist() == [70.0, 50.0]
    assert person.confidence.tolist() == [0.25, 0.0]
    assert math.isnan(person.half_width[1])


def test_readings_out_of_order_are_read_in_order() -> None:
    rows = [Reading(observed_at=ago(day), followers=1_000.0 - day) for day in (1, 30, 15, 60)]

    assert score_columns(profile_columns(Profile(readings=rows))).raw[0, G] > 0


def test_accounts_that_do_not_fit_are_refused() -> None:
    one = np.array([1.0])

    with pytest.raises(InvalidEvidence, match="followers of 0 or more"):
        person_scores(one, one, one, -one, np.array([0, 1]))
    with pytest.raises(InvalidEvidence):
        person_scores(np.array([1.0, 2.0]), one, one, one, np.array([0, 1]))
