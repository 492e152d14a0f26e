"""Files sent in over HTTP: kept whole or not at all, and followed until a worker is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from analisa.application.collection.imports import CarryOutImport, Importer
from analisa.domain.shared.ids import ImportId
from analisa.entrypoints.container import Application

URL = "/api/v1/imports"
PROFILES = b"network,profile_id,handle\nyoutube,UC1,ana\nyoutube,,nobody\n"
MANIFEST = b'{"format":"creator-archive","version":"1.0","tables":[{"table":"profiles","file":"profiles.csv"}]}'
ARCHIVE = [("file", ("manifest.json", MANIFEST)), ("file", ("profiles.csv", PROFILES))]


def shelf(application: Application) -> Path:
    return application.settings.home / "uploads"


async def carried_out(application: Application, import_id: str) -> None:
    importer: Importer = application.root.collection.importer()
    await importer.carry_out(CarryOutImport(actor=await application.actor(), import_id=ImportId(UUID(import_id))))


async def test_an_upload_is_accepted_imported_and_reported(api: httpx.AsyncClient, application: Application) -> None:
    accepted = await api.post(URL, files=ARCHIVE)
    assert accepted.status_code == 202, accepted.text
    assert accepted.json()["state"] == "queued"

    await carried_out(application, accepted.json()["import_id"])
    shown = (await api.get(accepted.headers["location"])).json()

    assert shown["line"]["state"] == "done"
    assert {file["name"] for file in shown["report"]["files"]} >= {"profiles.csv"}
    findings = (
        await api.get(f"{URL}/{accepted.json()['import_id']}/findings", params={"severity": "quarantined"})
    ).json()
    assert [item["finding"]["line"] for item in findings["items"]] == [3]


async def test_following_an_import_tells_progress_and_the_end(api: httpx.AsyncClient, application: Application) -> None:
    accepted = (await api.post(URL, files=ARCHIVE)).json()
    await carried_out(application, accepted["import_id"])

    stream = (await api.get(accepted["events"])).text

    assert "event: done" in stream
    assert stream.count("event:") == 1


async def test_a_caller_who_comes_back_is_told_what_they_missed(
    api: httpx.AsyncClient, application: Application
) -> None:
    accepted = (await api.post(URL, files=ARCHIVE)).json()
    following = asyncio.create_task(api.get(accepted["events"], headers={"Last-Event-ID": "queued.reading.0.0.0"}))
    await asyncio.sleep(0.1)
    await carried_out(application, accepted["import_id"])

    stream = (await asyncio.wait_for(following, 20)).text

    assert "queued" not in stream
    assert "event: done" in stream


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-21T12:00Z", "2026-11-21T12:00:00Z"),
        ("2026-11-21T12:00-03:00", "2026-11-21T15:00:00Z"),
        ("2026-11-21T12:00:00.5+00:00", "2026-11-21T12:00:00.500000Z"),
        ("2026-11-21", "2026-11-21T00:00:00Z"),
    ],
)
async def test_a_request_says_when_figures_were_taken_as_the_command_does(
    api: httpx.AsyncClient, application: Application, written: str, meant: str
) -> None:
    accepted = await api.post(URL, files=ARCHIVE, data={"observed_at": written})
    assert accepted.status_code == 202, accepted.text

    job = await application.root.collection.register().get(
        await application.actor(), ImportId(UUID(accepted.json()["import_id"]))
    )
    assert job.options.observed_at == datetime.fromisoformat(meant)
    await carried_out(application, accepted.json()["import_id"])


@pytest.mark.parametrize(
    ("request_body", "status", "said"),
    [
        ({"data": {"reader": "auto"}, "files": {"x": ("", b"")}}, 422, "no file"),
        ({"files": ARCHIVE, "data": {"on_conflict": "perhaps"}}, 400, "on_conflict"),
        (
            {"files": ARCHIVE, "data": {"observed_at": "2026-01-01T00:00:00"}},
            400,
            "observed_at: '2026-01-01T00:00:00' na",
        ),
        ({"files": ARCHIVE, "data": {"observed_at": "yesterday"}}, 400, "write 2026-03-01T12:00Z or 2026-03-01"),
        ({"files": ARCHIVE, "data": {"observed_at": "0001-01-01T00:00+14:00"}}, 400, "is not a time"),
        ({"files": ARCHIVE, "data": {"colour": "blue"}}, 400, "colour"),
        ({"content": b"a,b\n1,2\n", "headers": {"content-type": "text/csv"}}, 415, "multipart"),
        ({"files": [("file", ("..", b"x"))]}, 422, "name"),
        ({"files": [*ARCHIVE, ("data", ("odd.csv", b"a,b\n"))]}, 400, "the part 'data' brings the file 'odd.csv'"),
        ({"files": [("mapping", ("map.toml", b"mapping = 1\n"))]}, 422, "no file"),
        ({"files": [("file", ("big.csv", b"x" * 1_000_001))]}, 413, "big.csv"),
        ({"files": [*ARCHIVE, ("file", ("profiles.csv", b"again"))]}, 422, "two files"),
    ],
)
async def test_a_request_that_cannot_be_imported_leaves_nothing(
    api: httpx.AsyncClient, application: Application, request_body: dict[str, object], status: int, said: str
) -> None:
    before = sorted(shelf(application).rglob("*"))

    answer = await api.post(URL, **request_body)  # type: ignore[arg-type]

    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]
    assert sorted(shelf(application).rglob("*")) == before


MAPPING = b"""mapping = 1

[[table]]
table = "profiles"
network = "youtube"
[table.columns]
profile_id = "channel"
handle = "name"
"""


@pytest.mark.parametrize(
    "sent",
    [{"files": [("mapping", ("map.toml", MAPPING, "application/toml"))]}, {"data": {"mapping": MAPPING.decode()}}],
    ids=["file", "text"],
)
async def test_a_mapping_comes_as_a_file_or_as_text(
    api: httpx.AsyncClient, application: Application, sent: dict[str, Any]
) -> None:
    table = ("file", ("table.csv", b"channel,name\nUC9,eva\n"))

    accepted = await api.post(URL, files=[table, *sent.get("files", [])], data=sent.get("data"))
    assert accepted.status_code == 202, accepted.text
    await carried_out(application, accepted.json()["import_id"])
    shown = (await api.get(accepted.headers["location"])).json()

    assert shown["line"]["state"] == "done", shown
    assert [file["name"] for file in shown["report"]["files"]] == ["table.csv"]


FIELD = b'--b\r\nContent-Disposition: form-data; name="reader"\r\n\r\n%b\r\n'


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (FIELD % b"auto" + FIELD % b"auto" + b"--b--\r\n", 400, "twice"),
        (FIELD % b"\xff\xfe" + b"--b--\r\n", 400, "UTF-8"),
        (FIELD % (b"x" * 300_000) + b"--b--\r\n", 413, "longer than"),
        (b"--b\r\nnonsense\r\n\r\nx\r\n--b--\r\n", 400, "multipart"),
        (b"", 400, "multipart"),
    ],
)
async def test_a_body_that_is_no_upload_is_told_why(
    api: httpx.AsyncClient, content: bytes, status: int, said: str
) -> None:
    answer = await api.post(URL, content=content, headers={"content-type": "multipart/form-data; boundary=b"})

    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]


@pytest.mark.usefixtures("demonstration")
async def test_the_demonstration_takes_no_imports(api: httpx.AsyncClient, application: Application) -> None:
    before = sorted(shelf(application).rglob("*"))

    answer = await api.post(URL, files=ARCHIVE, params={"organisation": "demo"})

    assert (answer.status_code, answer.json()["code"]) == (422, "imports.demonstration_is_read_only")
    assert sorted(shelf(application).rglob("*")) == before


async def test_an_upload_that_breaks_off_leaves_nothing(api: httpx.AsyncClient, application: Application) -> None:
    before = sorted(shelf(application).rglob("*"))

    async def half() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nnetwork,profile_id\r\n'

    answer = await api.post(URL, content=half(), headers={"content-type": "multipart/form-data; boundary=b"})

    assert answer.status_code == 400
    assert "no whole multipart body" in answer.json()["detail"]
    assert sorted(shelf(application).rglob("*")) == before


async def test_uploads_at_once_do_not_meet(api: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(api.post(URL, files=ARCHIVE) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["import_id"] for answer in answers}) == 8


async def test_imports_are_listed_newest_first_page_by_page(api: httpx.AsyncClient) -> None:
    sent = [(await api.post(URL, files=ARCHIVE)).json()["import_id"] for _ in range(3)]
    seen: list[dict[str, str]] = []
    cursor: str | None = None

    while True:
        page = (await api.get(URL, params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    listed = [item["import_id"] for item in seen]
    assert listed[:3] == sent[::-1]
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("cursor", ["abc", "AAAA", "é", "=" * 10])
async def test_a_cursor_from_elsewhere_is_refused(api: httpx.AsyncClient, cursor: str) -> None:
    answer = await api.get(URL, params={"cursor": cursor})

    assert answer.status_code == 422
    assert answer.json()["code"] == "http.cursor_refused"


async def test_an_import_of_nobody_is_not_found(api: httpx.AsyncClient) -> None:
    unknown = "01890000-0000-7000-8000-000000000000"

    answers = [await api.get(f"{URL}/{unknown}{tail}") for tail in ("", "/findings", "/events")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
