"""Files of exports, on disk while they can be fetched: HOME/exports/EXPORT-ATTEMPT.csv."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID, uuid4

import msgspec

from ...application.exporting.errors import ExportShelfUnavailable, ExportTooLarge
from ...application.exporting.ports import KEPT, Format, Row, Written
from .cells import cell

_PART: Final = ".part"
_SLACK: Final = timedelta(minutes=10)
"""A file is written before its time begins, and somebody may be fetching it when it ends."""


class ExportDirectory:
    """`ExportShelf` below *root*, which is made when it is first needed and is readable by its owner alone."""

    def __init__(self, root: Path, *, most_bytes: int) -> None:
        self._root = root
        self._most = most_bytes

    async def begin(self, export_id: UUID, kind: Format, columns: Sequence[str]) -> _Table:
        name = f"{export_id}-{uuid4().hex[:8]}.{kind}"
        try:
            file = await asyncio.to_thread(_created, self._root / f"{name}{_PART}")
        except OSError as error:
            raise ExportShelfUnavailable(error.strerror or str(error)) from error
        table = _Table(self._root / name, file, _WRITERS[kind](columns), most=self._most)
        await table.begin()
        return table

    def path(self, name: str) -> Path | None:
        path = self._root / name
        return path if path.is_file() else None

    async def sweep(self, *, kept: timedelta = KEPT) -> int:
        return await asyncio.to_thread(_sweep, self._root, time.time() - (kept + _SLACK).total_seconds())


def _created(part: Path) -> BinaryIO:
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb")


def _sweep(root: Path, before: float) -> int:
    number = 0
    for path in root.glob("*"):
        with suppress(FileNotFoundError):  # another process sweeps too
            if path.stat().st_mtime < before:
                path.unlink()
                number += 1
    return number


class _Table:
    """`TableFile`: bytes go into a part file, which gets its name when it is whole."""

    def __init__(self, path: Path, file: BinaryIO, encode: Callable[[Sequence[Row]], bytes], *, most: int) -> None:
        self._path = path
        self._part = path.with_name(path.name + _PART)
        self._file = file
        self._encode = encode
        self._most = most
        self._hash = sha256()
        self._rows = self._bytes = 0

    async def begin(self) -> None:
        await self.write(())

    async def write(self, rows: Sequence[Row]) -> None:
        try:
            await asyncio.to_thread(self._write, rows)
        except OSError as error:
            raise ExportShelfUnavailable(error.strerror or str(error)) from error

    def _write(self, rows: Sequence[Row]) -> None:
        told = self._encode(rows)
        self._bytes += len(told)
        if self._bytes > self._most:
            raise ExportTooLarge(self._most)
        self._rows += len(rows)
        self._hash.update(told)
        self._file.write(told)

    async def whole(self) -> Written:
        try:
            await asyncio.to_thread(self._settle)
        except OSError as error:
            raise ExportShelfUnavailable(error.strerror or str(error)) from error
        return Written(name=self._path.name, rows=self._rows, bytes=self._bytes, sha256=self._hash.hexdigest())

    def _settle(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    async def discard(self) -> None:
        await asyncio.to_thread(self._discard)

    def _discard(self) -> None:
        with suppress(OSError):  # what the disk had no room for cannot be flushed either
            self._file.close()
        self._part.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)


def _csv(columns: Sequence[str]) -> Callable[[Sequence[Row]], bytes]:
    head = [columns]

    def encode(rows: Sequence[Row]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        mark = "\ufeff" if head else ""
        writer.writerows(head)
        head.clear()
        writer.writerows([cell(value) for value in row] for row in rows)
        return (mark + text.getvalue()).encode()

    return encode


def _jsonl(columns: Sequence[str]) -> Callable[[Sequence[Row]], bytes]:
    encoder = msgspec.json.Encoder()

    def encode(rows: Sequence[Row]) -> bytes:
        return b"".join(encoder.encode(dict(zip(columns, row, strict=True))) + b"\n" for row in rows)

    return encode


_WRITERS: Final = {Format.CSV: _csv, Format.JSONL: _jsonl}
