"""Turning requests away: who is let in, who waits, and who is told to come again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from analisa.adapters.observability.metrics import HttpMetrics
from analisa.entrypoints.http.edge import Edge
from analisa.entrypoints.http.limits import RequestLimits
from analisa.entrypoints.http.shedding import ALWAYS_S, PATIENT_S, Shedding

pytestmark = pytest.mark.promise("P18")


async def test_as_many_as_there_are_places_are_let_in_and_the_next_waits_for_one() -> None:
    places = Shedding(2)
    assert [await places.enter(), await places.enter()] == [True, True]

    third = asyncio.create_task(places.enter())
    await asyncio.sleep(0)
    assert not third.done()
    places.leave()

    assert await third


async def test_whoever_waits_too_long_is_turned_away() -> None:
    places, loop = Shedding(1), asyncio.get_running_loop()
    await places.enter()
    begun = loop.time()

    assert not await places.enter()

    assert PATIENT_S * 0.9 <= loop.time() - begun < PATIENT_S * 3


async def test_the_last_who_came_goes_first() -> None:
    places, order = Shedding(1), list[int]()
    await places.enter()

    async def come(number: int) -> None:
        if await places.enter():
            order.append(number)
            places.leave()

    waiting = []
    for number in range(3):
        waiting.append(asyncio.create_task(come(number)))
        await asyncio.sleep(0)
    places.leave()
    await asyncio.gather(*waiting)

    assert order == [2, 1, 0]


async def test_when_they_go_on_coming_nobody_waits_long_and_who_came_before_is_turned_away_too() -> None:
    places, loop = Shedding(1), asyncio.get_running_loop()
    await places.enter()
    patient = asyncio.create_task(places.enter())
    until = loop.time() + ALWAYS_S + 0.1
    waiting = set[asyncio.Task[bool]]()
    while loop.time() < until:
        waiting.add(asyncio.create_task(places.enter()))
        await asyncio.sleep(ALWAYS_S / 20)

    begun = loop.time()
    assert not await places.enter()
    assert loop.time() - begun < PATIENT_S / 3
    assert not await asyncio.wait_for(patient, 0.01)
    assert not any(await asyncio.gather(*waiting))
    places.leave()
    assert await places.enter()


async def test_whoever_gives_up_takes_no_place_with_them() -> None:
    places = Shedding(1)
    await places.enter()
    gone = asyncio.create_task(places.enter())
    await asyncio.sleep(0)
    gone.cancel()
    places.leave()
    await asyncio.gather(gone, return_exceptions=True)

    assert await places.enter()
    places.leave()
    await places.enter()
    let_in = asyncio.create_task(places.enter())
    await asyncio.sleep(0)
    places.leave()
    let_in.cancel()  # at the very moment at which it is let in
    await asyncio.gather(let_in, return_exceptions=True)
    assert await places.enter()


async def test_more_than_can_wait_are_turned_away_at_once() -> None:
    places = Shedding(1)
    await places.enter()
    waiting = [asyncio.create_task(places.enter()) for _ in range(64)]
    await asyncio.sleep(0)

    assert not await asyncio.wait_for(places.enter(), 0.01)
    await asyncio.gather(*waiting)


class Slow:
    """An application that answers when it is told to, and counts who came."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.came = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.came += 1
        if scope["method"] == "POST":
            while (await receive()).get("more_body"):
                pass
        if scope["path"] not in {"/quick", "/health/live"}:
            await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/stream":
            await send({"type": "http.response.body", "body": b"a", "more_body": True})
            await self.go.wait()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def client_of(slow: Slow, places: int = 2) -> httpx.AsyncClient:
    edge = Edge(slow, HttpMetrics(CollectorRegistry()), RequestLimits(10_000), places=places)
    return httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url="http://127.0.0.1:8000")


async def test_who_is_turned_away_is_told_when_to_come_again_and_nothing_was_done() -> None:
    slow = Slow()
    async with client_of(slow) as client:
        asked = [asyncio.create_task(client.get("/slow")) for _ in range(5)]
        await asyncio.sleep(PATIENT_S * 1.5)
        health = await client.get("/health/live")
        slow.go.set()
        answers = await asyncio.gather(*asked)

    refused = [answer for answer in answers if answer.status_code == 503]
    assert (len(refused), slow.came, health.status_code) == (3, 3, 200)
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    told = json.loads(refused[0].content)
    assert (told["code"], told["retry_after"]) == ("http.overloaded", 1)


async def test_whoever_sends_slowly_takes_nobodys_place() -> None:
    slow, more = Slow(), asyncio.Event()
    edge = Edge(slow, HttpMetrics(CollectorRegistry()), RequestLimits(10_000), places=1)
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/quick",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"content-length", b"2")],
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }

    async def receive() -> Any:
        await more.wait()
        return {"type": "http.request", "body": b"ab", "more_body": False}

    async def send(_: Any) -> None: ...

    sending = asyncio.create_task(edge(scope, receive, send))  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    transport = httpx.ASGITransport(edge)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as other:
        assert (await asyncio.wait_for(other.get("/quick"), PATIENT_S / 3)).status_code == 200
        more.set()
        await sending
        assert (await asyncio.wait_for(other.get("/quick"), PATIENT_S / 3)).status_code == 200


async def test_an_answer_that_goes_on_takes_nobodys_place() -> None:
    slow = Slow()
    slow.go.set()
    async with client_of(slow, places=1) as client:
        for _ in range(3):
            assert (await client.get("/stream")).content == b"a"
        assert (await client.get("/slow")).status_code == 200


async def test_an_application_that_fails_gives_its_place_back() -> None:
    async def failing(*_: Any) -> None:
        raise RuntimeError

    edge = Edge(failing, HttpMetrics(CollectorRegistry()), RequestLimits(10_000), places=1)
    transport = httpx.ASGITransport(edge, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        assert [(await client.get("/x")).status_code for _ in range(3)] == [500] * 3
