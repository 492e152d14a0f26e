"""A backup's file: a compressed tar whose first member says what the others are, with a checksum for each."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from ...domain.shared.errors import RuleViolated

FORMAT = 1
MANIFEST = "manifest.json"

_MANIFEST_BYTES = 64 * 2**20
_CHUNK = 2**20


class BackupUnusable(RuleViolated):
    """The file is no backup, or not one that can be brought back here."""

    code = "backup.unusable"


class Member(msgspec.Struct, frozen=True):
    """One file in a backup."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds, and of which program and schema."""

    format: int
    program: str
    revision: str
    made_at: datetime
    members: dict[str, Member]


def write_archive(
    target: Path, files: Mapping[str, Path], *, program: str, revision: str, made_at: datetime
) -> Manifest:
    """Write *files* under their names into *target*, which appears whole or not at all."""
    members = {name: Member(path.stat().st_size, _checksum(path)) for name, path in files.items()}
    manifest = Manifest(format=FORMAT, program=program, revision=revision, made_at=made_at, members=members)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds people's data and a key
        with os.fdopen(descriptor, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1, format=tarfile.PAX_FORMAT) as tar:
                words = msgspec.json.encode(manifest)
                _add(tar, MANIFEST, len(words), io.BytesIO(words), made_at)
                for name, path in files.items():
                    with path.open("rb") as content:
                        _add(tar, name, members[name].size, content, made_at)
            raw.flush()
            os.fsync(raw.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _add(tar: tarfile.TarFile, name: str, size: int, content: IO[bytes], made_at: datetime) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(made_at.timestamp())
    tar.addfile(entry, content)


def unpack(archive: Path, into: Path) -> Manifest:
    """Unpack *archive* into the empty folder *into* and check every byte of it, or raise `BackupUnusable`."""
    try:
        # Opened here, so that what cannot be opened is named: tarfile's complaints name nothing.
        with archive.open("rb") as raw, tarfile.open(fileobj=raw, mode="r|gz") as tar:
            entries = iter(tar)
            manifest = _manifest(tar, next(entries, None), archive)
            missing = dict(manifest.members)
            for entry in entries:
                expected = missing.pop(entry.name, None)
                if expected is None or not entry.isreg():
                    raise BackupUnusable(f"{archive} holds {entry.name!r}, which its manifest does not know")
                _extract(tar, entry, into, expected, archive)
    except (tarfile.TarError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise BackupUnusable(f"{archive} is damaged or no backup ({error}); use another copy of it") from error
    except OSError as error:
        if error.filename is None and error.errno is None:  # gzip's complaints have neither
            raise BackupUnusable(f"{archive} is damaged or no backup ({error}); use another copy of it") from error
        raise BackupUnusable(f"{archive} cannot be unpacked ({error.strerror}: {error.filename or into})") from error
    if missing:
        raise BackupUnusable(f"{archive} lacks {min(missing)!r}; it was cut short: use another copy of it")
    return manifest


def _manifest(tar: tarfile.TarFile, first: tarfile.TarInfo | None, archive: Path) -> Manifest:
    content = None
    if first is not None and first.name == MANIFEST and first.size <= _MANIFEST_BYTES:
        content = tar.extractfile(first)
    if content is None:
        raise BackupUnusable(f"{archive} is no backup: it does not begin with {MANIFEST}")
    words = content.read()
    if msgspec.json.decode(words, type=dict).get("format") != FORMAT:
        raise BackupUnusable(f"{archive} was written by another version of Analisa; restore it with that one")
    return msgspec.json.decode(words, type=Manifest)


def _extract(tar: tarfile.TarFile, entry: tarfile.TarInfo, into: Path, expected: Member, archive: Path) -> None:
    name = PurePosixPath(entry.name)
    if name.is_absolute() or ".." in name.parts or "\0" in entry.name:
        raise BackupUnusable(f"{archive} holds {entry.name!r}, which would be written outside its place")
    content = tar.extractfile(entry)
    if content is None or entry.size != expected.size:
        raise BackupUnusable(f"{archive}: {entry.name} is not as long as it was; use another copy of the backup")
    target = into / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != expected.sha256:
        raise BackupUnusable(f"{archive}: {entry.name} was changed or damaged; use another copy of the backup")


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
