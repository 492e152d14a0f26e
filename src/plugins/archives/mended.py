"""Rows that were set aside and mended, as files again: same names, same headers, readable by the same reader."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence

import msgspec

from ...application.collection.archives import ImportRefused, MendedRow, SourceLimits
from ...domain.collection.records import TABLES
from .creator_archive.manifest import FORMAT, NAME, VERSION
from .jsonl import as_cells
from .source import Source

WHOLE_LINE = "[line]"
"""The one cell of a JSONL line that was not JSON."""


def mended_source(rows: Sequence[MendedRow], limits: SourceLimits) -> Source:
    """Return *rows* as CSV files under their old names, with a manifest for those that name a table of the archive."""
    if not rows:
        raise ImportRefused("there is no mended row to read")
    files: dict[str, list[Mapping[str, str]]] = {}
    tables: dict[str, str] = {}
    for row in rows:
        files.setdefault(row.file, []).append(_cells(row))
        tables[row.file] = tables.get(row.file) or row.table
    contents = {name: _csv(cells) for name, cells in files.items()}
    entries = [{"table": table, "file": name} for name, table in tables.items() if table in TABLES]
    if entries and NAME not in contents:
        manifest = {"format": FORMAT, "version": VERSION, "tables": entries}
        contents[NAME] = json.dumps(manifest).encode()
    return Source.of_bytes(contents, limits, label="mended rows")


def _cells(row: MendedRow) -> Mapping[str, str]:
    """Return the row's cells; a whole line of JSONL is taken apart, now that it can be read."""
    if WHOLE_LINE not in row.cells:
        return row.cells
    try:
        value = msgspec.json.decode(row.cells[WHOLE_LINE])
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ImportRefused(f"a mended line is still not JSON: {error}", file=row.file) from error
    if not isinstance(value, dict):
        raise ImportRefused("a mended line is JSON, but not an object with names", file=row.file)
    return as_cells(value)


def _csv(rows: Sequence[Mapping[str, str]]) -> bytes:
    header = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return text.getvalue().encode("utf-8", "replace")
