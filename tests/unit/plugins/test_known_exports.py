"""Exports of Meta Business Suite and YouTube Studio, in several languages, with their habits and traps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analisa.application.collection.archives import ArchiveKind, ArchiveReader, ImportRefused, ReadOptions
from analisa.domain.collection.records import TABLES
from analisa.domain.shared.social import ProfileRef
from analisa.plugins import hookimpl
from analisa.plugins.archives.meta_suite import MetaBusinessSuite
from analisa.plugins.archives.youtube_studio import YouTubeStudio
from analisa.plugins.manager import Plugins

from .archives import Reading, a_source, an_archive, read, short_code

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLUGINS = Plugins.load([])
META = MetaBusinessSuite()
STUDIO = YouTubeStudio()
CODE = "DUMLDXPktaH"
"""A short code of 2026-01-31T21:30:03Z."""

ENGLISH = (
    '\ufeff"Post ID","Account ID","Account username","Account name",Description,"Duration (sec)","Publish time",Permalink,'
    '"Post type","Data comment",Date,Views,Reach,Likes,Shares,Follows,Comments,Saves\n'
)
PORTUGUESE = (
    "Identificação do post;Identificação da conta;Nome de usuário da conta;Nome da conta;Descrição;Duração (s);"
    "Horário de publicação;Link permanente;Tipo de post;Comentário sobre os dados;Data;Visualizações;Alcance;Curtidas;"
    "Compartilhamentos;Seguimentos;Comentários;Salvamentos\n"
)
GERMAN_META = (
    "Beitrags-ID,Konto-ID,Konto-Nutzername,Kontoname,Beschreibung,Dauer (Sek.),Veröffentlichungszeit,Dauerhafter Link,"
    "Beitragsart,Kommentar zu den Daten,Datum,Aufrufe,Reichweite,„Gefällt mir“-Angaben,Geteilte Inhalte,Follows,"
    "Kommentare,Gespeichert\n"
)
SPANISH = (
    "Identificador de la publicación,Identificador de la cuenta,Nombre de usuario de la cuenta,Nombre de la cuenta,"
    "Descripción,Duración (segundos),Hora de publicación,Enlace permanente,Tipo de publicación,"
    "Comentario sobre los datos,Fecha,Visualizaciones,Alcance,Me gusta,Veces que se ha compartido,Seguimientos,"
    "Comentarios,Veces que se ha guardado\n"
)


def row(
    *,
    when: str = "01/31/2026 13:30",
    link: str = f"https://www.instagram.com/p/{CODE}/",
    kind: str = "IG carousel",
    period: str = "Lifetime",
) -> str:
    return (
        f'17900000000000001,17841400000000001,ana.paula,"Ana Paula","Olá, ""sol""\n\n#praia",0,"{when}",{link},"{kind}",,'
        f"{period},100,90,10,1,0,2,3\n"
    )


def meta(text: str, options: ReadOptions | None = None) -> Reading:
    return read(META, a_source({"export.csv": text}), options or ReadOptions(observed_at=NOW))


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


TABLE = (
    "Video,Video title,Video pub\u00adlish time,Com\u00adments ad\u00added,Shares,Dis\u00adlikes,Likes,"
    "Sub\u00adscribers lost,Sub\u00adscribers gained,RPM (USD),Av\u00ader\u00adage view dur\u00ada\u00adtion,Views,"
    "Watch time (hours),Sub\u00adscribers,Your es\u00adtim\u00adated rev\u00aden\u00adue (USD),Im\u00adpres\u00adsions,"
    "Im\u00adpres\u00adsions click-through rate (%)\r\n"
    "Total,,,30,3,2,50,1,9,1.5,0:03:25,1000,20.5,8,30.25,9000,3.5\r\n"
    'abcdefghijk,"One, two","May 8, 2020",10,1,1,20,1,4,2.5,0:05:14,400,10.5,3,20.5,5000,4.5\r\n'
    'ABCDEFGHIJ_,Three,"Nov 12, 2020",15,2,1,25,0,5,,0:01:00,500,8.0,-2,9.25,3500,2.5\r\n'
)
BRAZILIAN = (
    "Conteúdo;Título do vídeo;Horário de publicação do vídeo;Duração;Visualizações;Tempo de exibição (horas);"
    "Inscritos;Receita estimada (BRL);Impressões;Taxa de cliques de impressões (%)\n"
    "Total;;;;12.345;1.234,5;20;99,5;50.000;4,2\n"
    "abcdefghijk;Um;8 de mai. de 2020;125;1.234;120,5;5;10,25;4.000;5,1\n"
)
CHANNEL = ReadOptions(observed_at=NOW, profile=ProfileRef.parse("youtube:UCabcdefghijklmnopqrstuv"))


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


CHART = (
    "Date,Content,Video title,Video publish time,Views,Watch time (hours)\n"
    '2020-12-01,abcdefghijk,"One, two","May 9, 2020",10,0.5\n'
    '2020-12-01,ABCDEFGHIJ_,Three,"Nov 13, 2020",11,0.5\n'
    '2020-12-02,abcdefghijk,"One, two","May 9, 2020",12,1\n'
    '2020-12-02,ABCDEFGHIJ_,Three,"Nov 13, 2020",0,0\n'
)
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


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"e.csv": ENGLISH + row()}, "meta-business-suite"),
        ({"e.csv": PORTUGUESE + row().replace(",", ";")}, "meta-business-suite"),
        ({"e.csv": ENGLISH}, "meta-business-suite"),
        ({"e.csv": GERMAN_META + row()}, "meta-business-suite"),
        ({"t.csv": TABLE}, "youtube-studio"),
        ({"t.csv": BRAZILIAN}, "youtube-studio"),
        ({"c.csv": CHART}, "youtube-studio"),
        (an_archive({"profiles.csv": "network,profile_id\n"}), "creator-archive"),
        ({"list.csv": "Post ID,Likes\n1,2\n"}, "table"),
        ({"list.csv": "Video,Video title,Views\nnot an id,x,5\n"}, "table"),
        ({"e.csv": ENGLISH + row(link="https://example.org/p/1")}, "table"),
        ({"photo.jpg": "\xff"}, "table"),
    ],
)
def test_the_right_reader_is_chosen(files: dict[str, str | bytes], name: str) -> None:
    assert PLUGINS.choose(a_source(files), None).name == name
    assert PLUGINS.choose(a_source(files), "auto", has_mapping=True).name == "table"


def test_a_reader_can_be_named_and_a_wrong_name_is_told() -> None:
    source = a_source({"a.csv": "a\n"})

    assert PLUGINS.choose(source, "youtube-studio").name == "youtube-studio"
    with pytest.raises(ImportRefused, match="no reader 'excel'; there are creator-archive, meta-business-suite"):
        PLUGINS.choose(source, "excel")
    for reader, message in ((META, "no content export"), (STUDIO, "no table of videos")):
        with pytest.raises(ImportRefused, match=message):
            reader.plan(source, ReadOptions())


def test_readers_that_are_equally_sure_are_named() -> None:
    class Twin(MetaBusinessSuite):
        name = "twin"

        @hookimpl
        def analisa_archive_readers(self) -> Iterable[ArchiveReader]:
            return [self]

    plugins = Plugins.load([])
    assert plugins.add("twin", "test", Twin).readers == ("twin",)

    with pytest.raises(ImportRefused, match=r"several readers recognise e\.csv: meta-business-suite .*; twin"):
        plugins.choose(a_source({"e.csv": ENGLISH + row()}), None)


def test_every_known_export_feeds_known_tables_only() -> None:
    for reading in (meta(ENGLISH + row()), read(STUDIO, a_source({"a.csv": TABLE}), CHANNEL)):
        for batch in reading.batches:
            assert set(batch.columns) <= set(TABLES[batch.table.name].names)
