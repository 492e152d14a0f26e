"""Files that nobody will import: whoever sent them, or took them in, went away in the midst of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from .ports import ImportRegister, UploadShelf

IDLE: Final = timedelta(hours=1)
"""After so long without a change, an upload is taken for dead."""


class SweepUploads:
    """Forgets what arrived and is not noted as an import, and what an import has left behind that is done."""

    def __init__(self, shelf: UploadShelf, register: ImportRegister) -> None:
        self._shelf = shelf
        self._register = register

    async def __call__(self) -> int:
        """Return the number of uploads that were forgotten."""
        idle = await self._shelf.idle(since=IDLE)
        dead = set(idle).difference(await self._register.wanting(idle))
        for each in dead:
            await self._shelf.discard(each)
        return len(dead)
