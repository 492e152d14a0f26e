"""ZIPs opened with care: a look at the end comes before Python's `zipfile` loads the whole list of entries."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from ...application.collection.archives import ImportRefused, SourceLimits

_OFFICE = frozenset({"[Content_Types].xml", "xl/workbook.xml", "xl/workbook.bin", "META-INF/manifest.xml"})
"""Entries by which office files, of Microsoft and others, are known."""
_UNREADABLE = (BadZipFile, OSError, EOFError, zlib.error, ValueError, NotImplementedError, RuntimeError)
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_MARK = b"PK\x06\x06"
_LONGEST_COMMENT = 0xFFFF
_BYTES_PER_ENTRY = 1_024
"""What one entry of the list may take on average: 46 bytes, its name and its extra fields."""


def holds_workbook(stream: BinaryIO, size: int, name: str, limits: SourceLimits) -> bool:
    """Say whether the ZIP in *stream* is an office file, which is a file of its own and is never unpacked."""
    check_directory(stream, size, name, limits)
    try:
        with ZipFile(stream) as archive:
            return not _OFFICE.isdisjoint(archive.namelist())
    except _UNREADABLE as error:
        raise ImportRefused(f"is not a readable ZIP: {error}", file=name) from error


def open_zip(path: Path, limits: SourceLimits) -> ZipFile:
    """Open the ZIP at *path*, or raise `ImportRefused` if it is none, or its list of entries too long."""
    with path.open("rb") as stream:
        check_directory(stream, path.stat().st_size, path.name, limits)
    try:
        return ZipFile(path)
    except _UNREADABLE as error:
        raise ImportRefused(f"is not a readable ZIP: {error}", file=path.name) from error


def check_directory(stream: BinaryIO, size: int, name: str, limits: SourceLimits) -> None:
    """Raise `ImportRefused` if the ZIP's list of entries is longer than the limits allow, or if there is none."""
    tail_size = min(size, _LONGEST_COMMENT + _END.size + _END64.size + 20)
    stream.seek(size - tail_size)
    tail = stream.read(tail_size)
    place = tail.rfind(_END_MARK)
    if place < 0 or len(tail) - place < _END.size:
        raise ImportRefused("is a ZIP or workbook that breaks off; fetch it again", file=name)
    fields = _END.unpack_from(tail, place)
    entries, directory = fields[4], fields[5]
    place64 = tail.rfind(_END64_MARK, 0, place)
    if place64 >= 0 and len(tail) - place64 >= _END64.size and 0xFFFF in (entries, directory & 0xFFFF):
        fields64 = _END64.unpack_from(tail, place64)
        entries, directory = fields64[7], fields64[8]
    if entries > 8 * limits.max_files or directory > 8 * limits.max_files * _BYTES_PER_ENTRY:
        raise ImportRefused(f"holds more than {limits.max_files} files; import it in parts", file=name)
