"""Influencers made known, changed and archived over HTTP: once, by whoever may, on what they saw."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from analisa.adapters.postgres.database import Tenant, driver
from analisa.adapters.postgres.repeating import forget_answers
from analisa.entrypoints.container import Application
from analisa.entrypoints.settings import Settings
from tests.integration.http.conftest import UNKNOWN
from tests.integration.http.serving import started
from tests.signed_in import SignedIn

URL = "/api/v1/influencers"
ANA = {"name": "Ana Nova", "profiles": [{"network": "instagram", "name": "@ana.nova"}]}


def a_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def someone(**facts: Any) -> dict[str, Any]:
    return {"name": "Somebody", "profiles": [{"network": "instagram", "name": uuid4().hex}], **facts}


async def created(api: httpx.AsyncClient, **facts: Any) -> httpx.Response:
    answer = await api.post(URL, json=someone(**facts), headers=a_key())
    assert answer.status_code == 201, answer.text
    return answer


async def count_of(application: Application, name: str) -> int:
    actor = await application.actor()
    async with application.database.reading(Tenant.of(actor)) as connection:
        found: int = await connection.fetchval("select count(*) from influencers where name = $1", name)
    return found


async def test_an_influencer_is_made_known_and_shown_with_what_may_be_done(api: httpx.AsyncClient) -> None:
    answer = await api.post(URL, json=ANA, headers=a_key())

    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{URL}/{made['influencer_id']}"
    assert (made["name"], made["version"], made["own"], made["can"]) == (
        "Ana Nova",
        1,
        True,
        ["edit", "archive", "merge", "split"],
    )
    assert made["profiles"] == [{"network": "instagram", "network_id": "ana.nova"}]
    shown = await api.get(answer.headers["location"])
    assert (shown.json()["name"], shown.json()["version"]) == ("Ana Nova", 1)
    assert shown.headers["etag"].startswith('"v1.')


async def test_a_changed_influencer_is_found_by_what_it_is_now(
    api: httpx.AsyncClient, application: Application
) -> None:
    answer = await created(api, name="Zulmira Antiga")
    influencer = UUID(answer.json()["influencer_id"])
    findable = application.root.analytics.findable()
    owner = (await application.actor()).organisation

    async def found(q: str) -> list[str]:
        await findable.refresh(owner, influencers=[influencer])
        return [item["influencer_id"] for item in (await api.get(URL, params={"q": q})).json()["items"]]

    assert await found("zulmira antiga") == [str(influencer)]
    await api.patch(f"{URL}/{influencer}", json={"name": "Zulmira Moderna"}, headers={"If-Match": '"v1"'})
    assert await found("zulmira moderna") == [str(influencer)]
    await api.post(f"{URL}/{influencer}/archive", headers={"If-Match": '"v2"'})
    assert await found("zulmira") == []
    assert (await api.get(f"{URL}/{influencer}")).status_code == 404
    restored = await api.post(f"{URL}/{influencer}/restore", headers={"If-Match": '"v3"'})
    assert (restored.json()["version"], restored.json()["archived"]) == (4, False)
    assert await found("zulmira") == [str(influencer)]


async def test_an_edit_changes_what_it_names_and_raises_the_version(api: httpx.AsyncClient) -> None:
    made = (await created(api, name="Before", kind="person")).json()
    url = f"{URL}/{made['influencer_id']}"

    edited = await api.patch(url, json={"kind": "brand"}, headers={"If-Match": "*"})
    same = await api.patch(url, json={"kind": "brand"}, headers={"If-Match": '"v2"'})

    assert (edited.json()["name"], edited.json()["kind"], edited.json()["version"]) == ("Before", "brand", 2)
    assert edited.json()["profiles"] == made["profiles"]
    assert same.json()["version"] == 2


@pytest.mark.promise("SEC13")
async def test_a_change_without_saying_on_what_is_refused_and_one_on_something_older_too(
    api: httpx.AsyncClient,
) -> None:
    made = await created(api)
    url, read = f"{URL}/{made.json()['influencer_id']}", (await api.get(made.headers["location"])).headers["etag"]
    first = await api.patch(url, json={"name": "First"}, headers={"If-Match": read})
    missing = await api.patch(url, json={"name": "Second"})
    late = await api.patch(url, json={"name": "Second"}, headers={"If-Match": read})
    wrong = await api.patch(url, json={"name": "Second"}, headers={"If-Match": "v2"})

    assert first.status_code == 200
    assert (missing.status_code, missing.json()["code"]) == (428, "http.precondition_required")
    assert (late.status_code, late.json()["code"], late.headers["etag"]) == (412, "influencers.outdated", '"v2"')
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "header/If-Match")
    assert (await api.get(url)).json()["name"] == "First"


async def test_of_many_edits_on_one_version_one_is_made(api: httpx.AsyncClient) -> None:
    url = f"{URL}/{(await created(api)).json()['influencer_id']}"

    answers = await asyncio.gather(
        *(api.patch(url, json={"name": f"Editor {n}"}, headers={"If-Match": '"v1"'}) for n in range(8))
    )

    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 7}


async def test_a_profile_stands_under_one_influencer_of_an_owner(api: httpx.AsyncClient) -> None:
    made = (await created(api)).json()
    taken = {"network": "instagram", "name": made["profiles"][0]["network_id"]}

    again = await api.post(URL, json=someone(profiles=[taken]), headers=a_key())
    public = await api.post(URL, json=someone(profiles=[taken], public=True), headers=a_key())

    assert (again.status_code, again.json()["code"]) == (409, "influencers.profile_held")
    assert made["influencer_id"] in again.json()["detail"]
    assert (public.status_code, public.json()["own"]) == (201, False)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 400, "/name"),
        ({"name": ""}, 400, "/name"),
        ({"name": "   "}, 422, "/name"),
        ({"name": "x" * 201}, 400, "/name"),
        ({"name": "x", "kind": "robot"}, 400, "/kind"),
        ({"name": "x", "wealth": 3}, 400, "/wealth"),
        ({"name": "x", "profiles": [{"network": "You Tube", "name": "a"}]}, 400, "/profiles/0/network"),
        ({"name": "x", "profiles": [{"network": "x", "name": "a b"}]}, 400, "/profiles/0/name"),
        ({"name": "x", "profiles": [{"network": "x", "name": "a"}] * 2}, 422, "/profiles"),
        ({"name": "x", "profiles": [{"network": "x", "name": str(n)} for n in range(51)]}, 400, "/profiles"),
    ],
)
async def test_what_cannot_be_made_is_refused_by_its_place(
    api: httpx.AsyncClient, body: dict[str, Any], status: int, pointer: str
) -> None:
    answer = await api.post(URL, json=body, headers=a_key())

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (status, [pointer])


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b'{"name": "a\\u0000b"}', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
    ],
)
async def test_a_body_that_is_none_is_refused(api: httpx.AsyncClient, content: bytes, kind: str, status: int) -> None:
    answer = await api.post(URL, content=content, headers={**a_key(), "content-type": kind})

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("change", ["archive", "restore"])
async def test_nobody_that_is_not_there_is_changed(api: httpx.AsyncClient, change: str) -> None:
    answer = await api.post(f"{URL}/{UNKNOWN}/{change}", headers={"If-Match": "*"})

    assert (answer.status_code, answer.json()["code"]) == (404, "influencers.influencer_not_found")


@pytest.mark.promise("P5")
async def test_the_same_request_under_the_same_key_is_carried_out_once(
    api: httpx.AsyncClient, application: Application
) -> None:
    name, key = f"Repeated {uuid4().hex}", a_key()
    body = someone(name=name)

    answers = await asyncio.gather(*(api.post(URL, json=body, headers=key) for _ in range(50)))
    last = await api.post(URL, json=body, headers=key)

    made = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"http.request_in_flight"}
    assert {answer.content for answer in made} == {last.content}
    assert sum("Idempotency-Replayed" not in answer.headers for answer in made) == 1
    assert (last.status_code, last.headers["Idempotency-Replayed"]) == (201, "true")
    assert last.headers["etag"] == made[0].headers["etag"]
    assert await count_of(application, name) == 1


@pytest.mark.promise("P5")
async def test_a_key_is_good_for_one_request_and_must_be_there(api: httpx.AsyncClient) -> None:
    key = a_key()
    await api.post(URL, json=someone(), headers=key)

    other = await api.post(URL, json=someone(), headers=key)
    missing = await api.post(URL, json=someone())
    long = await api.post(URL, json=someone(), headers={"Idempotency-Key": "k" * 256})

    assert (other.status_code, other.json()["code"]) == (422, "http.idempotency_key_reused")
    assert (missing.status_code, missing.json()["errors"][0]["code"]) == (400, "http.idempotency_key_missing")
    assert long.status_code == 400


@pytest.mark.promise("P5")
async def test_a_refused_request_leaves_its_key_free(api: httpx.AsyncClient) -> None:
    key = a_key()

    refused = await api.post(URL, json=someone(name="  "), headers=key)
    mended = await api.post(URL, json=someone(), headers=key)

    assert (refused.status_code, mended.status_code) == (422, 201)


@pytest.mark.promise("P5")
async def test_a_request_whose_process_was_killed_is_carried_out_once_by_another(
    settings: Settings,
    application: Application,
    api: httpx.AsyncClient,
    operator: SignedIn,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    for point in ("influencers.before_commit", "repeating.before_answer"):
        name, key = f"Killed {uuid4().hex}", a_key()
        body = someone(name=name)
        armed = {"ANALISA_PROFILE": "test", "ANALISA_FAILPOINTS": f"{point}=kill"}
        with started(settings, tmp_path_factory.mktemp("log"), **armed) as dying, pytest.raises(httpx.HTTPError):
            async with httpx.AsyncClient(base_url=dying.address, timeout=20, headers=operator.headers) as client:
                await client.post(URL, json=body, headers=key)

        waiting = await api.post(URL, json=body, headers=key)
        await lease_has_ended(application, key["Idempotency-Key"])
        again = await api.post(URL, json=body, headers=key)

        assert (waiting.status_code, waiting.headers["retry-after"]) == (409, "1")
        assert again.status_code == 201, again.text
        assert await count_of(application, name) == 1


async def lease_has_ended(application: Application, key: str) -> None:
    tenant = Tenant.of(await application.actor())
    async with application.database.writing(tenant) as connection:
        raw = await driver(connection)
        await raw.execute("update repeatable_requests set held_until = now() - interval '1 ms' where key = $1", key)


async def test_answers_are_forgotten_after_their_time_and_not_before(
    api: httpx.AsyncClient, application: Application
) -> None:
    key, body = a_key(), someone()
    await api.post(URL, json=body, headers=key)
    now = application.clock.now()

    await forget_answers(application.database, before=now - timedelta(hours=24), limit=10)
    assert (await api.post(URL, json=body, headers=key)).headers["Idempotency-Replayed"] == "true"

    assert await forget_answers(application.database, before=now + timedelta(seconds=9), limit=1_000) > 0
    assert (await api.post(URL, json=body, headers=key)).json()["code"] == "influencers.profile_held"


@pytest.mark.usefixtures("redis_url")
async def test_whoever_asks_after_a_change_reads_what_was_changed(api: httpx.AsyncClient) -> None:
    url = f"{URL}/{(await created(api, name='Read before')).json()['influencer_id']}"
    for turn in range(5):
        before = (await api.get(url)).headers["etag"]
        await api.patch(url, json={"name": f"Turn {turn}"}, headers={"If-Match": before})

        assert (await api.get(url)).json()["name"] == f"Turn {turn}"
