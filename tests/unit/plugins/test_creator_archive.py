"""The neutral archive: checked against its manifest, read by its cell rules, written so that it comes back the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analisa.application.collection.archives import ImportRefused, ReadOptions, SourceLimits
from analisa.domain.collection.batch import Batch, Severity
from analisa.domain.collection.records import POST_METRICS, POSTS, PROFILES, TABLES
from analisa.plugins.archives.creator_archive.reader import CreatorArchive
from analisa.plugins.archives.creator_archive.writer import ArchiveWriter, CreatorArchiveFiles
from analisa.plugins.archives.source import Source

from .archives import a_source, an_archive, read, read_archive

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
METRICS = "network,post_id,observed_at,scope,views,likes,watch_time_s,precision\n"


def test_cells_are_read_by_the_rules() -> None:
    reading = read_archive(
        {
            "posts.csv": "network,post_id,profile_id,published_at,type,text,hashtags,paid_partnership,duration_s\r\n"
            'Instagram,CJg,17,2026-01-02T03:04:05+02:00,reel,"two\nlines, a ""quote""",sol #praia,true,61.5\r\n'
            "instagram,CJh,17,,,,,,\r\n",
        }
    )

    assert reading.rows("posts") == [
        {
            "network": "instagram",
            "post_id": "CJg",
            "profile_id": "17",
            "published_at": datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC),
            "type": "reel",
            "text": 'two\nlines, a "quote"',
            "hashtags": ("sol", "praia"),
            "paid_partnership": True,
            "duration_s": 61.5,
        },
        {"network": "instagram", "post_id": "CJh", "profile_id": "17"},
    ]
    assert reading.batches[0].lines == [2, 4]
    assert reading.rows_read == 2
    assert not reading.findings


def test_missing_is_not_zero() -> None:
    reading = read_archive({"post_metrics.csv": METRICS + "x,1,2026-01-01T00:00:00Z,,0,,,\n"})

    assert reading.column("post_metrics", "views") == [0]
    assert reading.column("post_metrics", "likes") == [None]


@pytest.mark.parametrize(
    ("cells", "code", "field"),
    [
        ("x,7.5E+18,2026-01-01T00:00:00Z,,1,1,,", "id.damaged", "post_id"),
        ("x,#NAME?,2026-01-01T00:00:00Z,,1,1,,", "id.spreadsheet_error", "post_id"),
        (f"x,{'9' * 300},2026-01-01T00:00:00Z,,1,1,,", "id.too_long", "post_id"),
        ("x,,2026-01-01T00:00:00Z,,1,1,,", "field.missing", "post_id"),
        ("x,1,,,1,1,,", "field.missing", "observed_at"),
        ("x y,1,2026-01-01T00:00:00Z,,1,1,,", "network.unreadable", "network"),
        ("x,1,2026-01-01T00:00:00,,1,1,,", "time.no_zone", "observed_at"),
        ("x,1,01/02/2026,,1,1,,", "time.unreadable", "observed_at"),
        ("x,1,1066-10-14T00:00:00Z,,1,1,,", "time.out_of_range", "observed_at"),
        ("x,1,0001-01-01T00:00:00+14:00,,1,1,,", "time.out_of_range", "observed_at"),
        ("x,1,1971-01-01T00:00+14:00,,1,1,,", "time.out_of_range", "observed_at"),
        ("x,1,2199-12-31T23:59-12:00,,1,1,,", "time.out_of_range", "observed_at"),
        ('x,1,2026-01-01T00:00:00Z,,"1,234",1,,', "number.unreadable", "views"),
        ("x,1,2026-01-01T00:00:00Z,,1_000,1,,", "number.unreadable", "views"),
        ("x,1,2026-01-01T00:00:00Z,,١٢,1,,", "number.unreadable", "views"),
        ("x,1,2026-01-01T00:00:00Z,,-1,1,,", "number.negative", "views"),
        ("x,1,2026-01-01T00:00:00Z,,9223372036854775808,1,,", "number.too_big", "views"),
        (f"x,1,2026-01-01T00:00:00Z,,{'9' * 5000},1,,", "number.unreadable", "views"),
        ("x,1,2026-01-01T00:00:00Z,,1,1,nan,", "number.unreadable", "watch_time_s"),
        ("x,1,2026-01-01T00:00:00Z,,1,1,1e999,", "number.unreadable", "watch_time_s"),
        ("x,1,2026-01-01T00:00:00Z,,1,1,-0.5,", "number.negative", "watch_time_s"),
        ("x,1,2026-01-01T00:00:00Z,,1,1,1.2.3,", "number.unreadable", "watch_time_s"),
        ("x,1,2026-01-01T00:00:00Z,,1,1,,roughly", "choice.unknown", "precision"),
        (f"x,1,2026-01-01T00:00:00Z,{'P' * 300},1,1,,", "text.too_long", "scope"),
        ("x,1,2026-01-01T00:00:00Z,\0,1,1,,", "text.nul", ""),
        ("x,1,2026-01-01T00:00:00Z,,1,1", "row.ragged", ""),
        ("x,1,2026-01-01T00:00:00Z,,1,1,,,9", "row.ragged", ""),
        ('x,1,"2026-01-01T00:00:00Z"Z,,1,1,,', "row.quotes", ""),
    ],
)
def test_a_row_with_a_problem_is_set_aside_and_the_others_kept(cells: str, code: str, field: str) -> None:
    good = "x,2,2026-01-01T00:00:00Z,,3,4,1.5,exact\n"

    reading = read_archive({"post_metrics.csv": METRICS + good + cells + "\n" + good})

    assert reading.column("post_metrics", "post_id") == ["2", "2"]
    [finding] = reading.findings
    assert (finding.code, finding.line, finding.field) == (code, 3, field)
    assert finding.severity is Severity.QUARANTINED
    assert finding.file == "post_metrics.csv"
    assert reading.rows_read == 3


def test_the_row_set_aside_is_kept_as_the_file_had_it() -> None:
    reading = read_archive({"post_metrics.csv": METRICS + "x,7.5E+18,2026-01-01T00:00:00Z,,1,,,\n"})

    assert reading.findings[0].cells == {
        "network": "x",
        "post_id": "7.5E+18",
        "observed_at": "2026-01-01T00:00:00Z",
        "scope": "",
        "views": "1",
        "likes": "",
        "watch_time_s": "",
        "precision": "",
    }


def test_unknown_columns_are_kept_in_extra() -> None:
    text = 'network,profile_id,mood,extra\nx,1,sunny,"{""rpm"": 1.5}"\nx,2,,\nx,3,rain,\n'

    reading = read_archive({"profiles.csv": text})

    assert reading.column("profiles", "extra") == [{"rpm": 1.5, "mood": "sunny"}, None, {"mood": "rain"}]
    assert any("'mood'" in doubt for doubt in reading.plan.doubts)


@pytest.mark.parametrize("cell", ["[1]", "{", "{'a': 1}", '{""a"": NaN}', '{""a"": ""\\ud800""}', "[" * 5000])
def test_an_extra_that_is_no_object_sets_the_row_aside(cell: str) -> None:
    reading = read_archive({"profiles.csv": f'network,profile_id,extra\nx,1,"{cell}"\n'})

    assert reading.rows("profiles") == []
    assert reading.findings[0].field == "extra"


def test_unknown_tables_and_files_are_left_out_and_named() -> None:
    files = an_archive({"moods.csv": "a\n1\n", "profiles.csv": "network,profile_id\nx,1\n"}) | {"readme.txt": "hello"}

    reading = read(CreatorArchive(), a_source(files))

    assert [batch.table.name for batch in reading.batches] == ["profiles"]
    assert any("'moods'" in doubt for doubt in reading.plan.doubts)
    assert set(reading.plan.ignored) == {"moods.csv", "readme.txt"}


def test_jsonl_gives_the_same_as_csv() -> None:
    rows = [
        {"network": "x", "post_id": "5", "profile_id": "1", "hashtags": ["a b", "c"], "duration_s": 2.0},
        {"network": "x", "post_id": "6", "profile_id": 1, "paid_partnership": False, "extra": {"a": [1]}},
    ]
    text = "\n\n".join(json.dumps(row) for row in rows)

    reading = read_archive({"posts.jsonl": text})

    assert reading.rows("posts") == [
        {"network": "x", "post_id": "5", "profile_id": "1", "hashtags": ("a b", "c"), "duration_s": 2.0},
        {"network": "x", "post_id": "6", "profile_id": "1", "paid_partnership": False, "extra": {"a": [1]}},
    ]
    assert reading.batches[0].lines == [1, 3]


def test_a_jsonl_line_that_is_no_object_is_set_aside() -> None:
    good = '{"network": "x", "profile_id": "1"}'

    reading = read_archive(
        {"profiles.jsonl": f'{good}\n[1]\n{{"network"\n{good}\n{{"network": "x", "profile_id": "\\ud800"}}\n'}
    )

    assert reading.column("profiles", "profile_id") == ["1", "1"]
    assert [line for _, line in reading.codes] == [2, 3, 5]


def test_a_nul_hidden_in_json_sets_the_row_aside() -> None:
    rows = [
        '{"network": "x", "profile_id": "1", "bio": "a\\u0000b"}',
        '{"network": "x", "profile_id": "2", "extra": {"deep": [{"a\\u0000": 1}]}}',
        '{"network": "x", "profile_id": "3", "un\\u0000known": "kept"}',
        '{"network": "x", "profile_id": "4", "unknown too": "a\\u0000b"}',
    ]

    reading = read_archive({"profiles.jsonl": "\n".join(rows)})

    assert reading.column("profiles", "extra") == [{"unknown": "kept"}]
    assert [(one.code, one.line) for one in reading.findings] == [("text.nul", 1), ("text.nul", 2), ("text.nul", 4)]
    assert reading.findings[0].cells["bio"] == "a\\0b"


def test_ids_that_a_spreadsheet_cut_are_flagged_and_kept() -> None:
    ids = ["178414000000000", "17841412345678900", "17841498765432100", "CJg", "1784141234567"]
    text = "network,profile_id\n" + "".join(f"instagram,{name}\n" for name in ids)

    reading = read_archive({"profiles.csv": text})

    assert reading.codes == [("id.suspicious_zeros", 3), ("id.suspicious_zeros", 4)]
    assert len(reading.rows("profiles")) == 5


def test_one_id_with_zeros_among_many_is_chance() -> None:
    ids = ["17841412345678900", *(str(17841412345678911 + step * 13) for step in range(20))]

    reading = read_archive({"profiles.csv": "network,profile_id\n" + "".join(f"x,{name}\n" for name in ids)})

    assert not [code for code in reading.codes if code[1] == 2]


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"version": "2.0"}, "version '2.0'; this program reads 1.0"),
        ({"version": ""}, "version ''"),
        ({"format": "other-archive"}, "format is 'other-archive'"),
        ({"tables": 5}, "is not a manifest"),
        ({"tables": [{"table": "posts", "file": "../../etc/passwd"}]}, "lies outside the archive"),
        ({"tables": [{"table": "posts", "file": "/etc/passwd"}]}, "lies outside the archive"),
        ({"tables": [{"table": "posts", "file": "gone.csv"}]}, "which the archive does not hold"),
        ({"tables": [{"table": "posts", "file": "profiles.csv"}] * 2}, "names the file 'profiles.csv' twice"),
        (
            {"tables": [{"table": "profiles", "file": "profiles.csv", "sha256": "0" * 64}]},
            "the file was changed or cut",
        ),
        ({"tables": [{"table": "posts", "file": "profiles.csv"}]}, "has no column post_id"),
    ],
)
def test_an_archive_that_contradicts_its_manifest_is_refused(manifest: dict[str, object], message: str) -> None:
    source = a_source(an_archive({"profiles.csv": "network,profile_id\nx,1\n"}, **manifest))

    with pytest.raises(ImportRefused, match=message):
        CreatorArchive().plan(source, ReadOptions())


def test_a_minor_version_is_read_and_doubted() -> None:
    reading = read_archive({"profiles.csv": "network,profile_id\nx,1\n"}, version="1.7")

    assert len(reading.rows("profiles")) == 1
    assert "version 1.7" in reading.plan.doubts[0]


def test_a_row_count_that_differs_is_reported() -> None:
    table = {"table": "profiles", "file": "profiles.csv", "rows": 3}

    reading = read_archive({"profiles.csv": "network,profile_id\nx,1\n"}, tables=[table])

    [finding] = reading.findings
    assert (finding.code, finding.severity) == ("archive.rows_differ", Severity.FLAGGED)
    assert "has 1 rows, and the manifest says 3" in finding.message


def test_recognised_by_the_manifest_alone() -> None:
    archive = CreatorArchive()

    assert archive.recognise(a_source(an_archive({}))).confidence == 1
    assert archive.recognise(a_source({"packed/manifest.json": '{"format": "creator-archive"'})).confidence == 1
    assert archive.recognise(a_source({"manifest.json": '{"name": "an app"}'})).confidence == 0
    assert archive.recognise(a_source({"posts.csv": "network,post_id\n"})).confidence == 0


def a_batch(table: str, **columns: list[object]) -> Batch:
    return Batch(TABLES[table], "memory", range(len(next(iter(columns.values())))), columns)


BATCHES = [
    a_batch("profiles", network=["x", "x"], profile_id=["1", "2"], handle=["=1+1", None], is_verified=[True, None]),
    a_batch(
        "posts",
        network=["x"],
        post_id=["9"],
        profile_id=["1"],
        published_at=[datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)],
        text=['a "b"\r\nc,\td\re\n'],
        hashtags=[("sol", "a b", "[x")],
        duration_s=[0.1],
    ),
    a_batch(
        "post_metrics",
        network=["x", "x"],
        post_id=["9", "9"],
        observed_at=[NOW, datetime(2026, 3, 2, tzinfo=UTC)],
        views=[0, 2**63 - 1],
        likes=[None, 5],
        extra=[None, {"rpm": 1.25, "nested": {"ä": [1, None]}}],
    ),
]


@pytest.mark.parametrize("target", ["out.zip", "out"])
def test_what_is_written_comes_back_the_same(tmp_path: Path, target: str) -> None:
    with ArchiveWriter(tmp_path / target, NOW, "test") as writer:
        for batch in BATCHES:
            writer.write(batch)

    with Source.open([tmp_path / target]) as source:
        reading = read(CreatorArchive(), source)

    assert not reading.findings
    assert [path.name for path in tmp_path.iterdir()] == [target]
    for batch, again in zip(BATCHES, reading.batches, strict=True):
        for name, values in batch.columns.items():
            assert list(again.columns[name]) == list(values), name


def test_the_same_batches_give_the_same_bytes(tmp_path: Path) -> None:
    for target in ("a.zip", "b.zip"):
        with ArchiveWriter(tmp_path / target, NOW, "test") as writer:
            for batch in BATCHES:
                writer.write(batch)

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_failure_while_writing_leaves_nothing(tmp_path: Path) -> None:
    broken = a_batch("profiles", network=["x"], profile_id=["1"], created_at=["no time"])
    files = CreatorArchiveFiles(_Noon(), "test")

    with pytest.raises(AttributeError):
        files.write(iter([BATCHES[0], broken]), tmp_path / "out")

    assert list(tmp_path.iterdir()) == []


def test_an_export_says_how_many_rows_it_wrote(tmp_path: Path) -> None:
    rows = CreatorArchiveFiles(_Noon(), "test").write(iter([*BATCHES, BATCHES[0]]), tmp_path / "out")

    assert rows == {"profiles": 4, "posts": 1, "post_metrics": 2}


class _Noon:
    def now(self) -> datetime:
        return NOW


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    with pytest.raises(ImportRefused, match="is there already"), ArchiveWriter(tmp_path / "out", NOW, "test"):
        pass
    with pytest.raises(ImportRefused, match="cannot be written"), ArchiveWriter(tmp_path / "no" / "out", NOW, "test"):
        pass


def test_large_tables_come_in_bounded_batches() -> None:
    rows = "".join(f"x,{row},1\n" for row in range(70_000))

    reading = read_archive({"posts.csv": "network,post_id,profile_id\n" + rows})

    assert max(len(batch) for batch in reading.batches) < 30_000
    assert [line for batch in reading.batches for line in batch.lines] == list(range(2, 70_002))
    assert reading.column("posts", "post_id") == [str(row) for row in range(70_000)]


def test_tables_come_in_the_order_in_which_they_are_stored() -> None:
    reading = read_archive(
        {
            "post_metrics.csv": METRICS,
            "posts.csv": "network,post_id,profile_id\n",
            "profiles.csv": "network,profile_id\n",
        }
    )

    assert [batch.table for batch in reading.batches] == [PROFILES, POSTS, POST_METRICS]
    assert reading.rows_read == 0


def test_too_many_rows_are_refused() -> None:
    source = a_source(an_archive({"profiles.csv": "network,profile_id\n" + "x,1\n" * 11}), max_rows=10)
    archive = CreatorArchive()

    with pytest.raises(ImportRefused, match="more than 10 rows"):
        list(archive.read(source, archive.plan(source, ReadOptions())))


def test_limits_have_defaults_that_fit_a_large_archive() -> None:
    assert SourceLimits().max_file_bytes > 4 << 30
