"""Files handed in for import, seen safely: nothing is unpacked to disk, nothing outside is reached, all is bounded.

A path may be a file, a folder or a ZIP; several paths are one source, named as far back as tells them apart. Refused
are absolute and climbing names, links, devices, encrypted or doubly named ZIP entries, ZIPs in ZIPs, and anything over
the limits.
"""

from __future__ import annotations

import hashlib
import io
import stat
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ...application.collection.archives import ImportRefused, SourceFile, SourceLimits
from .zips import holds_workbook, open_zip

_BLOCK = 1 << 20
_ZIP_MAGIC = frozenset({b"PK\x03\x04", b"PK\x05\x06"})
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini", "__macosx"})
_SMALL = 1 << 20
"""Entries that unpack to less than this may be packed as tightly as they like."""


class _Origin(Protocol):
    """Where one file's bytes come from."""

    @property
    def size(self) -> int: ...

    def open(self) -> BinaryIO: ...


@dataclass(frozen=True, slots=True)
class _OnDisk:
    path: Path
    size: int

    def open(self) -> BinaryIO:
        return self.path.open("rb")


@dataclass(frozen=True, slots=True)
class _Zipped:
    archive: ZipFile
    entry: ZipInfo
    size: int

    def open(self) -> BinaryIO:
        return cast(BinaryIO, self.archive.open(self.entry))


@dataclass(frozen=True, slots=True)
class _InMemory:
    content: bytes
    size: int

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content)


@dataclass
class Source:
    """`ArchiveSource` over files, folders, ZIPs or bytes. Close it when done, or use it in a `with`."""

    label: str
    limits: SourceLimits
    _origins: dict[str, _Origin] = field(default_factory=dict)
    _given: set[str] = field(default_factory=set)
    _archives: list[ZipFile] = field(default_factory=list)
    _hashes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, paths: Sequence[Path], limits: SourceLimits | None = None) -> Source:
        """Look at *paths* as one source; `ImportRefused` names what is unsafe, missing or too large."""
        if not paths:
            raise ImportRefused("no file was named: give a file, a folder or a ZIP")
        source = cls(", ".join(path.name or str(path) for path in paths), limits or SourceLimits())
        try:
            for path, name in zip(paths, _told_apart(paths), strict=True):
                source._add_path(path, prefix=f"{name}/" if len(paths) > 1 else "")
            source._check_totals()
        except BaseException:
            source.close()
            raise
        return source

    @classmethod
    def of_bytes(cls, files: dict[str, bytes], limits: SourceLimits | None = None, *, label: str = "") -> Self:
        """A source of files that are in memory already, such as mended rows."""
        source = cls(label or ", ".join(files), limits or SourceLimits())
        for name, content in files.items():
            source._add(name, _InMemory(content, len(content)))
        source._check_totals()
        return source

    @property
    def files(self) -> Sequence[SourceFile]:
        return tuple(
            SourceFile(name, origin.size, name in self._given) for name, origin in sorted(self._origins.items())
        )

    def stream(self, name: str) -> BinaryIO:
        """Open the file from its start. Damage inside a ZIP shows while reading, as `ImportRefused`."""
        origin = self._origins.get(name)
        if origin is None:
            raise ImportRefused(f"{self.label} holds no file {name!r}")
        try:
            stream = origin.open()
        except (OSError, BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ImportRefused(f"cannot be opened: {error}", file=name) from error
        return cast(BinaryIO, _Guarded(stream, name, origin.size))

    def sha256(self, name: str) -> str:
        if name not in self._hashes:
            digest = hashlib.sha256()
            with self.stream(name) as stream:
                while block := stream.read(_BLOCK):
                    digest.update(block)
            self._hashes[name] = digest.hexdigest()
        return self._hashes[name]

    def close(self) -> None:
        for archive in self._archives:
            archive.close()
        self._archives.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add_path(self, path: Path, *, prefix: str) -> None:
        try:
            found = path.resolve(strict=True)
            mode = found.stat().st_mode
        except (OSError, RuntimeError, ValueError) as error:
            raise ImportRefused(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
        if stat.S_ISDIR(mode):
            self._add_folder(found, prefix)
        elif not stat.S_ISREG(mode):
            raise ImportRefused(f"{path} is neither a file nor a folder")
        elif _is_zip(found, self.limits):
            self._add_zip(found, prefix)
        else:
            name = prefix.rpartition("/")[0] or path.name
            self._add(name, _OnDisk(found, found.stat().st_size))
            self._given.add(name)

    def _add_folder(self, folder: Path, prefix: str) -> None:
        for path in _walk(folder, self.limits.max_files):
            name = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                raise ImportRefused("is a link; put the file itself into the folder", file=name)
            if not stat.S_ISREG(mode):
                raise ImportRefused("is not a plain file; take it out of the folder", file=name)
            if _is_zip(path, self.limits):
                raise ImportRefused("is a ZIP inside a folder; import it by itself, or unpack it", file=name)
            self._add(prefix + name, _OnDisk(path, path.stat().st_size))

    def _add_zip(self, path: Path, prefix: str) -> None:
        archive = open_zip(path, self.limits)
        self._archives.append(archive)
        for entry in archive.infolist():
            if entry.is_dir() or _is_litter(entry.filename):
                continue
            _check_entry(entry, self.limits)
            self._add(prefix + entry.filename, _Zipped(archive, entry, entry.file_size))
            if _is_zip_inside(archive, entry, self.limits):
                raise ImportRefused("is a ZIP inside a ZIP; unpack it first", file=entry.filename)

    def _add(self, name: str, origin: _Origin) -> None:
        if name in self._origins:
            raise ImportRefused("is there twice under the same name", file=name)
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise ImportRefused(f"the file name {name!r} is not text; rename it") from error
        self._origins[name] = origin
        if len(self._origins) > self.limits.max_files:
            raise ImportRefused(f"{self.label} holds more than {self.limits.max_files} files; import it in parts")

    def _check_totals(self) -> None:
        for name, origin in self._origins.items():
            if origin.size > self.limits.max_file_bytes:
                raise ImportRefused(
                    f"has {origin.size} bytes, more than the {self.limits.max_file_bytes} that one file may have",
                    file=name,
                )
        total = sum(origin.size for origin in self._origins.values())
        if total > self.limits.max_unpacked_bytes:
            raise ImportRefused(
                f"{self.label} unpacks to {total} bytes, more than the {self.limits.max_unpacked_bytes} allowed"
            )
        if not self._origins:
            raise ImportRefused(f"{self.label} holds no file")


class _Guarded(io.RawIOBase):
    """A stream whose failures say which file they are about, and that never gives more than was announced."""

    def __init__(self, stream: BinaryIO, name: str, size: int) -> None:
        super().__init__()
        self._stream = stream
        self._name = name
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            block = self._stream.read(size)
        except (OSError, BadZipFile, EOFError, zlib.error, ValueError) as error:
            raise ImportRefused(f"is damaged: {error}", file=self._name) from error
        self._left -= len(block)
        if self._left < 0:
            raise ImportRefused("grows while it is read; try again when it is complete", file=self._name)
        return block

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        block = self.read(len(view))
        view[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _told_apart(paths: Sequence[Path]) -> Sequence[str]:
    """Return a name for each path: its last part, with as many before it as no other of *paths* shares."""
    parts = [path.absolute().parts for path in paths]
    ends = Counter(own[-size:] for own in set(parts) for size in range(1, len(own)))
    shortest = (next((size for size in range(1, len(own)) if ends[own[-size:]] == 1), 1) for own in parts)
    return ["/".join(own[-size:]) for own, size in zip(parts, shortest, strict=True)]


def _walk(folder: Path, limit: int) -> Iterator[Path]:
    """Yield what lies in *folder*, in name order, without following links; litter and hidden files are passed over."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise ImportRefused(f"{folder} cannot be read: {error.strerror}") from error
    for count, path in enumerate(entries):
        if count > 8 * limit:
            raise ImportRefused(f"{folder} holds more than {limit} files; import it in parts")
        if _is_litter(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, limit)
        else:
            yield path


def _is_litter(name: str) -> bool:
    return any(part.lower() in _LITTER or part.startswith("._") for part in name.split("/"))


def _is_zip(path: Path, limits: SourceLimits) -> bool:
    """By content; an office file, which is a ZIP as well, is none."""
    try:
        with path.open("rb") as stream:
            if stream.read(4) not in _ZIP_MAGIC:
                return False
            return not holds_workbook(stream, path.stat().st_size, path.name, limits)
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}") from error


def _is_zip_inside(archive: ZipFile, entry: ZipInfo, limits: SourceLimits) -> bool:
    try:
        with archive.open(entry) as stream:
            if stream.read(4) not in _ZIP_MAGIC:
                return False
            # Looking into it means unpacking it a few times over, so not whatever its size.
            return entry.file_size > limits.max_sheet_bytes or not holds_workbook(
                cast(BinaryIO, stream), entry.file_size, entry.filename, limits
            )
    except (BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(f"is damaged: {error}", file=entry.filename) from error


def _check_entry(entry: ZipInfo, limits: SourceLimits) -> None:
    name = entry.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\\" in name:
        raise ImportRefused("has a name that leads out of the ZIP", file=name)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ImportRefused("is a link inside the ZIP", file=name)
    if entry.flag_bits & 0x1:
        raise ImportRefused("is encrypted; unpack it with its password first", file=name)
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise ImportRefused("is packed by a method other than deflate; pack it again as an ordinary ZIP", file=name)
    if entry.file_size > _SMALL and entry.file_size > limits.max_ratio * max(entry.compress_size, 1):
        raise ImportRefused(
            f"unpacks to more than {limits.max_ratio} times its size, as bombs do; import it unpacked", file=name
        )
