"""The Social Score: what it is made of, and what it says of itself."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from analisa.domain.analytics.columns import DAY, NO_TIME
from analisa.domain.analytics.components import BASIS_NAMES, COMPONENTS, E, G, Q, R
from analisa.domain.analytics.errors import InvalidEvidence
from analisa.domain.analytics.score import (
    PRIORS,
    WEIGHTS,
    end_of_day,
    newest_evidence,
    published_parts,
    scoring_day,
)
from tests.columns import NAN, Post, Profile, Reading, at, profile_columns
from tests.unit.analytics.worlds import (
    AS_OF,
    a_creator,
    a_crowd,
    a_post,
    ago,
    observed,
    own_tables,
    score,
    score_columns,
)


def test_nothing_known_is_exactly_fifty_with_no_confidence() -> None:
    scores = score(Profile(network="instagram"))

    assert (scores.score[0], scores.confidence[0], scores.gate[0]) == (50.0, 0.0, 1.0)
    assert {"insufficient_data", "no_followers", "no_posts"} <= set(scores.reasons(0))
    assert scores.component_reasons(0)["Q"] == "no_follower_sample"


def test_a_score_follows_from_its_parts() -> None:
    scores = score(a_creator(), seen=observed(s_value=0.3, s_n=40, q_value=0.9, q_n=300))
    there = ~np.isnan(scores.x[0])
    kappa = np.where(there, scores.n[0] / (scores.n[0] + np.array(PRIORS)), 0.0)
    y = kappa * np.where(there, scores.x[0], 50.0) + (1 - kappa) * 50.0
    gate = 0.5 + 0.5 * min(1.0, y[Q] / 40)
    spread = np.where(there, kappa**2 * scores.v[0] / scores.n[0], 0.0) + (1 - kappa) ** 2 * 28.9**2

    assert scores.component_reasons(0) == {"S": "no_reference"}  # nobody's sentiment was ever compared here
    assert scores.score[0] == pytest.approx(gate * np.dot(WEIGHTS, y), abs=1e-6)
    assert scores.half_width[0] == pytest.approx(1.645 * gate * math.sqrt(np.dot(np.square(WEIGHTS), spread)), abs=1e-5)
    assert scores.confidence[0] == 0.5  # capped: the comparison rests on seeds alone
    assert np.dot(WEIGHTS, kappa) > 0.5


def test_contributions_add_up_to_the_published_score() -> None:
    scores = score(*a_crowd(80))

    assert np.max(np.abs(scores.contributions.sum(axis=1) - scores.score)) < 1e-9
    assert np.max(np.abs(scores.contributions - scores.gate[:, None] * np.array(WEIGHTS) * scores.y)) < 2.1e-6


def test_what_rounding_leaves_over_goes_to_the_parts_rounded_farthest() -> None:
    parts = np.array(
        [[0.0000004, 0.0000004, 0.0000004, 0.0, 0.0, 0.0], [0.0000006, 0.0000006, 0.0000006, 0.0, 0.0, 0.0]]
    )

    total, whole = published_parts(parts)

    assert total.tolist() == [0.000001, 0.000002]
    assert whole[0].tolist() == [0.000001, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert whole[1].tolist() == [0.0, 0.000001, 0.000001, 0.0, 0.0, 0.0]


def test_a_doubtful_audience_dampens_everything() -> None:
    sound = score(a_creator(), seen=observed(q_value=0.9, q_n=900))
    doubtful = score(a_creator(), seen=observed(q_value=0.02, q_n=900))

    assert sound.gate[0] == 1.0
    assert doubtful.gate[0] == pytest.approx(0.5 + 0.5 * doubtful.y[0, Q] / 40)
    assert doubtful.score[0] < 0.7 * sound.score[0]


def test_twenty_creators_in_an_empty_installation_differ_for_stated_reasons() -> None:
    crowd = a_crowd(20)
    scores = score(*crowd, references=own_tables(*crowd))

    assert len(scores) == 20
    assert len(set(scores.score.tolist())) == 20
    assert np.all(scores.seed_share[:, E] > 0.9)  # 4 accounts a network against 100 of the seed
    assert np.all(scores.seed_share[:, E] <= 1.0)
    assert np.all(scores.x[:, E] != scores.x[0, E]) or len(set(scores.x[:, E])) > 10


def test_a_comparison_with_many_of_our_own_is_no_longer_a_seed() -> None:
    crowd = a_crowd(3000)
    scores = score(a_creator(), references=own_tables(*crowd), seen=observed(q_value=0.8, q_n=900.0))

    assert scores.seed_share[0, E] < 0.5
    assert "seed_only" not in scores.reasons(0)
    assert scores.confidence[0] > 0.5


def test_an_unknown_network_compares_with_thirty_of_its_own_or_with_nobody() -> None:
    few = [replace(person, network="kwai") for person in a_crowd(29)]
    enough = [replace(person, network="kwai") for person in a_crowd(30)]

    alone = score(few[0], references=own_tables(*few))
    among = score(enough[0], references=own_tables(*enough))

    assert alone.component_reasons(0)["E"] == "no_reference"
    assert (alone.score[0], alone.confidence[0]) == (50.0, 0.0)
    assert not math.isnan(among.x[0, E])
    assert among.seed_share[0, E] == 0.0


@pytest.mark.parametrize(
    ("profile", "component", "code"),
    [
        (Profile(posts=[a_post(followers=0.0)]), "E", "no_followers"),
        (Profile(posts=[a_post(followers=NAN)]), "E", "no_followers"),
        (Profile(network="tiktok", posts=[a_post(views=0.0)]), "E", "no_base"),
        (Profile(posts=[a_post(likes=NAN)]), "E", "likes_hidden"),
        (Profile(posts=[a_post(days=91)]), "E", "no_posts"),
        (Profile(posts=[a_post(views=NAN)]), "R", "no_reach"),
        (Profile(readings=[Reading(observed_at=ago(1), followers=5.0)]), "G", "short_history"),
        (Profile(), "G", "no_followers"),
        (Profile(), "S", "no_comments"),
    ],
)
def test_a_missing_component_says_why(profile: Profile, component: str, code: str) -> None:
    scores = score(profile)
    k = COMPONENTS.index(component)

    assert scores.component_reasons(0)[component] == code
    assert code in scores.reasons(0)
    assert (scores.kappa[0, k], scores.y[0, k]) == (0.0, 50.0)
    assert math.isnan(scores.x[0, k])


def test_hidden_likes_are_not_zero_likes() -> None:
    shown = score(Profile(posts=[a_post(1), a_post(2)]))
    hidden = score(Profile(posts=[a_post(1), a_post(2), a_post(3, likes=NAN)]))
    none = score(Profile(posts=[a_post(1), a_post(2), a_post(3, likes=0.0)]))

    assert hidden.raw[0, E] == shown.raw[0, E]
    assert none.raw[0, E] < shown.raw[0, E]


def test_more_likes_than_views_is_allowed_and_flagged() -> None:
    scores = score(Profile(network="tiktok", posts=[a_post(views=100.0, likes=250.0)]))

    assert "likes_exceed_views" in scores.reasons(0)
    assert scores.raw[0, E] > 0


def test_x_counts_by_views_where_there_are_views_and_by_followers_elsewhere() -> None:
    by_views = score(Profile(network="x", posts=[a_post(1), a_post(2, views=NAN)]))
    by_followers = score(Profile(network="x", posts=[a_post(1, views=NAN)]))

    assert by_views.raw[0, E] == pytest.approx(math.log(440 / 5_000 + 1e-4), abs=1e-6)
    assert by_followers.raw[0, E] == pytest.approx(math.log(440 / 10_000 + 1e-4), abs=1e-6)
    assert by_views.basis[0, E] != by_followers.basis[0, E]


def test_reach_and_views_are_never_mixed() -> None:
    mixed = score(Profile(posts=[a_post(1, reach=90_000.0), a_post(2, views=NAN, reach=90_000.0)]))
    reach = score(Profile(posts=[a_post(1, views=NAN, reach=900.0)]))

    assert mixed.raw[0, R] == pytest.approx(math.log10(5_001), abs=1e-6)
    assert reach.raw[0, R] == pytest.approx(math.log10(901), abs=1e-6)
    assert reach.basis[0, R] != mixed.basis[0, R]


def test_growth_is_the_slope_of_the_logarithm_a_month() -> None:
    steady = [Reading(observed_at=ago(day), followers=10_000 * math.exp(-0.001 * day)) for day in range(89)]

    scores = score(Profile(readings=steady))

    assert scores.raw[0, G] == pytest.approx(0.03, abs=1e-6)
    assert 40 < scores.n[0, G] < 89  # days, the older ones counting less


def test_a_bought_step_does_not_count_as_growth() -> None:
    rng = np.random.default_rng(0)
    level, rows = 10_000.0, []
    for day in range(80, -1, -1):
        level += 10 + rng.integers(-3, 4) + (3_000 if day == 40 else 0)
        rows.append(Reading(observed_at=ago(day), followers=level))

    scores = score(Profile(readings=rows))

    assert scores.raw[0, G] == pytest.approx(0.026, abs=0.006)  # about 10 a day of 10,000 to 13,800


def test_a_seed_share_is_between_tiers_like_the_percentile() -> None:
    assert score(a_creator(followers=10_000.0)).cohort(0) == "instagram:3.50-4.25@0.67"
    assert score(a_creator(followers=50_000_000.0)).cohort(0) == "instagram:5.75-6.50@1.00"
    assert score(Profile(posts=[a_post(followers=NAN)])).cohort(0) == "instagram:all"


def test_a_profile_of_unknown_size_is_compared_with_its_whole_network() -> None:
    scores = score(Profile(network="tiktok", posts=[a_post(i, followers=NAN) for i in range(5)]))

    assert not math.isnan(scores.x[0, E])
    assert not math.isnan(scores.x[0, R])


def test_an_old_export_is_scored_on_the_day_it_was_true() -> None:
    today = at("2026-03-01T10:00")
    newest = np.array([at("2026-02-27T08:00"), at("2020-05-05T08:00"), NO_TIME, at("2030-01-01")])

    days = scoring_day(newest, today)

    assert days.tolist() == [AS_OF, end_of_day(at("2020-05-05")), AS_OF, AS_OF]
    assert end_of_day(today) == AS_OF == at("2026-03-02") - 1


def test_the_last_day_of_the_window_is_not_stale() -> None:
    edge = np.array([AS_OF - 90 * DAY, AS_OF - 90 * DAY + DAY])

    assert scoring_day(edge, AS_OF).tolist() == [AS_OF - 90 * DAY, AS_OF]


def test_a_stale_score_says_so() -> None:
    old = Profile(posts=[a_post(200)])
    scores = score(old, as_of=ago(200), today=AS_OF)

    assert "stale" in scores.reasons(0)
    assert "stale" not in score(old, today=AS_OF).reasons(0)


def test_the_newest_evidence_is_the_latest_post_or_reading() -> None:
    columns = profile_columns(
        Profile(posts=[Post(published_at=5, observed_at=9)], readings=[Reading(observed_at=7, followers=1.0)]),
        Profile(readings=[Reading(observed_at=7, followers=1.0)]),
        Profile(),
    )

    assert newest_evidence(columns).tolist() == [9, 7, NO_TIME]


@pytest.mark.parametrize(
    "profile",
    [
        Profile(posts=[a_post(likes=-1.0)]),
        Profile(posts=[a_post(views=math.inf)]),
        Profile(posts=[a_post(likes=1e308)]),
        Profile(readings=[Reading(observed_at=ago(1), followers=-5.0)]),
        Profile(readings=[Reading(observed_at=ago(1), followers=5.0, step=-1.0)]),
    ],
)
def test_numbers_that_nobody_can_have_observed_are_refused(profile: Profile) -> None:
    with pytest.raises(InvalidEvidence, match="lies between"):
        score(profile)


@pytest.mark.parametrize(
    "seen", [{"s_value": 1.5}, {"q_value": -0.1}, {"q_value": 0.5, "q_n": -1.0}, {"s_variance": 1e308}]
)
def test_observations_outside_their_scale_are_refused(seen: dict[str, float]) -> None:
    with pytest.raises(InvalidEvidence):
        score(a_creator(), seen=observed(1, **seen))


def test_columns_that_do_not_fit_are_refused() -> None:
    columns = profile_columns(a_creator())
    broken = replace(columns, posts=replace(columns.posts, offsets=np.array([0, 5])))

    with pytest.raises(InvalidEvidence, match="do not cut 12 rows into 1 profiles"):
        score_columns(broken)
    with pytest.raises(InvalidEvidence, match="one entry for each of 1 profiles"):
        score_columns(columns, profiles=2)


@pytest.mark.parametrize("bases", [{"tiktok": "views", "kwai": "plays"}, {"tiktok": "views"}])
def test_a_network_without_a_base_that_is_known_is_divided_by_followers_and_stops_nobody(bases: dict[str, str]) -> None:
    both = score_columns(profile_columns(a_creator("tiktok"), a_creator("kwai")), profiles=2, bases=bases)

    assert BASIS_NAMES[both.basis[0, E]] == "views"
    assert BASIS_NAMES[both.basis[1, E]] == "followers"
    assert both.score[0] == score(a_creator("tiktok"), bases=bases).score[0]
