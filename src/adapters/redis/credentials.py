"""`Credentials` that are remembered for a moment, so that a request costs no question to PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Final

import msgspec

from ...application.identity.ports import Caller, Credentials
from ...application.shared.cache import Cache
from ...domain.shared.errors import Unavailable

REMEMBERED_S: Final = 30.0
"""Where Redis cannot be told that a credential is good no more, it is for so long at the most."""

_decode = msgspec.json.Decoder(Caller).decode


class _Nobody(Exception):
    """What is good no more is not remembered: anybody can make such things up."""


class KeptCredentials:
    def __init__(self, credentials: Credentials, cache: Cache) -> None:
        self._credentials = credentials
        self._cache = cache

    async def session(self, credential: str, organisation: str | None) -> Caller | None:
        return await self._kept("session", credential, organisation, self._credentials.session)

    async def token(self, credential: str, organisation: str | None) -> Caller | None:
        return await self._kept("token", credential, organisation, self._credentials.token)

    async def key(self, credential: str, organisation: str | None) -> Caller | None:
        return await self._kept("key", credential, organisation, self._credentials.key)

    async def forget(self, credentials: Collection[str]) -> None:
        if credentials:
            with suppress(Unavailable):
                await self._cache.forget(*map(_tag, credentials))

    async def _kept(
        self,
        kind: str,
        credential: str,
        organisation: str | None,
        ask: Callable[[str, str | None], Awaitable[Caller | None]],
    ) -> Caller | None:
        async def make() -> bytes:
            found = await ask(credential, organisation)
            if found is None:
                raise _Nobody
            return msgspec.json.encode(found)

        try:
            told = await self._cache.remember(
                f"{kind} {credential} {organisation or ''}", [_tag(credential)], make, ttl_s=REMEMBERED_S
            )
        except _Nobody:
            return None
        return _decode(told)


def _tag(credential: str) -> str:
    return f"credential:{credential}"
