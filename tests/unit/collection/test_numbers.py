"""Numbers are read exactly, or are not known; a label is never 0."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.collection.cells_numbers import NumberRule, NumberStyle, read_durations, read_numbers

COMPACT = NumberStyle.parse("compact")


def number(cell: str, style: str = "plain", **rule: object) -> object:
    return read_numbers([cell], NumberRule(style=NumberStyle.parse(style), **rule)).parsed.values[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "style", "value"),
    [
        ("304.9K", "compact", 304_900),
        ("1.4M", "compact", 1_400_000),
        ("2.05b", "compact", 2_050_000_000),
        ("454", "compact", 454),
        ("12,3 mil", "1.234,5K", 12_300),
        ("1,4 mi", "1.234,5K", 1_400_000),
        ("3 Tsd.", "1.234,5K", 3_000),
        ("1,234,567", "1,234.5", 1_234_567),
        ("1.234.567,0", "1.234,5", 1_234_567),
        ("12\u202f345", "1 234,5", 12_345),
        ("12\u00a0345", "1 234,5", 12_345),
        ("12'345", "1'234.5", 12_345),
        ("477900000.00", "plain", 477_900_000),
        (" 7 ", "plain", 7),
        ("+7", "plain", 7),
    ],
)
def test_a_number_is_read_in_its_style(cell: str, style: str, value: int) -> None:
    assert number(cell, style, integral=True) == value


@pytest.mark.parametrize(
    ("cell", "style"),
    [
        ("N/A", "compact"),
        ("#VALOR!", "compact"),
        ("Share", "compact"),
        ("-", "compact"),
        ("1.4Q", "compact"),
        ("1,4M", "compact"),
        ("1.4M", "plain"),
        ("12,34", "1,234.5"),
        ("1.23", "1.234,5"),
        ("1,234", "plain"),
        ("1e5", "plain"),
        ("١٢", "plain"),
        ("348.5", "plain"),
        ("-3", "plain"),
        ("9" * 41, "plain"),
        ("9" * 20, "plain"),
        ("nan", "plain"),
    ],
)
def test_what_is_no_number_is_not_known_and_counted(cell: str, style: str) -> None:
    read = read_numbers([cell, "", "5", cell], NumberRule(style=NumberStyle.parse(style), integral=True))

    assert read.parsed.values == [None, None, 5, None]
    assert read.parsed.labels == {cell: 2}


def test_the_binary_fraction_nearby_does_not_creep_in() -> None:
    assert number("1.1M", "compact", integral=True) == 1_100_000
    assert number("64.1K", "compact", integral=True) == 64_100
    assert number("0.29", "plain", unit=Decimal(100), integral=True) == 29


def test_percents_become_shares_and_units_are_applied() -> None:
    assert number("12.5%", percent=True) == 0.125
    assert number("12,5 %", "1.234,5", percent=True) == 0.125
    assert number("1.5", unit=Decimal(3600)) == 5_400.0
    assert number("-3", signed=True) == -3.0


def test_cells_with_a_suffix_are_known_as_compact() -> None:
    read = read_numbers(["454", "1.4M", ""], NumberRule(style=COMPACT, integral=True))

    assert read.compact == {"1.4M"}


@pytest.mark.parametrize("style", ["1.234.5", "1,234,5", "2.345,6", "", "german", "1.234,5M"])
def test_a_style_that_is_none_is_refused(style: str) -> None:
    with pytest.raises(ValueError, match="no way to write numbers"):
        NumberStyle.parse(style)


@given(st.integers(0, 10**15), st.sampled_from(["1,234.5", "1.234,5", "1 234,5", "1'234.5"]))
def test_grouped_numbers_come_back(value: int, style: str) -> None:
    written = f"{value:,}".replace(",", style[1])

    assert number(written, style, integral=True) == value


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("00:31", 31),
        ("01:00", 60),
        ("0:03:25", 205),
        ("PT10M5S", 605),
        ("PT1H", 3_600),
        ("P1DT2H", 93_600),
        ("P1W", 604_800),
        ("P0D", 0),
        ("PT1.5S", 1.5),
        ("61", 61),
        ("61.5", 61.5),
    ],
)
def test_a_duration_is_read_as_seconds(cell: str, seconds: float) -> None:
    assert read_durations([cell]).values == [seconds]


@pytest.mark.parametrize("cell", ["soon", "P", "PT", "P1DT", "1:2", "1:222", "-5", "1e9", "9" * 50])
def test_what_is_no_duration_is_counted(cell: str) -> None:
    read = read_durations([cell, ""])

    assert read.values == [None, None]
    assert read.labels == {cell: 1}
