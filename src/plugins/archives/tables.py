"""Any table file as chunks: the format is told by its content, not by its name."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from ...application.collection.archives import ArchiveSource, ImportRefused
from .chunks import Chunk, TableOptions
from .delimited import csv_chunks
from .jsonl import jsonl_chunks
from .mended_rows import MendedSource
from .sheets import sheet_chunks
from .text import opening

SAMPLE_ROWS = 200
_TABLE_ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".xlsx", ".xlsm", ".zip")
"""`.zip`, because real ZIPs were opened before: what is still called so is a workbook with a wrong name."""


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


def is_table_name(name: str) -> bool:
    """Say whether the file *name* ends like a table that can be read."""
    return name.lower().endswith(_TABLE_ENDINGS)


def format_of(source: ArchiveSource, name: str, encoding: str | None = None) -> Format:
    """Tell the format of *name* from its beginning; `ImportRefused` for what is no table at all."""
    with source.stream(name) as stream:
        start = stream.read(4)
    if start == b"PK\x03\x04":
        return Format.XLSX
    if start == b"\xd0\xcf\x11\xe0":
        raise ImportRefused("is a spreadsheet of the old or an encrypted kind; save it as XLSX or CSV", file=name)
    text = opening(source, name, encoding).lstrip()
    if text.startswith("{"):
        return Format.JSONL
    if text.startswith("["):
        raise ImportRefused("is one JSON list; write one object per line (JSONL)", file=name)
    if text[:15].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise ImportRefused("is a web page or XML, not a table; export it as CSV or XLSX", file=name)
    return Format.CSV


def chunks_of(source: ArchiveSource, name: str, options: TableOptions | None = None) -> Iterator[Chunk]:
    """Read *name* as a table of whatever format it has."""
    if isinstance(source, MendedSource) and name in source.rows:
        return iter([source.chunk(name, options or TableOptions())])
    options = options or TableOptions()
    read = {Format.CSV: csv_chunks, Format.JSONL: jsonl_chunks, Format.XLSX: sheet_chunks}
    return read[format_of(source, name, options.encoding)](source, name, options)


def sample_of(source: ArchiveSource, name: str, options: TableOptions | None = None) -> Chunk:
    """Return the header and the first rows of *name*."""
    for chunk in chunks_of(source, name, options):
        if chunk.lines:
            return chunk.head(SAMPLE_ROWS)
        header_only = chunk
    return header_only
