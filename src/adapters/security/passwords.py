"""Passwords as they are kept: bcrypt over an HMAC of them, so that none is cut off and none can be tried without the pepper.

bcrypt takes 72 bytes at most; the base64 text of an HMAC-SHA-384 is 64, whatever the password's length (ASVS 5.0 11.4.2).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, TypeVar

import bcrypt

from ...domain.shared.errors import Unavailable

COST: Final = 12
"""Rounds are two to the power of it: 0.3 s on the machines of 2026."""
_WAITING: Final = 64
"""Passwords that wait for their turn; more are asked to come again."""
_NICE: Final = 10

Made = TypeVar("Made")


class TooManyPasswords(Unavailable):
    """So many people sign in at once that one more would wait for too long."""

    code = "identity.too_many_passwords"

    def __init__(self) -> None:
        super().__init__("many people are signing in at this moment; try again in a few seconds")


class BcryptPasswords:
    """`Passwords`, in as many threads as there are cores, which give way to all else; bcrypt lets go of the interpreter."""

    def __init__(self, pepper: Callable[[], bytes], *, cost: int = COST, threads: int | None = None) -> None:
        self._pepper = pepper
        self._cost = cost
        self._threads = threads or _cores()
        self._pool: ThreadPoolExecutor | None = None
        self._waiting = 0

    async def hashed(self, password: str) -> str:
        salt = bcrypt.gensalt(self._cost)
        return (await self._slowly(lambda: bcrypt.hashpw(self._peppered(password), salt))).decode()

    async def right(self, password: str, kept: str | None) -> bool:
        against = self._nobodys() if kept is None else kept.encode()
        same = await self._slowly(lambda: bcrypt.checkpw(self._peppered(password), against))
        return same and kept is not None

    def outdated(self, kept: str) -> bool:
        _, _, cost, *_ = kept.split("$")
        return int(cost) < self._cost

    def common(self, folded: str) -> bool:
        return folded in _common()

    def _peppered(self, password: str) -> bytes:
        return base64.b64encode(hmac.digest(self._pepper(), password.encode(), hashlib.sha384))

    def _nobodys(self) -> bytes:
        """What a password is held against where nobody has the account: it takes as long."""
        return f"$2b${self._cost:02}$".encode() + b"." * 53

    async def _slowly(self, work: Callable[[], Made]) -> Made:
        if self._waiting >= _WAITING:
            raise TooManyPasswords
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, "passwords", initializer=_give_way)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1


def _cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _give_way() -> None:
    """Let this thread work when nobody else wants to: a password takes long, and everybody else's answer does not."""
    if sys.platform == "linux":  # elsewhere it would be the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


@cache
def _common() -> frozenset[str]:
    """Passwords that were found in leaks, some thirty thousand; loaded when the first one is chosen."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415  a second's part to load, and seldom needed

    return frozenset(FREQUENCY_LISTS["passwords"])
