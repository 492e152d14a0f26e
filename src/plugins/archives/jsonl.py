"""JSONL files as chunks: every value as the text that a CSV cell would hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ...application.collection.archives import ArchiveSource
from .chunks import Chunk, TableOptions, check_rows, check_width, unreadable
from .text import lines_of, pieces
from .whole_lines import JSON_LINE

_DEEPEST = 4
"""Objects inside objects that are flattened; what lies deeper stays JSON."""
_encode = msgspec.json.Encoder().encode


def jsonl_chunks(source: ArchiveSource, name: str, options: TableOptions) -> Iterator[Chunk]:
    """Read one JSON object per line. The columns of a chunk are the names that occur in it, in order of appearance."""
    line, total = 1, 0
    for piece in pieces(source, name, options.encoding):
        texts = lines_of(piece)
        chunk = _chunk(texts, line, name, options)
        line += len(texts)
        total += chunk.read
        check_rows(total, source, name)
        yield chunk


def _chunk(texts: list[str], first: int, name: str, options: TableOptions) -> Chunk:
    rows: list[Mapping[str, Any]] = []
    starts: list[int] = []
    chunk = Chunk((), (), starts)
    for number, text in enumerate(texts, start=first):
        if not text.strip():
            continue
        chunk.read += 1
        read = read_object(text)
        if isinstance(read, str):
            chunk.findings.append(unreadable(name, number, "row.json", read, {JSON_LINE: text.strip()}))
        else:
            rows.append(_flat(read) if options.flatten else read)
            starts.append(number)
    keys = tuple(dict.fromkeys(key for row in rows for key in row))
    check_width(keys, name)
    chunk.header = options.names(keys)
    chunk.columns = [[_text(row.get(key)) for row in rows] for key in keys]
    return chunk


def read_object(line: str) -> dict[str, Any] | str:
    """Decode *line*, or return why it is no row."""
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return f"the line is not JSON: {error}"
    if not isinstance(value, dict):
        return "the line is JSON, but not an object with names"
    return value


def as_cells(row: Mapping[str, Any], *, flatten: bool) -> dict[str, str]:
    """Return one object as the cells of a row."""
    return {name: _text(value) for name, value in (_flat(row) if flatten else row).items()}


def _flat(row: Mapping[str, Any], prefix: str = "", depth: int = 1) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict) and value and depth < _DEEPEST:
            flat.update(_flat(value, f"{prefix}{key}.", depth + 1))
        else:
            flat[prefix + key] = value
    return flat


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value) if isinstance(value, int) else _encode(value).decode()
