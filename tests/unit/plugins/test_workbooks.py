"""Workbooks as they come: entities, far-off cells, damage and errors, each with a clear word or a count."""

from __future__ import annotations

import contextlib
import time

import pytest

from analisa.application.collection.archives import ImportRefused

from .tables import SHEET, a_workbook, chunks, refusal


def test_a_workbook_that_declares_entities_is_refused() -> None:
    evil = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + SHEET % ""

    assert "declares entities" in refusal(a_workbook(sheet=evil))
    assert "declares entities" in refusal(a_workbook(strings=" " * (1 << 18) + '<!ENTITY e "x">'))


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"/></row>',
    ],
)
def test_a_workbook_whose_cells_lie_far_apart_is_refused(cells: str) -> None:
    assert "spans 1048576 rows and 16384 columns" in refusal(a_workbook(sheet=SHEET % cells))


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    bomb = a_workbook(strings=" " * (4 << 20))

    assert "as bombs do" in refusal(bomb)
    assert "unpacks to more than 1000000 bytes" in refusal(bomb, max_sheet_bytes=1_000_000)
    assert "has more than 1000 bytes" in refusal(bomb, max_sheet_bytes=1_000)


@pytest.mark.parametrize("part", ["sheet", "strings", "book"])
@pytest.mark.parametrize("text", ["<", "<a>", "not xml", SHEET % '<row r="x"><c r="??"/></row>'])
def test_a_damaged_workbook_is_refused_or_read_as_far_as_it_goes(part: str, text: str) -> None:
    try:
        chunks(a_workbook(**{part: text}))
    except ImportRefused as error:
        assert str(error).startswith("a.csv: is")  # noqa: PT017 - both outcomes are right


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A2" t="e"><v>#N/A</v></c>',
        "<c t='e' s='1' r='A2'><f>VLOOKUP(B2,C:D,2)</f><v>#N/A</v></c>",
        '<c r="A2" t="e"><f t="shared" si="0"/><v>#N/A</v></c>',
    ],
)
@pytest.mark.parametrize("filler", [0, 5_000])
def test_an_error_of_a_spreadsheet_is_no_empty_cell(cell: str, filler: int) -> None:
    more = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(3, 3 + filler))
    sheet = SHEET % f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{cell}<c r="B2"><v>2</v></c></row>{more}'

    first, *_ = chunks(a_workbook(sheet=sheet))

    assert [column[0] for column in first.columns][:1] == ["#N/A"]


def test_a_sheet_made_to_keep_a_search_busy_takes_no_time() -> None:
    busy = '<c t="e" r="A1"><f>' * 50_000

    begun = time.monotonic()
    with contextlib.suppress(ImportRefused):
        chunks(a_workbook(sheet=SHEET % busy))

    assert time.monotonic() - begun < 5


def test_an_empty_workbook_is_refused() -> None:
    assert "is empty: no sheet holds anything" in refusal(a_workbook(sheet=SHEET % ""))
