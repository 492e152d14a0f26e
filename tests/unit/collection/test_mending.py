"""Quarantined rows as a table for people: nothing in it is computed by a spreadsheet, and all of it comes back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.collection.batch import Finding, Severity
from analisa.domain.collection.mending import (
    MARKS,
    NotMendable,
    guarded,
    header_of,
    marked,
    read_back,
    starts,
    unguarded,
)

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@pytest.mark.parametrize("cell", ["=1+1", "@sum(A1)", "+cmd|' /C calc'!A0", "-2+3", "\tx", "=", "-"])
def test_what_a_spreadsheet_would_compute_is_written_as_text(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-5", "+3", "-1.5", "1,2", "-1.234,5", "12%", "", "plain", "a=b"])
def test_numbers_and_words_are_left_alone(cell: str) -> None:
    assert guarded(cell) == cell


@given(CELLS)
def test_every_cell_comes_back_as_it_was(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell or cell.startswith("'")


def test_columns_stand_as_in_the_file_behind_the_marks() -> None:
    findings = [a_finding(b="2", a="1"), a_finding(file="other.csv", c="3")]
    assert header_of(findings, {"file.csv": ["a", "b", "unused"]}) == [*MARKS, "a", "b", "c"]


def test_a_row_that_came_back_says_which_it_was() -> None:
    row = marked(7, a_finding(title="=1+1", likes="lots", empty=""))

    assert row["_problem"] == "likes: not a number"
    mended = read_back({**row, "likes": 5})
    assert (mended.finding_id, dict(mended.cells)) == (7, {"title": "=1+1", "likes": "5"})


@pytest.mark.parametrize("number", ["", "first", None, "-1"])
def test_a_row_without_its_number_is_not_taken_back(number: object) -> None:
    with pytest.raises(NotMendable, match="leave it as it was"):
        read_back({"_finding": number, "likes": "5"})
    with pytest.raises(NotMendable, match="no column _finding"):
        read_back({"likes": "5"})


@given(st.lists(st.lists(CELLS.map(lambda cell: cell.replace("\r", "")), min_size=2, max_size=2), max_size=5))
def test_rows_begin_on_the_lines_where_a_reader_finds_them(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["a", "b"], *rows])
    reader = csv.reader(io.StringIO(text.getvalue(), newline=""))
    begins, before = [], 0
    for _ in reader:
        begins.append(before + 1)
        before = reader.line_num

    assert starts([{"a": row[0], "b": row[1]} for row in rows]) == begins[1:]


def a_finding(file: str = "file.csv", **cells: str) -> Finding:
    return Finding(
        severity=Severity.QUARANTINED,
        code="number.unreadable",
        message="not a number",
        file=file,
        line=3,
        table="post_metrics",
        field="likes",
        cells=cells,
    )
