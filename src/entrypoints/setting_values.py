"""How the text of a setting becomes its value, or is refused with what to write instead.

Each function takes the text, or makes what takes it, and raises `ValueError` with words that follow the setting's name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

LOOPBACK = "127.0.0.1"


class SecretUrl(str):
    """An address that may hold a password: shown without it, used whole."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(re.sub(r"(?<=://)[^@/]*@", "***@", str(self)))


def as_path(text: str) -> Path:
    try:
        return Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100  links are to stay as they are
    except RuntimeError:
        raise ValueError(f"names a home directory that is not known: {text!r}; write the whole path") from None


def as_key_file(text: str) -> Path:
    path = as_path(text)
    if os.access(path, os.F_OK):
        if not (path.is_file() and os.access(path, os.R_OK)):
            raise ValueError(f"is {path}, which is no file that we may read; let this account read it, or name another")
        return path
    folder = next(parent for parent in path.parents if os.access(parent, os.F_OK))
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise ValueError(
            f"is {path}, which cannot be made: {folder} is no directory that we may write to; name another"
        )
    return path


def as_host(text: str) -> str:
    if text != LOOPBACK:
        raise ValueError(
            f"is {text!r}, but passwords and keys must not cross a network unencrypted, so it stays {LOOPBACK}; "
            "unset it, put TLS in front (deploy/nginx/analisa.conf) and name its address in ANALISA_PUBLIC_URL"
        )
    return text


def as_public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
        raise ValueError(f"is {text!r}, which is no address of a site by TLS; write https://analisa.example.org")
    return f"https://{parts.netloc.lower().removesuffix(':443')}"


def as_smtp(text: str) -> SecretUrl:
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or port == 0 or parts.path.strip("/"):
        raise ValueError(
            "is no address of a mail server; write smtp://user:password@host:587 or smtps://user:password@host:465"
        )
    return SecretUrl(text)


def as_sender(text: str) -> str:
    address = parseaddr(text)[1]
    if "@" not in address or not text.isprintable():
        raise ValueError(f"is {text!r}, which is no sender of a mail; write Analisa <analisa@example.org>")
    return text


def as_redis(text: str) -> SecretUrl:
    url = as_url("redis", "rediss", "unix")(text)
    database = urlsplit(text).path.strip("/")
    if not url.startswith("unix:") and not re.fullmatch("[0-9]*", database):
        raise ValueError(
            f"names the database {database!r}, but Redis numbers them; write redis://:password@host:6379/0"
        )
    from ..adapters.redis.server import check_url  # noqa: PLC0415  loaded only where there is something to check

    try:
        check_url(text)
    except ValueError as error:
        raise ValueError(f"cannot be followed ({error}); write redis://:password@host:6379/0") from None
    return url


_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


def as_url(*schemes: str, database: bool = False) -> Callable[[str], SecretUrl]:
    def read(text: str) -> SecretUrl:
        # The text itself is never repeated in the message: a password may stand anywhere in a malformed address.
        example = f"{schemes[0]}://user:password@host/name" if database else f"{schemes[0]}://:password@host:6379/0"
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError as error:
            raise ValueError(f"is not an address ({error}); write {example}") from None
        if parts.scheme not in schemes or not (parts.hostname or parts.scheme == "unix"):
            raise ValueError(f"is not an address of this kind; write {example}")
        if database and not parts.path.strip("/"):
            raise ValueError(f"does not name the database; write {example}")
        if database and not _SSL_MODES.issuperset(asked := parse_qs(parts.query).get("sslmode", [])):
            raise ValueError(f"asks for sslmode {asked[-1]!r}; write one of {', '.join(sorted(_SSL_MODES))}")
        return SecretUrl(text)

    return read


def as_port(text: str) -> int:
    if text.startswith("tcp:"):
        raise ValueError(
            f"is {text!r}, as Kubernetes sets it for a service named analisa: switch enableServiceLinks off"
        )
    return as_number(1, 65535)(text)


def as_number(least: int, most: int, hint: str = "") -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,15}", text) or not least <= int(text) <= most:
            raise ValueError(f"is {text!r}; write a whole number from {least} to {most}{hint}")
        return int(text)

    return read


_UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def as_size(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,14})\s*(|KiB|MiB|GiB|TiB)", text)
    if not found:
        raise ValueError(f"is {text!r}; write a number of bytes, or one with KiB, MiB, GiB or TiB (512MiB)")
    return int(found[1]) * _UNITS[found[2]]


def as_one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"is {text!r}; write one of {', '.join(words)}")
        return text.lower()

    return read


def as_slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", text):
        raise ValueError(f"is {text!r}; write an organisation's slug: small letters, digits and hyphens (local)")
    return text
