"""Access tokens: one kind is taken, and no other, however it is dressed up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from analisa.adapters.security.tokens import LONGEST, SigningKey, named_key, signed, verified
from analisa.application.identity.access_tokens import AccessClaims
from analisa.domain.shared.ids import UserId

pytestmark = pytest.mark.promise("SEC1")

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY, OTHER = SigningKey.make(), SigningKey.make()
CLAIMS = AccessClaims(
    user_id=UserId(UUID(int=1)),
    session_id=UUID(int=2),
    token_id=UUID(int=3),
    made_at=NOW,
    expires_at=NOW + timedelta(minutes=15),
)
GOOD = signed(KEY, "analisa", CLAIMS)
HEAD = {"alg": "ES256", "typ": "at+jwt", "kid": KEY.kid}
SAID: dict[str, Any] = json.loads(base64.urlsafe_b64decode(GOOD.split(".")[1] + "=="))
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def read(token: str, key: SigningKey = KEY, *, now: datetime = NOW, issuer: str = "analisa") -> AccessClaims | None:
    return verified(token, key.public, issuer, now)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(head: Any, said: Any = SAID, signature: bytes = b"x" * 64) -> str:
    first, second = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (head, said))
    return f"{b64(first)}.{b64(second)}.{b64(signature)}"


def resigned(head: dict[str, Any], said: Any = SAID, key: Any = KEY.key, alg: str = "ES256") -> str:
    """A token that is rightly signed, with another head or other claims."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jws.serialize_compact({**head, "alg": alg}, body, key, registry=registry)


def test_a_token_says_what_was_signed_for_as_long_as_it_is_good() -> None:
    assert read(GOOD) == CLAIMS
    assert named_key(GOOD) == KEY.kid
    assert read(GOOD, now=NOW + timedelta(minutes=14, seconds=59)) == CLAIMS
    assert read(GOOD, now=NOW + timedelta(minutes=15)) is None
    assert read(GOOD, now=NOW - timedelta(seconds=29)) == CLAIMS
    assert read(GOOD, now=NOW - timedelta(seconds=31)) is None
    assert read(GOOD, issuer="https://analisa.example.org") is None
    assert read(GOOD, OTHER) is None
    assert "d" not in KEY.public


def _public_pem(key: Any) -> bytes:
    raw: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return raw


def _turned(change: Callable[[int, int], tuple[int, int]]) -> str:
    """The good token with its signature's two numbers changed."""
    first, second, last = GOOD.split(".")
    raw = base64.urlsafe_b64decode(last + "==")
    r, s = change(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    return f"{first}.{second}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _der() -> str:
    first, second, last = GOOD.split(".")
    raw = base64.urlsafe_b64decode(last + "==")
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    assert decode_dss_signature(der)
    return f"{first}.{second}.{b64(der)}"


def _hmac_with(key: bytes) -> str:
    begin = f"{b64(json.dumps({**HEAD, 'alg': 'HS256'}).encode())}.{GOOD.split('.')[1]}"
    return f"{begin}.{b64(hmac.digest(key, begin.encode(), hashlib.sha256))}"


_FIRST, _SECOND, _LAST = GOOD.split(".")
_RSA = rsa.generate_private_key(65537, 2048)
_P384 = ECKey.generate_key("P-384")
FORGERIES = {
    "nothing": "",
    "dots": "..",
    "no signature": f"{_FIRST}.{_SECOND}.",
    "two parts": f"{_FIRST}.{_SECOND}",
    "four parts": f"{GOOD}.x",
    "five parts, as of an encrypted one": ".".join([_FIRST] * 5),
    "none": f"{b64(json.dumps({**HEAD, 'alg': 'none'}).encode())}.{_SECOND}.",
    "None": f"{b64(json.dumps({**HEAD, 'alg': 'None'}).encode())}.{_SECOND}.{_LAST}",
    "empty algorithm": forged({**HEAD, "alg": ""}),
    "no algorithm": forged({"typ": "at+jwt", "kid": KEY.kid}),
    "small letters": forged({**HEAD, "alg": "es256"}),
    "hmac with the public key as PEM": _hmac_with(_public_pem(ec.generate_private_key(ec.SECP256R1()))),
    "hmac with the public key as JSON": _hmac_with(json.dumps(KEY.public).encode()),
    "hmac with an empty key": _hmac_with(b""),
    "hmac, rightly signed": resigned(HEAD, key=OctKey.import_key(b"k" * 32), alg="HS256"),
    "rsa, rightly signed": resigned(HEAD, key=RSAKey.import_key(_RSA), alg="RS256"),
    "another curve, rightly signed": resigned(HEAD, key=_P384, alg="ES384"),
    "another key, under our name": resigned(HEAD, key=OTHER.key),
    "another key, under its own name": signed(OTHER, "analisa", CLAIMS),
    "no name of a key": resigned({"typ": "at+jwt"}),
    "a name that is a path": resigned({**HEAD, "kid": "../../../dev/null"}),
    "a name that is SQL": resigned({**HEAD, "kid": "' or 1=1 --"}),
    "a number for a name": forged({**HEAD, "kid": 7}),
    "another type": resigned({**HEAD, "typ": "JWT"}),
    "no type": resigned({"kid": KEY.kid}),
    "a key of its own": resigned({**HEAD, "jwk": OTHER.public}, key=OTHER.key),
    "a key from elsewhere": forged({**HEAD, "jku": "https://evil.example/keys"}),
    "a certificate from elsewhere": forged({**HEAD, "x5u": "https://evil.example/cert"}),
    "a certificate chain": forged({**HEAD, "x5c": ["MIIB"]}),
    "what must be understood": forged({**HEAD, "crit": ["exp"]}),
    "what must be understood, of a made-up kind": forged({**HEAD, "crit": ["b64"], "b64": False}),
    "compressed": forged({**HEAD, "zip": "DEF"}),
    "a content type": forged({**HEAD, "cty": "JWT"}),
    "the algorithm twice": forged(f'{{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"{KEY.kid}"}}'.encode()),
    "a head that is a list": forged([HEAD]),
    "a head that is no JSON": forged(b"{"),
    "a head with a byte order mark": forged(b"\xef\xbb\xbf" + json.dumps(HEAD).encode()),
    "padding": GOOD + "=",
    "a line end": GOOD + "\n",
    "a blank in the midst": f"{_FIRST}. {_SECOND}.{_LAST}",
    "the other base64": GOOD.replace("-", "+").replace("_", "/") if "-" in GOOD or "_" in GOOD else GOOD + "+",
    "last bits set": GOOD[:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[GOOD[-1]],
    "signature zero": _turned(lambda _r, _s: (0, 0)),
    "signature one": _turned(lambda _r, _s: (1, 1)),
    "signature of the order": _turned(lambda _r, _s: (ORDER, ORDER)),
    "r beyond the order": _turned(lambda r, _s: (r, ORDER)),
    "r and s exchanged": _turned(lambda r, s: (s, r)),
    "a bit turned": _turned(lambda r, s: (r ^ 1, s)),
    "a signature in DER": _der(),
    "a signature cut short": f"{_FIRST}.{_SECOND}.{b64(base64.urlsafe_b64decode(_LAST + '==')[:63])}",
    "a signature with more behind it": f"{_FIRST}.{_SECOND}.{b64(base64.urlsafe_b64decode(_LAST + '==') + b'0')}",
    "other claims under the signature": f"{_FIRST}.{b64(json.dumps({**SAID, 'sub': str(UUID(int=9))}).encode())}.{_LAST}",
    "another head under the signature": f"{b64(json.dumps({**HEAD, 'kid': KEY.kid}, indent=1).encode())}.{_SECOND}.{_LAST}",
    "for others": resigned(HEAD, {**SAID, "aud": "others"}),
    "for several": resigned(HEAD, {**SAID, "aud": ["analisa", "others"]}),
    "from others": resigned(HEAD, {**SAID, "iss": "https://evil.example"}),
    "for ever": resigned(HEAD, {name: value for name, value in SAID.items() if name != "exp"}),
    "until nothing": resigned(HEAD, {**SAID, "exp": None}),
    "until a word": resigned(HEAD, {**SAID, "exp": str(SAID["exp"])}),
    "until a fraction": resigned(HEAD, {**SAID, "exp": SAID["exp"] + 0.5}),
    "until infinity": resigned(HEAD, json.dumps(SAID).replace(str(SAID["exp"]), "Infinity").encode()),
    "not yet": resigned(HEAD, {**SAID, "nbf": SAID["nbf"] + 3600}),
    "made tomorrow": resigned(HEAD, {**SAID, "iat": SAID["iat"] + 86400}),
    "the subject twice": resigned(HEAD, json.dumps(SAID).replace("{", '{"sub":"x",', 1).encode()),
    "nobody": resigned(HEAD, {**SAID, "sub": ""}),
    "more than is asked": resigned(HEAD, {**SAID, "operator": True}),
    "claims that are a list": resigned(HEAD, [SAID]),
    "claims that are no JSON": resigned(HEAD, b"{"),
    "much too long": resigned(HEAD, {**SAID, "iss": "x" * LONGEST}),
    "an id token of ours": resigned({**HEAD, "typ": "id_token"}),
}


@pytest.mark.parametrize("token", FORGERIES.values(), ids=FORGERIES.keys())
def test_what_is_not_our_kind_is_refused(token: str) -> None:
    assert read(token) is None


@given(st.integers(0, len(GOOD) - 1), st.sampled_from("ABCxyz019-_."))
def test_no_letter_can_be_changed(place: int, letter: str) -> None:
    changed = GOOD[:place] + letter + GOOD[place + 1 :]

    assert changed == GOOD or read(changed) is None


@given(st.text(max_size=200))
def test_any_text_is_refused_at_once(text: str) -> None:
    assert read(text) is None
    assert named_key(text) is None
