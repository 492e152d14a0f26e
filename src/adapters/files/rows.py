"""Rows for people to edit: CSV that every spreadsheet opens, or JSONL where the name ends so."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from ...application.collection.archives import ImportRefused

_JSONL = (".jsonl", ".ndjson")


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
