"""`Cache` over Redis or Valkey.

Each tag has a random mark. A value is kept with the marks that its tags had before it was made, and is good as long as
they still have them; to forget a tag is to give it another mark. So a value that was being made meanwhile carries an old
mark, and nothing has to be found and deleted. Marks are never used again, so a tag that Redis dropped to make room only
costs the values that carried it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ...application.shared.cache import USUAL_TTL_S, Make
from ...domain.shared.errors import Unavailable
from .client import AWAY

ANSWER_S: Final = 0.25
"""A cache that is slower than this is no help."""
AWAY_FOR_S: Final = 5.0
"""After a failure nobody asks for so long."""
LOCK_S: Final = 5.0
"""Who makes a value and dies holds the others up for so long at the most."""
_POLL_S: Final = 0.02
_MARK: Final = 16
_TAG_TTL_S: Final = 86_400
_UNLOCK: Final = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

Counted = Callable[[str], None]
"""Called with `hit`, `miss`, `waited` or `away`."""


class CacheUnavailable(Unavailable):
    """Redis did not take the word that something is to be forgotten."""

    code = "analisa.cache_unavailable"


class RedisCache:
    """A call that takes longer than *answer_s* seconds counts as none."""

    def __init__(
        self, url: str, counted: Counted, *, prefix: str = "analisa:cache:", answer_s: float = ANSWER_S
    ) -> None:
        self._redis = Redis.from_url(
            url, socket_connect_timeout=answer_s, socket_timeout=answer_s, retry=Retry(NoBackoff(), 0)
        )
        self._counted = counted
        self._prefix = prefix
        self._away_until = 0.0

    async def aclose(self) -> None:
        await self._redis.aclose()

    async def remember(self, key: str, tags: Sequence[str], make: Make, *, ttl_s: float = USUAL_TTL_S) -> bytes:
        if monotonic() < self._away_until:
            self._counted("away")
            return await make()
        token = secrets.token_hex(8)
        try:
            marks, value, waited = await self._look_or_lock(key, tags, token)
        except AWAY:
            self._stay_away()
            return await make()
        if value is not None:
            self._counted("waited" if waited else "hit")
            return value
        self._counted("miss")
        made: bytes | None = None
        try:
            made = await make()
        finally:
            await self._put(key, token, None if made is None else b"".join(marks) + made, ttl_s)
        return made

    async def forget(self, *tags: str) -> None:
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                for tag in tags:
                    pipe.set(self._name("tag", tag), secrets.token_bytes(_MARK), ex=_TAG_TTL_S)
                await pipe.execute()
        except AWAY as error:
            self._stay_away()
            raise CacheUnavailable(f"Redis does not answer ({type(error).__name__}); it is told again") from error

    async def _put(self, key: str, token: str, value: bytes | None, ttl_s: float) -> None:
        """Keep *value*, where something was made, and let the others go on."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                if value is not None:
                    pipe.set(self._name("value", key), value, px=int(ttl_s * 1000))
                pipe.eval(_UNLOCK, 1, self._name("lock", key), token)
                await pipe.execute()
        except AWAY:
            self._stay_away()

    async def _look(self, key: str, tags: Sequence[str]) -> tuple[list[bytes], bytes | None]:
        """(the marks of *tags*, the value that carries them); a tag that has none is given one."""
        names = [self._name("tag", tag) for tag in tags]
        found = cast("list[bytes | None]", await self._redis.mget(self._name("value", key), *names))
        kept, marks = found[0], [mark for mark in found[1:] if mark is not None]
        if len(marks) < len(names):
            return [await self._mark(name) for name in names], None
        head = b"".join(marks)
        return marks, kept[len(head) :] if kept is not None and kept.startswith(head) else None

    async def _mark(self, name: str) -> bytes:
        fresh = secrets.token_bytes(_MARK)
        before = cast("bytes | None", await self._redis.set(name, fresh, nx=True, get=True, ex=_TAG_TTL_S))
        return fresh if before is None else before

    async def _look_or_lock(self, key: str, tags: Sequence[str], token: str) -> tuple[list[bytes], bytes | None, bool]:
        """(marks, the value, whether somebody was waited for); without a value the lock is ours, or nobody let it go."""
        marks, value = await self._look(key, tags)
        lock, until, waited = self._name("lock", key), monotonic() + LOCK_S, False
        while value is None and monotonic() < until:
            ours = bool(await self._redis.set(lock, token, nx=True, px=int(LOCK_S * 1000)))
            # Whoever had it may have kept the value since we looked.
            marks, value = await self._look(key, tags)
            if ours:
                if value is not None:
                    await self._redis.eval(_UNLOCK, 1, lock, token)
                break
            if value is None:
                waited = True
                await asyncio.sleep(_POLL_S)
        return marks, value, waited

    def _stay_away(self) -> None:
        self._counted("away")
        self._away_until = monotonic() + AWAY_FOR_S

    def _name(self, kind: str, name: str) -> str:
        return f"{self._prefix}{kind}:{name}"


class NoCache:
    """Keeps nothing: for a process that has no Redis."""

    async def remember(self, key: str, tags: Sequence[str], make: Make, *, ttl_s: float = USUAL_TTL_S) -> bytes:  # noqa: ARG002
        return await make()

    async def forget(self, *tags: str) -> None:
        """Nothing is kept."""

    async def aclose(self) -> None:
        """Nothing is open."""
