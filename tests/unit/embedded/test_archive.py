"""A backup's file is taken for nothing it does not prove to be."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analisa.adapters.embedded.archive import FORMAT, MANIFEST, BackupUnusable, unpack, write_archive

CONTENT = b"content"


def a_manifest(**changes: Any) -> dict[str, Any]:
    members = {"a": {"size": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}}
    return {
        "format": FORMAT,
        "program": "0.1.0",
        "revision": "0001",
        "made_at": "2026-01-01T00:00:00Z",
        "members": members,
        **changes,
    }


def an_archive(place: Path, manifest: Any, *members: tarfile.TarInfo) -> Path:
    """Write an archive as an enemy would: any manifest, any members, each with CONTENT."""
    target = place / "x.tar.gz"
    with tarfile.open(target, "w:gz") as tar:
        for entry in (tarfile.TarInfo(MANIFEST), *members):
            words = msgspec.json.encode(manifest) if entry.name == MANIFEST else CONTENT
            entry.size = len(words) if entry.isreg() else 0
            tar.addfile(entry, io.BytesIO(words))
    return target


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "into").mkdir()
    return tmp_path / "into"


def test_what_was_written_comes_back(tmp_path: Path, into: Path) -> None:
    (tmp_path / "source").write_bytes(CONTENT)
    files = {"a": tmp_path / "source", "deep/er/b": tmp_path / "source"}

    written = write_archive(
        tmp_path / "x.tar.gz", files, program="1", revision="0002", made_at=datetime(2026, 1, 2, tzinfo=UTC)
    )

    assert unpack(tmp_path / "x.tar.gz", into) == written
    assert (into / "a").read_bytes() == (into / "deep/er/b").read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["../out", "/out", "a/../../out"])
def test_nothing_is_written_outside(tmp_path: Path, into: Path, name: str) -> None:
    member = a_manifest()["members"]["a"]
    archive = an_archive(tmp_path, a_manifest(members={name: member}), tarfile.TarInfo(name))

    with pytest.raises(BackupUnusable, match="outside its place"):
        unpack(archive, into)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_only_plain_files_are_taken(tmp_path: Path, into: Path, kind: bytes) -> None:
    entry = tarfile.TarInfo("a")
    entry.type, entry.linkname = kind, "/etc/passwd"

    with pytest.raises(BackupUnusable):
        unpack(an_archive(tmp_path, a_manifest(), entry), into)

    assert list(into.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "written by another version"),
        ({"format": None}, "written by another version"),
        ({"members": 7}, "damaged or no backup"),
        ({"members": {"a": {"size": 6, "sha256": ""}}}, "not as long as it was"),
        ({"members": {"a": {"size": 7, "sha256": "0" * 64}}}, "changed or damaged"),
        ({"members": {}}, "which its manifest does not know"),
        ({"members": {**a_manifest()["members"], "b": {"size": 0, "sha256": ""}}}, "lacks 'b'"),
    ],
)
def test_a_manifest_that_lies_is_found_out(tmp_path: Path, into: Path, changes: dict[str, Any], words: str) -> None:
    archive = an_archive(tmp_path, a_manifest(**changes), tarfile.TarInfo("a"))

    with pytest.raises(BackupUnusable, match=words):
        unpack(archive, into)


@pytest.mark.parametrize("manifest", [7, [], "words", None])
def test_a_manifest_of_another_shape_is_refused(tmp_path: Path, into: Path, manifest: Any) -> None:
    with pytest.raises(BackupUnusable, match="damaged or no backup"):
        unpack(an_archive(tmp_path, manifest), into)


def test_a_folder_in_the_place_of_a_backup_is_named_itself(tmp_path: Path, into: Path) -> None:
    with pytest.raises(BackupUnusable, match=re.escape(f"{tmp_path} cannot be unpacked (Is a directory: {tmp_path})")):
        unpack(tmp_path, into)


def test_a_member_that_comes_twice_is_refused(tmp_path: Path, into: Path) -> None:
    with pytest.raises(BackupUnusable, match="does not know"):
        unpack(an_archive(tmp_path, a_manifest(), tarfile.TarInfo("a"), tarfile.TarInfo("a")), into)
