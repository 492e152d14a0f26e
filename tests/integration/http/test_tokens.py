"""Tokens over HTTP: good for minutes, refreshed once each, and dead as soon as somebody has a copy."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from analisa.adapters.postgres.database import IDENTITY, driver
from analisa.adapters.postgres.identity.tokens import PostgresAccessTokens, rotate_old_key
from analisa.adapters.security.sealing import Sealer
from analisa.entrypoints.container import Application
from analisa.entrypoints.container.identity import sealer
from analisa.entrypoints.settings import Settings
from tests.integration.http.serving import started
from tests.signed_in import SignedIn, a_user, joined

TOKENS, REFRESH, REVOKE, ME = "/api/v1/auth/tokens", "/api/v1/auth/refresh", "/api/v1/auth/revoke", "/api/v1/me"
PASSWORD = "quatro palavras bem longas"


@pytest_asyncio.fixture(loop_scope="session")
async def email(application: Application) -> AsyncIterator[str]:
    await execute(application, "delete from guesses")
    address = f"{uuid4().hex[:10]}@example.org"
    await a_user(application, email=address, password=PASSWORD)
    yield address


async def execute(application: Application, statement: str, *values: Any) -> None:
    async with application.database.writing(IDENTITY) as connection:
        raw = await driver(connection)
        await raw.execute(statement, *values)


async def pair(client: httpx.AsyncClient, email: str) -> dict[str, Any]:
    answer = await client.post(TOKENS, json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def refreshed(client: httpx.AsyncClient, token: str, **headers: str) -> httpx.Response:
    return await client.post(REFRESH, json={"refresh_token": token}, headers=headers)


def bearer(told: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {told['access_token']}"}


async def test_a_program_acts_for_a_user_without_a_cookie(stranger: httpx.AsyncClient, email: str) -> None:
    answer = await stranger.post(TOKENS, json={"email": email, "password": PASSWORD})
    told = answer.json()

    me = await stranger.get(ME, headers=bearer(told))
    made = await stranger.post(
        "/api/v1/influencers",
        json={"name": f"By token {uuid4().hex}"},
        headers={**bearer(told), "Idempotency-Key": str(uuid4())},
    )

    assert (told["token_type"], told["expires_in"]) == ("Bearer", 900)
    assert answer.headers["cache-control"] == "no-store"
    assert not answer.headers.get_list("set-cookie")
    assert me.json()["email"] == email
    assert made.status_code == 201
    wrong = await stranger.post(TOKENS, json={"email": email, "password": "no"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "identity.wrong_credentials")


@pytest.mark.promise("SEC3")
async def test_each_refresh_token_is_good_once(stranger: httpx.AsyncClient, email: str) -> None:
    told = await pair(stranger, email)
    seen = {told["refresh_token"]}
    for _ in range(4):
        answer = await refreshed(stranger, told["refresh_token"])
        assert answer.status_code == 200
        told = answer.json()
        seen.add(told["refresh_token"])
        assert (await stranger.get(ME, headers=bearer(told))).status_code == 200

    assert len(seen) == 5


@pytest.mark.promise("SEC3")
async def test_of_fifty_who_refresh_at_once_all_get_one_successor_and_the_session_lives(
    stranger: httpx.AsyncClient, application: Application, email: str
) -> None:
    first = await pair(stranger, email)

    answers = await asyncio.gather(*(refreshed(stranger, first["refresh_token"]) for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}
    (successor,) = {answer.json()["refresh_token"] for answer in answers}
    assert (await refreshed(stranger, successor)).status_code == 200
    async with application.database.reading(IDENTITY) as connection:
        made = await connection.fetchval(
            "select count(*) from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id "
            "where u.email_key = $1",
            email,
        )
    assert made == 3


@pytest.mark.promise("SEC3")
@pytest.mark.parametrize("late", [True, False])
async def test_whoever_shows_a_used_one_ends_the_session_for_both(
    stranger: httpx.AsyncClient, application: Application, email: str, late: bool
) -> None:
    first = await pair(stranger, email)
    second = (await refreshed(stranger, first["refresh_token"])).json()
    assert (await stranger.get(ME, headers=bearer(second))).status_code == 200
    if late:
        await execute(
            application, "update refresh_tokens set used_at = used_at - interval '11 s' where used_at is not null"
        )

    thief = await refreshed(stranger, first["refresh_token"], **({} if late else {"User-Agent": "another program"}))

    assert (thief.status_code, thief.json()["code"]) == (401, "identity.not_signed_in")
    assert (await refreshed(stranger, second["refresh_token"])).status_code == 401
    for told in (first, second):
        assert (await stranger.get(ME, headers=bearer(told))).status_code == 401


@pytest.mark.promise("P1")
async def test_a_process_that_dies_in_the_midst_of_a_refresh_leaves_the_token_good(
    settings: Settings, stranger: httpx.AsyncClient, email: str, tmp_path: Path
) -> None:
    told = await pair(stranger, email)
    armed = {"ANALISA_PROFILE": "test", "ANALISA_PASSWORD_COST": "4"}

    with started(settings, tmp_path, ANALISA_FAILPOINTS="identity.before_refresh_commit=kill", **armed) as dying:
        async with httpx.AsyncClient(base_url=dying.address, timeout=20) as client:
            with pytest.raises(httpx.HTTPError):
                await refreshed(client, told["refresh_token"])

    answer = await refreshed(stranger, told["refresh_token"])
    assert answer.status_code == 200
    assert (await refreshed(stranger, answer.json()["refresh_token"])).status_code == 200


@pytest.mark.parametrize(
    "ends",
    [
        "update sessions set expires_at = now() where kind = 'tokens'",
        "update sessions set seen_at = now() - interval '8 days' where kind = 'tokens'",
        "update users set disabled = true where password_hash is not null",
    ],
)
async def test_a_session_of_tokens_has_its_time_too(
    stranger: httpx.AsyncClient, application: Application, email: str, ends: str
) -> None:
    told = await pair(stranger, email)
    await execute(application, ends)

    assert (await refreshed(stranger, told["refresh_token"])).status_code == 401
    assert (await stranger.get(ME, headers=bearer(told))).status_code == 401
    await execute(application, "update users set disabled = false")


async def test_revoking_ends_the_session_and_tells_nothing_of_what_it_was_given(
    stranger: httpx.AsyncClient, email: str
) -> None:
    told = await pair(stranger, email)
    assert (await stranger.get(ME, headers=bearer(told))).status_code == 200

    answers = [
        await stranger.post(REVOKE, json={"refresh_token": token})
        for token in (told["refresh_token"], "nobody-knows-it")
    ]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await stranger.get(ME, headers=bearer(told))).status_code == 401
    assert (await refreshed(stranger, told["refresh_token"])).status_code == 401


async def test_tokens_are_sessions_that_their_owner_sees_and_ends(stranger: httpx.AsyncClient, email: str) -> None:
    first, second = [await pair(stranger, email) for _ in range(2)]
    listed = (await stranger.get("/api/v1/me/sessions", headers=bearer(first))).json()["items"]
    (mine,) = [each for each in listed if each["current"]]

    ended = await stranger.delete("/api/v1/me/sessions", headers=bearer(first))

    assert mine["address"] == "127.0.0.1"
    assert ended.json()["sessions"] >= 1
    assert (await stranger.get(ME, headers=bearer(first))).status_code == 200
    assert (await stranger.get(ME, headers=bearer(second))).status_code == 401


async def test_a_token_is_no_cookie_and_a_cookie_no_token(stranger: httpx.AsyncClient, email: str) -> None:
    told = await pair(stranger, email)
    said = json.loads(base64.urlsafe_b64decode(told["access_token"].split(".")[1] + "=="))

    for shown in (told["access_token"], told["refresh_token"], said["sid"], said["jti"]):
        assert (await stranger.get(ME, headers={"Cookie": f"analisa_session={shown}"})).status_code == 401
    for shown in (told["refresh_token"], said["sid"]):
        assert (await stranger.get(ME, headers={"Authorization": f"Bearer {shown}"})).status_code == 401
    assert (await stranger.get(f"{ME}?access_token={told['access_token']}")).status_code in {400, 401}


@pytest.mark.promise("SEC2")
async def test_keys_rotate_under_load_and_a_revoked_one_is_good_no_more(
    stranger: httpx.AsyncClient, application: Application, email: str
) -> None:
    tokens, told = application.root.identity.access_tokens(), await pair(stranger, email)
    failures, asking = [], True

    async def ask() -> None:
        while asking:
            answer = await stranger.get(ME, headers=bearer(told))
            failures.extend([answer.status_code] if answer.status_code != 200 else [])

    callers = [asyncio.create_task(ask()) for _ in range(4)]
    for _ in range(3):
        await tokens.rotate()
        await asyncio.sleep(0.05)
    newer = await pair(stranger, email)
    shown = {key["kid"] for key in (await stranger.get("/.well-known/jwks.json")).json()["keys"]}
    asking = False
    await asyncio.gather(*callers)

    kids = [
        json.loads(base64.urlsafe_b64decode(each["access_token"].split(".")[0] + "=="))["kid"] for each in (told, newer)
    ]
    assert failures == []
    assert kids[0] != kids[1]
    assert set(kids) <= shown
    assert await tokens.revoke(kids[0])
    assert (await stranger.get(ME, headers=bearer(told))).status_code == 401
    assert (await stranger.get(ME, headers=bearer(newer))).status_code == 200
    assert (await refreshed(stranger, told["refresh_token"])).status_code == 200  # the session is good, its key was not
    assert not await tokens.revoke("nobody's")


async def test_another_process_knows_a_new_key_at_once_and_a_revoked_one_soon(
    stranger: httpx.AsyncClient, application: Application, email: str
) -> None:
    told = await pair(stranger, email)
    here = application.root.identity.access_tokens()
    elsewhere = PostgresAccessTokens(
        application.database, sealer(application.settings), application.clock, application.ids, "analisa"
    )

    assert await elsewhere.read(told["access_token"]) is not None
    await here.rotate()
    newer = await pair(stranger, email)
    elsewhere._read_at -= 1.0
    assert await elsewhere.read(newer["access_token"]) is not None
    for key in await here.keys():
        await here.revoke(key.kid)
    elsewhere._read_at -= 30.0
    assert await elsewhere.read(newer["access_token"]) is None


async def test_private_keys_are_kept_under_seal_and_old_ones_are_replaced(
    stranger: httpx.AsyncClient, application: Application, email: str
) -> None:
    await pair(stranger, email)
    tokens = application.root.identity.access_tokens()
    async with application.database.reading(IDENTITY) as connection:
        rows = await connection.fetch(
            "select kid, sealed from token_keys where revoked_at is null order by made_at desc"
        )
    opened = sealer(application.settings).open(bytes(rows[0]["sealed"]), f"token_keys.sealed.{rows[0]['kid']}")

    assert json.loads(opened)["d"]
    assert json.loads(opened)["d"].encode() not in bytes(rows[0]["sealed"])
    assert not await rotate_old_key(application.database, tokens)
    await execute(application, "update token_keys set made_at = now() - interval '31 days'")
    assert await rotate_old_key(application.database, tokens)
    assert len(list(await tokens.keys())) >= 1
    assert isinstance(sealer(application.settings), Sealer)


@pytest.mark.usefixtures("demonstration")
async def test_a_token_acts_where_its_user_belongs(
    stranger: httpx.AsyncClient, application: Application, demonstration: Any, email: str
) -> None:
    told, params = await pair(stranger, email), {"organisation": "demo"}
    before = await stranger.get("/api/v1/imports", params=params, headers=bearer(told))
    user = await application.root.identity.accounts().named(email)

    await joined(application, SignedIn(user.id, ""), demonstration.organisation)
    after = await stranger.get("/api/v1/imports", params=params, headers=bearer(told))

    assert (before.status_code, after.status_code) == (404, 200)
