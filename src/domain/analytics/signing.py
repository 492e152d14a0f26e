"""What of a receipt is signed, so that whoever has the installation's public key can tell what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .canonical import canonical_bytes

FORMAT: Final = "analisa-receipt"
VERSION: Final = 1
SECTIONS: Final = ("inputs", "reference", "versions", "result")
DOCUMENT: Final = "document"
"""The part that ties the sections together, and to the profile and day they are about."""
ALGORITHM: Final = "Ed25519"


def signable(receipt: Mapping[str, Any]) -> dict[str, bytes]:
    """The messages to sign, by part: each section's hash by itself, so that a changed one can be named, then all."""
    head = {name: receipt[name] for name in ("format", "version")}
    parts = {name: {**head, "section": name, "sha256": receipt["sha256"][name]} for name in SECTIONS}
    whole = {**head, **{name: receipt[name] for name in ("profile", "as_of", "sha256")}}
    return {name: canonical_bytes(part) for name, part in {**parts, DOCUMENT: whole}.items()}
