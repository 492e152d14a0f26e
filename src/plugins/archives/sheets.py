"""Spreadsheets (XLSX) as chunks. They have to be held in memory, so what they unpack to is bounded first.

The file is looked through before it is opened: entities and document types are refused, and so is a sheet whose
cells lie so far apart that the grid between them would fill the memory.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from zipfile import BadZipFile, ZipFile, ZipInfo

import python_calamine

from ...application.collection.archives import ArchiveSource, ImportRefused, SourceLimits
from .chunks import Chunk, TableOptions, check_rows, check_width, left_out
from .sheet_errors import Errors, column_number, errors_in

Cell = int | float | str | bool | time | date | datetime | timedelta

_BLOCK = 1 << 18
_OVERLAP = 64
_ROWS = 10_000
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']\s*\$?([A-Za-z]{1,3})\$?(\d{1,7})\s*[\"']")
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\b[^>]{0,512}?\br\s*=\s*[\"'](\d{1,7})[\"']")
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY", b"<!doctype", b"<!entity")
_EXACT = 10**15
"""From here on a spreadsheet's numbers have lost digits; they are shown as it holds them, which marks them damaged."""


def sheet_chunks(source: ArchiveSource, name: str, options: TableOptions) -> Iterator[Chunk]:
    """Read one sheet. The first chunk comes even when the sheet has a header only."""
    sheet, errors = _open(source, name, options)
    rows = _with_errors(sheet, errors)
    header = _find_header(rows, name, options)
    check_width(header, name)
    names = options.names(header)
    first, total = True, 0
    while True:
        chunk = _take(rows, name, names)
        total += chunk.read
        check_rows(total, source, name)
        if not (chunk.read or chunk.findings or first):
            return
        yield chunk
        first = False


def _with_errors(sheet: python_calamine.CalamineSheet, errors: Errors) -> Iterator[tuple[int, list[Cell]]]:
    """Number the rows, and put *errors* where the library leaves cells empty."""
    left = sheet.start[1] if sheet.start else 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        for column, text in errors.get(number, {}).items():
            if 0 <= column - left < len(row) and row[column - left] == "":
                row[column - left] = text
        yield number, row


def _take(rows: Iterator[tuple[int, list[Cell]]], name: str, header: tuple[str, ...]) -> Chunk:
    kept: list[list[str]] = []
    starts: list[int] = []
    blank: list[int] = []
    width = len(header)
    for number, row in rows:
        texts = [_TEXT[type(cell)](cell) for cell in row[:width]]
        if any(texts):
            kept.append(texts + [""] * (width - len(texts)))
            starts.append(number)
        else:
            blank.append(number)
        if len(kept) + len(blank) >= _ROWS:
            break
    columns = list(zip(*kept, strict=True)) if kept else [()] * width
    return Chunk(header, columns, starts, left_out(name, blank), len(kept))


def _find_header(rows: Iterator[tuple[int, list[Cell]]], name: str, options: TableOptions) -> list[str]:
    for number, row in rows:
        texts = [_TEXT[type(cell)](cell) for cell in row]
        if options.header_line is not None and number < options.header_line:
            continue
        if any(texts):
            return texts
    raise ImportRefused("is empty: there is not even a header row", file=name)


def _open(source: ArchiveSource, name: str, options: TableOptions) -> tuple[python_calamine.CalamineSheet, Errors]:
    content = _content(source, name)
    _inspect(content, name, source.limits)
    try:
        book = python_calamine.CalamineWorkbook.from_object(io.BytesIO(content))
        sheet = _choose(book, name, options.sheet)
        return sheet, errors_in(content, sheet.name)
    except ImportRefused:
        raise
    # The library raises its own errors, but also a panic, which is no Exception, for files that break its guesses.
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
            raise
        raise ImportRefused(f"is not a readable spreadsheet: {error}", file=name) from error


def _content(source: ArchiveSource, name: str) -> bytes:
    """Read the whole file, or one byte more than allowed; block by block, so that no memory is asked for in advance."""
    blocks, size = [], 0
    with source.stream(name) as stream:
        while size <= source.limits.max_sheet_bytes and (block := stream.read(_BLOCK)):
            blocks.append(block)
            size += len(block)
    return b"".join(blocks)


def _choose(
    book: python_calamine.CalamineWorkbook, name: str, asked: str | int | None
) -> python_calamine.CalamineSheet:
    names = book.sheet_names
    if isinstance(asked, int) and 1 <= asked <= len(names):
        return book.get_sheet_by_index(asked - 1)
    if isinstance(asked, str) and asked in names:
        return book.get_sheet_by_name(asked)
    if asked is not None:
        raise ImportRefused(f"has no sheet {asked!r}; it has {', '.join(names)}", file=name)
    for index in range(len(names)):
        sheet = book.get_sheet_by_index(index)
        if sheet.start is not None:
            return sheet
    raise ImportRefused("is empty: no sheet holds anything", file=name)


def _inspect(content: bytes, name: str, limits: SourceLimits) -> None:
    """Refuse what would fill the memory or reach outside, before the spreadsheet is opened."""
    if len(content) > limits.max_sheet_bytes:
        raise ImportRefused(f"has more than {limits.max_sheet_bytes} bytes; save it as CSV", file=name)
    try:
        with ZipFile(io.BytesIO(content)) as book:
            entries = book.infolist()
            if sum(entry.file_size for entry in entries) > limits.max_sheet_bytes:
                raise ImportRefused(f"unpacks to more than {limits.max_sheet_bytes} bytes; save it as CSV", file=name)
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels", ".vml")):
                    _inspect_part(book, entry, name, limits)
    except (BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError, ValueError) as error:
        raise ImportRefused(f"is not a readable spreadsheet: {error}", file=name) from error


def _inspect_part(book: ZipFile, entry: ZipInfo, name: str, limits: SourceLimits) -> None:
    if entry.file_size > 1 << 20 and entry.file_size > limits.max_ratio * max(entry.compress_size, 1):
        raise ImportRefused(f"unpacks to more than {limits.max_ratio} times its size, as bombs do", file=name)
    is_sheet = "/worksheets/" in entry.filename
    widest = tallest = 1
    tail = b""
    with book.open(entry) as stream:
        while block := stream.read(_BLOCK):
            text = tail + block
            if any(word in text for word in _FORBIDDEN):
                raise ImportRefused("declares entities or a document type, which spreadsheets do not need", file=name)
            if is_sheet:
                for letters, digits in _REFERENCE.findall(text):
                    widest, tallest = max(widest, column_number(letters)), max(tallest, int(digits))
                tallest = max([tallest, *(int(digits) for digits in _ROW_NUMBER.findall(text))])
            tail = text[-_OVERLAP:]
    if widest * tallest > limits.max_sheet_cells:
        raise ImportRefused(
            f"spans {tallest} rows and {widest} columns, more than {limits.max_sheet_cells} cells; save it as CSV",
            file=name,
        )


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)


def _span(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_TEXT: dict[type, Callable[..., str]] = {
    str: str,
    int: str,
    float: _number,
    bool: lambda value: "true" if value else "false",
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _span,
}
