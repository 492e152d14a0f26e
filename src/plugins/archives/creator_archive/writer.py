"""Writing a `creator-archive` 1.0: batches in, a folder or a ZIP out, complete or not there at all.

Cells are written as they are: a leading `=` is not escaped, because what goes out must come back the same.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ....application.collection.archives import ImportRefused
from ....application.shared.ports import Clock
from ....domain.collection.batch import Batch
from ....domain.collection.records import TABLES, Kind, Table
from .manifest import FORMAT, NAME, VERSION


class CreatorArchiveFiles:
    """The port `ArchiveWriter` of an export: every batch into one creator-archive."""

    def __init__(self, clock: Clock, generator: str) -> None:
        self._clock = clock
        self._generator = generator

    def write(self, batches: Iterator[Batch], target: Path) -> Mapping[str, int]:
        """Write *batches* to *target* and return the rows per table; an existing target is refused."""
        with ArchiveWriter(target, self._clock.now(), self._generator) as writer:
            for batch in batches:
                writer.write(batch)
            return writer.rows


@dataclass
class _TableFile:
    """One table being written: its file, and what the manifest will say of it."""

    stream: IO[str]
    write: Callable[[Sequence[Sequence[str]]], object]
    rows: int = 0


@dataclass
class ArchiveWriter:
    """Writes to *target*: a ZIP if its name ends in `.zip`, else a folder.

    Use it in a `with`: at the end the archive is put in its place whole; after an exception nothing is left. An
    existing target is refused. *generated_at* is written as it is, so that a replayed run gives the same bytes.
    """

    target: Path
    generated_at: datetime
    generator: str
    source: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    contains_personal_data: bool = True

    def __enter__(self) -> Self:
        if self.target.exists():
            raise ImportRefused(f"{self.target} is there already; name a new file or folder")
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=f".{self.target.name}.", dir=self.target.parent))
        except OSError as error:
            raise ImportRefused(f"{self.target.parent} cannot be written to: {error.strerror}") from error
        self._files: dict[str, _TableFile] = {}
        return self

    def write(self, batch: Batch) -> None:
        """Append the rows of *batch*; batches of several tables may come in any order."""
        table = batch.table
        if table.name not in self._files:
            self._files[table.name] = self._begin(table)
        columns = [_texts(table, name, batch) for name in table.names]
        file = self._files[table.name]
        file.write(list(zip(*columns, strict=True)))
        file.rows += len(batch)

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows written so far, by table."""
        return {name: file.rows for name, file in self._files.items()}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.stream.close()
        try:
            if error is None:
                self._finish()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self, table: Table) -> _TableFile:
        stream = (self._folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="")
        # `\r\n`, because only then does the csv module quote cells that hold either of the two.
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(table.names)
        return _TableFile(stream, writer.writerows)

    def _finish(self) -> None:
        names = [name for name in TABLES if name in self._files]
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "generated_at": _instant(self.generated_at),
            "generator": self.generator,
            "source": self.source,
            "contains_personal_data": self.contains_personal_data,
            "tables": [self._entry(name) for name in names],
            "notes": self.notes,
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        (self._folder / NAME).write_text(text, encoding="utf-8")
        if self.target.suffix.lower() == ".zip":
            self._pack([NAME, *(f"{name}.csv" for name in names)])
        else:
            self._folder.rename(self.target)

    def _entry(self, name: str) -> dict[str, object]:
        with (self._folder / f"{name}.csv").open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"table": name, "file": f"{name}.csv", "rows": self._files[name].rows, "sha256": digest}

    def _pack(self, names: Sequence[str]) -> None:
        packed = self._folder / "packed.zip"
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            for name in names:
                entry = ZipInfo(name, self.generated_at.timetuple()[:6])
                entry.compress_type = ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                with (self._folder / name).open("rb") as plain, archive.open(entry, "w", force_zip64=True) as out:
                    shutil.copyfileobj(plain, out, 1 << 20)
        os.replace(packed, self.target)  # noqa: PTH105 - the rename that replaces nothing half written


def _texts(table: Table, name: str, batch: Batch) -> Sequence[str]:
    values = batch.columns.get(name)
    if values is None:
        return [""] * len(batch)
    text = _TEXT[table.field(name).kind]
    return ["" if value is None else text(value) for value in values]


def _instant(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _words(value: Sequence[str]) -> str:
    if any(not word or word[0] in "[#" or any(letter.isspace() for letter in word) for word in value):
        return json.dumps(list(value), ensure_ascii=False)
    return " ".join(value)


def _object(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_TEXT: dict[Kind, Callable[..., str]] = {
    Kind.TEXT: str,
    Kind.INTEGER: str,
    Kind.DECIMAL: repr,
    Kind.INSTANT: _instant,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.WORDS: _words,
    Kind.OBJECT: _object,
}
