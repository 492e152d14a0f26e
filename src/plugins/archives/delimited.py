"""Delimited files (CSV) as chunks.

A piece of text without a quote is split as a whole, which is several times faster than row by row; a piece with
quotes goes through the csv module, which then follows a quoted cell over line ends and over pieces.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import zip_longest

from ...application.collection.archives import ArchiveSource, ImportRefused
from ...domain.collection.batch import Finding
from ...domain.collection.headers import name_columns
from .chunks import Chunk, TableOptions, check_rows, check_width, left_out, unreadable
from .text import lines_of, pieces

DELIMITERS = (",", ";", "\t")
_LONGEST_ROW = 1 << 20
"""Characters of a row that quotes spread over several lines."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n)?', re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"]|"")*(?:"|$)')


def csv_chunks(source: ArchiveSource, name: str, options: TableOptions) -> Iterator[Chunk]:
    """Read a delimited file. The first chunk comes even when the file has a header only."""
    return _Delimited(source, name, options).chunks()


def sniff(header: str) -> str:
    """Return the delimiter that stands most often in *header* outside quotes; a comma where none does."""
    bare = _QUOTED.sub("", header)
    return max(DELIMITERS, key=bare.count)


class _Delimited:
    """One pass through one file: where it is, and what the header was."""

    def __init__(self, source: ArchiveSource, name: str, options: TableOptions) -> None:
        self._source, self._name, self._options = source, name, options
        self._pieces = pieces(source, name, options.encoding)
        self._waiting: list[str] = []
        """Lines of the present piece; those before `_next` are used up."""
        self._next = 0
        self._line = 0
        """Physical lines used up so far."""
        self._row_chars = 0
        self._row_line = 1
        self._longest_row = min(_LONGEST_ROW, source.limits.max_line_chars)
        self._delimiter = ","
        self._header: tuple[str, ...] = ()

    def chunks(self) -> Iterator[Chunk]:
        first, self._delimiter = self._find_header()
        reader = csv.reader(self._feed(first), delimiter=self._delimiter, strict=True)
        try:
            self._header = name_columns(next(reader))
        except (csv.Error, StopIteration) as error:
            raise ImportRefused(f"the header row cannot be read: {error}", file=self._name) from error
        check_width(self._header, self._name)
        chunk = self._rows(reader)
        total = chunk.read
        check_rows(total, self._source, self._name)
        yield chunk
        for piece in self._pieces:
            whole = self._whole(piece)
            if whole is None:
                self._waiting, self._next = lines_of(piece), 0
            chunk = whole or self._rows(reader)
            total += chunk.read
            check_rows(total, self._source, self._name)
            yield chunk

    def _find_header(self) -> tuple[str, str]:
        """Go to the header's first line and return it with the delimiter."""
        delimiter = self._options.delimiter
        asked = self._options.header_line or 1
        for piece in self._pieces:
            self._waiting, self._next = lines_of(piece), 0
            while self._next < len(self._waiting):
                line = self._waiting[self._next]
                self._next += 1
                self._line += 1
                announced = _SEPARATOR_LINE.fullmatch(line) if self._line == 1 else None
                if announced:
                    delimiter = delimiter or announced.group(1)
                elif self._line >= asked and line.strip():
                    return line, delimiter or sniff(line)
        raise ImportRefused("is empty: there is not even a header row", file=self._name)

    def _feed(self, first: str) -> Iterator[str]:
        """Give the csv module line by line, over the ends of pieces where a row goes on."""
        yield first
        while True:
            if self._next == len(self._waiting):
                piece = next(self._pieces, None)
                if piece is None:
                    return
                self._waiting, self._next = lines_of(piece), 0
            line = self._waiting[self._next]
            self._next += 1
            self._line += 1
            self._row_chars += len(line)
            if self._row_chars > len(line) and self._row_chars > self._longest_row:
                raise ImportRefused(
                    f"a row goes on for more than {self._longest_row} characters; a quote is probably never closed",
                    file=self._name,
                    line=self._row_line,
                )
            yield line

    def _whole(self, piece: str) -> Chunk | None:
        """Split the piece at once, or return None where it has quotes, blank or ragged rows, or odd characters."""
        if '"' in piece or "\0" in piece:
            return None
        text = piece.replace("\r\n", "\n")
        text = text.removesuffix("\n")
        width = len(self._header)
        rows = text.split("\n")
        commas = width - 1
        if "\r" in text or {row.count(self._delimiter) for row in rows} != {commas}:
            return None
        if self._delimiter * commas in rows:
            return None
        cells = text.replace("\n", self._delimiter).split(self._delimiter)
        start = self._line + 1
        self._line += len(rows)
        columns = [cells[place::width] for place in range(width)]
        return Chunk(self._header, columns, range(start, start + len(rows)), [], len(rows))

    def _rows(self, reader: Iterator[list[str]]) -> Chunk:
        """Read the rows that begin in the present piece."""
        rows: list[list[str]] = []
        chunk = Chunk(self._header, (), [])
        starts: list[int] = []
        blank: list[int] = []
        while self._next < len(self._waiting):
            line = self._line + 1
            self._row_chars, self._row_line = 0, line
            try:
                row = next(reader)
            except csv.Error as error:
                chunk.findings.append(self._unreadable(error, line))
                chunk.read += 1
                continue
            except StopIteration:
                break
            if not any(row):
                blank.append(line)
                continue
            chunk.read += 1
            fitting = self._fit(row, line, chunk)
            if fitting is not None:
                rows.append(fitting)
                starts.append(line)
        chunk.findings += left_out(self._name, blank)
        chunk.columns = list(zip(*rows, strict=True)) if rows else [()] * len(self._header)
        chunk.lines = starts
        return chunk

    def _fit(self, row: list[str], line: int, chunk: Chunk) -> list[str] | None:
        """Return *row* as wide as the header, or None after noting why it is not."""
        width = len(self._header)
        if len(row) > width and not any(row[width:]):
            row = row[:width]
        if len(row) == width and not any("\0" in cell for cell in row):
            return row
        names = (*self._header, *(f"[column {place + 1}]" for place in range(width, len(row))))
        cells = dict(zip_longest(names, row, fillvalue=""))
        if len(row) == width:
            message = "a NUL character stands in the row; the file was damaged on the way"
            chunk.findings.append(unreadable(self._name, line, "text.nul", message, cells))
        else:
            message = f"the row has {len(row)} cells under {width} headers; check its quotes and separators"
            chunk.findings.append(unreadable(self._name, line, "row.ragged", message, cells))
        return None

    def _unreadable(self, error: csv.Error, line: int) -> Finding:
        if "field limit" in str(error):
            message = "a cell is too long; a quote is probably never closed"
            raise ImportRefused(message, file=self._name, line=line) from error
        return unreadable(self._name, line, "row.quotes", f"the row cannot be read: {error}; check its quotes")
