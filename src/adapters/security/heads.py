"""`HeadSigner` by the installation's Ed25519 key, the one that signs receipts."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ...application.compliance.ports import SignedHead
from ...domain.analytics.canonical import canonical_bytes
from ...domain.compliance.audit import Head
from .signing import Ed25519Signer


class SignedHeads:
    def __init__(self, signer: Ed25519Signer) -> None:
        self._signer = signer

    @property
    def key_id(self) -> str:
        return self._signer.verifier.key_id

    def sign(self, organisation: UUID | None, head: Head, at: datetime) -> bytes:
        return self._signer.sign(_message(organisation, head, at))

    def verifies(self, signed: SignedHead) -> bool:
        message = _message(signed.organisation, signed.head, signed.at)
        return signed.key_id == self.key_id and self._signer.verifier.verifies(message, signed.signature)


def _message(organisation: UUID | None, head: Head, at: datetime) -> bytes:
    told = {
        "what": "head of an audit chain",
        "organisation": None if organisation is None else str(organisation),
        "number": head.number,
        "hash": head.hash.hex(),
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    return canonical_bytes(told)
