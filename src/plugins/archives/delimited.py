"""Delimited files (CSV) as chunks.

A piece of text without a quote is split as a whole, which is several times faster than row by row; a piece with
quotes goes through the csv module, which then follows a quoted cell over line ends and over pieces. Where that leads
to no row, because a quote is missing or one too many, the lines it drew together are looked at one by one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from ...application.collection.archives import ArchiveSource, ImportRefused
from ...domain.collection.batch import Finding
from .chunks import Chunk, TableOptions, check_rows, check_width, left_out, name_cells, unreadable
from .text import lines_of, pieces
from .whole_lines import divided_line, take_apart

DELIMITERS = (",", ";", "\t")
_LONGEST_ROW = 1 << 20
"""Characters of a row that quotes spread over several lines; a longer one is taken for a quote never closed."""
csv.field_size_limit(16 << 20)  # Lines and rows have limits of their own, which say where.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n)?', re.IGNORECASE)
_LONGEST_HEADER = 1 << 16
"""Characters looked at to tell the delimiter."""
_LONGEST_CELL = 100
"""Lines after a wrong quote among which the end of its cell is looked for."""
_CELL_BEGINS = rf"(?<![^{''.join(DELIMITERS)}\r\n])"
_QUOTED = re.compile(rf'{_CELL_BEGINS}"(?:[^"]|"")*+"')
_HEADER_ROW = re.compile(rf"(?:{_QUOTED.pattern}|[^\r\n])*+")


def csv_chunks(source: ArchiveSource, name: str, options: TableOptions) -> Iterator[Chunk]:
    """Read a delimited file. The first chunk comes even when the file has a header only."""
    return _Delimited(source, name, options).chunks()


def sniff(text: str) -> str:
    """Return the delimiter that stands most often outside quotes in the first row of *text*; a comma where none does.

    The row may go on over line ends inside quoted cells. A quote that is never closed is a letter like any other.
    """
    row = _HEADER_ROW.match(text)
    bare = _QUOTED.sub("", row.group() if row else text)
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
        self._drawn: list[str] = []
        """Physical lines that the present row has drawn in."""
        self._longest_row = min(_LONGEST_ROW, source.limits.max_line_chars)
        self._delimiter = ","
        self._header: tuple[str, ...] = ()

    def chunks(self) -> Iterator[Chunk]:
        self._delimiter = self._find_header()
        try:
            self._header = self._options.names(next(self._reader()))
        except csv.Error as error:
            raise ImportRefused(
                f"the header row cannot be read: {error}; check its quotes, or say in a mapping which "
                "line it is (header = 3) and what divides its cells (delimiter = ';')",
                file=self._name,
                line=self._line,
            ) from error
        check_width(self._header, self._name)
        chunk = self._rows()
        total = chunk.read
        check_rows(total, self._source, self._name)
        yield chunk
        for piece in self._pieces:
            whole = self._whole(piece)
            if whole is None:
                self._waiting, self._next = lines_of(piece), 0
            chunk = whole or self._rows()
            total += chunk.read
            check_rows(total, self._source, self._name)
            yield chunk

    def _find_header(self) -> str:
        """Go to the header's first line and return the delimiter."""
        delimiter = self._options.delimiter
        asked = self._options.header_line or 1
        for piece in self._pieces:
            self._waiting, self._next = lines_of(piece), 0
            while self._next < len(self._waiting):
                line = self._waiting[self._next]
                announced = _SEPARATOR_LINE.fullmatch(line) if self._line == 0 else None
                if announced:
                    delimiter = delimiter or announced.group(1)
                elif self._line + 1 >= asked and line.strip():
                    return delimiter or sniff(self._ahead())
                self._next += 1
                self._line += 1
        raise ImportRefused("is empty: there is not even a header row", file=self._name)

    def _ahead(self) -> str:
        """Return the text from here on, as much of it as a header may take."""
        # A piece may end anywhere, so the one after it belongs to what lies ahead.
        self._waiting += lines_of(next(self._pieces, ""))
        return "".join(self._waiting[self._next :])[:_LONGEST_HEADER]

    def _reader(self) -> Iterator[list[str]]:
        """Return a reader of the rows from here on; after a row that it cannot read, there has to be a new one."""
        return csv.reader(self._feed(), delimiter=self._delimiter, strict=True)

    def _feed(self) -> Iterator[str]:
        """Give the csv module line by line, over the ends of pieces where a row goes on."""
        drawn = 0
        while True:
            if self._next == len(self._waiting):
                piece = next(self._pieces, None)
                if piece is None:
                    return
                self._waiting, self._next = lines_of(piece), 0
            line = self._waiting[self._next]
            self._next += 1
            self._line += 1
            drawn = (drawn if self._drawn else 0) + len(line)
            self._drawn.append(line)
            if len(self._drawn) > 1 and drawn > self._longest_row:
                raise csv.Error(f"it goes on for more than {self._longest_row} characters")
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

    def _rows(self) -> Chunk:
        """Read the rows that begin in the present piece."""
        rows = _Rows(self._name, self._header)
        reader = self._reader()
        while self._next < len(self._waiting):
            line = self._line + 1
            self._drawn.clear()
            try:
                rows.take(next(reader), line)
            except csv.Error as error:
                self._take_apart(rows, line, error)
                reader = self._reader()
            except StopIteration:
                break
        return rows.chunk()

    def _take_apart(self, rows: _Rows, first: int, error: csv.Error) -> None:
        """Look one by one at the lines that a quote drew together into what is no row.

        The first of them holds the quote, and waits to be mended. The last, which contradicts the quote, is read
        again where its own quotes stand as they should; else the cell goes on to the next line that closes it. Those
        between are rows if every single one looks it and nothing closes the cell; else they may be parts of a broken
        cell, nobody can tell, and each of them waits as well.
        """
        lines = list(self._drawn)
        again = len(lines) > 1 and self._quotes_in_place(lines[-1])
        if again:
            lines.pop()
            self._next -= 1
            self._line -= 1
        elif self._stays_open("".join(lines)):
            lines += self._rest_of_cell()
        wrong = f"the row cannot be read: {error}; check its quotes"
        if len(lines) > 1:
            wrong = f"a quote on line {first} draws in {len(lines) - 1} lines after it: {error}; check its quotes"
        between = [take_apart(line, self._delimiter) for line in lines[1:]]
        believed = again and all(row is not None and rows.fits(row) for row in between)
        for number, (line, row) in enumerate(zip(lines, [None, *between], strict=True), start=first):
            if row is not None and (believed or not any(row)):
                rows.take(row, number)
            else:
                cells = {divided_line(self._delimiter): line.rstrip("\r\n")}
                rows.set_aside(unreadable(self._name, number, "row.quotes", wrong, cells))

    def _stays_open(self, text: str) -> bool:
        """Say whether a cell of the broken *text* begins with a quote and ends with none."""
        divider = re.escape(self._delimiter)
        closed = rf'(?<![^{divider}\r\n])"[^"]*+(?:"(?![{divider}\r\n]|$)[^"]*+)*+"'
        return re.search(rf'(?<![^{divider}\r\n])"', re.sub(closed, "", text)) is not None

    def _rest_of_cell(self) -> list[str]:
        """Use up the lines to the one that closes an open cell, if the next quote of the present piece does so."""
        divider = re.escape(self._delimiter)
        closing = re.compile(rf'(?:(?:[^"]|"")*[^"{divider}])?"(?=[{divider}\r\n]|$)')
        ahead = self._waiting[self._next : self._next + _LONGEST_CELL]
        place = next((place for place, line in enumerate(ahead) if '"' in line), None)
        if place is None or not closing.match(ahead[place]):
            return []
        self._next += place + 1
        self._line += place + 1
        return ahead[: place + 1]

    def _quotes_in_place(self, line: str) -> bool:
        """Say whether every quote of *line* begins, ends or doubles inside a cell; the last cell may stay open."""
        divider = re.escape(self._delimiter)
        cell = rf'(?<![^{divider}])"(?:[^"]|"")*+(?:"(?=[{divider}\r\n]|$)|$)'
        return '"' not in re.sub(cell, "", line)


class _Rows:
    """The rows of one chunk, those set aside included."""

    def __init__(self, name: str, header: tuple[str, ...]) -> None:
        self._name, self._header = name, header
        self._cells: list[list[str]] = []
        self._starts: list[int] = []
        self._blank: list[int] = []
        self._findings: list[Finding] = []

    def chunk(self) -> Chunk:
        columns = list(zip(*self._cells, strict=True)) if self._cells else [()] * len(self._header)
        findings = self._findings + left_out(self._name, self._blank)
        return Chunk(self._header, columns, self._starts, findings, len(self._cells) + len(self._findings))

    def fits(self, row: list[str]) -> bool:
        """Say whether *row* is blank or as wide as the header; empty cells behind the last header are no cells."""
        width = len(self._header)
        return not any(row) or (len(row) >= width and not any(row[width:]))

    def take(self, row: list[str], line: int) -> None:
        """Note *row*, or why it is none."""
        width = len(self._header)
        if not any(row):
            self._blank.append(line)
            return
        if len(row) > width and self.fits(row):
            row = row[:width]
        if len(row) != width:
            message = f"the row has {len(row)} cells under {width} headers; check its quotes and separators"
            self.set_aside(unreadable(self._name, line, "row.ragged", message, name_cells(row, self._header)))
        elif "\0" in "".join(row):
            message = "a NUL character stands in the row; the file was damaged on the way"
            self.set_aside(unreadable(self._name, line, "text.nul", message, name_cells(row, self._header)))
        else:
            self._cells.append(row)
            self._starts.append(line)

    def set_aside(self, finding: Finding) -> None:
        """Note a row that cannot be read."""
        self._findings.append(finding)
