"""Secrets of the installation, one file each in HOME/secrets, made at first use and readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ...domain.shared.errors import Unavailable

_BYTES = 32


class SecretUnreadable(Unavailable):
    """A secret of the installation cannot be read or made."""

    code = "analisa.secret_unreadable"


class SecretFiles:
    """`Secrets` below *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def author_salt(self) -> bytes:
        """Return the secret of authors' pseudonyms. Where it is lost, the same authors get other pseudonyms."""
        return self._secret("authors.key")

    def cursor_key(self) -> bytes:
        """Return the secret that signs where a page of a list ended. Where it is lost, open lists begin anew."""
        return self._secret("cursors.key")

    def password_pepper(self) -> bytes:
        """Return the secret that passwords are hashed with. Where it is lost, everybody needs a new password."""
        return self._secret("passwords.key")

    def refresh_key(self) -> bytes:
        """Return the secret from which each refresh token follows. Where it is lost, nothing is: old ones stay good."""
        return self._secret("refresh.key")

    def sealing_keys(self) -> Mapping[int, bytes]:
        """Return the keys that seal what the database keeps, by number. Where they are lost, so is what they sealed."""
        found = dict[int, bytes]()
        for path in self._folder.glob("fields-*.key"):
            number = path.stem.removeprefix("fields-")
            if number.isdigit():
                found[int(number)] = self._secret(path.name)
        return found or {1: self._secret("fields-1.key")}

    def numbers(self) -> Sequence[int]:
        """The numbers of the keys that seal."""
        return sorted(self.sealing_keys())

    def made_at(self, number: int) -> datetime:
        """When the key that seals was made."""
        return datetime.fromtimestamp((self._folder / f"fields-{number}.key").stat().st_mtime, UTC)

    def make(self) -> int:
        """Make a new key that seals; of several who make one at once each makes their own."""
        while True:
            number = max(self.sealing_keys()) + 1
            if _make_new(self._folder / f"fields-{number}.key"):
                return number

    def drop(self, number: int) -> None:
        (self._folder / f"fields-{number}.key").unlink()

    def scrape_token(self) -> str:
        """Return the word that lets whoever collects metrics read them."""
        return self._secret("metrics.key").hex()

    def demonstration_password(self) -> str:
        """Return the password with which the demonstration is looked at; it holds invented people only."""
        return self._secret("demonstration.key").hex()[:20]

    def _secret(self, name: str) -> bytes:
        path = self._folder / name
        try:
            return bytes.fromhex(_read(path) or _make(path))
        except (OSError, ValueError) as error:
            raise SecretUnreadable(
                f"{path} cannot be read ({error}); give this account access, or bring it back from a backup"
            ) from error


def _read(path: Path) -> str:
    return path.read_text("ascii").strip() if path.exists() else ""


def _make(path: Path) -> str:
    """Write a new secret whole or not at all; where another process was quicker, its secret counts."""
    _make_new(path)
    return _read(path)


def _make_new(path: Path) -> bool:
    """Write a new secret whole; False where there is one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(secrets.token_hex(_BYTES), "ascii")
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        part.unlink()
    return True
