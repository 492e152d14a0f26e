"""Values of the domain as JSONB and back: dataclasses by their field names, instants as ISO 8601 text."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def plain(value: object) -> Any:
    """Return *value* as JSON builtins."""
    return msgspec.to_builtins(value)


def as_a(kind: type[T], stored: object) -> T:
    """Read what `plain` wrote; also the text of it, which is how asyncpg hands JSONB out."""
    return msgspec.json.decode(stored, type=kind) if isinstance(stored, str) else msgspec.convert(stored, kind)
