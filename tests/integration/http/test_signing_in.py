"""Signing in and out over HTTP, and what keeps others from doing so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from analisa.adapters.postgres.database import IDENTITY, NOBODY, Tenant
from analisa.adapters.postgres.identity.credentials import PostgresCredentials
from analisa.adapters.redis.credentials import AT_HAND_S, KeptCredentials
from analisa.application.identity.secrets import known_by
from analisa.domain.identity.permissions import Role
from analisa.entrypoints.container import Application
from analisa.entrypoints.http.access import CSRF, csrf_of
from analisa.entrypoints.http.app import create_app
from analisa.entrypoints.http.cookies import DEVICE
from tests.integration.http.passwords import COOKIE, ME, PASSWORD, SESSIONS, cookies, execute, shown, sign_in
from tests.signed_in import SignedIn, a_key, a_user

LOGOUT = "/api/v1/auth/logout"
pytestmark = pytest.mark.usefixtures("nothing_guessed_yet")


async def test_a_password_opens_a_session_in_a_cookie_that_no_script_reads(
    stranger: httpx.AsyncClient, email: str
) -> None:
    answer = await sign_in(stranger, f" {email.upper()} ")
    me = await stranger.get(ME, headers=shown(answer))

    assert me.json()["email"] == email
    assert [each["role"] for each in me.json()["organisations"]] == ["owner"]
    assert answer.headers["cache-control"] == me.headers["cache-control"] == "no-store"
    for name in (COOKIE, DEVICE):
        morsel = cookies(answer)[name]
        assert (morsel["httponly"], morsel["path"]) == (True, "/")
        assert morsel["samesite"].lower() in {"lax", "strict"}
        assert not morsel["domain"]


async def test_what_is_wrong_is_not_told(stranger: httpx.AsyncClient, email: str, application: Application) -> None:
    closed = f"{uuid4().hex[:10]}@example.org"
    who = await a_user(application, email=closed, password=PASSWORD)
    await application.root.identity.accounts().disable(who.user_id, disabled=True)
    nobody = f"{uuid4().hex[:10]}@example.org"

    answers = [
        await sign_in(stranger, email, "another one"),
        await sign_in(stranger, nobody),
        await sign_in(stranger, "no address"),
        await sign_in(stranger, closed),
        await sign_in(stranger, email, PASSWORD + "x" * 500),
    ]

    told = [{**answer.json(), "request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert told == [told[0]] * 5
    assert not any(answer.headers.get_list("set-cookie") for answer in answers)


async def test_signing_out_ends_the_session_and_takes_the_cookie_away(stranger: httpx.AsyncClient, email: str) -> None:
    headers = shown(await sign_in(stranger, email))

    out = await stranger.post(LOGOUT, headers=headers)
    after = await stranger.get(ME, headers=headers)

    assert (out.status_code, after.status_code) == (204, 401)
    assert cookies(out)[COOKIE]["max-age"] == "0"
    assert after.headers["www-authenticate"] == "Bearer"


@pytest.mark.promise("SEC7")
async def test_by_the_public_name_cookies_are_for_tls_and_that_name_alone(application: Application, email: str) -> None:
    settings = msgspec.structs.replace(application.settings, public_url="https://analisa.example.org")
    public = Application(settings, application.endpoints, application.database, None)
    transport = httpx.ASGITransport(create_app(public))
    ours, others = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, {"Host": "evil.example.org"}
    async with httpx.AsyncClient(transport=transport, base_url="https://analisa.example.org") as client:
        answer = await sign_in(client, email, **ours)
        secure, plain = f"__Host-{COOKIE}", {"Cookie": f"{COOKIE}={cookies(answer)[f'__Host-{COOKIE}'].value}"}
        shown = {"Cookie": f"{secure}={cookies(answer)[secure].value}", CSRF: answer.json()["csrf_token"]}
        client.cookies.clear()
        listed = await client.get(SESSIONS, headers={**shown, **ours})
        answers = [await client.get(ME, headers={**shown, **more}) for more in ({}, others)]
        answers.append(await client.get(ME, headers=plain))
    await public.aclose()

    assert cookies(answer)[secure]["secure"]
    assert listed.json()["items"][0]["address"] == "203.0.113.9"
    assert [each.status_code for each in answers] == [200, 403, 401]
    assert answer.headers["access-control-allow-origin"] == "https://analisa.example.org"


@pytest.mark.promise("SEC7")
@pytest.mark.parametrize(
    "change",
    [
        lambda who: {"Cookie": who.headers["Cookie"]},
        lambda who: {**who.headers, CSRF: csrf_of("another session")},
        lambda who: {**who.headers, CSRF: ""},
        lambda who: {**who.headers, CSRF: "é".encode("latin-1").decode("latin-1")},
        lambda who: {**who.headers, "Origin": "https://evil.example"},
        lambda who: {**who.headers, "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_a_change_without_the_word_of_our_own_page_is_refused(
    stranger: httpx.AsyncClient, operator: SignedIn, change: Callable[[SignedIn], dict[str, Any]]
) -> None:
    headers = {name: value.encode("latin-1") for name, value in change(operator).items()}

    answer = await stranger.patch(ME, json={"name": "Forged"}, headers={**headers, "If-Match": b"*"})

    assert answer.status_code == 403
    assert answer.json()["code"] in {"identity.csrf_token_missing", "http.stranger"}
    assert (await stranger.get(ME, headers={"Cookie": operator.headers["Cookie"]})).json()["name"] != "Forged"


async def test_where_a_key_is_shown_no_cookie_counts(
    stranger: httpx.AsyncClient, operator: SignedIn, application: Application
) -> None:
    key = await a_key(application, "catalogue.read")

    allowed = await stranger.get("/api/v1/niches", headers={**operator.headers, **key})
    beyond = await stranger.get("/api/v1/imports", headers={**operator.headers, **key})
    nobody = await stranger.get("/api/v1/niches", headers={**operator.headers, "Authorization": "Bearer analisa_no"})
    person = await stranger.get(ME, headers=key)

    assert [each.status_code for each in (allowed, beyond, nobody, person)] == [200, 403, 401, 403]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": f"{COOKIE}="},
        {"Cookie": f"{COOKIE}=nothing"},
        {"Cookie": f"{COOKIE}={'x' * 5000}"},
        {"Cookie": 'analisa_session="\\'},
        {"Authorization": "Basic bWFyaWE6eA=="},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer analisa_"},
        {"Authorization": "analisa_x"},
        {"Authorization": f"Bearer analisa_{'x' * 5000}"},
    ],
)
async def test_whoever_shows_nothing_good_is_nobody(stranger: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await stranger.get("/api/v1/imports", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "identity.not_signed_in")


@pytest.mark.parametrize(
    "ends",
    [
        "update sessions set expires_at = now() where user_id = $1",
        "update sessions set seen_at = now() - interval '8 days' where user_id = $1",
        "update sessions set ended_at = now() where user_id = $1",
        "update users set disabled = true where id = $1",
        "delete from users where id = $1",
    ],
)
async def test_a_session_lasts_for_its_time_and_for_its_user(
    stranger: httpx.AsyncClient, application: Application, ends: str
) -> None:
    who = await a_user(application, role=None)
    await execute(application, ends, who.user_id)

    assert (await stranger.get(ME, headers=who.headers)).status_code == 401


async def test_a_password_is_hashed_anew_when_more_work_is_asked_for(
    stranger: httpx.AsyncClient, application: Application, email: str
) -> None:
    passwords = application.root.identity.passwords()
    passwords._cost = 5
    try:
        assert (await sign_in(stranger, email)).status_code == 200
        kept = await application.root.identity.accounts().named(email)
        assert (kept.password_hash or "").startswith("$2b$05$")
        assert (await sign_in(stranger, email)).status_code == 200
    finally:
        passwords._cost = 4


async def test_another_password_ends_all_other_sessions_at_once(stranger: httpx.AsyncClient, email: str) -> None:
    mine, others = [shown(await sign_in(stranger, email)) for _ in range(2)]
    assert (await stranger.get(ME, headers=others)).status_code == 200
    change = {"password": PASSWORD, "new": "outras quatro palavras longas"}

    wrong = await stranger.put(f"{ME}/password", json={**change, "password": "no"}, headers=mine)
    weak = await stranger.put(f"{ME}/password", json={**change, "new": "password"}, headers=mine)
    done = await stranger.put(f"{ME}/password", json=change, headers=mine)

    assert [each.status_code for each in (wrong, weak, done)] == [401, 422, 204]
    assert weak.json()["errors"][0]["pointer"] == "/password"
    assert [(await stranger.get(ME, headers=each)).status_code for each in (mine, others)] == [200, 401]
    assert (await sign_in(stranger, email)).status_code == 401
    assert (await sign_in(stranger, email, change["new"])).status_code == 200


async def test_sessions_are_seen_and_ended_by_their_owner_alone(
    stranger: httpx.AsyncClient, application: Application, email: str
) -> None:
    agent = "Firefox/140 \x7f on\x1bLinux"
    first, second, third = [shown(await sign_in(stranger, email, **{"User-Agent": agent})) for _ in range(3)]
    listed = (await stranger.get(SESSIONS, headers=first)).json()["items"]
    (current,) = [each for each in listed if each["current"]]
    others = [each["session_id"] for each in listed if not each["current"] and "Firefox" in each["device"]]
    somebody = await a_user(application)

    foreign = await stranger.delete(f"{SESSIONS}/{current['session_id']}", headers=somebody.headers)
    one = await stranger.delete(f"{SESSIONS}/{others[0]}", headers=first)
    again = await stranger.delete(f"{SESSIONS}/{others[0]}", headers=first)
    left = [(await stranger.get(ME, headers=each)).status_code for each in (first, second, third)]
    rest = await stranger.delete(SESSIONS, headers=first)

    assert current["device"] == "Firefox/140  onLinux"
    assert current["address"] == "127.0.0.1"
    assert [each.status_code for each in (foreign, one, again)] == [404, 204, 404]
    assert sorted(left) == [200, 200, 401]
    assert rest.json()["sessions"] >= 1
    assert [(await stranger.get(ME, headers=each)).status_code for each in (first, second, third)] == [200, 401, 401]


async def test_ones_own_account_is_changed_as_one_saw_it(stranger: httpx.AsyncClient, application: Application) -> None:
    who = await a_user(application)
    read = await stranger.get(ME, headers=who.headers)
    edit = {"name": "Maria Nova", "locale": "en"}

    unread = await stranger.patch(ME, json=edit, headers=who.headers)
    done = await stranger.patch(ME, json=edit, headers={**who.headers, "If-Match": read.headers["etag"]})
    late = await stranger.patch(ME, json=edit, headers={**who.headers, "If-Match": read.headers["etag"]})
    beyond = await stranger.patch(ME, json={"operator": True}, headers={**who.headers, "If-Match": "*"})
    nowhere = await stranger.patch(ME, json={"time_zone": "Mars"}, headers={**who.headers, "If-Match": "*"})

    assert [each.status_code for each in (unread, done, late, beyond, nowhere)] == [428, 200, 412, 400, 422]
    assert (done.json()["name"], done.json()["locale"], done.json()["version"]) == ("Maria Nova", "en", 2)
    assert late.headers["etag"].startswith('"v2')
    assert nowhere.json()["errors"][0]["pointer"] == "/time_zone"
    assert (await who.actor(application)).name == "Maria Nova"


async def test_whoever_belongs_nowhere_sees_themselves_alone(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    who = await a_user(application, role=None)

    me, niches = [await stranger.get(url, headers=who.headers) for url in (ME, "/api/v1/niches")]

    assert (me.json()["organisations"], niches.status_code, niches.json()["code"]) == (
        [],
        403,
        "identity.no_organisation",
    )


@pytest.mark.usefixtures("demonstration")
async def test_where_somebody_does_not_belong_there_is_nothing(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    who, key = await a_user(application), await a_key(application, "imports.read")

    answers = [
        await stranger.get("/api/v1/imports", params={"organisation": slug}, headers=headers)
        for slug in ("demo", "nowhere")
        for headers in (who.headers, key)
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (404, "identity.organisation_not_found")
    ] * 4


async def test_secrets_are_kept_as_hashes_and_never_logged(
    stranger: httpx.AsyncClient, application: Application, email: str, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = await sign_in(stranger, email)
    secrets = [cookies(answer)[name].value for name in (COOKIE, DEVICE)] + [PASSWORD, email]
    key = (await a_key(application, "scores.read"))["Authorization"].removeprefix("Bearer ")

    async with application.database.reading(IDENTITY) as connection:
        kept = ""
        for table in ("users", "sessions", "known_devices", "guesses", "api_keys", "second_factors"):
            kept += str(await connection.fetch(f"select to_jsonb(t) - 'email' - 'email_key' from {table} t"))
    logged = "".join(capfd.readouterr())

    for secret in (*secrets, key):
        assert secret not in kept
        assert secret not in logged


async def test_what_is_ended_here_is_good_for_a_second_elsewhere_at_the_most(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    who = await a_user(application)
    elsewhere = KeptCredentials(PostgresCredentials(application.database), application.cache)
    credential = known_by(who.secret)
    assert (await stranger.get(ME, headers=who.headers)).status_code == 200
    assert await elsewhere.session(credential) is not None

    await application.root.identity.sessions().end_others(who.user_id, but=None)

    assert (await stranger.get(ME, headers=who.headers)).status_code == 401
    assert await elsewhere.session(credential) is not None
    await asyncio.sleep(AT_HAND_S)
    assert await elsewhere.session(credential) is None
    assert AT_HAND_S <= 1


async def test_how_people_sign_in_is_told_to_everybody(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/api/v1/auth/methods")).json() == {
        "password": True,
        "registration": False,
        "providers": [],
    }


@pytest.mark.promise("P13")
async def test_the_second_lock_shows_an_organisation_its_own_people_and_no_session(
    application: Application, demonstration: Any
) -> None:
    await a_user(application, role=Role.ANALYST)
    await a_key(application, "scores.read")
    theirs = await a_user(application, organisation=demonstration.organisation)
    local = (await application.actor()).organisation
    seen: dict[str, list[int]] = {}
    for name, tenant in (
        ("nobody", NOBODY),
        ("local", Tenant(local, operator=True)),
        ("demo", Tenant(demonstration.organisation)),
    ):
        async with application.database.reading(tenant) as connection:
            seen[name] = [
                await connection.fetchval(f"select count(*) from {table}")
                for table in ("users", "memberships", "api_keys", "sessions", "known_devices", "guesses")
            ]
            if name == "local":
                assert not await connection.fetchval("select exists (select from users where id = $1)", theirs.user_id)

    assert seen["nobody"] == [0] * 6
    assert min(seen["local"][:3]) > 0
    assert seen["local"][3:] == seen["demo"][3:] == [0] * 3
    assert seen["demo"][2] == 0
