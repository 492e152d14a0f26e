"""Files sent again under the same key: imported once, answered the same, and told apart from other files."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from analisa.adapters.postgres.database import Tenant, driver
from analisa.application.shared.repeating import RequestKey, Turn
from analisa.entrypoints.container import Application
from tests.integration.http.test_imports import ARCHIVE, URL, carried_out, shelf
from tests.signed_in import SignedIn

pytestmark = pytest.mark.promise("P5")
ROUTE = "POST /api/v1/imports"


def a_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def count_of_imports(application: Application) -> int:
    actor = await application.actor()
    async with application.database.reading(Tenant.of(actor)) as connection:
        found: int = await connection.fetchval("select count(*) from imports")
    return found


async def test_the_same_files_under_one_key_are_one_import(api: httpx.AsyncClient, application: Application) -> None:
    before, key = await count_of_imports(application), a_key()
    first = await api.post(URL, files=ARCHIVE, headers=key)
    await carried_out(application, first.json()["import_id"])

    again = await api.post(URL, files=ARCHIVE, headers=key)  # another boundary, the same parts

    assert (first.status_code, again.status_code) == (202, 202), again.text
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await count_of_imports(application) == before + 1
    assert list(shelf(application).glob("*")) == []


@pytest.mark.parametrize(
    "other",
    [
        {"files": [*ARCHIVE, ("file", ("more.csv", b"x"))]},
        {"files": ARCHIVE, "data": {"public": "true"}},
        {"files": [(name, (file, content + b" ")) for name, (file, content) in ARCHIVE]},
        {"files": [(name, (f"x{file}", content)) for name, (file, content) in ARCHIVE]},
    ],
)
async def test_other_files_under_the_same_key_are_refused(api: httpx.AsyncClient, other: dict[str, Any]) -> None:
    key = a_key()
    assert (await api.post(URL, files=ARCHIVE, headers=key)).status_code == 202

    answer = await api.post(URL, headers=key, **other)

    assert (answer.status_code, answer.json()["code"]) == (422, "http.idempotency_key_reused")


async def test_of_many_at_once_one_is_taken(api: httpx.AsyncClient, application: Application) -> None:
    before, key = await count_of_imports(application), a_key()

    answers = await asyncio.gather(*(api.post(URL, files=ARCHIVE, headers=key) for _ in range(12)))

    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.json()["import_id"] for answer in answers if answer.status_code == 202}) == 1
    assert await count_of_imports(application) == before + 1


async def test_what_was_refused_leaves_its_key_free(api: httpx.AsyncClient) -> None:
    key = a_key()
    refused = [
        await api.post(URL, files=[("file", ("big.csv", b"x" * 1_000_001))], headers=key),
        await api.post(URL, content=b"a,b", headers={**key, "content-type": "text/csv"}),
        await api.post(URL, files=ARCHIVE, data={"colour": "blue"}, headers=key),
    ]

    answer = await api.post(URL, files=ARCHIVE, headers=key)

    assert [each.status_code for each in refused] == [413, 415, 400]
    assert answer.status_code == 202


async def test_a_key_that_is_none_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.post(URL, files=ARCHIVE, headers={"Idempotency-Key": "two words"})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "header/Idempotency-Key")


async def interrupted(application: Application, operator: SignedIn, key: str) -> Turn:
    """A try whose process died, and whose lease has run out."""
    actor = await operator.actor(application)
    turn = await application.root.repeatable_requests().begin(RequestKey(actor=actor, route=ROUTE, key=key), None)
    assert isinstance(turn, Turn)
    async with application.database.writing(Tenant.of(actor)) as connection:
        raw = await driver(connection)
        await raw.execute(
            "update repeatable_requests set held_until = now() - interval '1 s' where key = $1 and route = $2",
            key,
            ROUTE,
        )
    return turn


async def test_after_a_death_in_the_midst_of_an_upload_nothing_of_it_is_mixed_in(
    api: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    key = a_key()
    turn = await interrupted(application, operator, key["Idempotency-Key"])
    left = shelf(application) / str(turn.reserved_id)
    left.mkdir(parents=True)
    (left / "profiles.csv").write_bytes(b"half a fi")

    accepted = await api.post(URL, files=ARCHIVE, headers=key)

    assert UUID(accepted.json()["import_id"]) == turn.reserved_id
    assert sorted(path.name for path in left.iterdir()) == ["manifest.json", "profiles.csv"]
    await carried_out(application, accepted.json()["import_id"])
    shown = (await api.get(accepted.headers["location"])).json()
    assert shown["line"]["state"] == "done", shown


async def test_after_a_death_between_the_import_and_its_answer_it_is_answered_and_not_begun_again(
    api: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    first, key = await api.post(URL, files=ARCHIVE), a_key()
    await carried_out(application, first.json()["import_id"])
    await interrupted(application, operator, key["Idempotency-Key"])
    actor = await application.actor()
    async with application.database.writing(Tenant.of(actor)) as connection:
        raw = await driver(connection)
        await raw.execute(
            "update repeatable_requests set reserved_id = $2 where key = $1",
            key["Idempotency-Key"],
            UUID(first.json()["import_id"]),
        )
    before = await count_of_imports(application)

    answer = await api.post(URL, files=ARCHIVE, headers=key)

    assert (answer.status_code, answer.json()["state"]) == (202, "done")
    assert answer.json()["import_id"] == first.json()["import_id"]
    assert await count_of_imports(application) == before
    assert (await api.post(URL, files=ARCHIVE, headers=key)).headers["idempotency-replayed"] == "true"


async def test_after_a_death_other_files_under_the_same_key_are_refused(
    api: httpx.AsyncClient, application: Application
) -> None:
    key = a_key()
    first = await api.post(URL, files=ARCHIVE, headers=key)
    await carried_out(application, first.json()["import_id"])
    actor = await application.actor()
    async with application.database.writing(Tenant.of(actor)) as connection:
        raw = await driver(connection)
        await raw.execute(  # the process died before it kept its answer
            "update repeatable_requests set status = null, body = null, headers = null, held_until = now() "
            "where key = $1",
            key["Idempotency-Key"],
        )
    others = [(name, (file, content + b" ")) for name, (file, content) in ARCHIVE]
    left = sorted(shelf(application).rglob("*"))

    refused = await api.post(URL, files=others, headers=key)
    again = await api.post(URL, files=ARCHIVE, headers=key)

    assert (refused.status_code, refused.json()["code"]) == (422, "http.idempotency_key_reused")
    assert sorted(shelf(application).rglob("*")) == left
    assert (again.status_code, again.json()["import_id"]) == (202, first.json()["import_id"])


async def test_a_turn_that_somebody_else_has_taken_over_asks_for_nothing(
    api: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    before, key = await count_of_imports(application), a_key()
    actor = await operator.actor(application)
    requests, theirs = application.root.repeatable_requests(), list[str]()

    async def slowly() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nnetwork,profile_id\r\n'
        await interrupted_by_another()
        yield b"--b--\r\n"

    async def interrupted_by_another() -> None:
        async with application.database.writing(Tenant.of(actor)) as connection:
            raw = await driver(connection)
            await raw.execute(
                "update repeatable_requests set held_until = now() - interval '1 s' where key = $1",
                key["Idempotency-Key"],
            )
        turn = await requests.begin(RequestKey(actor=actor, route=ROUTE, key=key["Idempotency-Key"]), None)
        assert isinstance(turn, Turn)
        theirs.append(str(turn.reserved_id))
        (shelf(application) / theirs[0]).mkdir()
        (shelf(application) / theirs[0] / "theirs.csv").write_text("theirs")

    content_type = {"content-type": "multipart/form-data; boundary=b"}
    answer = await api.post(URL, content=slowly(), headers={**key, **content_type})

    assert (answer.status_code, answer.json()["code"]) == (409, "http.request_in_flight")
    assert await count_of_imports(application) == before
    # What the other one has sent meanwhile is still there, and nothing of ours is.
    assert {path.parent.name: path.read_text() for path in shelf(application).rglob("*.csv")}[theirs[0]] == "theirs"
    assert "a.csv" not in {path.name for path in shelf(application).rglob("*.csv")}


async def test_a_refusal_after_a_death_leaves_the_key_with_what_may_be_there(
    api: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    key = a_key()
    turn = await interrupted(application, operator, key["Idempotency-Key"])
    refused = await api.post(URL, content=b"a,b", headers={**key, "content-type": "text/csv"})

    accepted = await api.post(URL, files=ARCHIVE, headers=key)

    assert refused.status_code == 415
    assert UUID(accepted.json()["import_id"]) == turn.reserved_id
