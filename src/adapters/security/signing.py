"""The installation's Ed25519 key: it signs receipts, and its public half lets anybody check where one comes from."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ...domain.analytics.signing import ALGORITHM, signable
from ...domain.shared.errors import RuleViolated

PRIVATE_MODE = 0o600


class UnusableKey(RuleViolated):
    """A key file cannot be read, or holds another kind of key."""

    code: ClassVar[str] = "security.unusable_key"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} is not an Ed25519 key in PEM form: {why}")
        self.path = path


class Ed25519Verifier:
    """A public key. It answers the domain's `PublicKey`."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key

    @property
    def key_id(self) -> str:
        """SHA-256 of the raw public key, in hexadecimal."""
        return sha256(self._key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()

    @property
    def pem(self) -> str:
        """The public key as it is handed to others: SubjectPublicKeyInfo in PEM."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether the holder of the private key signed *message*."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def load(cls, path: Path) -> Ed25519Verifier:
        """Read a public key, or the public half of a private one; raise `UnusableKey`."""
        data = _read(path)
        try:
            key = load_pem_public_key(data)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return Ed25519Signer.from_pem(path, data).verifier
        if not isinstance(key, Ed25519PublicKey):
            raise UnusableKey(path, f"it holds a {type(key).__name__}")
        return cls(key)


class Ed25519Signer:
    """The private key of this installation."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier = Ed25519Verifier(key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Return the signature of *message*, 64 bytes."""
        return self._key.sign(message)

    def signed(self, receipt: Mapping[str, Any]) -> dict[str, Any]:
        """The receipt with a signature for each of its parts; an old signature is replaced."""
        parts = {name: base64.b64encode(self.sign(message)).decode() for name, message in signable(receipt).items()}
        block = {"algorithm": ALGORITHM, "key_id": self.verifier.key_id, "parts": parts}
        return {**receipt, "signature": block}

    @classmethod
    def from_pem(cls, path: Path, data: bytes) -> Ed25519Signer:
        """Read a private key from *data*, which came from *path*; raise `UnusableKey`."""
        try:
            key = load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise UnusableKey(path, str(error) or type(error).__name__) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise UnusableKey(path, f"it holds a {type(key).__name__}")
        return cls(key)

    @classmethod
    def load_or_create(cls, path: Path) -> Ed25519Signer:
        """Read the key at *path*; where there is none, make one that only its owner may read, whole or not at all."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _create(path, Ed25519PrivateKey.generate())
        return cls.from_pem(path, _read(path))


def _create(path: Path, key: Ed25519PrivateKey) -> None:
    """Write *key* beside *path* and link it there; where another process was first, its key stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableKey(path, error.strerror or str(error)) from error
