"""Foreign tables by a mapping: what is sure is read, what is doubtful is told, what is missing is asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from analisa.application.collection.archives import ArchiveKind, ImportRefused, ReadOptions
from analisa.domain.collection.batch import Severity
from analisa.domain.collection.mapping import MappingInvalid
from analisa.domain.shared.social import ProfileRef
from analisa.plugins import Network
from analisa.plugins.archives.source import Source

from .archives import a_source, read
from .mapped import NOW, POST, READER, a_mapping, posts, reads


def test_headers_are_found_in_any_spelling() -> None:
    reading = reads({"a.csv": "\ufeff i\u00adD ,AUTHOR\n1,me\n"}, a_mapping("posts", *POST))

    assert reading.rows("posts") == [{"network": "instagram", "post_id": "1", "profile_id": "me"}]


def test_the_second_of_two_equal_headers_can_be_named() -> None:
    mapping = a_mapping("post_metrics", 'post_id = "ID"', 'likes = "Likes [2]"', top=['observed_at = "2026-01-01"'])

    reading = reads({"a.csv": "ID,Likes,Likes\n1,13.8M,13800000\n"}, mapping)

    assert reading.column("post_metrics", "likes") == [13_800_000]


def test_a_column_that_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(
        ImportRefused, match=r"posts.csv: has no column 'Auhtor'.*table 1, columns.profile_id.*did you mean 'Author'"
    ):
        reads({"posts.csv": "ID,Author\n"}, a_mapping("posts", 'post_id = "ID"', 'profile_id = "Auhtor"'))
    with pytest.raises(ImportRefused, match=r"it has 'ID', 'Author'"):
        reads({"posts.csv": "ID,Author\n"}, a_mapping("posts", *POST, 'title = "Headline"'))


def test_an_optional_column_may_be_missing_and_alternatives_are_tried() -> None:
    mapping = a_mapping("posts", 'post_id = ["Key", "ID"]', POST[1], 'title = { column = "Headline", optional = true }')

    assert reads({"a.csv": "ID,Author\n1,me\n"}, mapping).column("posts", "title") == [None]


def test_a_mapping_for_files_that_are_not_there_is_refused() -> None:
    with pytest.raises(ImportRefused, match=r"table 1: no file is called b.csv; there are a.csv"):
        reads({"a.csv": "ID,Author\n"}, a_mapping("posts", *POST, top=['files = "b.csv"']))


@pytest.mark.parametrize(
    ("glob", "ids"), [("a.csv", ["1", "2"]), ("/a.csv", ["1"]), ("deep/*", ["2"]), ("/deep/a.csv", ["2"])]
)
def test_a_glob_fits_a_path_or_a_name_and_behind_a_slash_the_whole_path(glob: str, ids: Sequence[str]) -> None:
    files: dict[str, str | bytes] = {"a.csv": "ID,Author\n1,me\n", "deep/a.csv": "ID,Author\n2,me\n"}

    reading = reads(files, a_mapping("posts", *POST, top=[f'files = "{glob}"']))

    assert reading.column("posts", "post_id") == ids


BESIDE: dict[str, str | bytes] = {
    "a.csv": "ID,Author\n1,me\n",
    "README.md": "# About\n",
    "cover.jpg": b"\xff\xd8\xff\0\0\0\0",
    "manifest.json": '{\n"format": "list"\n}',
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("more.json", '{"ID": "2", "Author": "me"}\n'),
        ("more.dat", "ID,Author\n2,me\n"),
        ("more.CSV.1", "ID;Author\n2;me\n"),
        ("more", "ID\tAuthor\n2\tme\n"),
    ],
)
def test_a_mapping_that_names_no_files_reads_every_table_whatever_its_ending(name: str, text: str) -> None:
    reading = reads({**BESIDE, name: text}, a_mapping("posts", *POST))

    assert reading.column("posts", "post_id") == ["1", "2"]
    assert set(reading.plan.ignored) == set(BESIDE) - {"a.csv"}


def test_files_that_a_mapping_names_are_read_whatever_their_ending() -> None:
    files = {**BESIDE, "dump-1.json.part": '{"ID": "2", "Author": "me"}\n'}

    starred = reads(files, a_mapping("posts", *POST, top=['files = "dump-*.json*"']))
    listed = reads(files, a_mapping("posts", *POST, top=['files = ["a.csv", "*.part"]']))

    assert starred.column("posts", "post_id") == ["2"]
    assert listed.column("posts", "post_id") == ["1", "2"]
    with pytest.raises(ImportRefused, match=r"README.md: has no column 'ID'"):
        reads(files, a_mapping("posts", *POST, top=['files = "README*"']))


def test_where_no_file_has_the_columns_the_refusal_names_them() -> None:
    with pytest.raises(ImportRefused, match=r"list: has no column 'ID'.*it has 'Key', 'Author'"):
        reads({"list": "Key,Author\n1,me\n"}, a_mapping("posts", *POST))


def test_damage_behind_a_header_that_fits_is_not_passed_over() -> None:
    damaged = b"ID,Author\n" + b"2,me\n" * 50_000 + b"3,\xff\n"

    with pytest.raises(ImportRefused, match=r"more.dat: byte 0xFF"):
        reads({**BESIDE, "more.dat": damaged}, a_mapping("posts", *POST))


def test_a_file_that_is_handed_in_by_itself_is_never_passed_over(tmp_path: Path) -> None:
    for name, content in BESIDE.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    options = ReadOptions(mapping=a_mapping("posts", *POST))

    with Source.open([tmp_path]) as folder:
        assert read(READER, folder, options).column("posts", "post_id") == ["1"]
    with (
        Source.open([tmp_path / "a.csv", tmp_path / "README.md"]) as files,
        pytest.raises(ImportRefused, match=r"README.md: has no column 'ID'"),
    ):
        read(READER, files, options)


def test_one_file_feeds_several_tables_and_its_rows_count_once() -> None:
    mapping = a_mapping("post_metrics", 'post_id = "ID"', 'likes = "Likes"', top=['observed_at = "2026-01-01"'])
    mapping += (
        b'\n[[table]]\ntable = "posts"\nnetwork = "instagram"\n[table.columns]\npost_id = "ID"\nprofile_id = "Author"'
    )

    reading = reads({"a.csv": "ID,Author,Likes\n1,me,5\n,me,6\n#NAME?,me,7\n"}, mapping)

    assert reading.rows_read == 3
    assert [batch.table.name for batch in reading.batches] == ["posts", "post_metrics"]
    assert reading.codes == [("field.missing", 3), ("id.spreadsheet_error", 4)]


def test_missing_words_are_silent_and_labels_are_counted_once_per_column() -> None:
    mapping = a_mapping(
        "post_metrics",
        'post_id = "ID"',
        'likes = { column = "Likes", missing = ["n/a"] }',
        top=['observed_at = "2026-01-01"'],
    )

    reading = reads({"a.csv": "ID,Likes\n1,N/A\n2,Share\n3,#VALOR!\n4,Share\n5,0\n"}, mapping)

    assert reading.column("post_metrics", "likes") == [None, None, None, None, 0]
    [finding] = reading.findings
    assert (finding.severity, finding.code, finding.line) == (Severity.FLAGGED, "cell.not_known", 3)
    assert "3 cells of the column 'Likes'" in finding.message
    assert "'Share' 2 times" in finding.message


def test_a_column_that_holds_something_else_is_doubted() -> None:
    mapping = a_mapping("post_metrics", 'post_id = "ID"', 'views = "Views avg."', top=['observed_at = "2026-01-01"'])

    reading = reads({"a.csv": "ID,Views avg.\n1,Spain\n2,Brazil\n3,4\n"}, mapping)

    assert (
        "2 of 3 cells of the column 'Views avg.' are no numbers ('Spain', 'Brazil'); is it really views?"
        in reading.plan.doubts[0]
    )


def test_who_and_when_are_asked_for_where_the_file_does_not_say() -> None:
    mapping = a_mapping("profile_metrics", 'followers = "Fans"', network=None)
    source = a_source({"a.csv": "Fans\n5\n"})

    plan = READER.plan(source, ReadOptions(mapping=mapping))

    assert [need.what for need in plan.needs] == ["network", "profile", "observed_at"]
    with pytest.raises(ImportRefused, match="--profile NETWORK:ID-OR-HANDLE"):
        next(READER.read(source, plan))

    reading = reads({"a.csv": "Fans\n5\n"}, mapping, profile=ProfileRef.parse("x:ana"), observed_at=NOW)
    assert reading.rows("profile_metrics") == [
        {"network": "x", "profile_id": "ana", "observed_at": NOW, "followers": 5}
    ]


def test_an_export_of_another_network_than_the_profiles_is_refused() -> None:
    with pytest.raises(ImportRefused, match="is about instagram, and --profile names x:ana"):
        reads({"a.csv": "ID\n1\n"}, a_mapping("posts", 'post_id = "ID"'), profile=ProfileRef.parse("x:ana"))


def test_an_observation_time_without_zone_or_sense_is_refused() -> None:
    mapping = a_mapping("post_metrics", 'post_id = "ID"')
    for wrong in (NOW.replace(tzinfo=None), NOW.replace(year=1815)):
        with pytest.raises(ImportRefused, match="--observed-at"):
            reads({"a.csv": "ID\n1\n"}, mapping, observed_at=wrong)


def test_a_link_shows_the_post_and_another_column_stands_in() -> None:
    mapping = a_mapping(
        "posts",
        'post_id = { column = "Link", link = true, otherwise = "ID" }',
        'profile_id = { column = "Link", link = true }',
    )

    reading = reads(
        {"a.csv": "Link,ID\nhttps://instagram.com/Ana/p/AbCdEfGhIjK/,7\nhttps://instagram.com/ana/,8\nnothing,9\n"},
        mapping,
    )

    assert [(row["post_id"], row["profile_id"]) for row in reading.rows("posts")] == [
        ("AbCdEfGhIjK", "ana"),
        ("8", "ana"),
    ]
    assert reading.codes == [("field.missing", 4)]


def test_links_are_read_by_whichever_network_knows_them() -> None:
    class Kwai(Network):
        def post_from_link(self, url: str) -> tuple[str | None, str | None]:
            return ("k1", "ana") if "kwai" in url else (None, None)

    mapping = a_mapping(
        "posts",
        'network = "Where"',
        'post_id = { column = "Link", link = true }',
        'profile_id = "Author"',
        network=None,
    )
    text = "Where,Link,Author\nkwai,https://kwai.example/1,a\ntiktok,https://tiktok.com/@a/video/123,a\nbad name,https://kwai.example/1,a\n"

    reading = reads({"a.csv": text}, mapping, networks={"kwai": Kwai(name="kwai", title="Kwai")})

    assert [(row["network"], row["post_id"]) for row in reading.rows("posts")] == [("kwai", "k1"), ("tiktok", "123")]
    assert reading.codes == [("network.unreadable", 4)]


def test_the_files_name_can_be_a_column() -> None:
    mapping = a_mapping(
        "profile_metrics",
        'profile_id = "ID"',
        'followers = "Fans"',
        'observed_at = { column = "@file", pattern = "{date}", zone = "UTC" }',
    )

    reading = reads({"fans 2026-01-31.csv": "ID,Fans\na,5\n", "fans 2026-02-28.csv": "ID,Fans\na,6\n"}, mapping)

    assert reading.column("profile_metrics", "observed_at") == [
        datetime(2026, 1, 31, tzinfo=UTC),
        datetime(2026, 2, 28, tzinfo=UTC),
    ]


def test_rows_of_totals_become_control_sums_wherever_they_stand() -> None:
    mapping = a_mapping("post_metrics", 'post_id = "ID"', 'likes = "Likes"', top=['observed_at = "2026-01-01"'])

    reading = reads({"a.csv": "ID,Likes\n1,2\n2,3\nTotal geral,6\n"}, mapping)

    assert reading.column("post_metrics", "post_id") == ["1", "2"]
    assert [(control.line, control.label, dict(control.values)) for control in reading.plan.controls] == [
        (4, "Total geral", {"Likes": "6"})
    ]
    assert reading.codes == [("row.total", 4)]
    assert reading.findings[0].severity is Severity.LEFT_OUT


def test_an_account_may_be_called_total_unless_the_mapping_says_otherwise() -> None:
    files: dict[str, str | bytes] = {"a.csv": "Name,Fans\ntotal,2\nana,3\n"}
    columns = ('profile_id = "Name"', 'followers = "Fans"')

    plain = reads(files, a_mapping("profile_metrics", *columns, top=['observed_at = "2026-01-01"']))
    told = reads(files, a_mapping("profile_metrics", *columns, top=['observed_at = "2026-01-01"', 'totals = "Name"']))

    assert plain.column("profile_metrics", "profile_id") == ["total", "ana"]
    assert told.column("profile_metrics", "profile_id") == ["ana"]


def test_rows_that_the_mapping_drops_are_told() -> None:
    drop = 'drop = [{ column = "Type", equals = ["dead_page"] }, { column = "ID", empty = true }]'

    reading = reads({"a.csv": "ID,Author,Type\n1,a,ok\n2,a,Dead_Page\n,a,ok\n"}, a_mapping("posts", *POST, top=[drop]))

    assert reading.column("posts", "post_id") == ["1"]
    assert reading.codes == [("row.dropped", 3), ("row.dropped", 4)]


def test_descriptions_are_kept_once_per_wording_the_newest_of_each() -> None:
    mapping = a_mapping(
        "profiles", 'profile_id = "ID"', 'display_name = "Name"', 'observed_at = { column = "When", zone = "UTC" }'
    )
    text = "ID,Name,When\na,Old,2025-01-01\na,New,2025-03-01\na,Old,2025-02-01\na,New,2025-04-01\nb,B,\n"

    reading = reads({"a.csv": text}, mapping)

    assert [(row["display_name"], row.get("observed_at", NOW).month) for row in reading.rows("profiles")] == [
        ("Old", 2),
        ("New", 4),
        ("B", 3),
    ]


COMMENTS = ('comment_id = "ID"', 'post_id = "Post"', 'author_ref = "Author"', 'text = "Text"')


def test_authors_become_pseudonyms_and_their_names_appear_nowhere() -> None:
    text = "ID,Post,Author,Author name,Text\n1,9,maria,Maria S,hi\n2,9,joão,João,hi\n3,9,maria,Maria S,yo\n,9,maria,Maria S,no id\n"

    reading = reads({"a.csv": text}, a_mapping("comments", *COMMENTS))

    first, second, third = reading.column("comments", "author_ref")
    assert first == third != second
    assert first.startswith("a_")
    shown = repr(reading.findings) + repr(reading.plan) + repr(reading.rows("comments"))
    assert "maria" not in shown.lower().replace("a_", "")
    assert reading.findings[0].cells == {"ID": "", "Post": "9", "Author": first, "Text": "no id"}


def test_a_comment_that_is_no_row_shows_no_cells() -> None:
    reading = reads({"a.csv": "ID,Post,Author,Text\n1,9,x\n"}, a_mapping("comments", *COMMENTS))

    assert [(finding.code, dict(finding.cells)) for finding in reading.findings] == [("row.ragged", {})]


def test_a_pseudonym_stays_when_it_is_read_again_and_differs_between_installations() -> None:
    def author(cell: str, salt: bytes) -> Any:
        options = ReadOptions(mapping=a_mapping("comments", *COMMENTS), author_salt=salt)
        return read(READER, a_source({"a.csv": f"ID,Post,Author,Text\n1,9,{cell},x\n"}), options).column(
            "comments", "author_ref"
        )[0]

    one = author("maria", b"one")

    assert author(one, b"one") == one
    assert author("maria", b"two") != one
    assert author("maria", b"") is None


@pytest.mark.parametrize(
    ("rule", "cell", "words"),
    [
        ('list = "blank"', "#sol  praia", ("sol", "praia")),
        ('list = ","', '"sol, #praia,"', ("sol", "praia")),
        ('list = "literal"', "\"['sol', 'praia']\"", ("sol", "praia")),
        ('list = "literal"', '"[""sol"", 3]"', ("sol", "3")),
        ('list = "literal"', "sol", ("sol",)),
        ('list = "literal"', "\"__import__('os')\"", ("__import__('os')",)),
        ('list = "literal"', "[" * 3_000, ("[" * 3_000,)),
        ('list = ";"', "", None),
    ],
)
def test_lists_are_split(rule: str, cell: str, words: tuple[str, ...] | None) -> None:
    mapping = a_mapping("posts", *POST, f'hashtags = {{ column = "Tags", {rule} }}')

    assert reads({"a.csv": f"ID,Author,Tags\n1,a,{cell}\n"}, mapping).column("posts", "hashtags") == [words]


def test_text_that_was_read_as_latin_1_is_repaired() -> None:
    mapping = a_mapping("posts", *POST, 'text = { column = "Text", repair = "latin-1" }')
    damaged = "São ❤".encode().decode("latin-1")

    reading = reads({"a.csv": f"ID,Author,Text\n1,a,{damaged}\n2,a,São\n"}, mapping)

    assert reading.column("posts", "text") == ["São ❤", "São"]


def test_choices_and_truths_are_folded_and_unknown_ones_counted() -> None:
    mapping = a_mapping(
        "posts", *POST, 'type = { column = "Kind", values = { "IG image" = "image" } }', 'paid_partnership = "Paid"'
    )

    reading = reads({"a.csv": "ID,Author,Kind,Paid\n1,a,IG Image,sim\n2,a,Reel,não\n3,a,film,maybe\n"}, mapping)

    assert reading.column("posts", "type") == ["image", "reel", None]
    assert reading.column("posts", "paid_partnership") == [True, False, None]
    assert {finding.field for finding in reading.findings} == {"type", "paid_partnership"}


def test_what_has_no_field_goes_to_extra() -> None:
    mapping = a_mapping(
        "posts",
        *POST,
        'extra.song = "Song"',
        'extra.rpm = { column = "RPM", kind = "number" }',
        'extra.seen = { column = "Seen", kind = "duration" }',
    )

    reading = reads({"a.csv": "ID,Author,Song,RPM,Seen\n1,a,La,-1.5,0:03:25\n2,a,,,\n"}, mapping)

    assert reading.column("posts", "extra") == [{"song": "La", "rpm": -1.5, "seen": 205.0}, None]


def test_what_cannot_be_stored_in_extra_sets_its_row_aside() -> None:
    mapping = a_mapping("posts", *POST, 'extra.song = "Song"')
    text = '{"ID": "1", "Author": "a", "Song": "a\\u0000b"}\n{"ID": "2", "Author": "a", "Song": "c"}\n'

    reading = reads({"a.jsonl": text}, mapping)

    assert reading.column("posts", "extra") == [{"song": "c"}]
    assert reading.codes == [("text.nul", 1)]


def test_jsonl_is_flattened_and_a_name_may_come_late() -> None:
    mapping = a_mapping(
        "posts",
        'post_id = "id"',
        'profile_id = "author.name"',
        'text = "late"',
        'hashtags = { column = "tags", list = "literal" }',
    )
    text = '{"id": 1, "author": {"name": "a"}, "tags": ["x y"]}\n{"id": "2", "author": {"name": "b"}, "late": "!"}\n'

    reading = reads({"a.jsonl": text}, mapping)

    assert [row["profile_id"] for row in reading.rows("posts")] == ["a", "b"]
    assert reading.column("posts", "text") == [None, "!"]
    assert reading.column("posts", "hashtags") == [("x y",), None]


def a_workbook(*rows: Sequence[object], sheet: str = "Posts", first: bool = True) -> bytes:
    book = openpyxl.Workbook()
    active = book.active
    assert active is not None
    target = active if first else book.create_sheet(sheet)
    target.title = sheet
    for row in rows:
        target.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_spreadsheet_is_read_with_its_types() -> None:
    rows: list[Sequence[object]] = [
        ("ID", "Author", "When", "Likes", "Length", "Big"),
        ("a", 2292348882, datetime(2025, 1, 2, 3, 4, 5), 228, timedelta(minutes=3, seconds=25), 18142622734126312),  # noqa: DTZ001
        (),
        ("b", "7", date(2025, 1, 3), 1.5, None, True),
    ]
    mapping = a_mapping(
        "posts", *POST, 'published_at = { column = "When", zone = "UTC" }', 'duration_s = "Length"', 'extra.big = "Big"'
    )

    reading = reads({"a.xlsx": a_workbook(*rows)}, mapping)

    assert reading.column("posts", "profile_id") == ["2292348882", "7"]
    assert reading.column("posts", "published_at") == [
        datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime(2025, 1, 3, tzinfo=UTC),
    ]
    assert reading.column("posts", "duration_s") == [205.0, None]
    assert reading.column("posts", "extra") == [{"big": "1.814262273412631e+16"}, {"big": "true"}]
    assert reading.codes == [("row.empty", 3)]
    assert reading.batches[0].lines == [2, 4]


@pytest.mark.parametrize("empty", [0, 2])
def test_errors_of_a_spreadsheet_are_not_known_and_counted(empty: int) -> None:
    above: list[Sequence[object]] = [()] * empty
    beside = (None,) * empty
    rows = [(*beside, *row) for row in (("ID", "Likes"), ("a", "#VALUE!"), ("b", 3), ("c", None), ("#NAME?", 4))]
    files: dict[str, str | bytes] = {"a.xlsx": a_workbook(*above, *rows, sheet="Second & last", first=False)}
    mapping = a_mapping("post_metrics", 'post_id = "ID"', 'likes = "Likes"', top=['observed_at = "2026-01-01"'])

    reading = reads(files, mapping)

    assert reading.column("post_metrics", "likes") == [None, 3, None]
    assert reading.codes == [("id.spreadsheet_error", 5 + empty), ("cell.not_known", 2 + empty)]


def test_a_number_that_a_spreadsheet_rounded_is_no_id() -> None:
    book = a_workbook(("ID", "Author"), (18142622734126312, "me"))

    assert reads({"a.xlsx": book}, a_mapping("posts", *POST)).codes == [("id.damaged", 2)]


def test_the_sheet_and_the_header_line_can_be_named() -> None:
    book = a_workbook(("Report of March",), (), ("ID", "Author"), ("1", "me"), sheet="Second", first=False)
    files: dict[str, str | bytes] = {"a.xlsx": book}

    for sheet in ('"Second"', "2"):
        reading = reads(files, a_mapping("posts", *POST, top=[f"sheet = {sheet}", "header = 3"]))
        assert reading.column("posts", "post_id") == ["1"]
    with pytest.raises(ImportRefused, match="has no sheet 'Third'; it has Sheet, Second"):
        reads(files, a_mapping("posts", *POST, top=['sheet = "Third"']))


def test_an_owners_export_stays_one() -> None:
    mapping = b'kind = "owner_export"\n' + a_mapping("posts", *POST)

    assert reads({"a.csv": "ID,Author\n"}, mapping).plan.kind is ArchiveKind.OWNER_EXPORT


def test_the_plan_shows_columns_with_example_cells() -> None:
    long = '"\x1b[31my\n\n' + "y" * 100 + '"'
    reading = posts("1,me,2025-01-02,x", f"2,me,2025-01-03,{long}", header="ID,Author,When,\x1b[31mOther")

    [table] = reading.plan.tables
    shown = {column.column: (column.field, column.examples) for column in table.columns if column.column}
    assert shown["ID"] == ("post_id", ("1", "2"))
    assert shown["[31mOther"] == ("", ("x", "\ufffd[31my " + "y" * 53 + "…"))
    assert ("", "network", "always instagram") in {(one.column, one.field, one.rule) for one in table.columns}


def test_a_plan_of_another_reader_is_refused() -> None:
    source = a_source({"a.csv": "ID,Author\n"})
    plan = READER.plan(source, ReadOptions(mapping=a_mapping("posts", *POST)))
    foreign = type(plan)(reader="other", kind=plan.kind, tables=())

    with pytest.raises(ImportRefused, match="another reader"):
        next(READER.read(source, foreign))


def test_a_wrong_mapping_is_refused_before_the_files_are_opened() -> None:
    with pytest.raises(MappingInvalid):
        READER.plan(a_source({"a.csv": b"\xff"}), ReadOptions(mapping=b"mapping = 3"))


def test_any_table_may_be_read_with_a_mapping_and_nothing_else_is() -> None:
    assert 0 < READER.recognise(a_source({"a.csv": "x\n"})).confidence < 0.5
    assert READER.recognise(a_source({"a.pdf": "x\n"})).confidence == 0
    with pytest.raises(ImportRefused, match="holds no CSV, JSONL or XLSX"):
        READER.plan(a_source({"a.pdf": "x\n"}), ReadOptions())


def test_a_workbook_called_a_zip_is_read_by_a_mapping() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["ID", "Author"])
    book.active.append(["1", "me"])
    stream = io.BytesIO()
    book.save(stream)

    assert READER.recognise(a_source({"list.zip": stream.getvalue()})).confidence > 0
    assert reads({"list.zip": stream.getvalue()}, a_mapping("posts", *POST)).column("posts", "post_id") == ["1"]
