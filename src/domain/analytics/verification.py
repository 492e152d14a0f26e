"""Checking a receipt: whether it was changed, who made it, and whether its inputs give the score it states.

Standard library only, so that it runs anywhere and starts at once.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from .canonical import sha256_of
from .recompute import Difference, compare, recompute
from .signing import ALGORITHM, DOCUMENT, SECTIONS, signable

Origin = Literal["proven", "unproven", "other_key", "not_signed", "broken"]


class PublicKey(Protocol):
    """Somebody's public key."""

    @property
    def key_id(self) -> str:
        """SHA-256 of the key, in hexadecimal."""
        ...

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the holder of the private key signed *message*."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one receipt."""

    profile: Mapping[str, Any]
    as_of: str
    score: float
    """As recomputed, not rounded."""
    origin: Origin
    changed: tuple[str, ...]
    """Sections that are not as they were when the receipt was made; `document` for what ties them together."""
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Nothing was changed, every figure is confirmed, and no key that was asked for disagrees."""
        return not self.changed and not self.differences and self.origin in {"proven", "unproven"}


def verify(receipt: Mapping[str, Any], key: PublicKey | None = None) -> Verdict:
    """Recompute a receipt and, where a *key* is given, prove its origin; raise `UnusableReceipt` where that cannot be.

    The receipt's own hashes prove nothing by themselves (whoever changes a section can hash it anew): without a key
    the recomputation alone decides, and the origin is `unproven`.
    """
    changed = [name for name in SECTIONS if sha256_of(receipt["sections"][name]) != receipt["sha256"][name]]
    origin, unsigned = _origin(receipt, key)
    exact = recompute(receipt)
    return Verdict(
        profile=receipt["profile"],
        as_of=receipt["as_of"],
        score=exact.score,
        origin=origin,
        changed=tuple(name for name in (*SECTIONS, DOCUMENT) if name in {*changed, *unsigned}),
        differences=(*_misnamed(receipt), *compare(receipt["sections"]["result"], exact)),
    )


def _misnamed(receipt: Mapping[str, Any]) -> list[Difference]:
    """The head of a receipt must be about what its inputs are about."""
    inputs = receipt["sections"]["inputs"]
    day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=inputs["as_of"])).date().isoformat()
    stated = {
        "as_of": (receipt["as_of"], day),
        "profile.network": (receipt["profile"].get("network"), inputs["network"]),
    }
    return [Difference(place, said, found) for place, (said, found) in stated.items() if said != found]


def _origin(receipt: Mapping[str, Any], key: PublicKey | None) -> tuple[Origin, list[str]]:
    """Where the receipt comes from, and the parts whose signatures fail."""
    signature = receipt.get("signature")
    if key is None:
        return "unproven", []
    if not isinstance(signature, dict) or not isinstance(signature.get("parts"), dict):
        return "not_signed", []
    if signature.get("algorithm") != ALGORITHM:
        return "broken", []
    if signature.get("key_id") != key.key_id:
        return "other_key", []
    failed = [
        name for name, message in signable(receipt).items() if not key.verifies(message, _decoded(signature, name))
    ]
    return ("broken" if failed else "proven"), failed


def _decoded(signature: Mapping[str, Any], name: str) -> bytes:
    written = signature["parts"].get(name, "")
    try:
        decoded = base64.b64decode(written, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return b""
    # Several texts decode to the same bytes; the signer wrote one of them.
    return decoded if base64.b64encode(decoded).decode() == written else b""
