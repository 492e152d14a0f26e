"""Tables and workbooks, and what becomes of them, for tests."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from analisa.application.collection.archives import ImportRefused
from analisa.domain.collection.batch import Finding
from analisa.plugins.archives.chunks import Chunk, TableOptions
from analisa.plugins.archives.tables import chunks_of

from .archives import a_source


def chunks(text: str | bytes, name: str = "a.csv", **limits: int) -> list[Chunk]:
    return list(chunks_of(a_source({name: text}, **limits), name))


def rows(text: str | bytes, **options: object) -> list[tuple[int, tuple[str, ...]]]:
    """Return the rows of a table with the lines on which they start."""
    found = []
    for chunk in chunks_of(a_source({"a.csv": text}), "a.csv", TableOptions(**options)):  # type: ignore[arg-type]
        cells = zip(*chunk.columns, strict=True) if chunk.lines else ()
        found += list(zip(chunk.lines, cells, strict=True))
    return found


def findings(text: str | bytes) -> list[Finding]:
    return [finding for chunk in chunks(text) for finding in chunk.findings]


def refusal(text: str | bytes, name: str = "a.csv", **limits: int) -> str:
    with pytest.raises(ImportRefused) as refused:
        chunks(text, name, **limits)
    return str(refused.value)


def a_workbook(**parts: str) -> bytes:
    """A workbook of one cell, with *parts* (`sheet`, `strings`) replaced."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "ID"
    stream = io.BytesIO()
    book.save(stream)
    replaced = io.BytesIO()
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml", "book": "xl/workbook.xml"}
    by_name = {names[part]: text for part, text in parts.items()}
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(replaced, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {**dict.fromkeys(old.namelist()), **by_name}:
            new.writestr(name, by_name.get(name) or old.read(name))
    return replaced.getvalue()


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
)
