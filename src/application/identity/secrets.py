"""Secrets that are handed out once: what is kept of them is a hash, which is what they are known by."""

from __future__ import annotations

import base64
import hmac
import secrets
from hashlib import sha256
from typing import Final
from uuid import UUID

KEY: Final = "analisa_"
"""What API keys begin with, so that one that got away is recognised wherever it turns up."""
SHOWN: Final = len(KEY) + 6
_BYTES: Final = 32
LONGEST: Final = 128


def new_secret() -> str:
    """Return 256 random bits as a word for cookies and headers."""
    return secrets.token_urlsafe(_BYTES)


def new_key() -> str:
    return KEY + new_secret()


def hashed(secret: str) -> bytes:
    """Return what is kept of *secret*; it is random, so that nothing slower than SHA-256 is needed."""
    return sha256(secret.encode()).digest()


def session_secret(session_id: UUID) -> bytes:
    """What a session is kept under that is shown by tokens: they name it."""
    return sha256(b"session of tokens " + session_id.bytes).digest()


def following(secret: str, what: str) -> str:
    """Return a word that follows from *secret*, for one use: nobody can tell it who does not have the secret."""
    digest = hmac.digest(secret.encode(), what.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def known_by(secret: str) -> str:
    return hashed(secret).hex()
