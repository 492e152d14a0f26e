"""Content exports of Meta Business Suite, in several languages, with their habits and traps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analisa.application.collection.archives import ArchiveKind, ImportRefused, ReadOptions

from .archives import a_source, read, short_code
from .vendors import CODE, ENGLISH, GERMAN_META, META, NOW, PORTUGUESE, SPANISH, meta, row


def test_a_content_export_is_read_whole() -> None:
    reading = meta(ENGLISH + row())

    assert reading.rows("profiles") == [
        {
            "network": "instagram",
            "profile_id": "17841400000000001",
            "handle": "ana.paula",
            "display_name": "Ana Paula",
            "observed_at": NOW,
        }
    ]
    assert reading.rows("posts") == [
        {
            "network": "instagram",
            "post_id": CODE,
            "profile_id": "17841400000000001",
            "published_at": datetime(2026, 1, 31, 21, 30, tzinfo=UTC),
            "published_precision": "minute",
            "url": f"https://www.instagram.com/p/{CODE}/",
            "text": 'Olá, "sol"\n\n#praia',
            "duration_s": 0.0,
            "type": "carousel",
            "observed_at": NOW,
            "extra": {"graph_id": "17900000000000001"},
        }
    ]
    figures = {"views": 100, "reach": 90, "likes": 10, "shares": 1, "follows": 0, "comments": 2, "saves": 3}
    assert reading.rows("post_metrics") == [{"network": "instagram", "post_id": CODE, "observed_at": NOW, **figures}]
    assert reading.plan.kind is ArchiveKind.OWNER_EXPORT
    assert not reading.findings


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (PORTUGUESE, "Carrossel do IG"),
        (SPANISH, "Secuencia de IG"),
        (GERMAN_META, "IG-Karussell"),
        (ENGLISH, "ig carousel"),
    ],
)
def test_other_languages_give_the_same(header: str, kind: str) -> None:
    body = row(kind=kind)
    if ";" in header:
        body = body.replace(",", ";")
    english, other = meta(ENGLISH + row()), meta(header + body)

    for table in ("profiles", "post_metrics"):
        assert other.rows(table) == english.rows(table)
    assert other.column("posts", "type") == ["carousel"]


def test_winter_and_summer_time_are_told_apart() -> None:
    reading = meta(ENGLISH + row(when="01/15/2026 12:00") + row(when="07/15/2025 12:00"))

    assert [moment.hour for moment in reading.column("posts", "published_at")] == [20, 19]


def test_a_story_has_no_short_code_and_keeps_its_id() -> None:
    reading = meta(ENGLISH + row(link="https://www.instagram.com/stories/ana.paula/17900000000000001", kind="IG story"))

    assert reading.column("posts", "post_id") == ["17900000000000001"]
    assert reading.column("post_metrics", "post_id") == ["17900000000000001"]


def test_a_facebook_export_counts_all_reactions_as_likes() -> None:
    text = (
        "Post ID,Page ID,Page name,Title,Description,Publish time,Permalink,Post type,Date,Impressions,Reach,"
        "Reactions,Comments,Shares,Total clicks\n"
        "122000000000000001,61550000000000001,Ana,Olá,,02/28/2026 08:00,https://www.facebook.com/ana/posts/pfbid0abc,"
        "Photos,Lifetime,50,40,9,2,1,7\n"
    )

    reading = meta(text)

    [post] = reading.rows("posts")
    assert (post["network"], post["post_id"], post["title"], post["type"]) == (
        "facebook",
        "122000000000000001",
        "Olá",
        "image",
    )
    [figures] = reading.rows("post_metrics")
    assert (figures["likes"], figures["impressions"], figures["clicks"]) == (9, 50, 7)
    assert reading.rows("profiles")[0]["display_name"] == "Ana"


def test_when_the_figures_were_taken_is_asked_for() -> None:
    plan = META.plan(a_source({"export.csv": ENGLISH + row()}), ReadOptions())

    assert [need.what for need in plan.needs] == ["observed_at"]


def test_dates_that_a_spreadsheet_mixed_up_are_refused_with_their_lines() -> None:
    with pytest.raises(
        ImportRefused, match=r"line 2 of 'Publish time' can only be day-first, and line 5 only month-first"
    ):
        meta(ENGLISH + row(when="31/01/2026 13:30") + row(when="01/31/2026 13:30"))


def test_dates_that_a_spreadsheet_turned_round_are_read_so() -> None:
    assert meta(ENGLISH + row(when="31/01/2026 13:30")).column("posts", "published_at")[0].day == 31


def test_an_export_by_day_is_refused() -> None:
    with pytest.raises(ImportRefused, match="is an export by day"):
        meta(ENGLISH + row(period="2026-01-31"))


def posted(moments: Sequence[datetime], zone: str, form: str = "%d/%m/%Y %H:%M", late: timedelta = timedelta(0)) -> str:
    """Rows whose times are written as wall time in *zone*, *late* by so much, and whose links tell the true ones."""
    return "".join(
        row(
            when=(moment + late).astimezone(ZoneInfo(zone)).strftime(form),
            link=f"https://www.instagram.com/p/{short_code(moment)}/",
        )
        for moment in moments
    )


OPEN = [datetime(2025, month, day, 20, 30, tzinfo=UTC) for day, month in ((3, 4), (5, 6), (7, 8), (1, 12))]
"""Times whose dates fit both orders."""


def test_the_short_codes_settle_an_order_that_the_dates_leave_open() -> None:
    reading = meta(ENGLISH + posted(OPEN, "America/Los_Angeles"))

    assert reading.column("posts", "published_at") == OPEN
    assert any("read day-first, the only order that agrees" in doubt for doubt in reading.plan.doubts)


def test_dates_that_nothing_settles_are_read_as_meta_writes_them_and_doubted() -> None:
    story = "https://www.instagram.com/stories/ana.paula/17900000000000001"

    reading = meta(ENGLISH + row(when="03/04/2025 00:17", link=story))

    assert reading.column("posts", "published_at")[0].month == 3
    assert any("are read month-first, as such exports are known" in doubt for doubt in reading.plan.doubts)


@pytest.mark.parametrize(
    ("zone", "read_as"), [("America/Sao_Paulo", "-03:00"), ("UTC", "UTC"), ("Asia/Kolkata", "+05:30")]
)
def test_the_short_codes_overrule_the_zone_that_is_usual(zone: str, read_as: str) -> None:
    reading = meta(ENGLISH + posted(OPEN, zone))

    assert reading.column("posts", "published_at") == OPEN
    assert any(f"read in the zone {read_as}, with which they agree" in doubt for doubt in reading.plan.doubts)


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_short_codes_overrule_the_zone_that_is_usual_and_are_doubted(count: int) -> None:
    moments = [datetime(2026, 1, day, 18, 30, tzinfo=UTC) for day in (5, 6)][:count]

    reading = meta(ENGLISH + posted(moments, "Europe/Berlin"))

    assert reading.column("posts", "published_at") == moments
    [doubt] = [doubt for doubt in reading.plan.doubts if "zone" in doubt]
    assert "read in the zone +01:00, with which they agree, although only one or two posts show it" in doubt


def test_one_or_two_short_codes_that_agree_on_no_zone_leave_the_usual_one_and_a_doubt() -> None:
    late = timedelta(minutes=22)

    reading = meta(ENGLISH + posted(OPEN[:1], "America/Los_Angeles", late=late))

    assert reading.column("posts", "published_at") == [OPEN[0] + late]
    assert any(
        "if it is in America/Los_Angeles, as it is read; is that its zone?" in doubt for doubt in reading.plan.doubts
    )


@pytest.mark.parametrize(
    ("zone", "late"), [("America/Los_Angeles", timedelta(days=1_590, hours=17)), ("America/New_York", timedelta(0))]
)
def test_times_that_no_one_zone_brings_to_those_of_the_short_codes_stop_the_import(zone: str, late: timedelta) -> None:
    moments = [*OPEN, *(moment.replace(month=1, day=20) for moment in OPEN)]
    source = a_source({"export.csv": ENGLISH + posted(moments, zone, "%Y-%m-%d %H:%M", late)})

    plan = META.plan(source, ReadOptions(observed_at=NOW))

    assert [need.what for need in plan.needs] == ["zone"]
    assert "and no zone explains it; export the file again, or read it by a mapping" in plan.needs[0].message
    assert 'zone = "…"' in plan.needs[0].message


def test_rows_read_again_keep_the_zone_that_the_whole_file_showed() -> None:
    whole = meta(ENGLISH + posted(OPEN, "America/Sao_Paulo"))
    story = row(when="03/04/2025 17:30", link="https://www.instagram.com/stories/ana.paula/17900000000000001")

    again = meta(ENGLISH + story, ReadOptions(observed_at=NOW, settled=whole.plan.settled))

    assert again.column("posts", "published_at") == [OPEN[0]]


def test_several_exports_are_read_together() -> None:
    source = a_source({"a[1].csv": ENGLISH + row(), "b.csv": ENGLISH + row(), "notes.csv": "a,b\n"})

    reading = read(META, source, ReadOptions(observed_at=NOW))

    assert len(reading.rows("posts")) == 2
    assert reading.plan.ignored == ("notes.csv",)


def test_exports_of_one_name_in_two_folders_are_each_read_by_their_own_headers_once() -> None:
    files = {"export.csv": PORTUGUESE + row().replace(",", ";"), "sub/export.csv": ENGLISH + row()}

    reading = read(META, a_source(files), ReadOptions(observed_at=NOW))

    assert [(batch.file, batch.rows_read) for batch in reading.batches if batch.rows_read] == [
        ("export.csv", 1),
        ("sub/export.csv", 1),
    ]
