"""Tables on standard output: CSV that spreadsheets open safely, JSON with null for missing, and lines for people."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ...adapters.files.cells import cell

if TYPE_CHECKING:
    from ...domain.analytics.figures import Column


def rows_of(columns: Mapping[str, Column]) -> Iterator[dict[str, Any]]:
    """Give the rows of *columns* as plain values: None for missing, instants as datetimes in UTC."""
    names = list(columns)
    values = [_plain(column) for column in columns.values()]
    for row in zip(*values, strict=True):
        yield dict(zip(names, row, strict=True))


def print_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print *rows*, numbers with up to 6 decimals; text that a spreadsheet would take for a formula gets a ' before it."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([cell(row.get(name)) for name in names] for row in rows)


def print_json(value: object) -> None:
    """Print *value*, indented; datetimes in ISO 8601 with Z, days as days."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, allow_nan=False, default=_json)
    print()


def _plain(column: Column) -> list[Any]:
    if column.dtype.kind == "i":
        return [_instant(int(value)) for value in column]
    if column.dtype.kind == "f":
        return [None if math.isnan(value) else value for value in column.tolist()]
    return [value or None for value in column.tolist()]


def _instant(value: int) -> datetime | None:
    from ...application.analytics.instants import datetime_of  # noqa: PLC0415  the command line starts light
    from ...domain.analytics.columns import NO_TIME  # noqa: PLC0415

    return None if value == NO_TIME else datetime_of(value)


def _json(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
