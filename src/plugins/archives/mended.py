"""Rows that were set aside and mended, as files again: same names, same headers, for the same reader."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from ...application.collection.archives import ImportRefused, MendedRow, SourceLimits
from ...domain.collection.records import TABLES
from .creator_archive.manifest import FORMAT, NAME, VERSION
from .mended_rows import MendedSource


def mended_source(rows: Sequence[MendedRow], limits: SourceLimits) -> MendedSource:
    """Return *rows* as CSV files under their old names, with a manifest for those that name a table of the archive."""
    if not rows:
        raise ImportRefused("there is no mended row to read")
    files: dict[str, list[MendedRow]] = {}
    for row in rows:
        files.setdefault(row.file, []).append(row)
    contents = {name: _csv(rows) for name, rows in files.items()}
    tables = {row.file: row.table for row in rows if row.table in TABLES}
    if tables and NAME not in contents:
        entries = [{"table": table, "file": name} for name, table in tables.items()]
        contents[NAME] = json.dumps({"format": FORMAT, "version": VERSION, "tables": entries}).encode()
    source = MendedSource.of_bytes(contents, limits, label="mended rows")
    source.hold(files)
    return source


def _csv(rows: Sequence[MendedRow]) -> bytes:
    header = list(dict.fromkeys(name for row in rows for name in (*row.header, *row.cells)))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([row.cells.get(name, "") for name in header] for row in rows)
    return text.getvalue().encode("utf-8", "replace")
