"""The comparison with the reference figures sees what differs, and leaves no column of theirs out."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from analisa.domain.analytics.columns import NO_TIME
from analisa.domain.analytics.formulas import FORMULAS
from analisa.domain.analytics.formulas.evidence import PER_POST
from tests.columns import NAN, at
from tests.oracle import SETS, Cell, OracleSet, answers, differences, equal


@pytest.mark.parametrize("of", SETS, ids=lambda of: of.name)
def test_every_column_of_the_reference_has_its_place(of: OracleSet) -> None:
    with_header = next(iter(of.rows().values()))

    assert with_header.keys() == {*of.key, *of.figures, *of.report, *of.descriptions}


@pytest.mark.parametrize("of", SETS, ids=lambda of: of.name)
def test_every_compared_figure_is_one_that_a_formula_gives(of: OracleSet) -> None:
    given = {column for formula in FORMULAS for column in formula.columns} | PER_POST.keys()
    given |= {"likes", "comments", "shares", "views"}

    unknown = set(of.figures.values()) - given
    assert not {column for column in unknown if not column.startswith("median_interactions_")}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (None, ""),
        ("", ""),
        (33.253289, "33.253289"),
        (33.2532894999, "33.253289"),
        (1_300_000.9, "1300000"),
        ("7", "7.000000"),
        ("2025-05-18T18:11:47.900000+00:00", "2025-05-18T18:11:47"),
        ("2026-01-17T00:00:00Z", "2026-01-17"),
        ("Ana|Bia", "Ana|Bia"),
    ],
)
def test_equal_is_equal(ours: Cell, theirs: str) -> None:
    assert equal(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (0.0, ""),
        (None, "0.000000"),
        (33.2534, "33.253289"),
        ("2025-05-18T18:11:48Z", "2025-05-18T18:11:47"),
        ("Ana", "Bia"),
        ("Ana", "1.0"),
    ],
)
def test_different_is_different(ours: Cell, theirs: str) -> None:
    assert not equal(ours, theirs)


def test_figures_become_cells() -> None:
    cells = answers(
        [("a",), ("b",)],
        {
            "rate": np.array([1.5, NAN]),
            "when": np.array([NO_TIME, at("2026-01-17")]),
            "name": np.array(["", "Ana"], dtype=np.object_),
        },
    )

    assert cells[("a",)] == {"rate": 1.5, "when": None, "name": None}
    assert cells[("b",)] == {"rate": None, "when": "2026-01-17T00:00:00+00:00", "name": "Ana"}


def test_an_absent_reference_skips_and_says_so(tmp_path: Path) -> None:
    nowhere = OracleSet(name="invented", exports="invented", columns=(), shared=tmp_path)

    with pytest.raises(pytest.skip.Exception, match="reference figures are not here"):
        nowhere.rows()
    with pytest.raises(pytest.skip.Exception, match="real exports are not here"):
        nowhere.archive()


def test_every_difference_is_named(tmp_path: Path) -> None:
    reference = OracleSet(name="invented", exports="invented", columns=("posts", "rank"), shared=tmp_path)
    reference.path.parent.mkdir()
    with reference.path.open("w", newline="") as file:
        csv.writer(file).writerows([["creator", "posts", "rank"], ["a", "3", "1"], ["b", "4", ""]])

    found = list(differences(reference, {("a",): {"posts": 3.0, "rank": 2.0}, ("c",): {}}))

    assert found == [
        "invented: ('b',) is missing",
        "invented: ('c',) is not in the reference",
        "invented: ('a',) rank: ours 2.0, theirs '1'",
    ]
