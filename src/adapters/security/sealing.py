"""Values under seal: AES-256-GCM with a key of their own each, which is itself sealed with one that the database does not hold.

A sealed value is: format (1), number of the outer key (4), sealed inner key (12 + 32 + 16), sealed value (12 + n + 16 bytes).
What a value belongs to (its table, column, row and organisation) is authenticated with it, so that it opens nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...domain.shared.errors import Unavailable

_FORMAT: Final = 1
_NONCE: Final = 12
_KEY: Final = 32
_TAG: Final = 16
_HEAD: Final = 5
_INNER: Final = _NONCE + _KEY + _TAG


class SealBroken(Unavailable):
    """A sealed value does not open: its key is not here, it was moved, or it was changed."""

    code = "security.seal_broken"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} does not open: the key that it was sealed with is not in secrets/ any more, or somebody changed it; "
            "bring both back from one backup"
        )


class Sealer:
    """Seals and opens values; *keys* has the outer keys by number, the largest being the one in use."""

    def __init__(self, keys: Callable[[], Mapping[int, bytes]]) -> None:
        self._keys = keys

    def seal(self, value: bytes, place: str) -> bytes:
        """Return *value* sealed for *place*, as `table.column.row`."""
        keys = self._keys()
        number = max(keys)
        inner, place_told = os.urandom(_KEY), place.encode()
        head = bytes([_FORMAT]) + number.to_bytes(4, "big")
        return head + _shut(keys[number], inner, head + place_told) + _shut(inner, value, head + place_told)

    def open(self, sealed: bytes, place: str) -> bytes:
        """Return what was sealed for *place*, or raise `SealBroken`."""
        head, rest = sealed[:_HEAD], sealed[_HEAD:]
        key = self._keys().get(int.from_bytes(head[1:], "big"))
        if key is None or head[:1] != bytes([_FORMAT]):
            raise SealBroken(place)
        told = head + place.encode()
        try:
            return _opened(_opened(key, rest[:_INNER], told), rest[_INNER:], told)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(place) from error

    @property
    def number(self) -> int:
        """Of the outer key in use."""
        return max(self._keys())

    def reseal(self, sealed: bytes, place: str) -> bytes:
        """Seal anew, with the outer key in use, what was sealed for *place*; raises `SealBroken`.

        The number of the outer key is authenticated with the value, so the value is sealed anew and not its key alone.
        """
        return self.seal(self.open(sealed, place), place)

    def outdated(self, sealed: bytes) -> bool:
        """Whether *sealed* is under an outer key that is not the one in use."""
        return int.from_bytes(sealed[1:_HEAD], "big") != max(self._keys())


def _shut(key: bytes, value: bytes, told: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, value, told)


def _opened(key: bytes, sealed: bytes, told: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], told)
