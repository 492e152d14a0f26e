"""Rows for people to edit: CSV that every spreadsheet opens, or JSONL where the name ends so."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from ...application.collection.archives import ImportRefused

_JSONL = (".jsonl", ".ndjson")
_LONGEST_CELL = 16 << 20


class EditableRows:
    """`RowFiles`."""

    def write(self, target: Path, header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> int:
        try:
            with target.open("x", encoding="utf-8", newline="") as stream:
                if target.suffix.lower() in _JSONL:
                    return sum(bool(stream.write(msgspec.json.encode(row).decode() + "\n")) for row in rows)
                writer = csv.DictWriter(stream, header, restval="")
                writer.writeheader()
                return sum(bool(writer.writerow(row)) for row in rows)
        except FileExistsError as error:
            raise ImportRefused(f"{target} is there already; name a new file") from error
        except OSError as error:
            raise ImportRefused(f"{target} cannot be written: {error.strerror}") from error

    def read(self, path: Path) -> Iterator[Mapping[str, object]]:
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                if path.suffix.lower() in _JSONL:
                    for line in filter(str.strip, stream):
                        yield msgspec.json.decode(line, type=dict[str, object])
                    return
                csv.field_size_limit(_LONGEST_CELL)
                for row in csv.DictReader(stream, restval=""):
                    yield {name: cell for name, cell in row.items() if name is not None}
        except (OSError, UnicodeDecodeError, csv.Error, msgspec.DecodeError) as error:
            raise ImportRefused(f"cannot be read as the table that was exported: {error}", file=path.name) from error
