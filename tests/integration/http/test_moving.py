"""Another address for an account: had when it was shown to be theirs, and told to the one before."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from analisa.entrypoints.container import Application
from tests.deliveries import code_in, delivered
from tests.failing import failing
from tests.signed_in import SignedIn, a_user

WANT, MOVE, LOGIN = "/api/v1/me/email", "/api/v1/auth/email", "/api/v1/auth/login"
PASSWORD = "quatro palavras bem longas"
pytestmark = pytest.mark.usefixtures("nothing_guessed_yet")


def an_address() -> str:
    return f"{uuid4().hex[:10]}@example.org"


async def someone(application: Application) -> tuple[str, SignedIn]:
    email = an_address()
    return email, await a_user(application, email=email, password=PASSWORD)


async def wanted(client: httpx.AsyncClient, who: SignedIn, email: str) -> httpx.Response:
    return await client.post(WANT, json={"email": email}, headers=who.headers)


async def code_to(application: Application, email: str) -> str:
    return code_in(next(kept for kept in await delivered(application) if kept.mail.to == email))


async def signs_in(client: httpx.AsyncClient, email: str) -> int:
    return (await client.post(LOGIN, json={"email": email, "password": PASSWORD})).status_code


async def test_an_address_is_had_when_its_code_is_shown_and_the_one_before_is_told(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    before, who = await someone(application)
    after = an_address()
    answer = await wanted(stranger, who, after)
    assert (answer.status_code, answer.json()) == (202, {"state": "mail_on_its_way"})
    assert await signs_in(stranger, before) == 200
    code = await code_to(application, after)

    moved, again = [await stranger.post(MOVE, json={"code": code}) for _ in range(2)]

    assert (moved.status_code, moved.json()) == (200, {"email": after})
    assert (again.status_code, again.json()["code"]) == (422, "identity.code_refused")
    assert (await stranger.get("/api/v1/me", headers=who.headers)).json()["email"] == after
    assert [await signs_in(stranger, each) for each in (after, before)] == [200, 401]
    told = [kept.mail for kept in await delivered(application) if kept.mail.to == before]
    assert told[0].kind == "address_changed"


async def test_of_two_addresses_the_last_one_wanted_counts(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    _, who = await someone(application)
    first, second = an_address(), an_address()
    await wanted(stranger, who, first)
    old = await code_to(application, first)
    await wanted(stranger, who, second)
    new = await code_to(application, second)

    assert (await stranger.post(MOVE, json={"code": old})).status_code == 422
    assert (await stranger.post(MOVE, json={"code": new})).json() == {"email": second}


async def test_whether_somebody_else_has_the_address_is_not_told(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    theirs, _ = await someone(application)
    _, who = await someone(application)

    answer = await wanted(stranger, who, theirs)

    assert (answer.status_code, answer.json()) == (202, {"state": "mail_on_its_way"})
    assert [kept for kept in await delivered(application) if kept.mail.to == theirs] == []


async def test_an_address_that_somebody_took_meanwhile_stays_theirs(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    before, who = await someone(application)
    after = an_address()
    await wanted(stranger, who, after)
    code = await code_to(application, after)
    await a_user(application, email=after)

    taken = await stranger.post(MOVE, json={"code": code})

    assert (taken.status_code, taken.json()["code"]) == (409, "identity.email_taken")
    assert (await stranger.get("/api/v1/me", headers=who.headers)).json()["email"] == before


async def test_codes_that_went_to_the_address_before_are_good_no_more(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    before, who = await someone(application)
    await stranger.post("/api/v1/auth/password/forgotten", json={"email": before})
    reset = await code_to(application, before)
    after = an_address()
    await wanted(stranger, who, after)
    await stranger.post(MOVE, json={"code": await code_to(application, after)})

    answer = await stranger.post(
        "/api/v1/auth/password/reset", json={"code": reset, "password": "outras quatro palavras"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "identity.code_refused")


@pytest.mark.parametrize("email", ["", "no address", "a@b@c"])
async def test_what_is_no_address_is_refused(stranger: httpx.AsyncClient, application: Application, email: str) -> None:
    _, who = await someone(application)
    assert (await wanted(stranger, who, email)).status_code in {400, 422}


async def test_ones_own_address_is_not_another_one(stranger: httpx.AsyncClient, application: Application) -> None:
    email, who = await someone(application)
    answer = await wanted(stranger, who, email)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/email")


async def test_a_code_that_is_shown_many_times_at_once_is_good_once(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    _, who = await someone(application)
    after = an_address()
    await wanted(stranger, who, after)
    code = await code_to(application, after)

    answers = await asyncio.gather(*(stranger.post(MOVE, json={"code": code}) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 7


async def test_a_death_before_it_is_kept_leaves_the_address_and_the_code(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    before, who = await someone(application)
    after = an_address()
    await wanted(stranger, who, after)
    code = await code_to(application, after)
    with failing("identity.before_move_commit"):
        failed = await stranger.post(MOVE, json={"code": code})

    assert failed.status_code == 500
    assert (await stranger.get("/api/v1/me", headers=who.headers)).json()["email"] == before
    assert (await stranger.post(MOVE, json={"code": code})).status_code == 200
