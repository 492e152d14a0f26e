"""Tables as they come: encodings, quotes, ragged rows, one endless line; a clear word about each, in bounded memory."""

from __future__ import annotations

import io
import resource
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.application.collection.archives import ImportRefused
from analisa.domain.collection.batch import Severity
from analisa.plugins.archives.chunks import TableOptions
from analisa.plugins.archives.delimited import sniff
from analisa.plugins.archives.source import Source
from analisa.plugins.archives.tables import chunks_of, format_of, sample_of

from .archives import a_source
from .tables import SHEET, a_workbook, chunks, findings, refusal, rows


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_line(end: str) -> None:
    assert rows(end.join(["a,b", "1,2", "3,4"])) == [(2, ("1", "2")), (3, ("3", "4"))]
    assert rows(end.join(["a,b", "1,2", '3,"4"', ""])) == [(2, ("1", "2")), (3, ("3", "4"))]


def test_mixed_line_ends_and_quotes_over_lines_keep_the_count() -> None:
    text = 'a,b\r\n1,"x\ny\r\nz"\n2,"q ""w"" e"\r\n\r\n3,plain\n'

    assert rows(text) == [(2, ("1", "x\ny\r\nz")), (5, ("2", 'q "w" e')), (7, ("3", "plain"))]
    assert [(one.code, one.line) for one in findings(text)] == [("row.empty", 6)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a;b\n1;2,5\n", "2,5"),
        ("a\tb\n1\t2,5\n", "2,5"),
        ("sep=;\na;b,c\n1;2,5\n", "2,5"),
        ("\n\n  \na,b\n1,2\n", "2"),
    ],
)
def test_the_delimiter_is_told_by_the_header(text: str, first: str) -> None:
    [(_, cells)] = rows(text)
    assert cells[1] == first


def test_delimiters_inside_quotes_do_not_count() -> None:
    assert sniff('"a,b,c";d\n') == ";"
    assert sniff("single\n") == ","


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_told_by_a_header_with_line_breaks(delimiter: str, end: str) -> None:
    header = delimiter.join(['"Post\nlink, or; id"', '"Au""\n\nthor"', "Likes"]).replace("\n", end)
    row = delimiter.join(["1", "2", "3"])

    assert rows(f"{header}{end}{row}") == [(5, ("1", "2", "3"))]
    assert sniff(header) == delimiter


def test_a_quote_that_a_header_never_closes_hides_no_delimiter() -> None:
    assert sniff('"a;b\n1;2\n3,3,3,3\n') == ";"
    assert sniff('5" wide;b\n"x,y,z";2\n') == ";"


def test_a_header_that_cannot_be_read_is_refused_with_its_line_and_a_cure() -> None:
    message = refusal('\n"a"b,c\n1,2\n')

    assert message.startswith("a.csv, line 2: the header row cannot be read: ")
    assert "check its quotes, or say in a mapping which line it is (header = 3)" in message


def test_a_header_may_hold_line_breaks_and_stand_further_down() -> None:
    text = 'Report,March\n,\n"Likes\r\navg",ID\n5,x\n'

    assert rows(text, header_line=3) == [(5, ("5", "x"))]
    assert sample_of(a_source({"a": text}), "a", TableOptions(header_line=3)).header == ("Likes avg", "ID")


@pytest.mark.parametrize(
    ("row", "code"),
    [("1", "row.ragged"), ("1,2,3", "row.ragged"), ('1,"2"3', "row.quotes"), ("1,\0", "text.nul")],
)
def test_a_row_that_does_not_fit_is_set_aside_and_the_next_is_read(row: str, code: str) -> None:
    text = f"a,b\n{row}\n7,8\n"

    assert rows(text) == [(3, ("7", "8"))]
    [finding] = findings(text)
    assert (finding.code, finding.line) == (code, 2)


def test_empty_cells_behind_the_last_header_are_no_cells() -> None:
    assert rows("a,b\n1,2,,\n,,,\n3,4\n") == [(2, ("1", "2")), (4, ("3", "4"))]
    assert rows("a,b\n,\n3,4\n") == [(3, ("3", "4"))]


def set_aside(text: str) -> list[tuple[int, str]]:
    """Return the lines that wait whole, with their numbers."""
    whole = [(one.line, one.cells.get("[line divided by ,]")) for one in findings(text) if one.code == "row.quotes"]
    return [(line, cell) for line, cell in whole if cell is not None]


@pytest.mark.parametrize("count", [3, 30_000])
def test_a_quote_never_closed_costs_its_own_row_only(count: int) -> None:
    long = "x" * 50
    text = 'a,b\n1,2\n3,"4\n' + f"5,{long}\n" * count

    assert rows(text) == [(2, ("1", "2")), *((line, ("5", long)) for line in range(4, 4 + count))]
    assert set_aside(text) == [(3, '3,"4')]
    assert sum(chunk.read for chunk in chunks(text)) == 2 + count


def test_a_quote_that_runs_into_the_next_one_costs_its_own_row_only() -> None:
    text = 'a,b\n"1,2\n3,4\n\n5,6\n7,"two\nlines"\n8,9\n'

    assert rows(text) == [(3, ("3", "4")), (5, ("5", "6")), (6, ("7", "two\nlines")), (8, ("8", "9"))]
    assert set_aside(text) == [(2, '"1,2')]


def test_lines_of_a_broken_cell_are_taken_for_no_rows() -> None:
    text = 'a,b\n1,"one\nx,y\nthe "end", 2\n7,"8"\n'

    assert rows(text) == [(5, ("7", "8"))]
    assert set_aside(text) == [(2, '1,"one'), (3, "x,y"), (4, 'the "end", 2')]


def test_lines_that_may_be_parts_of_a_broken_cell_wait_each() -> None:
    text = 'a,b\n1,"one\nmore, or\nless\n2,"two"\n'

    assert rows(text) == [(5, ("2", "two"))]
    assert set_aside(text) == [(2, '1,"one'), (3, "more, or"), (4, "less")]


@pytest.mark.parametrize("last", ['"', 'and so on",7'])
def test_lines_of_a_cell_whose_first_line_holds_a_wrong_quote_wait_with_it(last: str) -> None:
    text = f'a,b\n1,"He said "hi\nthere, friend\n{last}\n2,"two"\n'

    assert rows(text) == [(5, ("2", "two"))]
    assert set_aside(text) == [(2, '1,"He said "hi'), (3, "there, friend"), (4, last)]


@pytest.mark.parametrize(
    "broken", ['1,"He said "hi" to me"', '1,"2"3', '1,"He said "hi'], ids=["closed", "behind", "open"]
)
@pytest.mark.parametrize("last", ['5,"two"', '5,"two\nlines"', '"5",""', "5,x"])
def test_a_wrong_quote_costs_no_row_where_the_next_quote_opens_a_cell(broken: str, last: str) -> None:
    text = f"a,b\n{broken}\n3,4\n{last}\n7,8\n"

    assert [cells for _, cells in rows(text)][::2] == [("3", "4"), ("7", "8")]
    assert set_aside(text) == [(2, broken)]


@given(st.lists(st.text('a,"\\n', max_size=12), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_no_line_is_lost_whatever_its_quotes(lines: list[str], end: str) -> None:
    text = "a,b\n" + end.join(lines)
    read = chunks(text)
    kept = "".join(cell for _, cells in rows(text) for cell in cells)
    waiting = "".join(cell for chunk in read for one in chunk.findings for cell in one.cells.values())

    assert (kept + waiting).count("a") == text.count("a") - 1
    taken = sum(chunk.read for chunk in read)
    assert taken == sum(len(chunk.lines) for chunk in read) + sum(
        one.severity is Severity.QUARANTINED for chunk in read for one in chunk.findings
    )


def test_quotes_that_never_fit_take_time_that_grows_with_the_file_only() -> None:
    text = "a,b\n" + 'a","b\n' * 200_000

    assert sum(chunk.read for chunk in chunks(text)) == 200_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    assert rows("a,b\né,❤\n".encode(encoding)) == [(2, ("é", "❤"))]


def test_another_encoding_has_to_be_named() -> None:
    text = ("a,b\n" + "x,y\n" * 100_000 + "São,y\n").encode("cp1252")

    assert "byte 0xE3 at offset 400005 is not utf-8; save the file as UTF-8, or name its encoding" in refusal(text)
    assert rows(text, encoding="cp1252")[-1][1] == ("São", "y")
    with pytest.raises(ImportRefused, match="'klingon' is not an encoding"):
        rows(text, encoding="klingon")
    with pytest.raises(ImportRefused, match="'base64' is not an encoding"):
        rows(text, encoding="base64")


def test_an_encoding_that_is_none_is_refused_although_a_mark_tells_another() -> None:
    with pytest.raises(ImportRefused, match="'banana' is not an encoding"):
        rows("a,b\n1,2\n".encode("utf-8-sig"), encoding="banana")


def test_a_character_cut_at_the_end_is_named() -> None:
    assert "offset 4 is not utf-8" in refusal(b"a,b\n\xe2\x9d")
    assert "is not utf-16" in refusal(b"\xff\xfea\0,\0b\0\n\0\x00\xd8\n\0")


def test_utf_16_without_a_mark_is_recognised_as_such() -> None:
    assert "UTF-16 without a byte-order mark" in refusal("a,b\n1,2\n".encode("utf-16-le"))
    assert rows("a,b\n1,2\n".encode("utf-16-le"), encoding="utf-16-le") == [(2, ("1", "2"))]


@pytest.mark.parametrize("text", ["", "\n\n", "   \n", "\ufeff"])
def test_an_empty_file_is_refused(text: str) -> None:
    assert "is empty: there is not even a header row" in refusal(text)


def test_a_file_with_a_header_only_has_no_rows() -> None:
    assert [(chunk.header, list(chunk.lines)) for chunk in chunks("a,b\n")] == [(("a", "b"), [])]


def test_too_many_columns_are_refused() -> None:
    assert "has 2001 columns" in refusal("a," * 2_000 + "a\n")
    wide = "{" + ", ".join(f'"{number}": 1' for number in range(2_001)) + "}"
    assert "has 2001 columns" in refusal(wide + "\n", "a.jsonl")


@pytest.mark.parametrize("line", ['{"a": "' + "x" * 300, '"' + "x" * 300, "x" * 300])
def test_a_line_that_never_ends_is_refused(line: str) -> None:
    assert "the line has more than 256 characters" in refusal(line, max_line_chars=256)


def test_a_row_that_never_ends_is_set_aside_line_by_line() -> None:
    text = "a,b\n" + '"x\n",' * 1000
    read = chunks(text, max_line_chars=256)

    assert [one.line for chunk in read for one in chunk.findings] == list(range(2, 1003))
    assert "goes on for more than 256 characters" in read[0].findings[0].message


class _Endless(Source):
    """A source whose one file is a gigabyte of the same byte, made while it is read."""

    def stream(self, name: str) -> io.BufferedReader:
        del name
        return io.BufferedReader(_Repeated(1 << 30))


class _Repeated(io.RawIOBase):
    def __init__(self, left: int) -> None:
        super().__init__()
        self._left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        count = min(len(view), self._left)
        view[:count] = b"x" * count
        self._left -= count
        return count


def test_a_gigabyte_on_one_line_takes_little_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ImportRefused, match="the line has more than"):
        list(chunks_of(_Endless("endless", a_source({"a": b""}).limits), "a"))

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def many_rows(count: int) -> Iterator[str]:
    yield "id,text,more\n"
    for number in range(count):
        text = f'"{number}\n,"' if number % 997 == 0 else "plain"
        yield f"{number},{text},{'é' * (number % 7)}\n"


def test_rows_over_the_ends_of_pieces_are_read_whole() -> None:
    read = rows("".join(many_rows(60_000)))

    assert [cells[0] for _, cells in read] == [str(number) for number in range(60_000)]
    line = 2
    for number, (start, cells) in enumerate(read):
        assert start == line
        assert cells[1] == (f"{number}\n," if number % 997 == 0 else "plain")
        line += 2 if number % 997 == 0 else 1


def test_jsonl_lines_are_counted_and_late_names_found() -> None:
    first, *_ = chunks('{"a": 1}\n\n{"b": [1, {"c": null}]}\n{"a": true}\n', "a.jsonl")

    assert first.header == ("a", "b")
    assert first.lines == [1, 3, 4]
    assert first.columns == [["1", "", "true"], ["", '[1,{"c":null}]', ""]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old or an encrypted kind"),
        (b'[{"a": 1}]', "one JSON list"),
        (b"<!DOCTYPE html><html>", "a web page or XML"),
        (b"<?xml version='1.0'?>", "a web page or XML"),
        (b"PK\x03\x04 and nothing more", "is not a readable spreadsheet"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, message: str) -> None:
    assert message in refusal(content, "a.xlsx")


def test_too_many_rows_of_any_format_are_refused() -> None:
    lines = '{"a": 1}\n' * 6
    sheet = SHEET % "".join(f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>' for number in range(1, 8))

    assert "more than 5 rows" in refusal("a\n" + "1\n" * 6, max_rows=5)
    assert "more than 5 rows" in refusal(lines, "a.jsonl", max_rows=5)
    assert "more than 5 rows" in refusal(a_workbook(sheet=sheet), max_rows=5)


def test_the_format_is_told_by_the_content() -> None:
    assert format_of(a_source({"a.xlsx": "a,b\n"}), "a.xlsx") == "csv"
    assert format_of(a_source({"a.csv": ' \n{"a": 1}'}), "a.csv") == "jsonl"
    assert format_of(a_source({"a.txt": a_workbook()}), "a.txt") == "xlsx"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_the_format_is_told_in_any_encoding_that_a_mark_tells(encoding: str) -> None:
    [chunk] = chunks('{"a": "é"}\n'.encode(encoding))

    assert (chunk.header, chunk.columns) == (("a",), [["é"]])
    assert "one JSON list" in refusal('[{"a": 1}]'.encode(encoding))


def test_the_format_is_told_in_an_encoding_that_is_named() -> None:
    assert rows('{"a": "é"}\n'.encode("utf-16-le"), encoding="utf-16-le") == [(1, ("é",))]
