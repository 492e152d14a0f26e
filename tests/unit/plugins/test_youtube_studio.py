"""Exports of YouTube Studio: the table of videos, the chart of days, the totals, in several languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from analisa.application.collection.archives import ReadOptions

from .archives import a_source, read
from .vendors import BRAZILIAN, CHANNEL, CHART, NOW, STUDIO, TABLE


def test_the_table_of_videos_is_read_whole() -> None:
    reading = read(STUDIO, a_source({"Table data.csv": TABLE, "Totals.csv": "Date,Views\n2020-01-01,5\n"}), CHANNEL)

    assert reading.rows("posts")[0] == {
        "network": "youtube",
        "post_id": "abcdefghijk",
        "profile_id": "UCabcdefghijklmnopqrstuv",
        "published_at": datetime(2020, 5, 8, tzinfo=UTC),
        "published_precision": "day",
        "title": "One, two",
        "type": "video",
        "observed_at": NOW,
    }
    assert reading.rows("post_metrics")[1] == {
        "network": "youtube",
        "post_id": "ABCDEFGHIJ_",
        "observed_at": NOW,
        "comments": 15,
        "shares": 2,
        "dislikes": 1,
        "likes": 25,
        "views": 500,
        "impressions": 3500,
        "watch_time_s": 28_800.0,
        "extra": {
            "subscribers_lost": 0.0,
            "subscribers_gained": 5.0,
            "subscribers_net": -2.0,
            "average_view_duration_s": 60.0,
            "revenue_usd": 9.25,
            "ctr_pct": 2.5,
        },
    }
    assert reading.plan.ignored == ("Totals.csv",)
    assert any("for which period" in doubt for doubt in reading.plan.doubts)


def test_the_row_of_totals_is_shown_beside_and_kept_out() -> None:
    reading = read(STUDIO, a_source({"a.csv": TABLE}), CHANNEL)

    [control] = reading.plan.controls
    assert (control.line, control.values["Views"], control.values["Subscribers"]) == (2, "1000", "8")
    assert reading.codes == [("row.total", 2)]
    assert reading.rows_read == 3


def test_a_localised_table_is_read_with_its_numbers_and_currency() -> None:
    reading = read(STUDIO, a_source({"Dados da tabela.csv": BRAZILIAN}), CHANNEL)

    [figures] = reading.rows("post_metrics")
    assert (figures["views"], figures["impressions"], figures["watch_time_s"]) == (1234, 4000, 433_800.0)
    assert figures["extra"] == {"subscribers_net": 5.0, "revenue_brl": 10.25, "ctr_pct": 5.1}
    assert reading.rows("posts")[0]["duration_s"] == 125.0


GERMAN = "Inhalte;Videotitel;Veröffentlichungszeitpunkt des Videos;Aufrufe\nabcdefghijk;Eins;8. Mai 2020;1.234.567\n"


def test_the_chart_gives_the_figures_of_single_days_at_the_days_end() -> None:
    files = {"Chart data.csv": CHART, "Table data.csv": TABLE, "Totals.csv": "Date,Views\n2020-12-01,21\n"}

    reading = read(STUDIO, a_source(files), CHANNEL)

    daily = [row for row in reading.rows("post_metrics") if row.get("scope") == "P1D"]
    assert [(row["post_id"], row["observed_at"], row["views"]) for row in daily] == [
        ("abcdefghijk", datetime(2020, 12, 2, tzinfo=UTC), 10),
        ("ABCDEFGHIJ_", datetime(2020, 12, 2, tzinfo=UTC), 11),
        ("abcdefghijk", datetime(2020, 12, 3, tzinfo=UTC), 12),
        ("ABCDEFGHIJ_", datetime(2020, 12, 3, tzinfo=UTC), 0),
    ]
    assert reading.plan.ignored == ("Totals.csv",)


def test_the_chart_adds_nothing_to_what_the_table_says_of_the_videos() -> None:
    alone = read(STUDIO, a_source({"Table data.csv": TABLE}), CHANNEL)

    both = read(STUDIO, a_source({"Chart data.csv": CHART, "Table data.csv": TABLE}), CHANNEL)

    assert both.rows("posts") == alone.rows("posts")
    lifetime = [row for row in both.rows("post_metrics") if "scope" not in row]
    assert lifetime == alone.rows("post_metrics")


def test_the_videos_are_read_before_their_days_whatever_the_files_are_called() -> None:
    reading = read(STUDIO, a_source({"a.csv": CHART, "b.csv": TABLE}), CHANNEL)

    assert list(dict.fromkeys(batch.file for batch in reading.batches)) == ["b.csv", "a.csv"]


@pytest.mark.parametrize(
    ("table", "views", "chart"),
    [
        (
            BRAZILIAN,
            1_234,
            (
                "Data;Conteúdo;Título do vídeo;Horário de publicação do vídeo;Visualizações\n"
                "2026-01-01;abcdefghijk;Um;8 de mai. de 2020;10\n2026-01-02;abcdefghijk;Um;8 de mai. de 2020;12\n"
            ),
        ),
        (
            GERMAN,
            1_234_567,
            (
                "Datum;Inhalte;Videotitel;Veröffentlichungszeitpunkt des Videos;Aufrufe\n"
                "01.01.2026;abcdefghijk;Eins;8. Mai 2020;10\n02.01.2026;abcdefghijk;Eins;8. Mai 2020;12\n"
                "13.01.2026;abcdefghijk;Eins;8. Mai 2020;14\n"
            ),
        ),
    ],
)
def test_a_localised_chart_is_told_from_the_table(table: str, views: int, chart: str) -> None:
    reading = read(STUDIO, a_source({"1.csv": chart, "2.csv": table}), CHANNEL)

    rows = [(row.get("scope"), row["observed_at"], row["views"]) for row in reading.rows("post_metrics")][:3]
    assert rows == [
        (None, NOW, views),
        ("P1D", datetime(2026, 1, 2, tzinfo=UTC), 10),
        ("P1D", datetime(2026, 1, 3, tzinfo=UTC), 12),
    ]


def test_a_chart_by_week_is_left_out_and_said_so() -> None:
    weekly = CHART.replace("2020-12-02", "2020-12-08")

    reading = read(STUDIO, a_source({"chart.csv": weekly, "table.csv": TABLE}), CHANNEL)

    assert reading.plan.ignored == ("chart.csv",)
    assert any("chart.csv: its dates are not those of single days" in doubt for doubt in reading.plan.doubts)


@pytest.mark.parametrize(
    ("cell", "views"), [("6.006", 6_006), ("6,006", 6_006), ("6\u202f006", 6_006), ("12.345.678", 12_345_678)]
)
def test_thousands_are_told_by_counts_being_whole(cell: str, views: int) -> None:
    table = f"Content;Video title;Views;Watch time (hours)\nabcdefghijk;One;500;1\nABCDEFGHIJ_;Two;{cell};2\n"

    reading = read(STUDIO, a_source({"Table data.csv": table}), CHANNEL)

    assert reading.column("post_metrics", "views") == [500, views]


def test_hours_that_could_be_thousands_are_asked_about() -> None:
    table = "Content;Video title;Views;Watch time (hours)\nabcdefghijk;One;500;12.345\n"

    plan = STUDIO.plan(a_source({"Table data.csv": table}), CHANNEL)

    assert [need.what for need in plan.needs] == ["numbers"]
    assert "'12.345' does not show how numbers are written; export the file again, or" in plan.needs[0].message


def test_what_only_a_mapping_can_say_is_not_asked_of_a_mapping_that_is_not_there() -> None:
    table = "Content,Video title,Video publish time,Views\nabcdefghijk,One,03.04.2025,5\n"

    plan = STUDIO.plan(a_source({"Table data.csv": table}), CHANNEL)

    assert [need.what for need in plan.needs] == ["date_order"]
    assert "export the file again, or read it by a mapping with dates" in plan.needs[0].message


def test_rows_read_again_are_written_as_the_whole_file_was() -> None:
    header = "Content;Video title;Views;Watch time (hours)\n"
    whole = STUDIO.plan(a_source({"t.csv": f"{header}abcdefghijk;One;6.006;12.345\nABCDEFGHIJ_;Two;5;1\n"}), CHANNEL)
    chart = STUDIO.plan(a_source({"c.csv": CHART}), CHANNEL)

    some = replace(CHANNEL, settled={**whole.settled, **chart.settled})
    table = read(STUDIO, a_source({"t.csv": f"{header}ABCDEFGHIJ_;Two;5;12.345\n"}), some)
    day = read(STUDIO, a_source({"c.csv": CHART.splitlines()[0] + "\n" + CHART.splitlines()[1] + "\n"}), some)

    assert table.column("post_metrics", "watch_time_s") == [12_345 * 3_600]
    assert day.column("post_metrics", "scope") == ["P1D"]


def test_whose_channel_it_is_and_when_is_asked_for() -> None:
    plan = STUDIO.plan(a_source({"a.csv": TABLE}), ReadOptions())

    assert [need.what for need in plan.needs] == ["profile", "observed_at"]
