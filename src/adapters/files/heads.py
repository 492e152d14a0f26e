"""`HeadFile`: signed heads of the record as lines of HOME/audit/heads.jsonl, beside the database and in no reach of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from ...application.compliance.ports import SignedHead
from ...domain.compliance.audit import Head
from ...domain.shared.errors import Unavailable


class HeadsUnreadable(Unavailable):
    """The file of signed heads cannot be read, or a line of it is none."""

    code = "compliance.heads_unreadable"


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    organisation: UUID | None
    number: int
    hash: str
    at: datetime
    key_id: str
    signature: str


class HeadsInFile:
    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, signed: SignedHead) -> None:
        line = _Line(
            organisation=signed.organisation,
            number=signed.head.number,
            hash=signed.head.hash.hex(),
            at=signed.at,
            key_id=signed.key_id,
            signature=signed.signature.hex(),
        )
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise HeadsUnreadable(f"{self._path} cannot be written: {error.strerror}; make room there") from error

    def all(self) -> Sequence[SignedHead]:
        try:
            lines = self._path.read_bytes().splitlines() if self._path.exists() else []
            told = [msgspec.json.decode(line, type=_Line) for line in lines if line.strip()]
            return [
                SignedHead(
                    organisation=each.organisation,
                    head=Head(number=each.number, hash=bytes.fromhex(each.hash)),
                    at=each.at,
                    key_id=each.key_id,
                    signature=bytes.fromhex(each.signature),
                )
                for each in told
            ]
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise HeadsUnreadable(f"{self._path} cannot be read: {error}; bring it back from a backup") from error
