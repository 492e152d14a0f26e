"""A second factor: needed once it was shown to work, good once each, and a way back when it is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import pytest

from analisa.adapters.postgres.database import IDENTITY, driver
from analisa.adapters.security.totp import TimedPasswords
from analisa.entrypoints.container import Application
from analisa.entrypoints.http.access import CSRF
from analisa.entrypoints.http.cookies import SESSION
from tests.integration.http.passwords import LOGIN, ME, shown
from tests.signed_in import SignedIn, a_key, a_user

TOTP, STEP_UP, TOKENS = "/api/v1/me/totp", "/api/v1/auth/step-up", "/api/v1/auth/tokens"
PASSWORD = "quatro palavras bem longas"
pytestmark = [pytest.mark.promise("SEC6"), pytest.mark.usefixtures("nothing_guessed_yet")]


async def execute(application: Application, statement: str, *values: Any) -> None:
    async with application.database.writing(IDENTITY) as connection:
        raw = await driver(connection)
        await raw.execute(statement, *values)


async def someone(application: Application) -> tuple[str, SignedIn]:
    email = f"{uuid4().hex[:10]}@example.org"
    return email, await a_user(application, email=email, password=PASSWORD)


def code_of(application: Application, secret: str, *, later: int = 0) -> str:
    """A code of the authenticator; each step is used once, so tests go on by whole steps."""
    return pyotp.TOTP(secret).at(application.clock.now() + timedelta(seconds=30 * later))


async def added(client: httpx.AsyncClient, application: Application, who: SignedIn) -> tuple[str, list[str]]:
    begun = await client.post(TOTP, headers=who.headers)
    assert begun.status_code == 201, begun.text
    secret = begun.json()["secret"]
    body = {"code": code_of(application, secret, later=-1)}
    confirmed = await client.post(f"{TOTP}/confirm", json=body, headers=who.headers)
    assert confirmed.status_code == 200, confirmed.text
    assert begun.headers["cache-control"] == confirmed.headers["cache-control"] == "no-store"
    return secret, confirmed.json()["codes"]


async def sign_in(client: httpx.AsyncClient, email: str, **facts: Any) -> httpx.Response:
    client.cookies.clear()
    return await client.post(LOGIN, json={"email": email, "password": PASSWORD, **facts})


async def test_once_it_was_shown_to_work_signing_in_needs_it(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    email, who = await someone(application)
    begun = await stranger.post(TOTP, headers=who.headers)
    before = await sign_in(stranger, email)
    secret, _ = await added(stranger, application, who)

    without = await sign_in(stranger, email)
    wrong = await sign_in(stranger, email, code="000000")
    right = await sign_in(stranger, email, code=code_of(application, secret))
    again = await sign_in(stranger, email, code=code_of(application, secret))
    nobody = await stranger.post(
        LOGIN, json={"email": email, "password": "no", "code": code_of(application, secret, later=1)}
    )

    assert begun.json()["uri"].startswith("otpauth://totp/Analisa:")
    assert secret != begun.json()["secret"]
    assert [each.status_code for each in (before, without, wrong, right, again, nobody)] == [
        200,
        401,
        401,
        200,
        401,
        401,
    ]
    assert [each.json()["code"] for each in (without, wrong, again, nobody)] == [
        "identity.second_factor_needed",
        "identity.second_factor_wrong",
        "identity.second_factor_wrong",
        "identity.wrong_credentials",
    ]
    assert (await stranger.get(ME, headers=shown(right))).status_code == 200


async def test_tokens_need_it_too(stranger: httpx.AsyncClient, application: Application) -> None:
    email, who = await someone(application)
    secret, _ = await added(stranger, application, who)
    body = {"email": email, "password": PASSWORD}

    answers = [
        await stranger.post(TOKENS, json={**body, **more}) for more in ({}, {"code": code_of(application, secret)})
    ]

    assert [answer.status_code for answer in answers] == [401, 200]


async def test_a_recovery_code_is_good_once_however_it_is_written(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    email, who = await someone(application)
    _, codes = await added(stranger, application, who)
    first, second = codes[0], codes[1]
    written = f"{second[:4]}-{second[4:8]} {second[8:]}".upper()

    answers = [await sign_in(stranger, email, code=code) for code in (first, first, written, "a" * 24)]

    assert (len(set(codes)), {len(code) for code in codes}) == (10, {24})
    assert [answer.status_code for answer in answers] == [200, 401, 200, 401]


async def test_whoever_guesses_codes_waits(stranger: httpx.AsyncClient, application: Application) -> None:
    email, who = await someone(application)
    await added(stranger, application, who)

    answers = [await sign_in(stranger, email, code=f"{n:06}") for n in range(5)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]


async def test_it_is_added_once_and_removed_by_its_owner(stranger: httpx.AsyncClient, application: Application) -> None:
    email, who = await someone(application)
    wrong = await stranger.post(f"{TOTP}/confirm", json={"code": "000000"}, headers=who.headers)
    secret, _ = await added(stranger, application, who)

    twice = await stranger.post(TOTP, headers=who.headers)
    confirmed = await stranger.post(f"{TOTP}/confirm", json={"code": code_of(application, secret)}, headers=who.headers)
    removed = [await stranger.delete(TOTP, headers=who.headers) for _ in range(2)]

    assert [each.status_code for each in (wrong, twice, confirmed, *removed)] == [401, 409, 409, 204, 204]
    assert (await sign_in(stranger, email)).status_code == 200


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", "/api/v1/keys", {"name": "x", "permissions": ["catalogue.read"]}),
        ("POST", "/api/v1/exports", {"list": "imports"}),
        ("POST", "/api/v1/invitations", {"email": "joao@example.org", "role": "client"}),
        ("PUT", "/api/v1/members/{user}", {"role": "owner"}),
        ("POST", "/api/v1/me/totp", None),
    ],
)
async def test_whoever_signed_in_long_ago_shows_again_who_they_are(
    stranger: httpx.AsyncClient, application: Application, method: str, url: str, body: Any
) -> None:
    _, who = await someone(application)
    await execute(
        application, "update sessions set fresh_at = now() - interval '16 minutes' where user_id = $1", who.user_id
    )
    filled, names = url.format(user=who.user_id), {"Idempotency-Key": str(uuid4())}
    headers = {**who.headers, **names}

    late = await stranger.request(method, filled, json=body, headers=headers)
    reads = await stranger.get("/api/v1/exports", headers=who.headers)
    wrong = await stranger.post(STEP_UP, json={"password": "no"}, headers=who.headers)
    right = await stranger.post(STEP_UP, json={"password": PASSWORD}, headers=who.headers)
    again = SignedIn(who.user_id, right.cookies[SESSION])
    after = await stranger.request(method, filled, json=body, headers={**again.headers, **names})

    assert [each.status_code for each in (late, reads, wrong, right)] == [403, 200, 401, 200]
    assert late.json()["code"] == "identity.step_up_needed"
    assert after.is_success, after.text


async def test_showing_again_who_one_is_takes_the_second_factor_too(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    _, who = await someone(application)
    secret, _ = await added(stranger, application, who)
    key = await a_key(application, "exports.create", "imports.read")

    answers = [
        await stranger.post(STEP_UP, json={"password": PASSWORD, **more}, headers=who.headers)
        for more in ({}, {"code": "000000"}, {"code": code_of(application, secret)})
    ]
    by_key = await stranger.post(
        "/api/v1/exports", json={"list": "imports"}, headers={**key, "Idempotency-Key": str(uuid4())}
    )

    assert [answer.status_code for answer in answers] == [401, 401, 200]
    assert by_key.status_code == 202  # a key shows each time who it is


async def test_showing_again_who_one_is_makes_another_cookie(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    _, who = await someone(application)
    before = await stranger.get("/api/v1/me", headers=who.headers)
    shown = await stranger.post(STEP_UP, json={"password": PASSWORD}, headers=who.headers)
    again = SignedIn(who.user_id, shown.cookies[SESSION])

    assert again.secret != who.secret
    assert shown.json()["csrf_token"] == again.headers[CSRF]
    assert "HttpOnly" in shown.headers["set-cookie"]
    assert (await stranger.get("/api/v1/me", headers=who.headers)).status_code == 401
    after = await stranger.get("/api/v1/me", headers=again.headers)
    assert after.json()["user_id"] == before.json()["user_id"]
    (session,) = (await stranger.get("/api/v1/me/sessions", headers=again.headers)).json()["items"]
    assert session["current"]


async def test_tokens_stay_good_when_their_session_shows_again_who_it_is(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    email, _ = await someone(application)
    pair = (await stranger.post(TOKENS, json={"email": email, "password": PASSWORD})).json()
    head = {"Authorization": f"Bearer {pair['access_token']}"}

    shown = await stranger.post(STEP_UP, json={"password": PASSWORD}, headers=head)

    assert (shown.status_code, shown.json(), "set-cookie" in shown.headers) == (200, {"csrf_token": None}, False)
    assert (await stranger.get("/api/v1/me", headers=head)).status_code == 200


async def test_its_secret_is_kept_under_seal(stranger: httpx.AsyncClient, application: Application) -> None:
    _, who = await someone(application)
    secret, codes = await added(stranger, application, who)

    async with application.database.reading(IDENTITY) as connection:
        rows = await connection.fetch("select sealed from second_factors where user_id = $1", who.user_id)
        kept = await connection.fetch("select code from recovery_codes where user_id = $1", who.user_id)

    assert secret.encode() not in bytes(rows[0]["sealed"])
    assert not {code.encode() for code in codes} & {bytes(row["code"]) for row in kept}


def test_clocks_may_differ_by_a_step() -> None:
    now, secret, codes = datetime(2026, 3, 1, 12, tzinfo=UTC), pyotp.random_base32(), TimedPasswords()
    steps = [codes.step_of(secret, pyotp.TOTP(secret).at(now + timedelta(seconds=30 * n)), now) for n in range(-3, 4)]

    this = int(now.timestamp()) // 30
    assert steps == [None, None, this - 1, this, this + 1, None, None]
    assert codes.step_of(secret, "12345", now) is None
