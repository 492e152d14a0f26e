"""Builders for tests of archive readers: files in memory in, batches and findings out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from analisa.application.collection.archives import ArchiveReader, Plan, ReadOptions, SourceLimits
from analisa.domain.collection.batch import Batch, Finding
from analisa.plugins.archives.creator_archive.reader import CreatorArchive
from analisa.plugins.archives.source import Source

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass
class Reading:
    """All that a reader made of a source."""

    plan: Plan
    batches: list[Batch] = field(default_factory=list)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the records of *table* as dictionaries, empty fields left out."""
        return [
            {name: values[row] for name, values in batch.columns.items() if values[row] is not None}
            for batch in self.batches
            if batch.table.name == table
            for row in range(len(batch))
        ]

    def column(self, table: str, name: str) -> list[Any]:
        return [row.get(name) for row in self.rows(table)]

    @property
    def findings(self) -> list[Finding]:
        return [finding for batch in self.batches for finding in batch.findings]

    @property
    def codes(self) -> list[tuple[str, int]]:
        return [(finding.code, finding.line) for finding in self.findings]

    @property
    def rows_read(self) -> int:
        return sum(batch.rows_read for batch in self.batches)


def short_code(moment: datetime) -> str:
    """Invent the short code that an Instagram post of *moment* would have."""
    number, code = ((int(moment.timestamp() * 1000) - 1_314_220_021_721) << 23) | 77, ""
    while number:
        number, digit = divmod(number, 64)
        code = _ALPHABET[digit] + code
    return code


def a_source(files: Mapping[str, str | bytes], **limits: int) -> Source:
    content = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return Source.of_bytes(content, SourceLimits(**limits))


def read(reader: ArchiveReader, source: Source, options: ReadOptions | None = None) -> Reading:
    plan = reader.plan(source, options or ReadOptions())
    return Reading(plan, list(reader.read(source, plan)))


def an_archive(tables: Mapping[str, str | bytes], /, **manifest: object) -> dict[str, str | bytes]:
    """A creator-archive with true checksums; *tables* maps `posts.csv` to its text, *manifest* overrides entries."""
    entries = [
        {
            "table": name.partition(".")[0],
            "file": name,
            "sha256": hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest(),
        }
        for name, text in tables.items()
    ]
    text = json.dumps({"format": "creator-archive", "version": "1.0", "tables": entries, **manifest})
    return {"manifest.json": text, **tables}


def read_archive(tables: Mapping[str, str | bytes], /, **manifest: object) -> Reading:
    return read(CreatorArchive(), a_source(an_archive(tables, **manifest)))
