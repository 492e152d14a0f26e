"""`Quotas` in Redis: a leaky bucket for each name (GCRA), all of a request in one script; and alone where Redis is away."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ...application.shared.quotas import WINDOW_S, Ask, Left, QuotaExceeded
from .client import AWAY

ANSWER_S: Final = 0.25
AWAY_FOR_S: Final = 5.0
ALONE: Final = 0.25
"""The share of a quota that a process gives by itself: several of them do, and know nothing of each other."""
_NAMES: Final = 10_000
_TAKE: Final = """
local at = redis.call('TIME')
local now = at[1] * 1000000 + at[2]
local window = tonumber(ARGV[1])
local told, ends = {}, {}
for place, name in ipairs(KEYS) do
    local each = tonumber(ARGV[place * 2])
    local used = math.max(tonumber(redis.call('GET', name) or 0), now)
    ends[place] = used + each * tonumber(ARGV[place * 2 + 1])
    if ends[place] - now > window + each / 2 then
        return {place, math.ceil((ends[place] - now - window) / 1000000)}
    end
    told[place] = ends[place] - now
end
local answer = {0}
for place, name in ipairs(KEYS) do
    redis.call('SET', name, string.format('%.0f', ends[place]), 'PX', math.ceil(told[place] / 1000) + 1)
    answer[place + 1] = math.floor(told[place])
end
return answer
"""


class LocalQuotas:
    """What one process counts by itself: *share* of each quota."""

    def __init__(self, *, share: float = ALONE, now: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._now = now
        self._used: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def take(self, asks: Sequence[Ask]) -> tuple[Left, ...]:
        now, ends = self._now(), list[float]()
        for ask in asks:
            each = WINDOW_S / max(1.0, ask.quota.per_minute * self._share)
            end = max(now, self._used.get((ask.quota.name, ask.who), 0.0)) + each * ask.cost
            # What costs more than all there is at once is let through when nothing was used.
            if end - now > max(WINDOW_S, each * ask.cost) + each / 2:
                raise QuotaExceeded(ask.quota, math.ceil(end - now - WINDOW_S))
            ends.append(end)
        for ask, end in zip(asks, ends, strict=True):
            self._used[ask.quota.name, ask.who] = end
            self._used.move_to_end((ask.quota.name, ask.who))
        while len(self._used) > _NAMES:
            self._used.popitem(last=False)
        return tuple(_left(ask, end - now, self._share) for ask, end in zip(asks, ends, strict=True))


class RedisQuotas:
    """Shared by all processes that name the same Redis."""

    def __init__(self, url: str, *, alone: LocalQuotas | None = None, prefix: str = "analisa:quota:") -> None:
        self._redis = Redis.from_url(
            url, socket_connect_timeout=ANSWER_S, socket_timeout=ANSWER_S, retry=Retry(NoBackoff(), 0)
        )
        self._script = self._redis.register_script(_TAKE)
        self._alone = alone or LocalQuotas()
        self._prefix = prefix
        self._away_until = 0.0

    async def aclose(self) -> None:
        await self._redis.aclose()

    async def take(self, asks: Sequence[Ask]) -> tuple[Left, ...]:
        if not asks or monotonic() < self._away_until:
            return await self._alone.take(asks)
        window = WINDOW_S * 1_000_000
        given: list[int | str] = [window]
        for ask in asks:
            given += [window // ask.quota.per_minute, min(ask.cost, ask.quota.per_minute)]
        try:
            told = cast(
                "list[int]",
                await self._script(keys=[f"{self._prefix}{ask.quota.name}:{ask.who}" for ask in asks], args=given),
            )
        except AWAY:
            self._away_until = monotonic() + AWAY_FOR_S
            return await self._alone.take(asks)
        refused, *rest = told
        if refused:
            raise QuotaExceeded(asks[refused - 1].quota, rest[0])
        return tuple(_left(ask, used / 1e6, 1.0) for ask, used in zip(asks, rest, strict=True))


def _left(ask: Ask, used_s: float, share: float) -> Left:
    quota = max(1.0, ask.quota.per_minute * share)
    remaining = max(0, int((WINDOW_S - used_s) * quota / WINDOW_S + 0.5))
    return Left(quota=ask.quota, remaining=remaining, full_in_s=math.ceil(used_s))
