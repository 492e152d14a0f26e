"""Work that goes on in a worker, followed as server-sent events: `progress`, and at last `done` or `failed`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from litestar.params import FromHeader, HeaderParameter
from litestar.response import ServerSentEventMessage

from .closing import Closing

_ASK_EVERY_S: Final = 0.5
_STILL_THERE_EVERY_S: Final = 15.0
_COME_BACK_MS: Final = 2_000
"""How long a browser waits before it comes back to a stream that broke off."""

LastEventId = FromHeader[
    Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=128, description="What was seen last")]
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far the work is: *name* is another one whenever there is something to tell."""

    name: str
    state: str
    body: bytes


Look: TypeAlias = Callable[[], Awaitable[Step]]
_OVER: Final = frozenset({"done", "failed", "expired"})


async def followed(look: Look, closing: Closing, seen: str | None) -> AsyncIterator[ServerSentEventMessage]:
    """Tell each new step until the work is over or the process ends.

    An event tells the state as it is, so a caller who comes back with what was *seen* last misses nothing.
    """
    silent_s = 0.0
    while not closing.begun:
        step = await look()
        over = step.state in _OVER
        if step.name != seen or over:
            yield ServerSentEventMessage(
                data=step.body.decode(), event=step.state if over else "progress", id=step.name, retry=_COME_BACK_MS
            )
            seen, silent_s = step.name, 0.0
        if over:
            return
        if silent_s >= _STILL_THERE_EVERY_S:
            yield ServerSentEventMessage(data=None, comment="still there")
            silent_s = 0.0
        await closing.within(_ASK_EVERY_S)
        silent_s += _ASK_EVERY_S
