"""Logs that do not grow without bound, however long the programs run that write them."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import suppress
from pathlib import Path

LOG_BYTES = 10 * 2**20
LOGS_KEPT = 3

_EVERY_S = 60.0
_ROOM = 4
"""How many times as much must be free as is copied."""


async def rotating(logs: Path, *, every_s: float = _EVERY_S) -> None:
    """Look every minute whether a log has grown, until cancelled."""
    while True:
        await asyncio.to_thread(rotate, logs)
        await asyncio.sleep(every_s)


def rotate(logs: Path) -> None:
    """Put aside what logs past 10 MiB hold, as NAME.log.1 (newest) to .3.

    The log itself is emptied, not exchanged: its writer holds it open. A line written in that very moment is lost.
    """
    for log in logs.glob("*.log"):
        with suppress(OSError):  # a full disk, say, which is nothing to stop for: it is tried again
            if log.stat().st_size > LOG_BYTES:
                _put_aside(log)


def _put_aside(log: Path) -> None:
    """Keep what it holds, or its last `LOG_BYTES` where it has grown for long; nothing where the disk is all but full."""
    part = log.with_suffix(".part")
    try:
        if shutil.disk_usage(log.parent).free > _ROOM * LOG_BYTES:
            _copy_end(log, part)
            for number in range(LOGS_KEPT - 1, 0, -1):
                older = _aside(log, number)
                if older.exists():
                    older.replace(_aside(log, number + 1))
            part.replace(_aside(log, 1))
        os.truncate(log, 0)
    finally:
        part.unlink(missing_ok=True)


def _copy_end(log: Path, part: Path) -> None:
    with log.open("rb") as whole, part.open("wb") as end:
        size = whole.seek(0, os.SEEK_END)
        whole.seek(0 if size <= 2 * LOG_BYTES else size - LOG_BYTES)
        if whole.tell():
            whole.readline()  # the rest of a line
        shutil.copyfileobj(whole, end)


def _aside(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")
