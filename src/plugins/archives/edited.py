"""A table of ours that somebody edited: read like any other table, in the format and encoding in which it was saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ...application.collection.archives import ImportRefused
from ...domain.collection.batch import Severity
from .chunks import TableOptions
from .source import Source
from .tables import chunks_of


def edited_rows(path: Path, encoding: str | None = None) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the rows of the table at *path* with their lines, under the headers that it was written with."""
    with Source.open([path]) as source:
        if [file.name for file in source.files] != [path.name]:
            raise ImportRefused("is not one table; name the file with the mended rows", file=path.name)
        for chunk in chunks_of(source, path.name, TableOptions(encoding=encoding, ours=True)):
            for finding in chunk.findings:
                if finding.severity is Severity.QUARANTINED:
                    raise ImportRefused(finding.message, file=path.name, line=finding.line)
            for row, line in enumerate(chunk.lines):
                yield line, chunk.cells(row)
