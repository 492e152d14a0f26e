"""Whoever guesses passwords: what they learn, how long they wait, and whom that keeps out."""

from __future__ import annotations

import asyncio
import statistics
import time
from uuid import uuid4

import httpx
import msgspec
import pytest

from analisa.adapters.postgres.identity.guesses import forget_identity
from analisa.entrypoints.container import Application, open_application
from analisa.entrypoints.http.app import create_app
from analisa.entrypoints.http.cookies import DEVICE
from analisa.entrypoints.settings import Settings
from tests.integration.http.conftest import BASE
from tests.integration.http.passwords import PASSWORD, cookies, count_of, execute, sign_in
from tests.signed_in import a_user

pytestmark = pytest.mark.usefixtures("nothing_guessed_yet")


@pytest.mark.promise("SEC5")
async def test_it_takes_as_long_to_refuse_nobody_as_somebody(settings: Settings, application: Application) -> None:
    """Asked in turn, the middle times are those of the password's work, which both are given."""
    costly = msgspec.structs.replace(settings, password_cost=10)
    async with open_application(costly, redis=True) as slow:
        known = f"{uuid4().hex[:10]}@example.org"
        await a_user(slow, email=known, password=PASSWORD)
        transport = httpx.ASGITransport(create_app(slow))
        times: dict[bool, list[float]] = {True: [], False: []}
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            for number in range(40):
                somebody = bool(number % 2)
                await execute(application, "delete from guesses")
                begun = time.perf_counter()
                answer = await sign_in(client, known if somebody else f"{uuid4().hex[:10]}@example.org", "wrong one")
                times[somebody].append(time.perf_counter() - begun)
                assert answer.status_code == 401

    somebody_takes, nobody_takes = (statistics.median(times[known]) for known in (True, False))
    assert 0.75 < somebody_takes / nobody_takes < 1.33, (somebody_takes, nobody_takes)


@pytest.mark.promise("SEC6")
async def test_whoever_guesses_waits_ever_longer_whoever_it_is_about(stranger: httpx.AsyncClient, email: str) -> None:
    nobody = f"{uuid4().hex[:10]}@example.org"
    for address in (email, nobody):
        answers = [await sign_in(stranger, address, f"guess {n}") for n in range(6)]

        assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429, 429]
        assert answers[-1].json()["code"] == "identity.too_many_tries"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 30
    assert (await sign_in(stranger, email)).status_code == 429  # the right one has to wait as well


@pytest.mark.promise("SEC6")
async def test_of_many_guesses_at_once_no_more_are_taken(stranger: httpx.AsyncClient, email: str) -> None:
    answers = await asyncio.gather(*(sign_in(stranger, email, f"guess {n}") for n in range(50)))

    assert sum(answer.status_code == 401 for answer in answers) <= 3
    assert {answer.status_code for answer in answers} == {401, 429}


@pytest.mark.promise("SEC6")
async def test_many_people_of_one_address_sign_in_at_once(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    addresses = [f"{uuid4().hex[:10]}@example.org" for _ in range(25)]
    for address in addresses:
        await a_user(application, email=address, password=PASSWORD)

    answers = await asyncio.gather(*(sign_in(stranger, address) for address in addresses))

    assert [answer.status_code for answer in answers] == [200] * 25


async def test_whoever_guesses_elsewhere_does_not_keep_the_owner_out(stranger: httpx.AsyncClient, email: str) -> None:
    device = cookies(await sign_in(stranger, email))[DEVICE].value
    for n in range(5):
        await sign_in(stranger, email, f"guess {n}")

    from_elsewhere = await sign_in(stranger, email)
    at_home = await sign_in(stranger, email, Cookie=f"{DEVICE}={device}")

    assert (from_elsewhere.status_code, at_home.status_code) == (429, 200)
    assert cookies(at_home)[DEVICE].value == device


async def test_a_right_password_makes_what_was_guessed_before_count_no_more(
    stranger: httpx.AsyncClient, email: str
) -> None:
    for _ in range(4):
        assert [(await sign_in(stranger, email, "wrong")).status_code for _ in range(2)] == [401, 401]
        assert (await sign_in(stranger, email)).status_code == 200


async def test_guesses_and_old_sessions_are_forgotten_in_their_time(
    stranger: httpx.AsyncClient, application: Application, email: str
) -> None:
    await sign_in(stranger, email, "wrong")
    await execute(application, "update guesses set tried_at = now() - interval '25 hours'")
    who = await a_user(application)
    await execute(
        application, "update sessions set expires_at = now() - interval '31 days' where user_id = $1", who.user_id
    )

    forgotten = await forget_identity(application.database, now=application.clock.now())

    assert forgotten >= 3
    assert await count_of(application, "select count(*) from guesses") == 0
    assert await count_of(application, "select count(*) from sessions where user_id = $1", who.user_id) == 0
