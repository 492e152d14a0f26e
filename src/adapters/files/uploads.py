"""Files that were sent in, on disk until they are imported: HOME/uploads/IMPORT/NAME."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
import unicodedata
from collections.abc import AsyncIterable, Sequence
from pathlib import Path
from typing import BinaryIO

from ...application.collection.errors import ShelfUnavailable, UploadRefused, UploadTooLarge
from ...domain.shared.ids import ImportId

_PART = ".part"
_LONGEST = 200  # bytes; file systems take 255


class UploadDirectory:
    """`UploadShelf` below *root*, which is made when it is first needed and is readable by its owner alone."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, import_id: ImportId, name: str, content: AsyncIterable[bytes], *, limit: int) -> int:
        folder = self._root / str(import_id)
        target = folder / safe_name(name)
        if target.exists():
            raise UploadRefused(f"two files are called {target.name}; give them different names")
        try:
            return await _put(target, content, limit=limit)
        except OSError as error:
            raise ShelfUnavailable(error.strerror or str(error)) from error

    async def move(self, arrived: ImportId, import_id: ImportId) -> None:
        try:
            await asyncio.to_thread(_move, self._root / str(arrived), self._root / str(import_id))
        except OSError as error:
            raise ShelfUnavailable(error.strerror or str(error)) from error

    def files(self, import_id: ImportId) -> Sequence[Path]:
        folder = self._root / str(import_id)
        if not folder.is_dir():
            return []
        return sorted(path for path in folder.iterdir() if path.suffix != _PART)

    async def discard(self, import_id: ImportId) -> None:
        await asyncio.to_thread(shutil.rmtree, self._root / str(import_id), ignore_errors=True)

    async def sweep(self, *, idle_s: float = 3600) -> int:
        """Delete what is left of uploads whose process died before they were whole; the number of uploads.

        An upload is taken for dead when nothing has come for *idle_s* seconds.
        """
        return await asyncio.to_thread(_sweep, self._root, time.time() - idle_s)


def _move(arrived: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    arrived.rename(target)


def _sweep(root: Path, before: float) -> int:
    dead = {part.parent for part in root.glob(f"*/*{_PART}") if _idle_since(part, before)}
    for folder in dead:
        shutil.rmtree(folder, ignore_errors=True)
    return len(dead)


def _idle_since(part: Path, before: float) -> bool:
    try:
        return part.stat().st_mtime < before
    except FileNotFoundError:  # it has become whole meanwhile
        return False


def safe_name(name: str) -> str:
    """Return the last part of *name* as a file may be called here, or raise `UploadRefused`.

    Whatever the sender calls it, it becomes one name inside the import's own folder.
    """
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2]).strip()
    kept = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    if not kept.strip(". ") or kept.endswith(_PART) or len(kept.encode("utf-8", "replace")) > _LONGEST:
        raise UploadRefused(f"{name[:80]!r} cannot be a file's name here; rename the file and send it again")
    return kept


async def _put(target: Path, content: AsyncIterable[bytes], *, limit: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(target.name + _PART)
    try:
        size = await _write(part, content, name=target.name, limit=limit)
        await asyncio.to_thread(part.replace, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return size


async def _write(part: Path, content: AsyncIterable[bytes], *, name: str, limit: int) -> int:
    size = 0
    descriptor = await asyncio.to_thread(os.open, part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        async for chunk in content:
            size += len(chunk)
            if size > limit:
                raise UploadTooLarge(name, limit)
            await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(_flush, file)
    return size


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
