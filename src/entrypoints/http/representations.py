"""How an answer travels: with an ETag that a caller may ask by again, and compressed where the caller takes that.

Answers that come in one piece are looked at; streams go through as they come.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final

from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

WORTH_IT: Final = 1_000
"""Bytes from which on compressing saves more than it costs."""
LEVEL: Final = 4
_COMPRESSIBLE: Final = (
    b"application/json",
    b"application/problem+json",
    b"application/openapi",
    b"text/html",
    b"text/csv",
    b"application/vnd.oai",
)
_GZIPPED: Final = "-gzip"
"""What tells the tag of a compressed representation from that of the plain one (RFC 9110, 8.8.3.3)."""

Headers = list[tuple[bytes, bytes]]


class Representations:
    """Gives every JSON answer to a read a strong ETag, and answers 304 to a caller who has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        begun: Any = None

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = message
                return
            if begun is not None:
                start, begun = begun, None
                if message["type"] == "http.response.body" and not message.get("more_body", False):
                    await _whole(scope["method"], asked, start, message, send)
                    return
                await send(start)
            await send(message)

        await self._app(scope, receive, sending)


async def _whole(method: str, asked: dict[bytes, bytes], start: Any, message: Any, send: Send) -> None:
    headers, body = list(start["headers"]), message["body"]
    told = {name.lower(): value for name, value in headers}
    kind = told.get(b"content-type", b"")
    compressible = kind.startswith(_COMPRESSIBLE) and b"content-encoding" not in told
    if compressible:
        headers.append((b"vary", b"accept-encoding"))
    if compressible and len(body) >= WORTH_IT and takes_gzip(asked.get(b"accept-encoding", b"").decode("latin-1")):
        compressed = gzip.compress(body, LEVEL, mtime=0)
        headers = [
            *_without(headers, b"content-length"),
            (b"content-encoding", b"gzip"),
            (b"content-length", b"%d" % len(compressed)),
        ]
    else:
        compressed = body
    if start["status"] == 200 and method == HttpMethod.GET and kind.startswith(b"application/json"):
        name = _tag(body, told.get(b"etag", b"").decode("latin-1"))
        tag = name if compressed is body else f'{name[:-1]}{_GZIPPED}"'
        headers = [*_without(headers, b"etag"), (b"etag", tag.encode("latin-1"))]
        if b"cache-control" not in told:
            headers.append((b"cache-control", b"private, no-cache"))
        if named_in(asked.get(b"if-none-match", b"").decode("latin-1"), name):
            kept = {b"etag", b"vary", b"cache-control"}
            start = {**start, "status": 304}
            headers, compressed = [pair for pair in headers if pair[0] in kept], b""
    start["headers"] = headers
    await send(start)
    message["body"] = compressed
    await send(message)


def _tag(body: bytes, version: str) -> str:
    """Name the answer by its bytes, after the version where the route told one: `"v7"`."""
    begin = f"{version[:-1]}." if version else '"'
    return f'{begin}{blake2b(body, digest_size=12).hexdigest()}"'


def _without(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> Headers:
    return [pair for pair in headers if pair[0].lower() != name]


def named_in(listed: str, tag: str) -> bool:
    """Whether the list of an If-None-Match header names *tag*, compressed or not, weak or strong; `*` names all."""
    if not listed:
        return False
    names = (name.strip().removeprefix("W/") for name in listed.split(","))
    return any(name == "*" or plain(name) == plain(tag) for name in names)


def plain(tag: str) -> str:
    """The tag of the same answer uncompressed."""
    return f'{tag[: -len(_GZIPPED) - 1]}"' if tag.endswith(f'{_GZIPPED}"') else tag


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header takes gzip; `*` stands for what is not named, and q=0 takes nothing."""
    weights = dict[str, float]()
    for part in accepted.split(","):
        name, _, parameters = part.partition(";")
        key, _, value = parameters.strip().partition("=")
        try:
            weights[name.strip().lower()] = float(value) if key.strip().lower() == "q" else 1.0
        except ValueError:
            weights[name.strip().lower()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0
