"""One way to write a document as bytes, so that equal documents have equal hashes."""

from __future__ import annotations

import hashlib
import json


def canonical_bytes(document: object) -> bytes:
    """JSON in UTF-8 with sorted keys, no blanks, and numbers written so that they read back bit for bit.

    Raises ValueError for infinities and NaN: what is not known is null.
    """
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


def sha256_of(document: object) -> str:
    """The SHA-256 of a document's canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()
