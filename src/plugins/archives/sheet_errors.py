"""Cells of a spreadsheet that hold an error (`#VALUE!`): the library that reads it hands them over as empty ones.

An empty cell says nothing; an error says that something was there. They are found in the sheet's own text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from html import unescape
from posixpath import join, normpath
from zipfile import ZipFile

_BLOCK = 1 << 18
_LONGEST_CELL = 1 << 20
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ERROR = re.compile(
    rb"<(?:\w{1,9}:)?c\b(?=[^>]{0,256}?\bt\s*=\s*[\"']e[\"'])[^>]{0,256}?\br\s*=\s*[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]{0,256}>\s*"
    rb"(?:<(?:\w{1,9}:)?f\b[^>]{0,256}>(?:[^<]{0,16384}</(?:\w{1,9}:)?f>)?\s*)?<(?:\w{1,9}:)?v>([^<]{1,32})</"
)
"""Every repetition is bounded: the file may have been made to keep a search busy."""
_MARK = re.compile(rb"[\"']e[\"']")
_WORKBOOK = "xl/workbook.xml"

Errors = Mapping[int, Mapping[int, str]]
"""Row (1-based) and column (0-based) to what stands there."""


def errors_in(content: bytes, sheet: str) -> Errors:
    """Return the errors of the *sheet* in the workbook *content*, which is known to be one; none where it hides them."""
    found: dict[int, dict[int, str]] = {}
    with ZipFile(io.BytesIO(content)) as book:
        part = _part_of(book, sheet)
        if part in book.namelist():
            for row, column, text in _errors(book, part):
                found.setdefault(row, {})[column] = text
    return found


def column_number(letters: bytes) -> int:
    """Return the number of a column by its letters: 1 for `A`, 27 for `AA`."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _errors(book: ZipFile, part: str) -> Iterator[tuple[int, int, str]]:
    rest = b""
    with book.open(part) as stream:
        while block := stream.read(_BLOCK):
            text = rest + block
            end = text.rfind(b"c>") + 2 if b"c>" in text else 0
            for letters, digits, value in _ERROR.findall(text[:end]) if _MARK.search(text, 0, end) else ():
                yield int(digits), column_number(letters) - 1, unescape(value.decode("utf-8", "replace"))
            rest = text[end:][-_LONGEST_CELL:]


def _part_of(book: ZipFile, sheet: str) -> str:
    """Return the name of the file in which *sheet* stands, "" where the workbook does not say it."""
    targets = {one.get("Id"): one.get("Target", "") for one in _tags(book, "xl/_rels/workbook.xml.rels", _RELATION)}
    for one in _tags(book, _WORKBOOK, _SHEET):
        if one.get("name") == sheet:
            reference = next((value for name, value in one.items() if name.endswith(":id")), "")
            return normpath(join("/xl", targets.get(reference, ""))).lstrip("/")
    return ""


def _tags(book: ZipFile, part: str, pattern: re.Pattern[bytes]) -> Iterator[dict[str, str]]:
    if part not in book.namelist():
        return
    for tag in pattern.findall(book.read(part)):
        yield {
            name.decode(): unescape((double or single).decode("utf-8", "replace"))
            for name, double, single in _ATTRIBUTE.findall(tag)
        }
