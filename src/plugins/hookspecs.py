"""The hooks by which a package adds to Analisa. Names are prefixed, so that they meet nobody else's."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from ..application.collection.archives import ArchiveReader
from .network import Network

PROJECT = "analisa"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def analisa_networks() -> Iterable[Network]:  # type: ignore[empty-body]
    """Return the social networks this package knows.

    Called once at start-up. Do no I/O here: open connections on first use.
    """


@hookspec
def analisa_archive_readers() -> Iterable[ArchiveReader]:  # type: ignore[empty-body]
    """Return readers for kinds of archives.

    Called once at start-up. Do no I/O here: a reader gets its files in `recognise`, `plan` and `read`.
    """
