"""Making the program fail at a named place, for as long as a test wants it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from analisa.application.shared.failpoints import registry


@contextmanager
def failing(name: str) -> Iterator[None]:
    """Whoever passes the failpoint *name* meanwhile fails there."""
    point = registry[name]
    point.arm("raise")
    try:
        yield
    finally:
        point.arm("raise@1000000")  # never again
