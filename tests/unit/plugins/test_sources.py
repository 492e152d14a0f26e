"""Files from anywhere: what is unsafe, damaged or too large is refused with its name, and nothing is written."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from analisa.application.collection.archives import ImportRefused, SourceLimits
from analisa.plugins.archives.source import Source


def a_zip(path: Path, files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def names(source: Source) -> list[str]:
    return [file.name for file in source.files]


def content(source: Source, name: str) -> bytes:
    with source.stream(name) as stream:
        return stream.read()


def test_files_folders_and_zips_are_one_kind_of_thing(tmp_path: Path) -> None:
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "a.csv").write_bytes(b"a")
    (tmp_path / "folder" / ".DS_Store").write_bytes(b"litter")
    a_zip(tmp_path / "packed.zip", {"deep/a.csv": b"a", "__MACOSX/._a": b"litter", "deep/": b""})
    (tmp_path / "a.csv").write_bytes(b"a")

    for path, name in (("folder", "deep/a.csv"), ("packed.zip", "deep/a.csv"), ("a.csv", "a.csv")):
        with Source.open([tmp_path / path]) as source:
            assert names(source) == [name]
            assert content(source, name) == content(source, name) == b"a"
            assert source.sha256(name) == hashlib.sha256(b"a").hexdigest()
            assert source.label == path


def test_several_paths_are_one_source(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_bytes(folder.encode())
    (tmp_path / "b.csv").write_bytes(b"b")

    with Source.open([tmp_path / "x", tmp_path / "y", tmp_path / "b.csv"]) as source:
        assert names(source) == ["b.csv", "x/a.csv", "y/a.csv"]
        assert content(source, "y/a.csv") == b"y"


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "a.csv" for folder in ("x", "y", "y/x")]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(path.parent.name.encode())

    with Source.open([*paths, tmp_path / "x"]) as source:
        assert names(source) == [f"{tmp_path.name}/x/a.csv", "x/a.csv", "y/a.csv", "y/x/a.csv"]
        assert content(source, "y/a.csv") == b"y"


def test_the_same_file_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")

    with pytest.raises(ImportRefused, match=r"a\.csv: is there twice"):
        Source.open([tmp_path / "a.csv", tmp_path / "a.csv"])


def test_nothing_and_nowhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImportRefused, match="no file was named"):
        Source.open([])
    with pytest.raises(ImportRefused, match=r"gone\.csv cannot be read: No such file"):
        Source.open([tmp_path / "gone.csv"])
    with pytest.raises(ImportRefused, match="empty holds no file"):
        Source.open([tmp_path / "empty"])
    with Source.of_bytes({"a": b""}) as source, pytest.raises(ImportRefused, match="holds no file 'b'"):
        source.stream("b")


def test_a_link_or_a_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "passwd.csv").symlink_to("/etc/passwd")
    (tmp_path / "pipes").mkdir()
    os.mkfifo(tmp_path / "pipes" / "a.csv")

    with pytest.raises(ImportRefused, match=r"passwd\.csv: is a link"):
        Source.open([tmp_path / "links"])
    with pytest.raises(ImportRefused, match=r"a\.csv: is not a plain file"):
        Source.open([tmp_path / "pipes"])
    with pytest.raises(ImportRefused, match="neither a file nor a folder"):
        Source.open([tmp_path / "pipes" / "a.csv"])


def test_a_link_that_the_operator_names_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")

    with Source.open([tmp_path / "link.csv"]) as source:
        assert content(source, "link.csv") == b"a"


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "x/../../a.csv", "C:/a.csv", "..\\a.csv", "x\\a.csv"])
def test_a_name_that_leads_out_of_the_zip_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportRefused, match="leads out of the ZIP"):
        Source.open([a_zip(tmp_path / "a.zip", {name: b"a"})])


def edited(path: Path, edit: Callable[[zipfile.ZipInfo], None]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("a.csv")
        edit(entry)
        archive.writestr(entry, b"a" * 10)
    return path


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    def link(entry: zipfile.ZipInfo) -> None:
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16

    with pytest.raises(ImportRefused, match=r"a\.csv: is a link inside the ZIP"):
        Source.open([edited(tmp_path / "a.zip", link)])


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", {"a.csv": b"a"})
    raw = bytearray(path.read_bytes())
    central = raw.find(b"PK\x01\x02")
    raw[central + 8] |= 1
    path.write_bytes(raw)

    with pytest.raises(ImportRefused, match="is encrypted"):
        Source.open([path])


def test_unusual_packing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="other than deflate"):
        Source.open([a_zip(tmp_path / "a.zip", {"a.csv": b"a" * 50}, method=zipfile.ZIP_BZIP2)])


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="as bombs do"):
        Source.open([a_zip(tmp_path / "a.zip", {"a.csv": b"\0" * (8 << 20)})])


def test_a_zip_in_a_zip_or_in_a_folder_is_refused(tmp_path: Path) -> None:
    inner = a_zip(tmp_path / "inner.zip", {"a.csv": b"a"})
    with pytest.raises(ImportRefused, match="a ZIP inside a ZIP"):
        Source.open([a_zip(tmp_path / "outer.zip", {"data.bin": inner.read_bytes()})])
    with pytest.raises(ImportRefused, match="a ZIP inside a folder"):
        Source.open([tmp_path])


def test_sizes_and_numbers_are_bounded(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", {f"{number}.csv": b"a" * 100 for number in range(5)})

    with pytest.raises(ImportRefused, match="more than 4 files"):
        Source.open([path], SourceLimits(max_files=4))
    with pytest.raises(ImportRefused, match="has 100 bytes, more than the 99"):
        Source.open([path], SourceLimits(max_file_bytes=99))
    with pytest.raises(ImportRefused, match="unpacks to 500 bytes"):
        Source.open([path], SourceLimits(max_unpacked_bytes=499))


def test_a_list_of_entries_too_long_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", {f"{number}.csv": b"" for number in range(20)})
    with pytest.raises(ImportRefused, match="holds more than 2 files"):
        Source.open([path], SourceLimits(max_files=2))

    raw = bytearray(path.read_bytes())
    end = raw.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", raw, end + 8, 0xFFFF, 0xFFFF)
    path.write_bytes(raw)
    with pytest.raises(ImportRefused, match="holds more than 2000 files"):
        Source.open([path])


@pytest.mark.parametrize("cut", [10, 40, 80, 105])
def test_a_zip_that_breaks_off_is_refused(tmp_path: Path, cut: int) -> None:
    path = a_zip(tmp_path / "a.zip", {"a.csv": b"some text"})
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(ImportRefused, match=r"a\.zip: is"):
        Source.open([path])


def test_damage_inside_a_zip_shows_as_such(tmp_path: Path) -> None:
    path = a_zip(tmp_path / "a.zip", {"a.csv": os.urandom(400_000)}, method=zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[200_000] ^= 0xFF
    path.write_bytes(raw)

    with Source.open([path]) as source, pytest.raises(ImportRefused, match=r"a\.csv: is damaged: Bad CRC"):
        content(source, "a.csv")


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a" * 10)
    with Source.open([path]) as source:
        path.write_bytes(b"a" * 20)
        with pytest.raises(ImportRefused, match="grows while it is read"):
            content(source, "a.csv")
        path.unlink()
        with pytest.raises(ImportRefused, match=r"a\.csv: cannot be opened"):
            content(source, "a.csv")


OFFICE = [{"xl/workbook.xml": b"<x/>"}, {"[Content_Types].xml": b""}, {"mimetype": b"", "META-INF/manifest.xml": b""}]


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.zip", "a"])
@pytest.mark.parametrize("parts", OFFICE)
def test_a_workbook_is_a_file_whatever_it_is_called(tmp_path: Path, parts: dict[str, bytes], name: str) -> None:
    (tmp_path / "folder").mkdir()
    book = a_zip(tmp_path / "folder" / name, parts)
    packed = a_zip(tmp_path / "packed.zip", {name: book.read_bytes()})

    for path in (book, book.parent, packed):
        with Source.open([path]) as source:
            assert names(source) == [name]
            assert content(source, name) == book.read_bytes()


def test_a_zip_is_opened_whatever_it_is_called(tmp_path: Path) -> None:
    with Source.open([a_zip(tmp_path / "a.xlsx", {"a.csv": b"a"})]) as source:
        assert names(source) == ["a.csv"]


def test_a_stream_can_be_read_in_any_way() -> None:
    with Source.of_bytes({"a": b"one\ntwo\n"}) as source:
        assert io.BufferedReader(source.stream("a")).readlines() == [b"one\n", b"two\n"]  # type: ignore[type-var]
