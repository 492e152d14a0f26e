"""Figures against the same definitions in plain Python, on random worlds; and rules that a formula alone shows."""

from __future__ import annotations

import dataclasses
import math
import random

import numpy as np
import pytest

from analisa.domain.analytics.columns import DAY, HOUR, NO_TIME, POST_TYPES, Instants
from analisa.domain.analytics.figures import Figures, figures, latest_observations, newest_posts, post_figures
from analisa.domain.analytics.formulas import ALTERNATIVES, FORMULAS, GENERAL, formula
from analisa.domain.analytics.formulas.standing import RANKABLE, NotRankable, places
from tests.columns import COUNTS, NAN, PRIVATE, Post, Profile, Reading, at, post_columns, profile_columns
from tests.plain_figures import interactions, plain_figures

NOW = at("2026-03-01")
RANKS = {"rank", "rank_followers", "rank_growth"}


def a_world(seed: int, profiles: int = 40) -> list[Profile]:
    """Profiles of many sizes, some without posts, readings or dates; a tenth of all counts missing or 0."""
    chance = random.Random(seed)
    return [_a_profile(chance, f"{number:03d}") for number in range(profiles)]


def _a_profile(chance: random.Random, key: str) -> Profile:
    days = sorted(chance.sample(range(200), chance.choice([0, 1, 2, 30])))
    return Profile(
        key=key,
        network=chance.choice(["instagram", "tiktok", "youtube"]),
        posts=[_a_post(chance) for _ in range(chance.choice([0, 1, 2, 3, 7, 8, 9, 33, 100]))],
        readings=[
            Reading(
                observed_at=NOW - 200 * DAY + day * DAY + chance.randrange(3) * HOUR,
                followers=chance.choice([NAN, float(chance.randrange(1, 2_000_000))]),
                total_views=_a_count(chance),
            )
            for day in days
        ],
        names=[(name, chance.randrange(9)) for name in chance.sample(["Ana", "Bia", "Ícaro"], chance.randrange(4))],
    )


def _a_post(chance: random.Random) -> Post:
    observed = NOW - chance.randrange(60) * DAY
    return Post(
        published_at=chance.choice([NO_TIME, *(NOW - chance.randrange(800 * 24) * HOUR for _ in range(9))]),
        observed_at=observed,
        first_observed_at=chance.choice([None, observed - DAY]),
        first_views=_a_count(chance),
        type=chance.choice(["", *POST_TYPES]),
        **{name: _a_count(chance) for name in (*COUNTS, *PRIVATE)},
    )


def _a_count(chance: random.Random) -> float:
    return chance.choice([NAN, 0.0, *(float(round(chance.lognormvariate(6, 3))) for _ in range(8))])


def agree(ours: float | str, plain: float | str | None) -> bool:
    """Equal to 1e-12 of the value, missing where missing, texts and instants exactly."""
    if isinstance(ours, str) or isinstance(plain, str):
        return ours == plain
    if isinstance(ours, np.int64):
        return int(ours) == (NO_TIME if plain is None else plain)
    return math.isnan(ours) if plain is None else math.isclose(ours, plain, rel_tol=1e-12, abs_tol=1e-12)


def everything(profiles: list[Profile], ref: Instants | None = None, rank_by: str | None = None) -> Figures:
    columns = profile_columns(*profiles)
    ref = latest_observations(columns.posts) if ref is None else ref
    return figures(columns, ref=ref, by_year=True, rank_by=rank_by, formulas=(*GENERAL, *ALTERNATIVES))


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_agrees_with_plain_python(seed: int) -> None:
    world = a_world(seed)
    ref = latest_observations(profile_columns(*world).posts)

    ours = everything(world)

    for number, profile in enumerate(world):
        plain = plain_figures(profile, int(ref[number]))
        for column in ours.keys() - RANKS:
            # A year that only others have is missing here.
            expected = plain.get(column)
            assert agree(ours[column][number], expected), (profile.key, column, ours[column][number], expected)
        assert {column for column, value in plain.items() if value} <= ours.keys()


def test_one_profile_alone_has_the_bits_it_has_among_all() -> None:
    world = a_world(7)
    together = everything(world)

    for number, profile in enumerate(world):
        alone = everything([profile])
        for column in alone.keys() - RANKS:
            np.testing.assert_array_equal(alone[column][0], together[column][number], err_msg=column)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_posts_changes_no_bit(seed: int) -> None:
    world = a_world(seed)
    before = everything(world)

    for profile in world:
        random.Random(seed).shuffle(profile.posts)

    after = everything(world)
    for column, values in before.items():
        np.testing.assert_array_equal(values, after[column], err_msg=column)


def test_nothing_known_gives_nothing_and_no_warning() -> None:
    nobody = everything([Profile(), Profile(posts=[Post(), Post()])])

    assert nobody["posts"].tolist() == [0, 2]
    for column, values in nobody.items():
        if column.startswith(("sum_", "mean_", "er_", "view_rate", "rank", "followers", "videos_")):
            assert np.isnan(values).all(), column
    assert (nobody["first_post_utc"] == NO_TIME).all()
    assert nobody["missing_likes"].tolist()[1:] == [2]
    assert nobody["tier"].tolist() == ["", ""]


def test_no_profiles_at_all_give_empty_columns() -> None:
    assert {len(values) for values in everything([]).values()} == {0}


def test_a_part_that_is_missing_counts_nothing_but_none_at_all_is_missing() -> None:
    posts = [Post(likes=10, shares=5), Post(comments=0), Post(dislikes=7, views=9)]

    assert post_figures(post_columns(posts))["interactions"].tolist()[:2] == [15, 0]
    assert math.isnan(post_figures(post_columns(posts))["interactions"][2])


def test_rates_need_someone_to_be_a_share_of() -> None:
    post = Post(likes=50, views=0, followers=0, reach=200)

    rates = post_figures(post_columns([post]))

    assert rates["er_reach"].tolist() == [25]
    assert all(math.isnan(rates[name][0]) for name in ("er_views", "er_followers", "view_rate"))


def test_the_window_is_open_at_its_start_and_closed_at_its_end() -> None:
    edges = [NOW - 28 * DAY, NOW - 28 * DAY + 1, NOW, NOW + 1]

    answer = everything([Profile(posts=[Post(published_at=edge) for edge in edges])], ref=np.array([NOW]))

    assert answer["posts_last_28d"].tolist() == [2]
    assert answer["posts_last_90d"].tolist() == [3]


def test_posts_without_a_date_to_look_back_from_have_no_recent_count() -> None:
    answer = everything([Profile(posts=[Post(published_at=NOW)])], ref=np.array([NO_TIME]))

    assert np.isnan(answer["posts_last_28d"]).all()


def test_years_are_utc_years_and_come_only_when_asked_for() -> None:
    posts = [
        Post(published_at=at("2023-12-31T23:59:59"), likes=10),
        Post(published_at=at("2024-01-01T00:00:00"), likes=15),
        Post(published_at=at("2026-06-01"), likes=1),
    ]
    columns = profile_columns(Profile(posts=posts))

    answer = figures(columns, ref=newest_posts(columns.posts), by_year=True)

    assert answer["median_interactions_2023"].tolist() == [10]
    assert answer["median_interactions_change_2023_2024_pct"].tolist() == pytest.approx([50])
    assert "median_interactions_change_2024_2026_pct" not in answer
    assert "median_interactions_2023" not in figures(columns, ref=newest_posts(columns.posts))


def test_growth_needs_two_readings_at_two_moments() -> None:
    once = Profile(readings=[Reading(observed_at=NOW, followers=100)])
    twice = Profile(
        readings=[Reading(observed_at=NOW, followers=100), Reading(observed_at=NOW + DAY // 2, followers=150)]
    )

    answer = everything([once, twice])

    assert np.isnan(answer["follower_growth"][0])
    assert answer["follower_growth"][1] == 50
    assert answer["follower_growth_pct"][1] == pytest.approx(50)
    assert answer["follower_growth_per_day"][1] == 100


def test_what_was_not_asked_for_gives_no_column() -> None:
    columns = profile_columns(*a_world(1, profiles=3))
    bare = dataclasses.replace(
        columns, names=None, posts=dataclasses.replace(columns.posts, type=None, private=None), key=()
    )

    answer = figures(bare, ref=newest_posts(bare.posts))

    assert not {"n_names", "profile_name_last", "follows", "net_subscribers", "ctr_weighted_pct"} & answer.keys()
    assert not any(column.startswith("posts_") and column[6:] in POST_TYPES for column in answer)


def ranked(*rates: float, network: str = "instagram", posts: int = 5) -> list[Profile]:
    return [
        Profile(key=f"k{n}", network=network, posts=[Post(likes=rate, followers=100, views=50) for _ in range(posts)])
        for n, rate in enumerate(rates)
    ]


def test_ranks_count_from_the_highest_and_equals_go_by_id() -> None:
    profiles = ranked(1, 3, 3, 2)
    profiles[1].key, profiles[2].key = "zz", "aa"

    assert everything(profiles)["rank"].tolist() == [4, 2, 1, 3]


def test_four_posts_are_too_few_for_a_rank_but_not_for_growth() -> None:
    few = ranked(9, posts=4)[0]
    few.readings = [Reading(observed_at=NOW, followers=5), Reading(observed_at=NOW + DAY, followers=6)]

    answer = everything([few, *ranked(1)])

    assert [np.isnan(value) for value in answer["rank"]] == [True, False]
    assert answer["rank"][1] == 1
    assert answer["rank_growth"][0] == 1


def test_each_network_has_its_own_first() -> None:
    answer = everything([*ranked(1, 2), *ranked(5, 4, network="youtube")])

    assert answer["rank"].tolist() == [2, 1, 1, 2]


def test_tiktok_ranks_by_views_and_a_network_without_followers_by_what_it_has() -> None:
    tiktok, instagram = ranked(1, 2, network="tiktok"), ranked(1, 2)
    for post in tiktok[1].posts:
        post.views = 5_000
    for profile in instagram:
        for post in profile.posts:
            post.followers = post.views = NAN

    answer = everything([*tiktok, *instagram])

    assert answer["rank"].tolist() == [1, 2, 2, 1]
    assert answer["rank_followers"].tolist()[:2] == [2, 1]


def test_the_rank_can_be_asked_for_by_another_figure() -> None:
    profiles = ranked(1, 2)
    for post in profiles[0].posts:
        post.views = 9_000

    assert everything(profiles, rank_by="median_views")["rank"].tolist() == [1, 2]
    with pytest.raises(NotRankable, match="cannot be ranked by 'luck'; they can by er_followers_median_pct"):
        everything(profiles, rank_by="luck")


def test_without_ids_equal_ranks_go_by_our_number() -> None:
    columns = dataclasses.replace(profile_columns(*ranked(*[1] * 12)), key=())

    assert figures(columns, ref=newest_posts(columns.posts))["rank"].tolist() == list(range(1, 13))


def test_single_formulas_can_be_asked_for() -> None:
    columns = profile_columns(Profile(posts=[Post(likes=1, views=4)]))

    answer = figures(columns, ref=newest_posts(columns.posts), formulas=[formula("er.views_pooled.v1")])

    assert {column: values.tolist() for column, values in answer.items()} == {"er_views_pooled_pct": [25]}


def test_post_figures_agree_with_plain_python() -> None:
    posts = [post for profile in a_world(3) for post in profile.posts]

    ours = post_figures(post_columns(posts))["interactions"]

    assert all(agree(value, interactions(post)) for value, post in zip(ours, posts, strict=True))


def test_every_column_belongs_to_one_formula_that_declares_it() -> None:
    answered = everything(a_world(5))
    declared = [column for each in (*GENERAL, *ALTERNATIVES) for column in each.columns]

    assert len(set(declared)) == len(declared)
    for each in (*GENERAL, *ALTERNATIVES):
        patterns = {column for column in each.columns if "<" in column}
        assert patterns or set(each.columns) <= answered.keys()
    assert len({each.id for each in FORMULAS}) == len(FORMULAS)


def test_a_post_of_unknown_type_is_in_no_type() -> None:
    answer = everything([Profile(posts=[Post(type="reel"), Post(type="reel"), Post()]), Profile()])

    assert answer["posts_reel"].tolist() == [2, 0]
    assert sum(answer[f"posts_{kind}"][0] for kind in POST_TYPES) == 2


def test_profiles_computed_apart_rank_as_those_computed_together() -> None:
    world = a_world(11)
    together = everything(world)
    pieces = [everything(world[:15]), everything(world[15:])]
    known = {name: np.concatenate([piece[name] for piece in pieces]) for name in {"posts", *RANKABLE}}
    who = {"network": [profile.network for profile in world], "keys": [profile.key for profile in world]}

    joined = places(known, **who)

    for column in RANKS:
        np.testing.assert_array_equal(joined[column], together[column], err_msg=column)
    with pytest.raises(NotRankable):
        places(known, **who, rank_by="luck")
