"""`Idempotency-Key`: a creation that was asked for twice under one key is carried out once, and answered the same."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.exceptions import ValidationException
from litestar.params import FromHeader, HeaderParameter

from ...application.shared.actor import Actor
from ...application.shared.failpoints import failpoint
from ...application.shared.repeating import Answer, RepeatableRequests, RequestKey
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
    name = RequestKey(actor=actor, route=f"{request.method} {request.scope['path_template']}", key=_checked(key))
    turn = await requests.begin(name, await _fingerprint(request))
    if isinstance(turn, Answer):
        return Response(
            turn.body,
            status_code=turn.status,
            headers={**turn.headers, REPLAYED: "true"},
            media_type="application/json",
        )
    try:
        made = await make(turn.reserved_id)
    except BaseException as error:
        # What was refused is as if it had not come; after anything else the effect may be there, and the id stays.
        refused = isinstance(error, AnalisaError) and not isinstance(error, Unavailable)
        await requests.give_up(name, turn, forget=refused)
        raise
    body = msgspec.json.encode(made.content)
    BEFORE_ANSWER()
    answer = Answer(status=made.status_code or 200, headers=dict(made.headers), body=body)
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
