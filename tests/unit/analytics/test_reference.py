"""Reference tables: who is compared with whom, and how much of that is published figures."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.analytics.canonical import sha256_of
from analisa.domain.analytics.components import COMPONENTS, E
from analisa.domain.analytics.errors import InvalidReference
from analisa.domain.analytics.evidence import ComponentObservations
from analisa.domain.analytics.recompute.tables import rank
from analisa.domain.analytics.reference import (
    NOBODY,
    Cohort,
    Curve,
    ReferenceSet,
    Table,
    TableKey,
    build_reference,
    tier_below,
    tier_position,
)
from analisa.domain.analytics.score import raw_components
from analisa.domain.analytics.seeds import seed_reference, seed_sources, seed_tables, seed_version
from tests.columns import BASES, profile_columns
from tests.unit.analytics.worlds import (
    AS_OF,
    a_creator,
    a_crowd,
    own_tables,
    quick,
    score,
)

RISING = tuple(float(i) for i in range(101))
CROWD = a_crowd()


def table(*, tier: int = 0, network: int = 0, seed: bool = True) -> Table:
    """Own accounts spread over 0-100 in every tier, over 100-200 in the network; a seed spread over 200-300."""
    return Table(
        tiers=(Cohort(tier, RISING) if tier else NOBODY,) * 5,
        network=Cohort(network, tuple(value + 100 for value in RISING)) if network else NOBODY,
        seed_tiers=(tuple(value + 200 for value in RISING),) * 5 if seed else (),
        seed_network=tuple(value + 200 for value in RISING) if seed else (),
    )


def percentile(of: Table, value: float, component: str = "E", tier: int | None = 2) -> float:
    key = TableKey("instagram", component, "followers")
    return float(ReferenceSet({key: of}, "").curve(key, tier)(np.array([value]))[0])


def test_a_value_that_several_share_has_the_middle_of_their_ranks() -> None:
    shared = (*([1.0] * 30), *np.linspace(2, 3, 71).tolist())
    curve = Curve.of([(1.0, shared)])

    assert curve(np.array([0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 9.0])).tolist() == pytest.approx(
        [14.5, 14.5, 29.5, 30.0, 65.0, 100.0, 100.0]
    )
    assert Curve.of([(1.0, (7.0,) * 101)])(np.array([1.0, 7.0, 9.0])).tolist() == [50.0, 50.0, 50.0]


@quick
@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.5, 0.75, 2.0, 1e-9, 2e-12]), min_size=101, max_size=101).map(sorted),
    st.sampled_from([-2.0, -1.0, 0.0, 1e-12, 2e-12, 0.3, 0.5, 0.7, 1.0, 2.0, 3.0]),
)
def test_both_implementations_rank_alike(quantiles: list[float], value: float) -> None:
    curve = Curve.of([(0.25, tuple(quantiles)), (0.75, tuple(quantiles))])

    assert float(curve(np.array([value]))[0]) == pytest.approx(rank(quantiles, value), abs=1e-9)


def test_a_seed_weighs_as_much_as_a_hundred_accounts() -> None:
    assert percentile(table(), 250.0) == 50.0
    assert percentile(table(tier=300, network=300), 250.0) == pytest.approx((300 * 100 + 100 * 50) / 400)
    assert table(tier=300, network=300).seed_share(2) == 0.25
    assert table(network=300).seed_share(2) == 1.0
    assert table(tier=5, network=5, seed=False).seed_share(2) == 0.0


def test_a_tier_of_fewer_than_two_hundred_is_blended_with_its_network() -> None:
    alone = percentile(table(tier=199, network=400, seed=False), 50.0)
    enough = percentile(table(tier=200, network=400, seed=False), 50.0)

    assert alone == pytest.approx((199 * 50 + 100 * 0) / 299)
    assert enough == 50.0
    assert percentile(table(network=400, seed=False), 150.0) == 50.0


def test_reach_is_ranked_half_in_its_tier_and_half_in_its_network() -> None:
    of = table(tier=200, network=400, seed=False)

    assert percentile(of, 75.0, "E") == 75.0
    assert percentile(of, 75.0, "R") == 37.5
    assert percentile(of, 150.0, "R") == 75.0
    assert percentile(of, 150.0, "R", None) == 50.0


def test_tiers_lie_between_centres() -> None:
    position = tier_position(np.array([np.nan, 0.0, 10**3.5, 10**4.625, 1e12]))

    assert position[1:].tolist() == pytest.approx([0.0, 0.0, 1.5, 4.0])
    assert tier_below(position).tolist() == [-1, 0, 0, 1, 3]


def test_tables_do_not_depend_on_the_order_of_profiles_or_chunks() -> None:
    def measured(people: list[Any]) -> Any:
        columns = profile_columns(*people)
        nothing = ComponentObservations.none(len(people))
        return raw_components(columns, as_of=np.full(len(people), AS_OF), observations=nothing, bases=BASES)

    whole = own_tables(*CROWD)
    parts = [measured(CROWD[200:]), measured(list(reversed(CROWD[:200])))]
    chunked = build_reference(parts, seeds=seed_tables(), seed_version=seed_version())

    assert chunked.version == whole.version
    assert whole.tables[TableKey("instagram", "E", "followers")].network.n == 52
    assert sum(tier.n for tier in whole.tables[TableKey("instagram", "E", "followers")].tiers) == 52


def test_tables_hold_the_quantiles_of_what_was_seen() -> None:
    seen = own_tables(*CROWD, seeds=False).tables[TableKey("youtube", "E", "views")].network.quantiles
    rates = score(*(person for person in CROWD if person.network == "youtube")).raw[:, E]

    assert seen[0] == pytest.approx(rates.min(), abs=1e-6)
    assert seen[50] == pytest.approx(np.median(rates), abs=1e-6)
    assert seen[100] == pytest.approx(rates.max(), abs=1e-6)


def test_audience_quality_needs_no_table() -> None:
    seen = ComponentObservations.none(len(CROWD))
    seen.q_value[:], seen.q_n[:] = 0.5, 100.0
    seen.s_value[:], seen.s_n[:] = 0.1, 100.0

    kinds = {key.component for key in own_tables(*CROWD, seen=seen, seeds=False).tables}

    assert kinds == set(COMPONENTS) - {"Q"}


def test_tables_survive_storage_bit_for_bit() -> None:
    tables = own_tables(*CROWD)

    read = ReferenceSet.from_dict(json.loads(json.dumps(tables.to_dict())))

    assert read.version == tables.version
    assert score(*CROWD[:20], references=read).score.tolist() == score(*CROWD[:20], references=tables).score.tolist()


def test_another_table_is_another_version() -> None:
    assert own_tables(*CROWD).version != own_tables(*CROWD[1:]).version
    assert own_tables(*CROWD).version == own_tables(*copy.deepcopy(CROWD)).version


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("tables"),
        lambda data: data.update(format=9),
        lambda data: data.update(seed_version="1999"),
        lambda data: data["tables"][0]["all"].update(n=7),
        lambda data: data["tables"][0]["tiers"].pop(),
        lambda data: data["tables"][0]["seed"]["tiers"][0].reverse(),
        lambda data: data["tables"][0]["seed"]["tiers"][0].pop(),
        lambda data: data["tables"][0]["seed"]["all"].__setitem__(100, math.inf),
        lambda data: data["tables"].append(5),
    ],
)
def test_stored_tables_that_were_changed_are_refused(spoil: Any) -> None:
    data = json.loads(json.dumps(own_tables(*CROWD).to_dict()))
    spoil(data)

    with pytest.raises(InvalidReference):
        ReferenceSet.from_dict(data)


def test_there_are_seeds_for_five_networks_tiers_and_four_components() -> None:
    for network in ("instagram", "tiktok", "youtube", "facebook", "x"):
        for component in "ERGC":
            found = [key for key in seed_tables() if key[:2] == (network, component)]
            assert found
            assert all(len(seed_tables()[key].seed_tiers) == 5 for key in found)
            assert all(len(seed_sources()[key]) == 5 and all("http" in s for s in seed_sources()[key]) for key in found)


def test_seeds_are_the_same_everywhere() -> None:
    assert seed_version() == "2026.2"
    assert sha256_of(seed_reference().to_dict()["tables"]) == PINNED
    assert seed_reference().version == seed_reference().to_dict()["version"]


PINNED = "c155d012c069e2165b4469c62e6aa994fe27661fb17090262471011a4f1b88cc"


@pytest.mark.parametrize(("followers", "band"), [(3_162.0, (3, 5)), (17_783.0, (2, 3.5)), (3.162e6, (0.7, 1.2))])
def test_the_published_band_lies_in_the_middle_of_its_tier(followers: float, band: tuple[float, float]) -> None:
    percentiles = [
        score(a_creator(followers=followers, likes=followers * rate / 103, comments=followers * rate / 3_433)).x[0, E]
        for rate in band
    ]

    assert 30 < percentiles[0] < 50
    assert 50 < percentiles[1] < 75


def test_a_seed_is_the_stated_distribution() -> None:
    quantiles = seed_tables()[TableKey("instagram", "G", "")].seed_tiers[0]
    low, high = math.log(1.0), math.log(1.03)
    expected = NormalDist((low + high) / 2, (high - low) / 2 / NormalDist().inv_cdf(0.75))

    assert quantiles[50] == pytest.approx(expected.mean, abs=1e-9)
    assert quantiles[75] == pytest.approx(expected.inv_cdf(75.5 / 101), abs=1e-9)


def test_a_larger_account_reaches_more_and_engages_less() -> None:
    for key, seeded in seed_tables().items():
        medians = [tier[50] for tier in seeded.seed_tiers]
        if key.component == "E":
            assert medians == sorted(medians, reverse=True)
        if key.component == "R":
            assert medians == sorted(medians)


def test_a_score_says_which_tables_it_was_read_against() -> None:
    tables = own_tables(*CROWD)

    assert score(a_creator(), references=tables).table_version == tables.version
    assert score(replace(a_creator(), network="kwai")).component_reasons(0)["G"] == "no_reference"
