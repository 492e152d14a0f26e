"""A multipart request, read as it arrives: files go to the shelf piece by piece, fields are kept."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol, TypeAlias

from litestar.exceptions import ClientException
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from ...application.collection.ports import UploadShelf
from ...domain.shared.ids import ImportId

MAX_FIELD: Final = 256 << 10
"""Bytes of one field; a mapping is the longest of them."""
MAX_PARTS: Final = 1_000
DATA: Final = "file"
"""The name of the parts that are put on the shelf."""
FROM_FILES: Final = frozenset({"mapping"})
"""Fields that may come as a file as well: `curl -F mapping=@map.toml`."""

Piece: TypeAlias = MultipartSegment | bytes | bytearray | None
"""A part begins, a piece of it, or (None) it has ended."""


class Digest(Protocol):
    def update(self, data: bytes | bytearray, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent: the names of the files, which stand on the shelf, and the fields."""

    files: tuple[str, ...]
    fields: Mapping[str, str]
    digest: bytes
    """Of the parts in their order, whatever boundary they came with."""


Put: TypeAlias = Callable[[str, AsyncIterable[bytes]], Awaitable[object]]
"""Takes a file's name and content."""


def onto(shelf: UploadShelf, import_id: ImportId, *, limit: int) -> Put:
    """Put files on *shelf*, at most *limit* bytes each."""

    async def put(name: str, content: AsyncIterable[bytes]) -> None:
        await shelf.put(import_id, name, content, limit=limit)

    return put


async def unkept(_: str, content: AsyncIterable[bytes]) -> None:
    """Let a file go by, to know what it was."""
    async for _piece in content:
        pass


async def receive(content_type: str, body: AsyncIterable[bytes], put: Put) -> Upload:
    """Read *body* and hand its files to *put*; memory does not grow with them."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise ClientException("send the files as multipart/form-data, each in a part named `file`", status_code=415)
    digest = sha256()
    pieces = _pieces(body, options["boundary"], digest)
    files: list[str] = []
    fields: dict[str, str] = {}
    async for segment in pieces:
        if not isinstance(segment, MultipartSegment):
            continue
        name = segment.name or ""
        if segment.filename and name == DATA:
            await put(segment.filename, _content(pieces))
            files.append(segment.filename)
            continue
        if segment.filename and name not in FROM_FILES:
            raise ClientException(
                f"the part {name!r} brings the file {segment.filename!r}: send data in parts named `file`, "
                "and a mapping in one named `mapping`"
            )
        if name in fields:
            raise ClientException(f"the field {name} is there twice; send it once")
        fields[name] = await _text(name, pieces)
    return Upload(tuple(files), fields, digest.digest())


async def _pieces(body: AsyncIterable[bytes], boundary: str, digest: Digest) -> AsyncIterator[Piece]:
    try:
        with PushMultipartParser(boundary, max_segment_count=MAX_PARTS) as parser:  # leaving it asks for the end
            async for chunk in body:
                for piece in parser.parse(chunk) if chunk else ():
                    _note(piece, digest)
                    yield piece
    except MultipartError as error:
        raise ClientException(f"the request is no whole multipart body ({error}); send it again") from error


def _note(piece: Piece, digest: Digest) -> None:
    if isinstance(piece, MultipartSegment):
        digest.update(f"\0part {piece.name!r} {piece.filename!r}\0".encode())
    elif piece is not None:
        digest.update(piece)


async def _content(pieces: AsyncIterator[Piece]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        if piece is None:
            return
        if isinstance(piece, bytes | bytearray):
            yield bytes(piece)


async def _text(name: str, pieces: AsyncIterator[Piece]) -> str:
    raw = bytearray()
    async for piece in _content(pieces):
        raw += piece
        if len(raw) > MAX_FIELD:
            raise ClientException(f"the field {name} is longer than {MAX_FIELD} bytes", status_code=413)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise ClientException(f"the field {name} is not UTF-8: {error}") from error
