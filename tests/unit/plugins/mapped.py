"""Tables that a mapping reads, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from analisa.application.collection.archives import ReadOptions
from analisa.plugins.archives.mapped.reader import MappedTables

from .archives import Reading, a_source, read

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


READER = MappedTables()


def a_mapping(table: str, *columns: str, top: Sequence[str] = (), network: str | None = "instagram") -> bytes:
    named = [f'network = "{network}"'] if network else []
    return "\n".join(
        ["mapping = 1", "[[table]]", f'table = "{table}"', *named, *top, "[table.columns]", *columns]
    ).encode()


POST = ('post_id = "ID"', 'profile_id = "Author"')


def reads(files: Mapping[str, str | bytes], mapping: bytes, **options: Any) -> Reading:
    return read(READER, a_source(files), ReadOptions(mapping=mapping, author_salt=b"salt", **options))


def posts(*rows: str, columns: Sequence[str] = (), header: str = "ID,Author,When", **options: Any) -> Reading:
    mapping = a_mapping("posts", *POST, 'published_at = { column = "When" }', *columns)
    return reads({"posts.csv": "\n".join([header, *rows])}, mapping, **options)
