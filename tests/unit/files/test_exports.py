"""Tables as files: what a spreadsheet opens is what was meant, and nothing half written is ever seen."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from datetime import date, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analisa.adapters.files.cells import cell
from analisa.adapters.files.exports import ExportDirectory, _csv
from analisa.application.exporting.errors import ExportShelfUnavailable, ExportTooLarge
from analisa.application.exporting.ports import Format, Row

ID = UUID("0190f3c2-7c1e-7000-8000-00000000e001")
ROWS: list[Row] = [
    ("Olá, “mundo”\nnova", 3, 0.25, True, None),
    ("=1+1", -4, float(10**7), False, ("a", "b")),
    ('say "hi"', None, None, None, ("=x",)),
]
COLUMNS = ("text", "whole", "part", "flag", "several")


async def written(root: Path, kind: Format, rows: list[Row]) -> bytes:
    shelf = ExportDirectory(root, most_bytes=1 << 20)
    table = await shelf.begin(ID, kind, COLUMNS)
    await table.write(rows[:1])
    await table.write(rows[1:])
    whole = await table.whole()
    path = shelf.path(whole.name)
    assert path is not None
    content = path.read_bytes()
    assert (whole.rows, whole.bytes, whole.sha256) == (len(rows), len(content), sha256(content).hexdigest())
    return content


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "true"),
        (7, "7"),
        (-7, "-7"),
        (0.1 + 0.2, "0.3"),
        (1e16, "10000000000000000"),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=-3))), "2026-03-01T12:00:00"),
        (ID, str(ID)),
        ((), ""),
        (("a", "b"), "a; b"),
        (("=a", "b"), "'=a; b"),
        (("a", "=b"), "a; '=b"),
        ("a;=1", "a;'=1"),
        ("a\n@b", "a\n'@b"),
        ('a; "=1"', 'a; "\'=1"'),
        ("a;b=1", "a;b=1"),
        (-1e-7, "0"),
        (-0.5, "-0.5"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@sum", "'@sum"),
        ("-1", "'-1"),
        ("＝1", "'＝1"),  # noqa: RUF001  full width
        ("\t=1", "'\t'=1"),
        ("a=1", "a=1"),
        (Format.CSV, "csv"),
    ],
)
def test_a_cell_is_plain_and_never_run(value: object, shown: str) -> None:
    assert cell(value) == shown


RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
texts = st.text(st.sampled_from("a=+-@;,\t\r\n \"'\u00a0"), max_size=8) | st.text(max_size=8)


@given(texts)
def test_no_text_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    shown = cell(text)

    assert not shown.startswith(RUN)
    assert shown.replace("'", "") == text.replace("'", "")


@given(st.lists(st.tuples(texts, texts, texts), max_size=4), st.sampled_from(",;\t"))
def test_wherever_a_spreadsheet_parts_it_no_cell_begins_like_a_formula(
    rows: list[tuple[str, str, str]], parts_at: str
) -> None:
    written = _csv(("a", "b", "c"))(rows).decode("utf-8-sig")

    for row in csv.reader(io.StringIO(written, newline=""), delimiter=parts_at):
        assert not any(seen.lstrip().startswith(("=", "+", "-", "@")) for seen in row)


async def test_a_csv_file_is_what_spreadsheets_open(tmp_path: Path) -> None:
    content = await written(tmp_path, Format.CSV, ROWS)

    assert content.startswith(b"\xef\xbb\xbftext,whole,part,flag,several\r\n")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == [
        list(COLUMNS),
        ["Olá, “mundo”\nnova", "3", "0.25", "true", ""],
        ["'=1+1", "-4", "10000000", "false", "a; b"],
        ['say "hi"', "", "", "", "'=x"],
    ]


async def test_json_lines_keep_values_as_they_are(tmp_path: Path) -> None:
    content = await written(tmp_path, Format.JSONL, ROWS)

    lines = [json.loads(line) for line in content.decode().splitlines()]
    assert lines[1] == {"text": "=1+1", "whole": -4, "part": 1e7, "flag": False, "several": ["a", "b"]}
    assert lines[0]["several"] is None
    assert list(lines[0]) == list(COLUMNS)


async def test_an_empty_list_is_a_file_with_its_header(tmp_path: Path) -> None:
    assert await written(tmp_path, Format.CSV, []) == b"\xef\xbb\xbftext,whole,part,flag,several\r\n"


async def test_what_is_too_large_or_given_up_leaves_nothing(tmp_path: Path) -> None:
    shelf = ExportDirectory(tmp_path / "exports", most_bytes=100)
    table = await shelf.begin(ID, Format.JSONL, COLUMNS)

    with pytest.raises(ExportTooLarge, match="ANALISA_MAX_EXPORT_BYTES"):
        await table.write(ROWS)
    await table.discard()
    await table.discard()

    assert list((tmp_path / "exports").iterdir()) == []


async def test_a_file_is_seen_whole_or_not_at_all_and_by_its_owner_alone(tmp_path: Path) -> None:
    shelf = ExportDirectory(tmp_path / "exports", most_bytes=1 << 20)
    table = await shelf.begin(ID, Format.CSV, COLUMNS)
    await table.write(ROWS)
    (part,) = (tmp_path / "exports").iterdir()
    assert shelf.path(part.name.removesuffix(".part")) is None

    name = (await table.whole()).name

    path = shelf.path(name)
    assert path is not None
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_two_attempts_at_one_export_do_not_meet(tmp_path: Path) -> None:
    shelf = ExportDirectory(tmp_path, most_bytes=1 << 20)
    first, second = [await shelf.begin(ID, Format.CSV, COLUMNS) for _ in range(2)]

    assert (await first.whole()).name != (await second.whole()).name


async def test_a_shelf_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("in the way")

    with pytest.raises(ExportShelfUnavailable):
        await ExportDirectory(tmp_path / "exports", most_bytes=1).begin(ID, Format.CSV, COLUMNS)


async def test_the_sweep_takes_what_is_past_its_time_whole_or_not(tmp_path: Path) -> None:
    shelf = ExportDirectory(tmp_path, most_bytes=1 << 20)
    old, young = tmp_path / f"{uuid4()}.csv.part", tmp_path / f"{uuid4()}.csv"
    for path, hours in ((old, 25), (young, 23)):
        path.write_text("")
        then = time.time() - hours * 3600
        os.utime(path, (then, then))

    assert await shelf.sweep() == 1
    assert (old.exists(), young.exists()) == (False, True)
    assert await ExportDirectory(tmp_path / "nowhere", most_bytes=1).sweep() == 0
