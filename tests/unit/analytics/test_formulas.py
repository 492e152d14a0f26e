"""The registry: ids, lookup, and the page for people that it writes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from analisa.domain.analytics.formulas import (
    ALTERNATIVES,
    FORMULAS,
    GENERAL,
    REPORTED,
    SEARCHED,
    TRENDS,
    FormulaNotFound,
    formula,
    handbook,
)
from analisa.domain.analytics.formulas.measures import NAMES, Measures

PAGE = Path(__file__).parents[3] / "docs" / "formulas.md"


def test_ids_are_unique_and_carry_their_version() -> None:
    ids = [each.id for each in FORMULAS]

    assert len(set(ids)) == len(ids) == sum(map(len, (GENERAL, ALTERNATIVES, TRENDS, REPORTED, SEARCHED)))
    assert all(re.fullmatch(r"[a-z_]+(\.[a-z_]+)*\.v\d+", each) for each in ids)


def test_a_formula_is_found_by_its_id() -> None:
    assert formula("er.followers.v1").basis == "followers"
    assert formula("er.followers.v1").unit == "percent"


def test_an_unknown_id_says_what_ids_look_like() -> None:
    with pytest.raises(
        FormulaNotFound, match=r"no formula 'er\.luck\.v1'; formulas have ids like 'posting\.posts\.v1'"
    ):
        formula("er.luck.v1")


def test_every_formula_says_what_it_means_and_whose_it_is() -> None:
    for each in FORMULAS:
        assert each.text.rstrip().endswith((".", ")")), each.id
        assert each.title
        assert each.source
        assert each.columns


def test_the_formulas_of_measures_give_every_measure_once() -> None:
    columns = [column for each in SEARCHED for column in each.columns]

    assert sorted(columns) == sorted(NAMES)
    at_hand = Measures(
        np.array([1]), {name: np.array([float(place)]) for place, name in enumerate(NAMES)}, *(np.array([0]),) * 2
    )
    for each in SEARCHED:
        assert each.compute(at_hand) == {name: at_hand.values[name] for name in each.columns}


def test_no_rate_goes_by_the_name_of_the_score_s_weighted_engagement() -> None:
    assert not any("weighted_engagement" in each.name for each in FORMULAS)


def test_the_page_is_what_the_registry_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == handbook(), (
        "docs/formulas.md is out of date; write it anew: "
        "python -c 'from analisa.domain.analytics.formulas import handbook; print(handbook(), end=\"\")' > docs/formulas.md"
    )
