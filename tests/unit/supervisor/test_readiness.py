"""The API is asked patiently, ever more seldom, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain, repeat
from pathlib import Path

import pytest

from analisa.adapters.embedded.errors import ServerFailed
from analisa.entrypoints.supervisor.readiness import ready

BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\n\r\nno db"
READY = b"HTTP/1.1 200 OK\r\n\r\n"
LOG = Path("logs/api.log")


@asynccontextmanager
async def an_api(answers: Sequence[bytes], asked: list[str]) -> AsyncIterator[int]:
    """A little API that gives *answers* in turn, the last one for ever, and notes what it is *asked*; its port."""
    coming = chain(answers, repeat(answers[-1]))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode())
        writer.write(next(coming))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_the_first_ready_answer_is_enough_and_nothing_is_said() -> None:
    told: list[str] = []
    asked: list[str] = []
    async with an_api([BROKEN, BROKEN, READY], asked) as port:
        await ready("127.0.0.1", port, log=LOG, tell=told.append)

    assert (len(asked), told) == (3, [])


async def test_an_api_that_is_never_ready_is_told_asked_ever_more_seldom_and_given_up() -> None:
    told: list[str] = []
    asked: list[str] = []
    async with an_api([BROKEN], asked) as port:
        with pytest.raises(
            ServerFailed, match=r"is not ready after \d+ s: it answers HTTP/1.1 500 .* no db; logs/api.log"
        ):
            await ready("127.0.0.1", port, log=LOG, tell=told.append, patience_s=1)

    assert told == [
        "the API is not ready yet: it answers HTTP/1.1 500 Internal Server Error no db; logs/api.log says more"
    ]
    assert len(asked) < 10
