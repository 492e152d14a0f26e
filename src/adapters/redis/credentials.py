"""`Credentials` that are remembered for a moment, so that a request costs no question to PostgreSQL."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from time import monotonic
from typing import Final

import msgspec

from ...application.identity.ports import ANYWHERE, Caller, Credentials, Place
from ...application.shared.cache import Cache
from ...domain.shared.errors import Unavailable

AT_HAND_S: Final = 1.0
"""So long a process asks nobody again, not even Redis: what is ended elsewhere is good for so long at the most."""
_AT_HAND: Final = 4_096
REMEMBERED_S: Final = 30.0
"""Where Redis cannot be told that a credential is good no more, it is for so long at the most."""

_decode = msgspec.json.Decoder(Caller).decode


class _Nobody(Exception):
    """What is good no more is not remembered: anybody can make such things up."""


class KeptCredentials:
    def __init__(self, credentials: Credentials, cache: Cache) -> None:
        self._credentials = credentials
        self._cache = cache
        self._at_hand: OrderedDict[tuple[str, str, Place], tuple[Caller, float]] = OrderedDict()

    async def session(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        return await self._kept("session", credential, place, self._credentials.session)

    async def token(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        return await self._kept("token", credential, place, self._credentials.token)

    async def key(self, credential: str, place: Place = ANYWHERE) -> Caller | None:
        return await self._kept("key", credential, place, self._credentials.key)

    async def forget(self, credentials: Collection[str]) -> None:
        gone = set(credentials)
        for name in [name for name in self._at_hand if name[1] in gone]:
            del self._at_hand[name]
        if credentials:
            with suppress(Unavailable):
                await self._cache.forget(*map(_tag, credentials))

    async def _kept(
        self,
        kind: str,
        credential: str,
        place: Place,
        ask: Callable[[str, Place], Awaitable[Caller | None]],
    ) -> Caller | None:
        name = (kind, credential, place)
        at_hand = self._at_hand.get(name)
        if at_hand is not None and monotonic() < at_hand[1]:
            return at_hand[0]

        async def make() -> bytes:
            found = await ask(credential, place)
            if found is None:
                raise _Nobody
            return msgspec.json.encode(found)

        try:
            told = await self._cache.remember(
                f"{kind} {credential} {place.organisation or ''} {place.workspace or ''}",
                [_tag(credential)],
                make,
                ttl_s=REMEMBERED_S,
            )
        except _Nobody:
            return None
        caller = _decode(told)
        self._at_hand[name] = caller, monotonic() + AT_HAND_S
        self._at_hand.move_to_end(name)
        if len(self._at_hand) > _AT_HAND:
            self._at_hand.popitem(last=False)
        return caller


def _tag(credential: str) -> str:
    return f"credential:{credential}"
