"""Headers are compared as people read them, and keys are cut out of links by patterns anyone can write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.collection.headers import name_columns, normalise
from analisa.domain.collection.ids import cut_digits, damage, is_spreadsheet_error
from analisa.domain.collection.mapping_patterns import cut, pattern_of


@pytest.mark.parametrize(
    "header",
    [
        "Comments added",
        "Com\u00adments ad\u00added",
        "\ufeffcomments  ADDED ",
        "Comments\n added\u200b",
        "\uff23omments added",
    ],
)
def test_spellings_of_one_header_are_the_same(header: str) -> None:
    assert normalise(header) == "comments added"


def test_columns_get_one_name_each() -> None:
    header = ["Subscribers", " Subscribers", "Likes\r\navg", "", "subscribers", "\u200b"]

    assert name_columns(header) == (
        "Subscribers",
        "Subscribers [2]",
        "Likes avg",
        "[column 4]",
        "subscribers [3]",
        "[column 6]",
    )


@given(st.lists(st.text(max_size=8), max_size=12))
def test_no_two_columns_share_a_name(header: list[str]) -> None:
    names = name_columns(header)

    assert len(names) == len(header)
    assert all(name.strip() for name in names)


@pytest.mark.parametrize(
    ("text", "patterns", "found"),
    [
        ("https://x.org/p/Ab-9_c/?q=1", ["/p/{}/"], "Ab-9_c"),
        ("https://x.org/reel/Ab", ["/p/{}/", "/reel/{}"], "Ab"),
        ("123_456", ["{digits}_"], "123"),
        ("list 2022-06 final.csv", ["{date}"], "2022-06"),
        ("list_2022-06-30.csv", ["_{date}."], "2022-06-30"),
        ("nothing", ["/p/{}/"], ""),
        ("a.b", ["a.{}"], "b"),
        ("aXb", ["a.{}"], ""),
    ],
)
def test_a_key_is_cut_out(text: str, patterns: list[str], found: str) -> None:
    assert cut(text, patterns) == found


@pytest.mark.parametrize("pattern", ["no place", "{}{}", "{digits}{date}", "{name}", ""])
def test_a_pattern_needs_one_place(pattern: str) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        pattern_of(pattern)


@given(st.text(max_size=50), st.text(alphabet="ab/.*+?()[]\\^$|", max_size=10))
def test_a_pattern_stands_for_itself(text: str, literal: str) -> None:
    assert cut(literal + "Q7", [literal + "{}"]).endswith("Q7") or literal
    assert isinstance(cut(text, [literal + "{}"]), str)


@pytest.mark.parametrize("text", ["7.5E+18", "7,5E+18", "1.79e+16", "7E+18", "#NAME?", "#N/A", "#VALOR!", "9" * 256])
def test_a_damaged_id_is_none(text: str) -> None:
    assert damage(text) is not None


@pytest.mark.parametrize("text", ["7512345678901234567", "DUMLDXPktaH", "1234567e890", "-_-", "#jelena"])
def test_a_whole_id_is_left_alone(text: str) -> None:
    assert damage(text) is None


def test_a_name_is_no_spreadsheet_error() -> None:
    assert not is_spreadsheet_error("#jelena")
    assert is_spreadsheet_error("#NOMBRE?")
    assert is_spreadsheet_error("#DIV/0!")


def test_one_id_with_four_zeros_is_told_even_among_good_ones() -> None:
    ids = ["7512345678900000000", *(str(7512345678901234567 + step) for step in range(50))]

    assert cut_digits(ids) == [0]
    assert cut_digits([None, "", "CJg", "1000000000000000"]) == []
