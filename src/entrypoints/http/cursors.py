"""Where a page of a list ended, handed to the caller sealed: opaque, signed, and good for that one list only."""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256
from typing import TypeVar

import msgspec

from ...domain.shared.errors import RuleViolated

T = TypeVar("T")
_SIGNATURE = 16
MAX_LENGTH = 512


class CursorRefused(RuleViolated):
    """The cursor was not given out by this list."""

    code = "http.cursor_refused"

    def __init__(self) -> None:
        super().__init__("this cursor was not given out for this list; ask for the first page, without a cursor")


class Cursors:
    """Seals keys of lists with the installation's secret *key*."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, of: str, key: object | None) -> str | None:
        """Return the cursor behind *key* (a dataclass or None for the last page) of the list *of*."""
        if key is None:
            return None
        body = msgspec.json.encode(key)
        return base64.urlsafe_b64encode(self._sign(of, body) + body).decode().rstrip("=")

    def open(self, of: str, cursor: str | None, kind: type[T]) -> T | None:
        """Return the key in *cursor*, or raise `CursorRefused`."""
        if cursor is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raise CursorRefused from None
        signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._sign(of, body)):
            raise CursorRefused
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError:  # an earlier version of the program gave it out
            raise CursorRefused from None

    def _sign(self, of: str, body: bytes) -> bytes:
        return hmac.digest(self._key, of.encode() + b"\0" + body, sha256)[:_SIGNATURE]
