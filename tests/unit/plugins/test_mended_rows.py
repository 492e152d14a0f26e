"""What was set aside can be mended and read again by the same reader."""

from __future__ import annotations

import pytest

from analisa.application.collection.archives import ArchiveReader, ImportRefused, MendedRow, ReadOptions, SourceLimits
from analisa.plugins.archives.creator_archive.reader import CreatorArchive
from analisa.plugins.archives.mapped.reader import MappedTables
from analisa.plugins.archives.source import Source
from analisa.plugins.manager import Plugins

from .archives import Reading, a_source, an_archive, read

PLUGINS = Plugins.load([])
MAPPING = b"""mapping = 1
[[table]]
table = "posts"
files = "list*"
network = "x"
[table.columns]
post_id = "ID"
profile_id = "Author"
title = "Title [2]"
"""


def retry(reader: ArchiveReader, reading: Reading, options: ReadOptions, **mended: str) -> Reading:
    headers = {table.file: table.header for table in reading.plan.tables}
    rows = [
        MendedRow(one.file, one.table, {**one.cells, **mended}, line=place, header=headers[one.file])
        for place, one in enumerate(reading.findings, start=2)
    ]
    source = PLUGINS.mended(rows, SourceLimits())
    assert isinstance(source, Source)
    return read(reader, source, options)


def test_a_mended_row_of_a_foreign_table_is_read_by_the_same_mapping() -> None:
    options = ReadOptions(mapping=MAPPING)
    files: dict[str, str | bytes] = {"list.csv": 'ID,Author,Title,Title\n7E+18,me,"a,b","c\nd"\n1,me,x,y\n'}
    reading = read(MappedTables(), a_source(files), options)

    again = retry(MappedTables(), reading, options, ID="71")

    assert again.rows("posts") == [{"network": "x", "post_id": "71", "profile_id": "me", "title": "c\nd"}]


def test_a_mended_row_of_an_archive_finds_its_table() -> None:
    reading = read(CreatorArchive(), a_source(an_archive({"profiles.csv": "network,profile_id,bio\nx,,hello\n"})))

    again = retry(CreatorArchive(), reading, ReadOptions(), profile_id="9")

    assert again.rows("profiles") == [{"network": "x", "profile_id": "9", "bio": "hello"}]


def test_a_ragged_row_keeps_all_its_cells() -> None:
    options = ReadOptions(mapping=MAPPING)
    reading = read(MappedTables(), a_source({"list.csv": "ID,Author,Title,Title\n1,me,a,b,c\n2,me\n"}), options)

    assert [dict(finding.cells) for finding in reading.findings] == [
        {"ID": "1", "Author": "me", "Title": "a", "Title [2]": "b", "[column 5]": "c"},
        {"ID": "2", "Author": "me", "Title": "", "Title [2]": ""},
    ]
    again = retry(MappedTables(), reading, options)
    assert (again.column("posts", "post_id"), again.codes, again.rows_read) == (["2"], [("row.ragged", 2)], 2)
    assert retry(MappedTables(), reading, options, **{"[column 5]": ""}).column("posts", "post_id") == ["1", "2"]


def test_a_column_without_a_header_is_no_surplus() -> None:
    options = ReadOptions(mapping=MAPPING.replace(b'title = "Title [2]"', b'title = "[column 1]"'))
    reading = read(MappedTables(), a_source({"list.csv": ",ID,Author\nt,7E+18,me\n"}), options)

    assert retry(MappedTables(), reading, options, ID="71").column("posts", "title") == ["t"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_line_with_a_stray_quote_waits_until_its_quotes_fit(delimiter: str) -> None:
    told = f"delimiter = {delimiter!r}" if delimiter == "|" else ""
    options = ReadOptions(mapping=MAPPING.replace(b"network", told.encode() + b"\nnetwork"))
    text = 'ID,Author,Title,Title\n1,me,x,"a"b\n2,me,x,y\n'.replace(",", delimiter)
    reading = read(MappedTables(), a_source({"list.csv": text}), options)
    [(name, line)] = reading.findings[0].cells.items()

    still = retry(MappedTables(), reading, options)
    mended = retry(MappedTables(), reading, options, **{name: line.replace('"a"b', '"a""b\nc"')})

    assert (still.rows("posts"), still.codes) == ([], [("row.quotes", 2)])
    assert mended.rows("posts") == [{"network": "x", "post_id": "1", "profile_id": "me", "title": 'a"b\nc'}]


@pytest.mark.parametrize("said", ['delimiter = ";"', 'encoding = "utf-16-le"', "header = 3"])
def test_how_the_file_was_written_does_not_matter_to_mended_rows(said: str) -> None:
    options = ReadOptions(mapping=MAPPING.replace(b"network", said.encode() + b"\nnetwork"))
    text = (
        "#\n#\nID;Author;Title;Title\n7E+18;mé;x;y\n" if "header" in said else "ID;Author;Title;Title\n7E+18;mé;x;y\n"
    )
    encoded = text.encode("utf-16-le" if "encoding" in said else "utf-8")
    reading = read(MappedTables(), a_source({"list.csv": encoded}), options)

    assert retry(MappedTables(), reading, options, ID="71").column("posts", "profile_id") == ["mé"]


def test_files_without_a_row_to_mend_are_not_missed() -> None:
    other = MAPPING.replace(b"mapping = 1\n", b"").replace(b"list*", b"other*")
    options = ReadOptions(mapping=MAPPING + other)
    text = "ID,Author,Title,Title\n7E+18,me,x,y\n"
    reading = read(MappedTables(), a_source({"list.csv": text, "other.csv": text.replace("7E+18", "7")}), options)

    assert retry(MappedTables(), reading, options, ID="71").column("posts", "post_id") == ["71"]


def test_a_row_without_cells_is_no_row() -> None:
    options = ReadOptions(mapping=MAPPING)
    source = PLUGINS.mended([MendedRow("list.csv", "", {}, 2, ("ID", "Author", "Title", "Title [2]"))], SourceLimits())
    assert isinstance(source, Source)

    again = read(MappedTables(), source, options)

    assert (again.rows("posts"), again.codes) == ([], [("row.empty", 2)])


def test_a_mended_line_of_json_is_taken_apart() -> None:
    mapping = MAPPING.replace(b'"Author"', b'"author.name"').replace(b'title = "Title [2]"', b"")
    options = ReadOptions(mapping=mapping)
    files: dict[str, str | bytes] = {"list.jsonl": '{"ID": "1", "author": {"name": "a"}}\n{"ID": \n'}
    reading = read(MappedTables(), a_source(files), options)

    again = retry(MappedTables(), reading, options, **{"[line]": '{"ID": "2", "author": {"name": "b"}}'})

    assert again.rows("posts") == [{"network": "x", "post_id": "2", "profile_id": "b"}]


@pytest.mark.parametrize("line", ['{"ID": ', "[1]"])
def test_a_line_that_is_still_no_row_waits_beside_those_that_are(line: str) -> None:
    options = ReadOptions(mapping=MAPPING.replace(b'title = "Title [2]"', b""))
    rows = [
        MendedRow("list.jsonl", "", {"[line]": line}, line=2),
        MendedRow("list.jsonl", "", {"[line]": '{"ID": "2", "Author": "b"}'}, line=3),
    ]
    source = PLUGINS.mended(rows, SourceLimits())
    assert isinstance(source, Source)

    again = read(MappedTables(), source, options)

    assert (again.codes, again.column("posts", "post_id")) == ([("row.json", 2)], ["2"])


def test_nothing_to_mend_is_refused() -> None:
    with pytest.raises(ImportRefused, match="no mended row"):
        PLUGINS.mended([], SourceLimits())
