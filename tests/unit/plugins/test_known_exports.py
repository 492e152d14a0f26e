"""Which reader takes which files, and what it may feed."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from analisa.application.collection.archives import ArchiveReader, ImportRefused, ReadOptions
from analisa.domain.collection.records import TABLES
from analisa.plugins import hookimpl
from analisa.plugins.archives.meta_suite import MetaBusinessSuite
from analisa.plugins.manager import Plugins

from .archives import a_source, an_archive, read
from .vendors import BRAZILIAN, CHANNEL, CHART, ENGLISH, GERMAN_META, META, PORTUGUESE, STUDIO, TABLE, meta, row

PLUGINS = Plugins.load([])


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"e.csv": ENGLISH + row()}, "meta-business-suite"),
        ({"e.csv": PORTUGUESE + row().replace(",", ";")}, "meta-business-suite"),
        ({"e.csv": ENGLISH}, "meta-business-suite"),
        ({"e.csv": GERMAN_META + row()}, "meta-business-suite"),
        ({"t.csv": TABLE}, "youtube-studio"),
        ({"t.csv": BRAZILIAN}, "youtube-studio"),
        ({"c.csv": CHART}, "youtube-studio"),
        (an_archive({"profiles.csv": "network,profile_id\n"}), "creator-archive"),
        ({"list.csv": "Post ID,Likes\n1,2\n"}, "table"),
        ({"list.csv": "Video,Video title,Views\nnot an id,x,5\n"}, "table"),
        ({"e.csv": ENGLISH + row(link="https://example.org/p/1")}, "table"),
        ({"photo.jpg": "\xff"}, "table"),
    ],
)
def test_the_right_reader_is_chosen(files: dict[str, str | bytes], name: str) -> None:
    assert PLUGINS.choose(a_source(files), None).name == name
    assert PLUGINS.choose(a_source(files), "auto", has_mapping=True).name == "table"


def test_a_reader_can_be_named_and_a_wrong_name_is_told() -> None:
    source = a_source({"a.csv": "a\n"})

    assert PLUGINS.choose(source, "youtube-studio").name == "youtube-studio"
    with pytest.raises(ImportRefused, match="no reader 'excel'; there are creator-archive, meta-business-suite"):
        PLUGINS.choose(source, "excel")
    for reader, message in ((META, "no content export"), (STUDIO, "no table of videos")):
        with pytest.raises(ImportRefused, match=message):
            reader.plan(source, ReadOptions())


def test_readers_that_are_equally_sure_are_named() -> None:
    class Twin(MetaBusinessSuite):
        name = "twin"

        @hookimpl
        def analisa_archive_readers(self) -> Iterable[ArchiveReader]:
            return [self]

    plugins = Plugins.load([])
    assert plugins.add("twin", "test", Twin).readers == ("twin",)

    with pytest.raises(ImportRefused, match=r"several readers recognise e\.csv: meta-business-suite .*; twin"):
        plugins.choose(a_source({"e.csv": ENGLISH + row()}), None)


def test_every_known_export_feeds_known_tables_only() -> None:
    for reading in (meta(ENGLISH + row()), read(STUDIO, a_source({"a.csv": TABLE}), CHANNEL)):
        for batch in reading.batches:
            assert set(batch.columns) <= set(TABLES[batch.table.name].names)
