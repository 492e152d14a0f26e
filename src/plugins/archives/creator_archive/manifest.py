"""`manifest.json`: what an archive says of itself, checked before anything is read."""

from __future__ import annotations

import posixpath

import msgspec

from ....application.collection.archives import ArchiveSource, ImportRefused

FORMAT = "creator-archive"
VERSION = "1.0"
NAME = "manifest.json"
_MOST_BYTES = 4 << 20


class TableEntry(msgspec.Struct, kw_only=True):
    """One file of the archive. *file* lies beside the manifest or below it."""

    table: str
    file: str
    rows: int | None = None
    sha256: str | None = None


class Manifest(msgspec.Struct, kw_only=True):
    """What the archive says of itself. Names that are not known here are passed over."""

    format: str
    version: str
    tables: list[TableEntry]
    generated_at: str | None = None
    generator: str | None = None
    source: dict[str, object] | str | None = None
    contains_personal_data: bool | None = None
    notes: object = None


def find(source: ArchiveSource) -> str | None:
    """Return the name of the manifest: at the top, or in the one folder that the archive was packed from."""
    found = [file.name for file in source.files if posixpath.basename(file.name) == NAME]
    shallow = [name for name in found if name.count("/") <= 1]
    return min(shallow, key=lambda name: name.count("/")) if shallow else None


def load(source: ArchiveSource, name: str) -> Manifest:
    """Read and check the manifest *name*; names of files come back as the source knows them."""
    with source.stream(name) as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ImportRefused(f"has more than {_MOST_BYTES} bytes", file=name)
    try:
        manifest = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=Manifest)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ImportRefused(f"is not a manifest: {error}", file=name) from error
    _check(manifest, name)
    folder = posixpath.dirname(name)
    known = {file.name for file in source.files}
    for entry in manifest.tables:
        entry.file = _place(entry.file, folder, known, name)
    _refuse_repeats(manifest, name)
    return manifest


def claims(source: ArchiveSource, name: str) -> bool:
    """Say whether the manifest *name* calls itself a creator-archive, whatever else is wrong with it."""
    with source.stream(name) as stream:
        return FORMAT.encode() in stream.read(_MOST_BYTES)


def _check(manifest: Manifest, name: str) -> None:
    if manifest.format != FORMAT:
        raise ImportRefused(f"says its format is {manifest.format!r}, not {FORMAT!r}", file=name)
    major, _, _ = manifest.version.partition(".")
    if major != VERSION.partition(".")[0]:
        raise ImportRefused(
            f"is of version {manifest.version!r}; this program reads {VERSION}. Export it again as {VERSION}, "
            "or update Analisa",
            file=name,
        )


def _place(file: str, folder: str, known: set[str], manifest: str) -> str:
    place = posixpath.normpath(posixpath.join(folder, file.replace("\\", "/")))
    if place.startswith(("/", "..")) or file.startswith("/"):
        raise ImportRefused(f"names the file {file!r}, which lies outside the archive", file=manifest)
    if place not in known:
        raise ImportRefused(f"names the file {file!r}, which the archive does not hold", file=manifest)
    return place


def _refuse_repeats(manifest: Manifest, name: str) -> None:
    files = [entry.file for entry in manifest.tables]
    for file in files:
        if files.count(file) > 1:
            raise ImportRefused(f"names the file {file!r} twice", file=name)
