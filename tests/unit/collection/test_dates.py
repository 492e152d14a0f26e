"""One order and one zone for a whole column; no cell is guessed by itself; ids are the referee."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.domain.collection.cells import Problem, in_range
from analisa.domain.collection.dates import (
    MONTHS,
    DateRule,
    Order,
    median_offset,
    read_dates,
    steady_zone,
    to_utc,
    weigh_order,
    zone_of,
)

DAY = Order.DAY_FIRST
MONTH = Order.MONTH_FIRST
ZONES = ["America/New_York", "Asia/Tokyo", "Europe/Lisbon", "UTC"]


def at(cell: str, **rule: object) -> object:
    read = read_dates([cell], DateRule(**rule))  # type: ignore[arg-type]
    return read.parsed.problems.get(0) or (read.parsed.values[0], read.precisions[0])


@pytest.mark.parametrize(
    ("cell", "rule", "instant", "precision"),
    [
        ("2026-01-31T12:00:05Z", {}, datetime(2026, 1, 31, 12, 0, 5, tzinfo=UTC), "second"),
        ("2026-01-31T12:00:05.1234+01:00", {}, datetime(2026, 1, 31, 11, 0, 5, 123400, tzinfo=UTC), "second"),
        ("2026-01-31 12:00", {}, datetime(2026, 1, 31, 12, tzinfo=UTC), "minute"),
        ("2026-01-31T12:00+01:00", {}, datetime(2026, 1, 31, 11, tzinfo=UTC), "minute"),
        ("2026-01-31", {}, datetime(2026, 1, 31, tzinfo=UTC), "day"),
        ("2026/1/5", {}, datetime(2026, 1, 5, tzinfo=UTC), "day"),
        ("2026-1-5", {}, datetime(2026, 1, 5, tzinfo=UTC), "day"),
        ("2026-01-05 6:30 PM", {}, datetime(2026, 1, 5, 18, 30, tzinfo=UTC), "minute"),
        ("2026-01-05 10:00:00 UTC", {"zone": "Asia/Tokyo"}, datetime(2026, 1, 5, 10, tzinfo=UTC), "second"),
        ("May 8, 2020, 10:15 PM GMT", {"zone": "Asia/Tokyo"}, datetime(2020, 5, 8, 22, 15, tzinfo=UTC), "minute"),
        ("Mon, 05 Jan 2026 10:00:00 -0800", {}, datetime(2026, 1, 5, 18, tzinfo=UTC), "second"),
        ("Jan 5, 2026 10:00 PM -03:00", {}, datetime(2026, 1, 6, 1, tzinfo=UTC), "minute"),
        ("Mon Jan 05 2026 10:00:00 GMT-0300", {}, datetime(2026, 1, 5, 13, tzinfo=UTC), "second"),
        ("05 Jan 2026 10:00Z", {"zone": "Asia/Tokyo"}, datetime(2026, 1, 5, 10, tzinfo=UTC), "minute"),
        ("05 Jan 2026 UTC", {"zone": "Asia/Tokyo"}, datetime(2026, 1, 5, tzinfo=UTC), "day"),
        ("5. Januar 2026 um 10:15 Uhr", {}, datetime(2026, 1, 5, 10, 15, tzinfo=UTC), "minute"),
        ("Jan 5, 2026, 10:00\u202fPM", {}, datetime(2026, 1, 5, 22, tzinfo=UTC), "minute"),
        ("05/01/2026 10:00 -0300", {"order": DAY}, datetime(2026, 1, 5, 13, tzinfo=UTC), "minute"),
        ("2026/1/5 10:00:30 PM+05:30", {}, datetime(2026, 1, 5, 16, 30, 30, tzinfo=UTC), "second"),
        ("1767607200", {"zone": "Asia/Tokyo"}, datetime(2026, 1, 5, 10, tzinfo=UTC), "second"),
        ("1767607200.0", {}, datetime(2026, 1, 5, 10, tzinfo=UTC), "second"),
        ("1767607200123", {}, datetime(2026, 1, 5, 10, tzinfo=UTC), "second"),
        ("03/04/2025 00:17", {"order": MONTH}, datetime(2025, 3, 4, 0, 17, tzinfo=UTC), "minute"),
        ("03/04/2025 00:17", {"order": DAY}, datetime(2025, 4, 3, 0, 17, tzinfo=UTC), "minute"),
        ("3.4.2025, 13:05:09", {"order": DAY}, datetime(2025, 4, 3, 13, 5, 9, tzinfo=UTC), "second"),
        ("3-4-2025 12:05 AM", {"order": DAY}, datetime(2025, 4, 3, 0, 5, tzinfo=UTC), "minute"),
        ("3-4-2025 1:05 p.m.", {"order": DAY}, datetime(2025, 4, 3, 13, 5, tzinfo=UTC), "minute"),
        ("May 8, 2020", {}, datetime(2020, 5, 8, tzinfo=UTC), "day"),
        ("8 de mai. de 2020", {}, datetime(2020, 5, 8, tzinfo=UTC), "day"),
        ("8 may 2020", {}, datetime(2020, 5, 8, tzinfo=UTC), "day"),
        ("1er août 2020", {}, None, None),
        ("8. Mai 2020", {}, datetime(2020, 5, 8, tzinfo=UTC), "day"),
        ("8 dicembre 2020", {}, datetime(2020, 12, 8, tzinfo=UTC), "day"),
        ("2020年5月8日", {}, datetime(2020, 5, 8, tzinfo=UTC), "day"),
        ("Sept 3, 2020, 10:15 PM", {}, datetime(2020, 9, 3, 22, 15, tzinfo=UTC), "minute"),
        ("31.01.26 23:59", {"formats": ("%d.%m.%y %H:%M",)}, datetime(2026, 1, 31, 23, 59, tzinfo=UTC), "minute"),
        ("20260131", {"formats": ("%d.%m.%y", "%Y%m%d")}, datetime(2026, 1, 31, tzinfo=UTC), "day"),
        ("20260131 050607", {"formats": ("%Y%m%d %H%M%S",)}, datetime(2026, 1, 31, 5, 6, 7, tzinfo=UTC), "second"),
    ],
)
def test_a_date_is_read(cell: str, rule: dict[str, object], instant: datetime | None, precision: str | None) -> None:
    if instant is None:
        assert at(cell, **rule) == (datetime(2020, 8, 1, tzinfo=UTC), "day")
    else:
        assert at(cell, **rule) == (instant, precision)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("03/04/2025", {}),
        ("31/02/2025", {"order": DAY}),
        ("13/13/2025", {"order": DAY}),
        ("3-4-2025 13:05 PM", {"order": DAY}),
        ("yesterday", {}),
        ("05 Jan 2026 10:00 PST", {}),
        ("Jan 5, 2026 10:00 PM Pacific time", {}),
        ("Jan 5, 2026 10:00 +3", {}),
        ("Jan 5, 2026 10:00 +99:00", {}),
        ("05/01/2026 10:00 PST", {"order": DAY}),
        ("2026010510", {}),
        ("176760720", {}),
        ("May 2020", {}),
        ("May June 8, 2020", {}),
        ("8 9 May 2020", {}),
        ("2026-13-01", {}),
        ("2026-01-31", {"formats": ("%d.%m.%Y",)}),
        ("x" * 65, {}),
        ("0001-01-01T00:00:00+14:00", {}),
        ("9999-12-31T23:00:00-05:00", {}),
        ("1970-01-01", {}),
    ],
)
def test_what_is_no_date_is_a_problem_of_its_row(cell: str, rule: dict[str, object]) -> None:
    assert isinstance(at(cell, **rule), Problem)


def test_empty_cells_are_not_known() -> None:
    read = read_dates(["", "  ", "2026-01-31"], DateRule())

    assert [value is None for value in read.parsed.values] == [True, True, False]
    assert read.parsed.problems == {}


def test_wall_time_is_read_in_the_columns_zone_winter_and_summer() -> None:
    cells = ["01/15/2025 12:00", "07/15/2025 12:00"]

    read = read_dates(cells, DateRule(order=MONTH, zone="America/Los_Angeles"))

    assert [value.hour for value in read.parsed.values] == [20, 19]  # type: ignore[attr-defined]


def test_a_time_with_its_own_zone_keeps_it() -> None:
    read = read_dates(["2025-01-15T12:00:00+09:00"], DateRule(zone="America/Los_Angeles"))

    assert read.parsed.values == [datetime(2025, 1, 15, 3, tzinfo=UTC)]
    assert not read.naive


def test_the_hour_that_occurs_twice_is_settled_by_the_id() -> None:
    cell = "11/02/2025 01:30"
    first, second = datetime(2025, 11, 2, 8, 30, tzinfo=UTC), datetime(2025, 11, 2, 9, 30, tzinfo=UTC)
    rule = DateRule(order=MONTH, zone="America/Los_Angeles")

    read = read_dates([cell, cell, cell], rule, [None, second + timedelta(seconds=9), first])

    assert read.parsed.values == [first, second, first]


def test_the_hour_that_is_skipped_counts_as_if_the_clocks_had_not_changed() -> None:
    rule = DateRule(order=MONTH, zone="America/Los_Angeles")

    assert read_dates(["03/09/2025 02:30"], rule).parsed.values == [datetime(2025, 3, 9, 10, 30, tzinfo=UTC)]


def test_the_order_is_inferred_from_the_whole_column() -> None:
    assert weigh_order(["03/04/2025", "13/04/2025"], [2, 3]).order is DAY
    assert weigh_order(["03/04/2025", "04/13/2025 10:00"], [2, 3]).order is MONTH
    assert weigh_order(["03/04/2025", "", "text", "2025-01-01"], [2, 3, 4, 5]).order is None


def test_cells_that_contradict_each_other_are_named() -> None:
    evidence = weigh_order(["13/04/2025"], [2]) + weigh_order(["04/13/2025", "04/14/2025"], [7, 8])

    assert evidence.contradictory
    assert (evidence.day_first_row, evidence.month_first_row, evidence.numeric) == (2, 7, 3)
    assert evidence.order is None


def test_the_median_offset_shows_the_zone() -> None:
    ids = [datetime(2025, 7, day, 12, tzinfo=UTC) for day in range(1, 6)]
    wall = [moment - timedelta(hours=3, seconds=day) for day, moment in enumerate(ids)]

    assert median_offset(wall, ids) == timedelta(hours=3, seconds=2)
    assert median_offset(wall[:2], ids[:2]) is None
    assert median_offset(wall, [None] * 5) is None


@pytest.mark.parametrize("name", ["UTC", "z", "+05:30", "-0300", "America/Sao_Paulo"])
def test_a_zone_is_known_by_name_or_offset(name: str) -> None:
    assert datetime(2026, 1, 1, tzinfo=zone_of(name)).utcoffset() is not None


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "+99:00", "+05:75", "../etc/passwd", "America"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no zone"):
        zone_of(name)


def test_no_month_word_means_two_months() -> None:
    assert MONTHS["mai"] == MONTHS["may"] == 5
    assert MONTHS["mar"] == 3
    assert MONTHS["ago"] == 8


@given(st.integers(1972 - 1970, 2190 - 1970), st.integers(0, 365 * 86_400), st.sampled_from(ZONES))
def test_what_is_written_as_wall_time_comes_back(years: int, seconds: int, zone: str) -> None:
    aware = datetime(1970 + years, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    local = aware.astimezone(ZoneInfo(zone))

    assert to_utc(local.replace(tzinfo=None), zone_of(zone), aware) == aware


def test_the_ends_of_time_are_problems_not_crashes() -> None:
    assert isinstance(to_utc(datetime.max, zone_of("-12:00")), Problem)  # noqa: DTZ901
    assert isinstance(to_utc(datetime.min, zone_of("+12:00")), Problem)  # noqa: DTZ901


def test_a_fixed_zone_is_a_whole_quarter_of_an_hour_that_nearly_all_pairs_share() -> None:
    ids: list[datetime | None] = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in range(1, 11)]

    def walls(*hours: float) -> list[object]:
        return [moment + timedelta(hours=hour) for moment, hour in zip(filter(None, ids), hours, strict=True)]

    assert steady_zone(walls(*[-3] * 10), ids) == "-03:00"
    assert steady_zone(walls(*[5.75] * 10), ids) == "+05:45"
    assert steady_zone(walls(*[0.01] * 10), ids) == "UTC"
    assert steady_zone(walls(*[-3] * 9, 40), ids) == "-03:00"
    assert steady_zone(walls(*[-5] * 8, *[-4] * 2), ids) is None
    assert steady_zone(walls(*[1.13] * 10), ids) is None
    assert steady_zone(walls(*[20] * 10), ids) is None
    assert steady_zone(walls(*[-3] * 10)[:2], ids[:2]) is None
    assert steady_zone(walls(*[-3] * 10)[:2], ids[:2], least=1) == "-03:00"
    assert steady_zone(walls(-3, -4, *[0] * 8)[:2], ids[:2], least=1) is None


@pytest.mark.parametrize("written", ["1970-12-31T12:00-14:00", "2200-01-01T10:00+14:00"])
def test_the_range_of_years_is_that_of_utc_which_is_what_is_stored(written: str) -> None:
    moment = in_range(datetime.fromisoformat(written))

    assert isinstance(moment, datetime)
    assert in_range(moment) == moment


def test_a_zone_behind_a_date_does_not_hide_its_order() -> None:
    assert weigh_order(["03/04/2025 10:00 UTC", "25/03/2025 10:00 UTC"], [2, 3]).order is DAY
    assert weigh_order(["03/04/2025 10:00 -0300", "25/03/2025 10:00 +99:00"], [2, 3]).order is DAY
