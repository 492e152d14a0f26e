"""Access tokens: JWTs of one kind only (RFC 9068), signed with ES256, and read strictly (RFC 8725).

A library does the cryptography. What it is given to verify was looked at before: three parts of canonical base64url, a head
that holds nothing but the algorithm, the type and the name of a key, no algorithm but ours, and JSON as we write it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ...application.identity.access_tokens import AccessClaims
from ...domain.shared.ids import UserId

ALGORITHM: Final = "ES256"
TYPE: Final = "at+jwt"
AUDIENCE: Final = "analisa"
LONGEST: Final = 2_048
Told = TypeVar("Told", bound=msgspec.Struct)
_PART: Final = re.compile(r"[A-Za-z0-9_-]+")
_LEEWAY: Final = timedelta(seconds=30)
"""Clocks of two machines may differ by so much."""


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    alg: str
    typ: str
    kid: str


class _Claims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    iss: str
    aud: str
    sub: UUID
    sid: UUID
    jti: UUID
    iat: int
    nbf: int
    exp: int


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its name."""

    kid: str
    key: ECKey

    @classmethod
    def make(cls) -> SigningKey:
        key = ECKey.generate_key("P-256", private=True)
        return cls(key.thumbprint(), key)

    @classmethod
    def of(cls, kid: str, private: bytes) -> SigningKey:
        return cls(kid, ECKey.import_key(msgspec.json.decode(private)))

    @property
    def private(self) -> bytes:
        return msgspec.json.encode(self.key.as_dict(private=True))

    @property
    def public(self) -> dict[str, Any]:
        """As a key set shows it (RFC 7517)."""
        shown = self.key.as_dict(private=False)
        return {
            "kty": shown["kty"],
            "crv": shown["crv"],
            "x": shown["x"],
            "y": shown["y"],
            "kid": self.kid,
            "use": "sig",
            "alg": ALGORITHM,
        }


def signed(key: SigningKey, issuer: str, claims: AccessClaims) -> str:
    """Return *claims* as a token."""
    told = _Claims(
        iss=issuer,
        aud=AUDIENCE,
        sub=claims.user_id,
        sid=claims.session_id,
        jti=claims.token_id,
        iat=int(claims.made_at.timestamp()),
        nbf=int(claims.made_at.timestamp()),
        exp=int(claims.expires_at.timestamp()),
    )
    head = {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}
    return jws.serialize_compact(head, msgspec.json.encode(told), key.key, algorithms=[ALGORITHM])


def named_key(token: str) -> str | None:
    """Return the name of the key that *token* says it is signed with; None where it is no token of our kind."""
    head = _head(token)
    return None if head is None else head.kid


def verified(token: str, public: Mapping[str, Any], issuer: str, now: datetime) -> AccessClaims | None:
    """Return what *token* says if *public* is the key that signed it and its time is now; else None."""
    head = _head(token)
    if head is None or head.kid != public.get("kid"):
        return None
    try:
        payload = jws.deserialize_compact(token, ECKey.import_key(dict(public)), algorithms=[ALGORITHM]).payload
    except (JoseError, ValueError, TypeError):
        return None
    told = _canonical(payload or b"", _Claims)
    if told is None:
        return None
    at, leeway = now.timestamp(), _LEEWAY.total_seconds()
    timely = told.nbf - leeway <= at < told.exp and told.iat - leeway <= at
    if not timely or told.iss != issuer or told.aud != AUDIENCE:
        return None
    return AccessClaims(
        user_id=UserId(told.sub),
        session_id=told.sid,
        token_id=told.jti,
        made_at=datetime.fromtimestamp(told.iat, now.tzinfo),
        expires_at=datetime.fromtimestamp(told.exp, now.tzinfo),
    )


def _head(token: str) -> _Head | None:
    parts = token.split(".")
    if len(token) > LONGEST or len(parts) != 3:
        return None
    raw = [_decoded(part) for part in parts]
    if any(part is None for part in raw) or len(raw[2] or b"") != 64:
        return None
    head = _canonical(raw[0] or b"", _Head)
    return head if head is not None and head.alg == ALGORITHM and head.typ == TYPE else None


def _canonical(raw: bytes, shape: type[Told]) -> Told | None:
    """What *raw* says, if it is written as we write it: nothing is there twice, and two readers see the same."""
    try:
        told = msgspec.json.decode(raw, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return told if msgspec.json.encode(told) == raw else None


def _decoded(part: str) -> bytes | None:
    """The bytes of *part*, if it is the one way to write them."""
    if not _PART.fullmatch(part):
        return None
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return None
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == part else None
