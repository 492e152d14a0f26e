"""Readers of archives: creator-archive, vendors' exports, and any table with a mapping."""

from __future__ import annotations

from collections.abc import Iterable

from ...application.collection.archives import ArchiveReader
from ..hookspecs import hookimpl
from .creator_archive.reader import CreatorArchive
from .mapped.reader import MappedTables
from .meta_suite import MetaBusinessSuite
from .youtube_studio import YouTubeStudio


@hookimpl
def analisa_archive_readers() -> Iterable[ArchiveReader]:
    return [CreatorArchive(), MetaBusinessSuite(), YouTubeStudio(), MappedTables()]
