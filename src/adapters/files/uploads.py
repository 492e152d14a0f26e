"""Files that were sent in, on disk until they are imported: HOME/uploads/IMPORT/NAME.

What still arrives is in HOME/uploads/arriving-ID, and is of no use to anybody when its process dies.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
import unicodedata
from collections.abc import AsyncIterable, Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from ...application.collection.errors import ShelfUnavailable, UploadRefused, UploadTooLarge
from ...domain.shared.ids import ImportId

ARRIVING: Final = "arriving-"
_PART: Final = ".part"
_LONGEST: Final = 200  # bytes; file systems take 255


class UploadDirectory:
    """`UploadShelf` below *root*, which is made when it is first needed and is readable by its owner alone."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, arriving: ImportId, name: str, content: AsyncIterable[bytes], *, limit: int) -> int:
        target = self._arriving(arriving) / safe_name(name)
        if target.exists():
            raise UploadRefused(f"two files are called {target.name}; give them different names")
        try:
            return await _put(target, content, limit=limit)
        except OSError as error:
            raise ShelfUnavailable(error.strerror or str(error)) from error

    async def keep(self, arriving: ImportId, import_id: ImportId) -> None:
        try:
            await asyncio.to_thread(_move, self._arriving(arriving), self._kept(import_id))
        except OSError as error:
            raise ShelfUnavailable(error.strerror or str(error)) from error

    def files(self, import_id: ImportId) -> Sequence[Path]:
        folder = self._kept(import_id)
        return sorted(folder.iterdir()) if folder.is_dir() else []

    async def discard(self, import_id: ImportId) -> None:
        for folder in (self._arriving(import_id), self._kept(import_id)):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def idle(self, *, since: timedelta) -> Collection[ImportId]:
        return await asyncio.to_thread(_idle, self._root, time.time() - since.total_seconds())

    def _arriving(self, arriving: ImportId) -> Path:
        return self._root / f"{ARRIVING}{arriving}"

    def _kept(self, import_id: ImportId) -> Path:
        return self._root / str(import_id)


def _move(arrived: Path, target: Path) -> None:
    os.utime(arrived)  # from now on it waits
    shutil.rmtree(target, ignore_errors=True)
    arrived.rename(target)


def _idle(root: Path, before: float) -> set[ImportId]:
    idle = set()
    for folder in root.glob("*"):
        with suppress(ValueError, FileNotFoundError):  # not ours; or it became whole, or was imported, this moment
            named = ImportId(UUID(folder.name.removeprefix(ARRIVING)))
            if max(path.stat().st_mtime for path in (folder, *folder.iterdir())) < before:
                idle.add(named)
    return idle


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
