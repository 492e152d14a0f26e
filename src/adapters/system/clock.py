"""`Clock` and `Ids` of the real machine."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from uuid import UUID


class SystemClock:
    """`Clock` of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TimeOrderedIds:
    """`Ids`: UUIDv7 (RFC 9562, section 5.7), so that new rows stand together in an index."""

    def new(self) -> UUID:
        milliseconds = time.time_ns() // 1_000_000
        noise = int.from_bytes(os.urandom(10))
        value = milliseconds << 80 | 0x7 << 76 | (noise >> 68 & 0xFFF) << 64 | 0b10 << 62 | noise & (1 << 62) - 1
        return UUID(int=value)
