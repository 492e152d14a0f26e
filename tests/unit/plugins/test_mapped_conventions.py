"""How a table writes its dates, zones and numbers: shown by whole columns and by ids, or asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from analisa.application.collection.archives import ReadOptions

from .archives import a_source, read, short_code
from .mapped import POST, READER, a_mapping, posts, reads


def test_dates_that_fit_both_orders_are_asked_about() -> None:
    reading = READER.plan(
        a_source({"posts.csv": "ID,Author,When\n1,me,03/04/2025\n"}),
        ReadOptions(mapping=a_mapping("posts", *POST, 'published_at = "When"')),
    )

    assert [need.what for need in reading.needs] == ["date_order"]


def test_dates_that_contradict_each_other_stop_the_import_and_name_the_lines() -> None:
    plan = READER.plan(
        a_source({"posts.csv": "ID,Author,When\n1,me,13/04/2025\n2,me,\n3,me,04/13/2025\n"}),
        ReadOptions(mapping=a_mapping("posts", *POST, 'published_at = "When"')),
    )

    assert "line 2 of 'When' can only be day-first, and line 4 only month-first" in plan.needs[0].message


def rows_at(offset: timedelta, form: str, days: Sequence[int] = (1, 2, 3, 4, 5)) -> list[str]:
    moments = [datetime(2025, 4, day, 12, 30, tzinfo=UTC) for day in days]
    return [f"{short_code(moment)},me,{(moment + offset).strftime(form)}" for moment in moments]


def test_the_ids_settle_an_open_order() -> None:
    reading = posts(*rows_at(timedelta(0), "%m/%d/%Y %H:%M"))

    assert [moment.month for moment in reading.column("posts", "published_at")] == [4] * 5
    assert any("agrees with the times inside the posts' ids" in doubt for doubt in reading.plan.doubts)


def test_one_id_settles_an_open_order_of_days_without_a_time() -> None:
    reading = posts(*rows_at(timedelta(0), "%d/%m/%Y", days=[3]))

    assert reading.column("posts", "published_at") == [datetime(2025, 4, 3, tzinfo=UTC)]


def test_the_ids_show_that_a_column_without_zone_is_utc() -> None:
    reading = posts(*rows_at(timedelta(seconds=3), "%Y-%m-%d %H:%M:%S"))

    assert any("show that it is UTC" in doubt for doubt in reading.plan.doubts)


def test_the_ids_stop_a_column_in_another_zone() -> None:
    files = {"posts.csv": "\n".join(["ID,Author,When", *rows_at(timedelta(hours=-7), "%Y-%m-%d %H:%M:%S")])}

    plan = READER.plan(a_source(files), ReadOptions(mapping=a_mapping("posts", *POST, 'published_at = "When"')))
    assert [need.what for need in plan.needs] == ["zone"]
    assert "7.0 hours behind" in plan.needs[0].message

    right = a_mapping("posts", *POST, 'published_at = { column = "When", zone = "America/Los_Angeles" }')
    assert reads(files, right).column("posts", "published_at")[0] == datetime(2025, 4, 1, 12, 30, tzinfo=UTC)

    wrong = a_mapping("posts", *POST, 'published_at = { column = "When", zone = "Asia/Tokyo" }')
    assert any("is its zone right?" in doubt for doubt in reads(files, wrong).plan.doubts)


def test_without_ids_that_hold_a_time_a_missing_zone_is_doubted() -> None:
    mapping = a_mapping("posts", *POST, 'published_at = "When"', network="youtube")

    reading = reads({"a.csv": "ID,Author,When\nabcdefghijk,me,2025-01-01 10:00\n"}, mapping)

    assert "is taken as UTC" in reading.plan.doubts[0]


def test_a_date_that_cannot_be_read_sets_its_row_aside() -> None:
    reading = posts("1,me,2025-04-05", "2,me,soon")

    assert reading.codes == [("time.unreadable", 3)]
    assert reading.column("posts", "published_precision") == ["day"]


def test_precision_is_noted_where_numbers_are_compact() -> None:
    mapping = a_mapping(
        "profile_metrics",
        'profile_id = "ID"',
        'followers = "F"',
        top=['numbers = "compact"', 'observed_at = "2026-01-01"'],
    )

    reading = reads({"a.csv": "ID,F\na,1.4M\nb,454\n"}, mapping)

    assert reading.column("profile_metrics", "precision") == ["compact", "exact"]


@pytest.mark.parametrize(
    ("column", "cells"),
    [("followers", ("500", "6.006")), ("avg_views", ("12.345", "1.234")), ("avg_views", ("7", "1,5"))],
)
def test_numbers_that_are_not_plainly_plain_are_asked_about(column: str, cells: Sequence[str]) -> None:
    table = "profile_averages" if column.startswith("avg") else "profile_metrics"
    top = ['observed_at = "2026-01-01"']
    source = '[table.constants]\nsource = "list"' if column.startswith("avg") else ""
    files = {"a.csv": "ID;F\n" + "".join(f"a{cell};{cell}\n" for cell in cells)}

    def planned(rule: str) -> Sequence[str]:
        mapping = a_mapping(table, 'profile_id = "ID"', f"{column} = {rule}", source, top=top)
        return [need.what for need in READER.plan(a_source(files), ReadOptions(mapping=mapping)).needs]

    assert planned('"F"') == ["numbers"]
    assert planned('{ column = "F", number = "plain" }') == []


@pytest.mark.parametrize(
    ("cell", "shown", "first"),
    [
        ("1\u00a0234", "1 234", '"1 234,5" or "plain" or "1,234.5" or "1.234,5" or "1\'234.5"'),
        ("1'234", "1'234", '"1\'234.5" or "plain" or "1,234.5"'),
        ("6.006", "6.006", '"1.234,5" or "plain" or "1,234.5"'),
    ],
)
def test_the_question_about_numbers_names_the_likely_style_first_and_then_all(
    cell: str, shown: str, first: str
) -> None:
    mapping = a_mapping("profile_metrics", 'profile_id = "ID"', 'followers = "F"', top=['observed_at = "2026-01-01"'])

    [need] = READER.plan(a_source({"a.csv": f"ID,F\na,500\nb,{cell}\n"}), ReadOptions(mapping=mapping)).needs

    assert f"{shown!r} in the column 'F'" in need.message
    assert f"numbers = {first}" in need.message


def test_percents_in_another_style_than_plain_are_asked_about() -> None:
    mapping = a_mapping(
        "audience",
        'profile_id = "ID"',
        'key = "Country"',
        'value = { column = "Share", percent = true }',
        '[table.constants]\nobserved_at = "2026-01-01T00:00:00Z"\ndimension = "country"\nunit = "share"',
    )
    comma, point = (a_source({"a.csv": f"ID;Country;Share\nme;BR;12{mark}5 %\n"}) for mark in ",.")

    assert [need.what for need in READER.plan(comma, ReadOptions(mapping=mapping)).needs] == ["numbers"]
    assert read(READER, point, ReadOptions(mapping=mapping)).column("audience", "value") == [0.125]


AVERAGES = a_mapping(
    "profile_averages",
    'profile_id = "ID"',
    'avg_views = "F"',
    '[table.constants]\nsource = "list"',
    top=['observed_at = "2026-01-01"'],
)


def test_a_style_that_only_the_end_of_a_long_column_shows_is_asked_about() -> None:
    cells = [*(str(row % 900) for row in range(60_000)), "12.345", "1.234"]
    source = a_source({"a.csv": "ID,F\n" + "".join(f"a{row},{cell}\n" for row, cell in enumerate(cells))})

    assert [need.what for need in READER.plan(source, ReadOptions(mapping=AVERAGES)).needs] == ["numbers"]


def test_fractions_that_cannot_be_thousands_settle_those_that_could() -> None:
    reading = reads({"a.csv": "ID,F\na,12.345\nb,1.5\n"}, AVERAGES)

    assert reading.column("profile_averages", "avg_views") == [12.345, 1.5]
