"""Answers that are kept for a while: made once for all who may see the same, and forgotten when what they tell changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from litestar import Response

from ...application.shared.actor import Actor
from ...application.shared.cache import Cache, seen_by
from .versions import tag_of

T = TypeVar("T")


async def kept(
    cache: Cache, actor: Actor, key: str, make: Callable[[], Awaitable[T]], *, version: Callable[[T], int] | None = None
) -> Response[Any]:
    """Answer with what *make* returns, or returned lately for somebody of the same organisation who asked *key*.

    With *version* the ETag begins with that of what people edit.
    """

    async def encoded() -> bytes:
        made = await make()
        head = b"" if version is None else str(version(made)).encode()
        return head + b"\n" + msgspec.json.encode(made)

    sees = "demonstration" if actor.demonstration else "operator" if actor.operator else "member"
    whose = f"{actor.organisation}:{sees}:{'writes' if actor.may('influencers.write') else 'reads'}"
    told = await cache.remember(f"{whose}:{key}", seen_by(actor), encoded)
    head, _, body = told.partition(b"\n")
    headers = {"etag": tag_of(int(head))} if head else {}
    return Response(body, headers=headers, media_type="application/json")
