"""One style holds for a whole file; what could be thousands or a fraction is told, and never decided by a cell alone."""

from __future__ import annotations

import pytest

from analisa.domain.collection.cells_numbers import NumberRule
from analisa.domain.collection.number_styles import StyleVote

COUNTS = NumberRule(integral=True)
FRACTIONS = NumberRule()


def vote(*columns: tuple[list[str], NumberRule]) -> StyleVote:
    cast = StyleVote()
    for cells, rule in columns:
        cast.take(cells, rule)
    return cast


@pytest.mark.parametrize(
    ("cells", "rule", "winner"),
    [
        (["500", "6.006"], COUNTS, "1.234,5"),
        (["500", "6,006"], COUNTS, "1,234.5"),
        (["500", "6\u00a0006"], COUNTS, "1 234,5"),
        (["500", "6\u2019006"], COUNTS, "1'234.5"),
        (["500", "6006"], COUNTS, "plain"),
        (["12,5"], FRACTIONS, "1.234,5"),
        (["12.345", "1.5"], FRACTIONS, "plain"),
        (["12.345", "0.123"], FRACTIONS, "plain"),
        (["12.345", "1234.567"], FRACTIONS, "plain"),
        (["12.345.678"], FRACTIONS, "1.234,5"),
        (["", "n/a"], COUNTS, "plain"),
    ],
)
def test_the_style_in_which_most_cells_are_numbers_wins(cells: list[str], rule: NumberRule, winner: str) -> None:
    cast = vote((cells, rule))

    assert (cast.winner, cast.doubtful) == (winner, "")


def test_columns_settle_each_others_style() -> None:
    cast = vote((["12.345"], FRACTIONS), (["6.006"], COUNTS))

    assert (cast.winner, cast.doubtful) == ("1.234,5", "")


@pytest.mark.parametrize("cell", ["12.345", "12,345"])
def test_three_digits_behind_every_mark_are_doubtful(cell: str) -> None:
    assert vote((["7", cell], FRACTIONS)).doubtful == cell


def test_what_another_style_than_plain_reads_is_named() -> None:
    assert vote((["7", "6.006"], COUNTS)).not_plain == "6.006"
    assert vote((["7", "x"], COUNTS)).not_plain == ""


def test_every_cell_has_a_vote_although_those_of_one_shape_are_read_once() -> None:
    cast = vote(([f"{number}.5" for number in range(100, 110)] + ["1,5"], FRACTIONS))

    assert cast.winner == "plain"
    assert cast.unread[:3] == [1, 1, 10]
