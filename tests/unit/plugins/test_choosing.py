"""A foreign reader that cannot look at files is passed over, and the plan says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from analisa.application.collection.archives import (
    ArchiveReader,
    ArchiveSource,
    ImportRefused,
    ReadOptions,
    Recognition,
    SourceLimits,
)
from analisa.plugins import hookimpl
from analisa.plugins.archives.meta_suite import MetaBusinessSuite
from analisa.plugins.manager import Plugins

from .archives import a_source

ARCHIVE = {
    "manifest.json": '{"format": "creator-archive", "version": "1.0", "tables": [{"table": "profiles", "file": "p.csv"}]}',
    "p.csv": "network,profile_id\ntiktok,7\n",
}


class Odd(MetaBusinessSuite):
    """A reader of somebody else."""

    name = "odd"

    def __init__(self, look: Callable[[], Any]) -> None:
        self._look = look

    def recognise(self, source: ArchiveSource) -> Recognition:
        del source
        found: Recognition = self._look()
        return found


@dataclass
class Bringing:
    reader: ArchiveReader

    @hookimpl
    def analisa_archive_readers(self) -> Iterable[ArchiveReader]:
        return [self.reader]


def with_a_reader(look: Callable[[], Any]) -> Plugins:
    plugins = Plugins.load([])
    assert plugins.add("odd", "odd 1.0", lambda: Bringing(Odd(look))).readers == ("odd",)
    return plugins


def raising(error: BaseException) -> Callable[[], Any]:
    def look() -> Any:
        raise error

    return look


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (raising(RuntimeError("boom\x1b[8m")), r"RuntimeError: boom\x1b[8m"),
        (raising(ImportRefused("not mine")), "ImportRefused: not mine"),
        (raising(SystemExit(3)), "SystemExit: 3"),
        (raising(KeyboardInterrupt()), "KeyboardInterrupt: "),
        (raising(asyncio.CancelledError()), "CancelledError: "),
        (lambda: None, "recognise returned a NoneType where a Recognition belongs"),
        (lambda: Recognition(float("nan"), "?"), "recognise is sure by nan"),
        (lambda: Recognition(2, "very"), "recognise is sure by 2"),
        (lambda: Recognition("very", "?"), "TypeError: "),  # type: ignore[arg-type]
    ],
)
def test_a_foreign_reader_that_fails_to_look_is_passed_over_and_the_plan_says_so(
    look: Callable[[], Any], why: str
) -> None:
    source = a_source(ARCHIVE)

    reader = with_a_reader(look).choose(source, None)
    plan = reader.plan(source, ReadOptions())

    assert isinstance(reader, ArchiveReader)
    assert (reader.name, plan.reader) == ("creator-archive", "creator-archive")
    assert plan.doubts[0].startswith(f"reader odd was not considered, since it failed to look at the files: {why}")
    assert [len(batch) for batch in reader.read(source, plan)] == [1]


def test_where_every_reader_looks_well_the_plan_has_no_such_doubt() -> None:
    source = a_source(ARCHIVE)

    reader = with_a_reader(lambda: Recognition(0, "another kind")).choose(source, None)

    assert not [doubt for doubt in reader.plan(source, ReadOptions()).doubts if "odd" in doubt]


def test_files_that_no_other_reader_knows_are_a_table_still() -> None:
    reader = with_a_reader(raising(RuntimeError("boom"))).choose(a_source({"a.csv": "a,b\n1,2\n"}), None)

    assert reader.name == "table"


def test_what_our_own_readers_refuse_to_look_at_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "archive.zip"
    with ZipFile(packed, "w") as file:
        file.writestr("manifest.json", ARCHIVE["manifest.json"])
    packed.write_bytes(packed.read_bytes().replace(b"creator-archive", b"creator-arch1ve", 1))
    plugins = Plugins.load([])

    with pytest.raises(ImportRefused, match=r"manifest\.json"):
        plugins.choose(plugins.open([packed], SourceLimits()), None)
