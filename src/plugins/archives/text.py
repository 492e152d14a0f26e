"""Text files in pieces of whole lines: decoded strictly, counted as an editor counts, and never longer than allowed."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from ...application.collection.archives import ArchiveSource, ImportRefused

_BLOCK = 1 << 16
"""Bytes decoded at a time: small enough that a piece and its cells stay in the processor's cache."""
_START = 1024
"""Bytes by which a file is recognised."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(source: ArchiveSource, name: str, asked: str | None) -> str:
    """Return the encoding to read *name* with: its byte-order mark's, else the one *asked* for, else UTF-8."""
    named = None if asked is None else _known(asked)
    with source.stream(name) as stream:
        start = stream.read(_START)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if named is None and 5 * start.count(b"\0") > len(start):
        raise ImportRefused(
            "holds NUL bytes, as UTF-16 without a byte-order mark or a binary file does; "
            "name its encoding (utf-16-le) or export it as UTF-8",
            file=name,
        )
    return named or "utf-8"


def _known(asked: str) -> str:
    """Return the proper name of the encoding *asked* for, or raise `ImportRefused` if it is none of texts."""
    try:
        info = codecs.lookup(asked)
        "".encode(info.name)
    except (LookupError, ValueError) as error:
        raise ImportRefused(f"{asked!r} is not an encoding; utf-8, cp1252, latin-1 and utf-16 are") from error
    return info.name


def opening(source: ArchiveSource, name: str, asked: str | None = None) -> str:
    """Return how the text begins; bytes that cannot be decoded are passed over here, and refused when they are read."""
    encoding = encoding_of(source, name, asked)
    with source.stream(name) as stream:
        return codecs.getincrementaldecoder(encoding)("ignore").decode(stream.read(_START))


def pieces(source: ArchiveSource, name: str, asked: str | None = None) -> Iterator[str]:
    """Yield the text in pieces of whole lines, each with its end (LF, CR LF or CR); the last line may have none."""
    limit = source.limits.max_line_chars
    line = 1
    ready = rest = ""
    for text in _decoded(source, name, encoding_of(source, name, asked)):
        rest += text
        end = _last_end(rest)
        if end:
            if ready:
                yield ready
            ready, rest = rest[:end], rest[end:]
            line += ready.count("\n")
        if len(rest) > limit:
            raise ImportRefused(
                f"the line has more than {limit} characters; is it a table with one row per line?",
                file=name,
                line=line,
            )
    if ready or rest:
        yield ready + rest


def lines_of(piece: str) -> list[str]:
    """Split a piece into its lines, ends kept; unlike `str.splitlines`, only where a line of a file ends."""
    return list(io.StringIO(piece, newline=""))


def _last_end(text: str) -> int:
    """Return where the last complete line ends; a CR at the very end may still become CR LF, so it waits."""
    return max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1


def _decoded(source: ArchiveSource, name: str, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    passed = 0
    with source.stream(name) as stream:
        while True:
            block = stream.read(_BLOCK)
            before = passed - _waiting(decoder)
            passed += len(block)
            try:
                yield decoder.decode(block, final=not block)
            except UnicodeError as error:
                raise ImportRefused(_undecodable(error, encoding, before), file=name) from error
            if not block:
                return


def _waiting(decoder: codecs.IncrementalDecoder) -> int:
    """Return how many bytes of an unfinished character the decoder holds back."""
    try:
        held, _ = decoder.getstate()
    except (NotImplementedError, TypeError, ValueError):
        return 0
    return len(held)


def _undecodable(error: UnicodeError, encoding: str, before: int) -> str:
    shown = "utf-8" if encoding == "utf-8-sig" else encoding
    if not isinstance(error, UnicodeDecodeError):
        return f"is not {shown}: {error}"
    wrong = error.object[error.start : error.start + 1].hex().upper() or "end"
    return (
        f"byte 0x{wrong} at offset {before + error.start} is not {shown}; "
        "save the file as UTF-8, or name its encoding (--encoding cp1252, or encoding = 'cp1252' in a mapping)"
    )
