"""Small worlds for the score: profiles that anybody could have, built by hand or drawn at random."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from analisa.domain.analytics.columns import DAY, ProfileColumns
from analisa.domain.analytics.components import measure
from analisa.domain.analytics.evidence import ComponentObservations, collect
from analisa.domain.analytics.receipt import receipts_of
from analisa.domain.analytics.reference import ReferenceSet, build_reference
from analisa.domain.analytics.score import Scores, end_of_day, score_profiles
from analisa.domain.analytics.seeds import seed_reference, seed_tables, seed_version
from tests.columns import BASES, NAN, Post, Profile, Reading, at, profile_columns

quick = settings(deadline=None, max_examples=40)
"""Drawing a creator takes longer than scoring it; forty of them say much."""

AS_OF = end_of_day(at("2026-03-01"))
NETWORKS = ("instagram", "tiktok", "youtube", "facebook", "x")


def ago(days: float) -> int:
    return AS_OF - int(days * DAY)


def a_post(days: float = 3.0, **values: float) -> Post:
    usual = Post(
        published_at=ago(days), observed_at=AS_OF, views=5_000.0, likes=400.0, comments=20.0, followers=10_000.0
    )
    return replace(usual, **values)  # type: ignore[arg-type]  # names of counts, all of them numbers


def a_creator(network: str = "instagram", *, followers: float = 10_000.0, posts: int = 12, **values: float) -> Profile:
    """Somebody who posts every five days and gains 0.1 % a day."""
    return Profile(
        network=network,
        posts=[a_post(1 + 5 * i, **{"followers": followers, "likes": 400.0 + 7 * i, **values}) for i in range(posts)],
        readings=[
            Reading(observed_at=ago(3 * i), followers=float(round(followers * 1.001 ** (-3 * i)))) for i in range(20)
        ],
    )


def observed(profiles: int = 1, /, **values: float) -> ComponentObservations:
    return replace(ComponentObservations.none(profiles), **{k: np.full(profiles, v) for k, v in values.items()})


def score(
    *profiles: Profile,
    as_of: int = AS_OF,
    seen: ComponentObservations | None = None,
    references: ReferenceSet | None = None,
    **more: Any,
) -> Scores:
    return score_columns(
        profile_columns(*profiles), as_of=as_of, seen=seen, references=references, profiles=len(profiles), **more
    )


def score_columns(
    columns: ProfileColumns,
    *,
    profiles: int = 1,
    as_of: int = AS_OF,
    seen: ComponentObservations | None = None,
    references: ReferenceSet | None = None,
    **more: Any,
) -> Scores:
    return score_profiles(
        columns,
        as_of=np.full(profiles, as_of),
        observations=seen or ComponentObservations.none(profiles),
        references=references or seed_reference(),
        bases=more.pop("bases", BASES),
        **more,
    )


def own_tables(
    *profiles: Profile, seeds: bool = True, seen: ComponentObservations | None = None, bases: Any = BASES
) -> ReferenceSet:
    evidence = collect(
        profile_columns(*profiles),
        np.full(len(profiles), AS_OF),
        seen or ComponentObservations.none(len(profiles)),
        bases,
    )
    return build_reference(
        measure(evidence), seeds=seed_tables() if seeds else {}, seed_version=seed_version() if seeds else ""
    )


def published_of(scores: Scores, profile: int = 0) -> dict[str, list[str]]:
    """Every published number of one profile, NaN as text so that equality means equality."""
    names = ("score", "confidence", "half_width", "gate", "raw", "x", "y", "kappa", "n", "v", "contributions")
    rows = {name: np.atleast_1d(getattr(scores, name)[profile]) for name in (*names, "seed_share")}
    return {name: [repr(float(value)) for value in values] for name, values in rows.items()}


def counts(most: int) -> st.SearchStrategy[float]:
    return st.one_of(st.just(NAN), st.integers(0, most).map(float))


@st.composite
def posts(draw: st.DrawFn) -> Post:
    published_at = ago(draw(st.floats(0, 120, allow_nan=False)))
    return Post(
        published_at=published_at,
        observed_at=draw(st.sampled_from([AS_OF, max(published_at, ago(1))])),
        views=draw(counts(2_000_000)),
        reach=draw(counts(500_000)),
        likes=draw(counts(100_000)),
        comments=draw(counts(5_000)),
        shares=draw(counts(2_000)),
        saves=draw(counts(2_000)),
        followers=draw(counts(3_000_000)),
    )


@st.composite
def readings(draw: st.DrawFn) -> list[Reading]:
    level = draw(st.integers(0, 3_000_000))
    days = sorted(draw(st.lists(st.integers(0, 280), max_size=40, unique=True)), reverse=True)
    rows = []
    for day in days:
        level = max(0, level + draw(st.integers(-3, 20)) * draw(st.sampled_from([1, 1, 1, 400])))
        views = draw(counts(50_000_000))
        rows.append(
            Reading(
                observed_at=ago(day),
                followers=float(level),
                total_views=views,
                step=draw(st.sampled_from([0.0, 100.0])),
            )
        )
    return rows


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    return Profile(
        network=draw(st.sampled_from([*NETWORKS, "kwai"])),
        posts=draw(st.lists(posts(), max_size=14)),
        readings=draw(readings()),
    )


@st.composite
def observations(draw: st.DrawFn) -> ComponentObservations:
    def one(low: float, high: float) -> np.ndarray:
        return np.array([draw(st.one_of(st.just(NAN), st.floats(low, high)))])

    return ComponentObservations(one(-1, 1), one(0, 500), one(0, 900), one(0, 1), one(0, 900), one(0, 900))


def a_crowd(n: int = 260, seed: int = 5) -> list[Profile]:
    """Many creators of all networks and sizes, for tables of our own."""
    rng = np.random.default_rng(seed)
    crowd = []
    for i in range(n):
        followers = float(round(10 ** rng.normal(4.6, 0.9)))
        person = a_creator(NETWORKS[i % len(NETWORKS)], followers=followers, posts=int(rng.integers(3, 14)))
        rate, view = np.exp(rng.normal(-3.5, 0.7)), np.exp(rng.normal(-1.5, 0.8))
        for post in person.posts:
            post.views = float(round(followers * view * np.exp(rng.normal(0, 0.5))))
            post.likes = float(round(followers * rate * np.exp(rng.normal(0, 0.4))))
            post.comments = float(round(post.likes * 0.03))
        crowd.append(person)
    return crowd


def receipts(
    *people: Profile,
    seen: ComponentObservations | None = None,
    references: ReferenceSet | None = None,
    as_of: int = AS_OF,
    **more: Any,
) -> list[dict[str, Any]]:
    """A receipt of each, as it is after a trip through a file."""
    written = receipts_of(
        profile_columns(*people),
        profiles=[
            {"network": person.network, "id": str(number), "handle": f"creator{number}"}
            for number, person in enumerate(people)
        ],
        as_of=np.full(len(people), as_of),
        observations=seen or ComponentObservations.none(len(people)),
        references=references or seed_reference(),
        bases=BASES,
        **more,
    )
    read: list[dict[str, Any]] = json.loads(json.dumps(written))
    return read
