"""The API as a process, over real sockets: streams that are cut, uploads that break off, and its end."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import psutil
import pytest
import pytest_asyncio

from analisa.application.collection.imports import CarryOutImport
from analisa.domain.shared.ids import ImportId
from analisa.entrypoints.container import Application
from analisa.entrypoints.settings import Settings
from tests.integration.http.serving import PATIENCE_S, Api, eventually, started
from tests.integration.http.test_imports import ARCHIVE
from tests.signed_in import SignedIn


@pytest_asyncio.fixture(loop_scope="session")
async def waiting(running: Api, operator: SignedIn) -> str:
    """An import that waits for a worker."""
    async with httpx.AsyncClient(base_url=running.address, timeout=PATIENCE_S, headers=operator.headers) as client:
        answer = await client.post("/api/v1/imports", files=ARCHIVE)
    assert answer.status_code == 202, answer.text
    name: str = answer.json()["import_id"]
    return name


async def carry_out(application: Application, import_id: str) -> None:
    importer = application.root.collection.importer()
    await importer.carry_out(CarryOutImport(actor=await application.actor(), import_id=ImportId(UUID(import_id))))


async def events(address: str, import_id: str, who: SignedIn, last: str | None = None) -> AsyncIterator[dict[str, str]]:
    """The events of an import's stream, as they come."""
    headers = {**who.headers, **({"Last-Event-ID": last} if last else {})}
    url = f"{address}/api/v1/imports/{import_id}/events"
    client = httpx.AsyncClient(timeout=PATIENCE_S)
    async with client, client.stream("GET", url, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if not line and event:
                yield event
                event = {}
            elif line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = value


async def test_a_caller_who_was_cut_off_comes_back_and_sees_the_end(
    running: Api, waiting: str, application: Application, operator: SignedIn
) -> None:
    stream = events(running.address, waiting, operator)
    first = await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]  it is a generator: its connection is gone now
    await carry_out(application, waiting)

    rest = [event async for event in events(running.address, waiting, operator, first["id"])]

    assert first["event"] == "progress"
    assert [event["event"] for event in rest] == ["done"]
    assert rest[0]["id"] != first["id"]


async def test_a_caller_who_saw_the_end_is_told_again(
    running: Api, waiting: str, application: Application, operator: SignedIn
) -> None:
    await carry_out(application, waiting)
    (end,) = [event async for event in events(running.address, waiting, operator)]

    again = [event async for event in events(running.address, waiting, operator, end["id"])]

    assert again == [end]


async def test_the_head_of_a_stream_ends_at_once(running: Api, waiting: str, operator: SignedIn) -> None:
    async with httpx.AsyncClient(base_url=running.address, timeout=PATIENCE_S, headers=operator.headers) as client:
        answer = await client.head(f"/api/v1/imports/{waiting}/events")

    assert answer.status_code == 200
    assert answer.content == b""


async def test_an_open_stream_does_not_hold_up_the_end(
    settings: Settings, waiting: str, tmp_path: Path, operator: SignedIn
) -> None:
    with started(settings, tmp_path) as api:
        stream = events(api.address, waiting, operator)
        await anext(stream)
        api.process.send_signal(signal.SIGTERM)

        rest = [event async for event in stream]
        status = await asyncio.to_thread(api.process.wait, PATIENCE_S)

    assert rest == []
    assert status == 0
    assert "timeout graceful shutdown exceeded" not in api.logged()
    assert '"log.level":"error"' not in api.logged()


async def test_a_stream_goes_on_at_another_process_after_a_sudden_death(
    settings: Settings, waiting: str, application: Application, tmp_path: Path, operator: SignedIn
) -> None:
    with started(settings, tmp_path) as first:
        stream = events(first.address, waiting, operator)
        seen = await anext(stream)
        first.process.kill()
        with pytest.raises(httpx.TransportError):
            await anext(stream)
    await carry_out(application, waiting)

    with started(settings, tmp_path) as second:
        rest = [event async for event in events(second.address, waiting, operator, seen["id"])]

    assert [event["event"] for event in rest] == ["done"]


def half_an_upload(api: Api, operator: SignedIn) -> socket.socket:
    """Begin an upload, and say when its first megabyte is on the shelf."""
    sending = socket.create_connection(("127.0.0.1", api.port))
    head = (
        f"POST /api/v1/imports HTTP/1.1\r\nHost: 127.0.0.1:{api.port}\r\nContent-Length: 9000000\r\n{operator.head}"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="half.csv"\r\n\r\n'
    )
    sending.sendall(head.encode() + b"x" * (1 << 20))
    eventually(lambda: any(path.suffix == ".part" for path in api.shelf()))
    return sending


def test_an_upload_that_is_cut_half_way_leaves_nothing(running: Api, operator: SignedIn) -> None:
    before = running.shelf()
    with closing(half_an_upload(running, operator)):
        assert running.shelf() != before

    eventually(lambda: running.shelf() == before)
    assert httpx.get(f"{running.address}/health/live").status_code == 200
    assert "Traceback" not in running.logged()


def test_an_upload_that_is_under_way_at_the_end_is_told_to_come_again(
    settings: Settings, tmp_path: Path, operator: SignedIn
) -> None:
    with started(settings, tmp_path) as api:
        before = api.shelf()
        sending = half_an_upload(api, operator)
        api.process.send_signal(signal.SIGTERM)
        sending.settimeout(PATIENCE_S)

        with closing(sending):
            answer = b"".join(iter(lambda: sending.recv(4096), b""))
            api.process.wait(PATIENCE_S)

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 5\r\n" in answer
    assert b'"code":"http.ending"' in answer
    assert "Traceback" not in api.logged()
    assert api.shelf() == before


def test_a_password_that_it_knows_stands_in_no_line_of_its_log(settings: Settings, tmp_path: Path) -> None:
    url = str.__str__(settings.database_url or "")
    password = urlsplit(url).password or pytest.skip("this server asks for no password")

    with started(settings, tmp_path) as api:
        httpx.get(f"{api.address}/{password}")
        eventually(lambda: "answered 404" in api.logged())

    assert password not in api.logged()


def test_a_gigabyte_is_refused_at_the_limit_and_never_held(running: Api, operator: SignedIn) -> None:
    before = running.shelf()
    process = psutil.Process(running.process.pid)
    resident = process.memory_info().rss
    sent = 0

    def gigabyte() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n'
        while sent < 1 << 30:
            sent += 1 << 20
            yield b"x" * (1 << 20)

    headers = {**operator.headers, "Content-Type": "multipart/form-data; boundary=b"}
    try:
        answer = httpx.post(f"{running.address}/api/v1/imports", content=gigabyte(), headers=headers, timeout=60)
    except httpx.TransportError:
        pass  # the connection was closed while we were still sending
    else:
        assert answer.status_code == 413
        assert answer.json()["code"] == "imports.upload_too_large"

    assert sent < 200 << 20
    assert process.memory_info().rss - resident < 64 << 20
    assert running.shelf() == before


def test_an_announced_gigabyte_is_refused_before_it_is_sent(running: Api, operator: SignedIn) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as sending:
        sending.settimeout(PATIENCE_S)
        head = (
            f"POST /api/v1/imports HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nContent-Length: {1 << 60}\r\n{operator.head}"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        )
        sending.sendall(head.encode())

        assert sending.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits another process's files")
def test_a_disk_that_takes_no_more_is_said_and_leaves_nothing(
    settings: Settings, tmp_path: Path, operator: SignedIn
) -> None:
    with started(settings, tmp_path) as api:
        before = api.shelf()
        resource.prlimit(api.process.pid, resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))

        answer = httpx.post(
            f"{api.address}/api/v1/imports", files={"file": ("big.csv", b"x" * 900_000)}, headers=operator.headers
        )

        assert (answer.status_code, answer.json()["code"]) == (503, "imports.shelf_unavailable")
        assert answer.headers["retry-after"] == str(answer.json()["retry_after"])
        assert api.shelf() == before


def test_requests_in_hand_are_finished_before_the_end(
    settings: Settings, application: Application, tmp_path: Path, operator: SignedIn
) -> None:
    del application
    with started(settings, tmp_path) as api:
        sending = half_an_upload(api, operator)
        api.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert api.process.poll() is None
        sending.close()

        assert api.process.wait(PATIENCE_S) == 0
        assert not any(path.suffix == ".part" for path in api.shelf())


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /health/live HTTP/1.1\r\n\r\n",
        b"GET /health/live HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET http://evil.example/health/live HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"POST /api/v1/imports HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://[evil\r\nContent-Length: 0\r\n\r\n",
        b"POST /api/v1/imports HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET /%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /api/v1/influencers?q=%ED%A0%80%FF%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
)
def test_what_no_browser_would_send_is_refused(running: Api, request_line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as sending:
        sending.settimeout(PATIENCE_S)
        try:
            sending.sendall(request_line)
            answer = sending.recv(4096)
        except ConnectionError:
            assert len(request_line) > 65536  # too long to be read to its end: closing is an answer as well
            answer = b"HTTP/1.1 400 "

    assert answer.startswith(b"HTTP/1.1 4")
    assert httpx.get(f"{running.address}/health/live").status_code == 200


def test_log_lines_name_the_request_and_keep_what_was_searched_for_out(running: Api) -> None:
    httpx.get(f"{running.address}/api/v1/influencers", params={"q": "somebody"}, headers={"X-Request-Id": "mine-1"})

    eventually(lambda: "mine-1" in running.logged())
    assert "somebody" not in running.logged()
    assert "/health/live" not in running.logged()
