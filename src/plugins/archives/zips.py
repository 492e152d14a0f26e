"""A look at a ZIP's end before Python's `zipfile` loads its whole list of entries into memory."""

from __future__ import annotations

import struct
from pathlib import Path

from ...application.collection.archives import ImportRefused, SourceLimits

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_MARK = b"PK\x06\x06"
_LONGEST_COMMENT = 0xFFFF
_BYTES_PER_ENTRY = 1_024
"""What one entry of the list may take on average: 46 bytes, its name and its extra fields."""


def check_directory(path: Path, limits: SourceLimits) -> None:
    """Raise `ImportRefused` if the ZIP's list of entries is longer than the limits allow, or if there is none."""
    size = path.stat().st_size
    tail_size = min(size, _LONGEST_COMMENT + _END.size + _END64.size + 20)
    with path.open("rb") as stream:
        stream.seek(size - tail_size)
        tail = stream.read(tail_size)
    place = tail.rfind(_END_MARK)
    if place < 0 or len(tail) - place < _END.size:
        raise ImportRefused("is a ZIP that breaks off; fetch it again", file=path.name)
    fields = _END.unpack_from(tail, place)
    entries, directory = fields[4], fields[5]
    place64 = tail.rfind(_END64_MARK, 0, place)
    if place64 >= 0 and len(tail) - place64 >= _END64.size and 0xFFFF in (entries, directory & 0xFFFF):
        fields64 = _END64.unpack_from(tail, place64)
        entries, directory = fields64[7], fields64[8]
    if entries > 8 * limits.max_files or directory > 8 * limits.max_files * _BYTES_PER_ENTRY:
        raise ImportRefused(f"holds more than {limits.max_files} files; import it in parts", file=path.name)
