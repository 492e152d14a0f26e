"""Uploads stand whole or not at all, under one safe name in the import's own folder, and secrets are made once."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from analisa.adapters.files.rows import EditableRows
from analisa.adapters.files.secrets import SecretFiles, SecretUnreadable
from analisa.adapters.files.uploads import UploadDirectory, safe_name
from analisa.application.collection.archives import ImportRefused
from analisa.application.collection.errors import ShelfUnavailable, UploadRefused, UploadTooLarge
from analisa.domain.shared.ids import ImportId
from analisa.plugins.archives.edited import edited_rows

IMPORT = ImportId(UUID(int=7))


async def _chunks(*chunks: bytes, then: BaseException | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if then is not None:
        raise then


async def test_a_file_is_stored_whole_and_forgotten_on_demand(tmp_path: Path) -> None:
    shelf = UploadDirectory(tmp_path / "uploads")

    assert await shelf.put(IMPORT, "b.csv", _chunks(b"one,", b"two"), limit=7) == 7
    await shelf.put(IMPORT, "a.csv", _chunks(), limit=7)
    assert shelf.files(IMPORT) == []
    await shelf.keep(IMPORT, IMPORT)

    files = shelf.files(IMPORT)
    assert [path.name for path in files] == ["a.csv", "b.csv"]
    assert files[1].read_bytes() == b"one,two"
    assert stat.S_IMODE(files[1].stat().st_mode) == 0o600
    await shelf.discard(IMPORT)
    await shelf.discard(IMPORT)
    assert shelf.files(IMPORT) == []


async def test_what_has_arrived_takes_the_place_of_what_was_left(tmp_path: Path) -> None:
    shelf, arrived = UploadDirectory(tmp_path), ImportId(UUID(int=8))
    await shelf.put(IMPORT, "left.csv", _chunks(b"left"), limit=9)
    await shelf.keep(IMPORT, IMPORT)
    await shelf.put(arrived, "a.csv", _chunks(b"whole"), limit=9)

    await shelf.keep(arrived, IMPORT)

    assert [path.name for path in shelf.files(IMPORT)] == ["a.csv"]
    assert shelf.files(arrived) == []
    with pytest.raises(ShelfUnavailable):
        await shelf.keep(arrived, IMPORT)


async def test_too_much_is_refused_before_it_is_stored(tmp_path: Path) -> None:
    shelf = UploadDirectory(tmp_path)
    with pytest.raises(UploadTooLarge, match="ANALISA_MAX_FILE_BYTES"):
        await shelf.put(IMPORT, "a.csv", _chunks(b"12345", b"67890"), limit=9)
    assert list((tmp_path / f"arriving-{IMPORT}").iterdir()) == []


async def test_a_broken_connection_leaves_nothing(tmp_path: Path) -> None:
    shelf = UploadDirectory(tmp_path)
    with pytest.raises(RuntimeError, match="left"):
        await shelf.put(IMPORT, "a.csv", _chunks(b"1", then=RuntimeError("the sender left")), limit=9)
    assert list((tmp_path / f"arriving-{IMPORT}").iterdir()) == []


async def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    shelf = UploadDirectory(tmp_path)
    await shelf.put(IMPORT, "a.csv", _chunks(b"1"), limit=9)
    with pytest.raises(UploadRefused, match="different names"):
        await shelf.put(IMPORT, "folder/a.csv", _chunks(b"2"), limit=9)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.csv", "a.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\Desktop\\Ana\u0301.csv", "An\u00e1.csv"),
        ("a\x00\u202eb.csv", "ab.csv"),
        (" list.csv ", "list.csv"),
    ],
)
def test_whatever_it_is_called_it_gets_one_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["", "..", ".", "a/", "x.part", "\u200b", "a" * 300])
def test_names_that_are_none_are_refused(name: str) -> None:
    with pytest.raises(UploadRefused, match="rename"):
        safe_name(name)


def test_the_secret_of_authors_is_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    secret = SecretFiles(folder).author_salt()

    assert SecretFiles(folder).author_salt() == secret
    assert len(secret) == 32
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


def test_a_damaged_secret_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "authors.key").write_text("not a key")
    with pytest.raises(SecretUnreadable, match="backup"):
        SecretFiles(tmp_path).author_salt()
    assert (tmp_path / "authors.key").read_text() == "not a key"


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_rows_are_read_as_they_were_written(tmp_path: Path, name: str) -> None:
    rows = [{"_finding": "1", "a": "two\nlines, and a comma"}, {"_finding": "2", "A": "é"}]
    assert EditableRows().write(tmp_path / name, ["_finding", "a", "A"], rows) == 2

    back = [{key: cell for key, cell in row.items() if cell} for _, row in edited_rows(tmp_path / name)]
    assert back == rows


def test_rows_that_cannot_be_written_say_where(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="cannot be written"):
        EditableRows().write(tmp_path / "none" / "rows.csv", ["a"], [])


async def test_what_was_not_touched_for_long_is_known(tmp_path: Path) -> None:
    shelf, ids = UploadDirectory(tmp_path), [ImportId(UUID(int=number)) for number in range(4)]
    names = [f"arriving-{ids[0]}/second.csv.part", f"arriving-{ids[1]}/second.csv.part", f"{ids[2]}/second.csv"]
    for name, age_s in zip((*names, f"{ids[3]}/second.csv"), (7200, 60, 7200, 60), strict=True):
        file = tmp_path / name
        file.parent.mkdir()
        (file.parent / "first.csv").write_bytes(b"whole")
        file.write_bytes(b"half")
        for path in (file.parent / "first.csv", file.parent):
            os.utime(path, (time.time() - 7200,) * 2)
        os.utime(file, (time.time() - age_s,) * 2)
    (tmp_path / "lost+found").mkdir()

    assert await shelf.idle(since=timedelta(hours=1)) == {ids[0], ids[2]}

    await shelf.keep(ids[0], ids[0])  # whoever sends it is there after all
    assert await shelf.idle(since=timedelta(hours=1)) == {ids[2]}


async def test_where_nothing_was_ever_sent_nothing_is_left(tmp_path: Path) -> None:
    assert await UploadDirectory(tmp_path / "uploads").idle(since=timedelta()) == set()
