"""`Idempotency-Key`: a creation that was asked for twice under one key is carried out once, and answered the same."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.exceptions import ClientException, ValidationException
from litestar.params import FromHeader, HeaderParameter

from ...application.shared.actor import Actor
from ...application.shared.failpoints import failpoint
from ...application.shared.repeating import Answer, RepeatableRequests, RequestKey, Turn
from ...domain.shared.errors import AnalisaError, Unavailable

MAX_KEY: Final = 255
REPLAYED: Final = "Idempotency-Replayed"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")

IdempotencyKey = FromHeader[
    Annotated[
        str | None,
        HeaderParameter(
            name="Idempotency-Key",
            max_length=MAX_KEY,
            description="A new name for each new thing to create, as a UUID; sent again with the same request it creates "
            "nothing more, and gets the same answer. Kept for 24 hours at least",
        ),
    ]
]

BEFORE_ANSWER = failpoint("repeating.before_answer")

Make = Callable[[UUID], Awaitable[Response[Any]]]
"""Creates what has that id; done again with it, nothing more is created."""


async def once(
    requests: RepeatableRequests, actor: Actor, request: Request[Any, Any, Any], key: str | None, make: Make
) -> Response[Any]:
    """Carry the request out by *make*, or answer what was answered under *key* before."""
    name = named(actor, request, key)
    fingerprint = await _fingerprint(request)
    turn = await requests.begin(name, fingerprint)
    if isinstance(turn, Answer):
        return again(turn)
    async with taking(requests, name, turn):
        made = await make(turn.reserved_id)
    return await answered(requests, name, turn, made, fingerprint)


def named(actor: Actor, request: Request[Any, Any, Any], key: str | None) -> RequestKey:
    """Say whose request it is and what it is called, or refuse the key."""
    return RequestKey(actor=actor, route=f"{request.method} {request.scope['path_template']}", key=_checked(key))


def again(kept: Answer) -> Response[Any]:
    """Answer what was answered before."""
    return Response(
        kept.body, status_code=kept.status, headers={**kept.headers, REPLAYED: "true"}, media_type="application/json"
    )


@asynccontextmanager
async def taking(requests: RepeatableRequests, name: RequestKey, turn: Turn) -> AsyncIterator[None]:
    """Give the turn back where what is done in it fails."""
    try:
        yield
    except BaseException as error:
        # What was refused is as if it had not come; after anything else, and after an earlier try, the effect may be
        # there, and the id stays.
        refused = isinstance(error, AnalisaError | ClientException) and not isinstance(error, Unavailable)
        await requests.give_up(name, turn, forget=refused and turn.attempt == 1)
        raise


async def answered(
    requests: RepeatableRequests, name: RequestKey, turn: Turn, made: Response[Any], fingerprint: bytes
) -> Response[Any]:
    """Keep the answer, and give it."""
    body = msgspec.json.encode(made.content)
    BEFORE_ANSWER()
    answer = Answer(status=made.status_code or 200, headers=dict(made.headers), body=body, fingerprint=fingerprint)
    await requests.answered(name, turn, answer)
    return Response(body, status_code=answer.status, headers=answer.headers, media_type="application/json")


def _checked(key: str | None) -> str:
    if key is None:
        raise _refused(
            "the header is missing; name the request, with a new UUID, so that it may be sent again", "missing"
        )
    if not _KEY.fullmatch(key):
        raise _refused(f"a key is 1 to {MAX_KEY} visible ASCII characters", "invalid")
    return key


def _refused(message: str, what: str) -> ValidationException:
    told = {"source": "header", "key": "Idempotency-Key", "message": message, "code": f"http.idempotency_key_{what}"}
    return ValidationException(detail="the request has no name under which it may be repeated", extra=[told])


async def _fingerprint(request: Request[Any, Any, Any]) -> bytes:
    asked = sha256(request.scope["query_string"])
    asked.update(b"\0" + request.headers.get("content-type", "").encode() + b"\0" + await request.body())
    return asked.digest()
