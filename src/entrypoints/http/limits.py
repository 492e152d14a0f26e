"""How many requests one address may make: a leaky bucket per address (GCRA), in this process.

It keeps one caller from taking all of a process's time. The headers are those of draft-ietf-httpapi-ratelimit-headers.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ...application.shared.quotas import Left

WINDOW_S: Final = 60
LEFT: Final = "analisa.left"
"""Where a request's scope has what is left of the quotas of whoever makes it."""
_ADDRESSES: Final = 10_000
"""So many are remembered, the ones who asked last."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a request may go on, and what its caller has left."""

    allowed: bool
    remaining: int
    full_in_s: int
    """When nothing will have been used."""
    retry_in_s: int
    """When the next request will be allowed."""


class RequestLimits:
    """At most *quota* requests of an address at once, and as many in a minute; what was used comes back evenly."""

    def __init__(self, quota: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._each_s = WINDOW_S / quota
        self._now = now
        self._used_until: OrderedDict[str, float] = OrderedDict()
        """By address, the moment at which what it used will have come back."""
        self.policy: Final = f'"address";q={quota};w={WINDOW_S}'.encode()

    def take(self, address: str) -> Turn:
        """Count one request of *address*."""
        now = self._now()
        begin = max(now, self._used_until.get(address, 0.0))
        end = begin + self._each_s
        over = end - now - WINDOW_S
        if over > self._each_s / 2:  # half an interval: sums of floats must not cost a caller a request
            return Turn(allowed=False, remaining=0, full_in_s=math.ceil(begin - now), retry_in_s=math.ceil(over))
        self._used_until[address] = end
        self._used_until.move_to_end(address)
        if len(self._used_until) > _ADDRESSES:
            self._used_until.popitem(last=False)
        remaining = max(0, int((WINDOW_S - (end - now)) / self._each_s + 0.5))
        return Turn(allowed=True, remaining=remaining, full_in_s=math.ceil(end - now), retry_in_s=0)


def header_of(turn: Turn, left: Sequence[Left] = ()) -> bytes:
    """The value of the `RateLimit` header."""
    others = "".join(f', "{each.quota.name}";r={each.remaining};t={each.full_in_s}' for each in left)
    return b'"address";r=%d;t=%d' % (turn.remaining, turn.full_in_s) + others.encode()


def policy_of(address: bytes, left: Sequence[Left] = ()) -> bytes:
    """The value of the `RateLimit-Policy` header."""
    return address + "".join(f', "{each.quota.name}";q={each.quota.per_minute};w={WINDOW_S}' for each in left).encode()
