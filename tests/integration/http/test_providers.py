"""Signing in by a provider outside, through a provider that runs beside us, and what tampering comes to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import uuid4

import httpx
import msgspec
import pyotp
import pytest
import pytest_asyncio

from analisa.adapters.embedded.ports import free_port
from analisa.domain.identity.email import EmailAddress
from analisa.entrypoints.container import Application, open_application
from analisa.entrypoints.http.access import CSRF, csrf_of
from analisa.entrypoints.http.app import create_app
from analisa.entrypoints.http.cookies import DEVICE, SESSION
from analisa.entrypoints.http.outside import FLOW
from analisa.entrypoints.settings import Settings, read_settings
from tests.deliveries import code_in, delivered, recorded
from tests.integration.http.browsing import API, Browser
from tests.integration.http.conftest import BASE
from tests.integration.http.serving import Api, eventually, started
from tests.signed_in import SignedIn, a_user

PASSWORD = "quatro palavras bem longas"


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/jwks").is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider in a process of its own."""
    port = free_port()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "true",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: _answers(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def settings(database_url: str, redis_url: str, issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    (home / "providers.toml").write_text(
        f'[there]\nname = "There"\nissuer = "{issuer}"\nclient_id = "analisa"\nclient_secret = "hunter2"\n'
        f'[twin]\nname = "Twin"\nissuer = "{issuer.replace("127.0.0.1", "localhost")}"\nclient_id = "another"\nclient_secret = "hunter2"\n'
    )
    return read_settings(
        {
            "ANALISA_HOME": str(home),
            "ANALISA_DATABASE_URL": database_url,
            "ANALISA_REDIS_URL": redis_url,
            "ANALISA_PROFILE": "test",
            "ANALISA_PASSWORD_COST": "4",
            "ANALISA_REGISTRATION": "open",
            "ANALISA_PROVIDERS_FILE": str(home / "providers.toml"),
        }
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def provider(issuer: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=issuer) as client:
        yield client


@pytest.fixture
def browser(stranger: httpx.AsyncClient, provider: httpx.AsyncClient) -> Browser:
    return Browser(stranger, provider, {})


async def known(provider: httpx.AsyncClient, **claims: Any) -> str:
    """Have the provider know somebody; their name there."""
    subject = f"{uuid4().hex[:12]}"
    assert (await provider.put(f"/users/{subject}", json=claims)).status_code == 204
    return subject


async def vouched(provider: httpx.AsyncClient, email: str | None = None) -> tuple[str, str]:
    email = email or f"{uuid4().hex[:12]}@example.org"
    return await known(provider, email=email, email_verified=True, name="Ana Exemplo"), email


async def linked(browser: Browser, application: Application, subject: str, **user: Any) -> SignedIn:
    """Somebody with an account that they have linked."""
    who = await a_user(application, **user)
    browser.cookies.update({SESSION: who.secret})
    address = await browser.begins(f"{API}/me/providers/there", headers={CSRF: who.headers[CSRF]})
    assert await browser.back(await browser.let_in(address, subject)) == "linked"
    browser.cookies.clear()
    return who


async def test_the_providers_are_listed_by_name(stranger: httpx.AsyncClient) -> None:
    told = (await stranger.get(f"{API}/auth/methods")).json()

    assert told["providers"] == [{"provider": "there", "name": "There"}, {"provider": "twin", "name": "Twin"}]


@pytest.mark.promise("SEC4")
async def test_whoever_the_provider_vouches_for_gets_an_account_and_comes_back_to_it(
    browser: Browser, provider: httpx.AsyncClient, application: Application
) -> None:
    subject, email = await vouched(provider)

    said = await browser.back(await browser.let_in(await browser.begins(), subject))
    me = (await browser.me()).json()
    again = Browser(browser.api, provider, {})
    said_again = await again.back(await again.let_in(await again.begins(), subject))

    assert (said, said_again) == ("done", "done")
    assert (me["email"], me["name"], me["operator"]) == (email, "Ana Exemplo", False)
    assert (await again.me()).json()["user_id"] == me["user_id"]
    assert browser.cookies[FLOW] == ""
    assert DEVICE in browser.cookies
    (link,) = (await browser.sent("GET", f"{API}/me/providers")).json()["items"]
    assert (link["provider"], link["email"], link["used_at"] is None) == ("there", email, False)
    assert {"identity.signed_in", "identity.provider_linked"} <= await actions(application, me["user_id"])


async def test_an_address_alone_takes_no_account_over(
    browser: Browser, provider: httpx.AsyncClient, application: Application
) -> None:
    victim = f"{uuid4().hex[:12]}@example.org"
    await a_user(application, email=victim, password=PASSWORD)
    sure, _ = await vouched(provider, victim.upper())
    unsure = await known(provider, email=victim, email_verified=False)
    silent = await known(provider, name="Nobody")

    said = [await browser.back(await browser.let_in(await browser.begins(), each)) for each in (sure, unsure, silent)]

    assert said == ["identity.link_first", "identity.address_unsure", "identity.address_unsure"]
    assert (await browser.me()).status_code == 401


async def test_whoever_is_signed_in_links_an_account_and_is_told_of_it(
    browser: Browser, provider: httpx.AsyncClient, application: Application
) -> None:
    subject, _ = await vouched(provider)
    email = f"{uuid4().hex[:12]}@example.org"
    who = await linked(browser, application, subject, email=email, password=PASSWORD)

    said = await browser.back(await browser.let_in(await browser.begins(), subject))

    assert said == "done"
    assert (await browser.me()).json()["user_id"] == str(who.user_id)
    assert "provider_linked" in {mail.mail.kind for mail in await delivered(application) if mail.mail.to == email}


async def test_an_account_at_a_provider_opens_one_account(
    browser: Browser, provider: httpx.AsyncClient, application: Application
) -> None:
    subject, _ = await vouched(provider)
    second, _ = await vouched(provider)
    who = await linked(browser, application, subject)
    other = await a_user(application)

    said = []
    for somebody, wanted in ((other, subject), (who, second), (who, subject)):
        browser.cookies.update({SESSION: somebody.secret})
        address = await browser.begins(f"{API}/me/providers/there", headers={CSRF: somebody.headers[CSRF]})
        said.append(await browser.back(await browser.let_in(address, wanted)))

    assert said == ["identity.linked_elsewhere", "identity.linked_elsewhere", "linked"]


async def test_a_second_factor_is_asked_for_all_the_same(
    browser: Browser, provider: httpx.AsyncClient, application: Application
) -> None:
    subject, _ = await vouched(provider)
    who = await linked(browser, application, subject, password=PASSWORD)
    begun = await application.root.identity.factors().begin(who.user_id)
    codes = await application.root.identity.factors().confirm(who.user_id, pyotp.TOTP(begun.secret).now())
    finish = f"{API}/auth/providers/second-factor"

    first = await browser.back(await browser.let_in(await browser.begins(), subject))
    nobody_yet = await browser.me()
    wrong = await browser.sent("POST", finish, json={"code": "000000"})
    late = await browser.sent("POST", finish, json={"code": codes[0]})
    second = await browser.back(await browser.let_in(await browser.begins(), subject))
    right = await browser.sent("POST", finish, json={"code": codes[0]})

    assert (first, second, nobody_yet.status_code) == ("second_factor", "second_factor", 401)
    assert (wrong.json()["code"], late.json()["code"]) == ("identity.second_factor_wrong", "identity.flow_unknown")
    assert right.status_code == 200, right.text
    assert (await browser.me()).json()["user_id"] == str(who.user_id)


async def test_a_closed_account_stays_closed(
    browser: Browser, provider: httpx.AsyncClient, application: Application
) -> None:
    subject, _ = await vouched(provider)
    who = await linked(browser, application, subject)
    await application.root.identity.accounts().disable(who.user_id, disabled=True)

    assert await browser.back(await browser.let_in(await browser.begins(), subject)) == "identity.wrong_credentials"
    assert (await browser.me()).status_code == 401


async def test_the_last_way_in_is_not_taken_away(
    browser: Browser, provider: httpx.AsyncClient, application: Application
) -> None:
    subject, _ = await vouched(provider)
    await browser.back(await browser.let_in(await browser.begins(), subject))
    me = (await browser.me()).json()
    csrf = {CSRF: me["csrf_token"]}

    kept = await browser.sent("DELETE", f"{API}/me/providers/there", headers=csrf)
    unknown = await browser.sent("DELETE", f"{API}/me/providers/elsewhere", headers=csrf)
    user = await a_user(application, password=PASSWORD)
    other = Browser(browser.api, provider, {SESSION: user.secret})
    gone = await other.sent("DELETE", f"{API}/me/providers/there", headers={CSRF: user.headers[CSRF]})

    assert (kept.status_code, kept.json()["code"]) == (409, "identity.last_way_in")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "identity.provider_unknown")
    assert gone.status_code == 204


async def test_a_closed_installation_makes_no_accounts(
    settings: Settings, browser: Browser, provider: httpx.AsyncClient
) -> None:
    async with open_application(msgspec.structs.replace(settings, registration="invited"), redis=True) as closed:
        transport = httpx.ASGITransport(create_app(closed))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            browser.api = client
            subject, _ = await vouched(provider)
            said = await browser.back(await browser.let_in(await browser.begins(), subject))

    assert said == "identity.registration_closed"


async def test_whoever_is_invited_makes_an_account_by_a_provider_and_joins(
    settings: Settings, browser: Browser, provider: httpx.AsyncClient
) -> None:
    async with open_application(msgspec.structs.replace(settings, registration="invited"), redis=True) as closed:
        transport = httpx.ASGITransport(create_app(closed))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            browser.api = client
            subject, email = await vouched(provider)
            owner = await a_user(closed)
            body = {"email": email, "role": "analyst"}
            assert (await client.post(f"{API}/invitations", json=body, headers=owner.headers)).status_code == 201
            code = code_in(next(kept for kept in await delivered(closed) if kept.mail.to == email))

            said = await browser.back(await browser.let_in(await browser.begins(), subject))
            joined = await browser.sent(
                "POST",
                f"{API}/invitations/accept",
                json={"code": code},
                headers={CSRF: csrf_of(browser.cookies[SESSION])},
            )
            me = (await browser.sent("GET", f"{API}/me")).json()

    assert (said, joined.status_code) == ("done", 200)
    assert (me["email"], [each["role"] for each in me["organisations"]]) == (email, ["analyst"])


def tampered(location: str, **changes: str | None) -> str:
    parts = urlsplit(location)
    query = {**dict(parse_qsl(parts.query)), **changes}
    kept = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()


@pytest.mark.promise("SEC4")
@pytest.mark.parametrize(
    "changes", [{"state": "x"}, {"state": ""}, {"state": None}, {"state": "é"}], ids=lambda each: str(each["state"])
)
async def test_an_answer_that_this_device_did_not_ask_for_comes_to_nothing(
    browser: Browser, provider: httpx.AsyncClient, changes: dict[str, str | None]
) -> None:
    subject, _ = await vouched(provider)
    parts = urlsplit(tampered(await browser.let_in(await browser.begins(), subject), **changes))

    answer = await browser.sent("GET", f"{parts.path}?{parts.query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "identity.flow_unknown")
    assert (await browser.me()).status_code == 401


@pytest.mark.promise("SEC4")
async def test_a_way_in_is_of_one_device_one_provider_and_one_time(
    browser: Browser, provider: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    subject, _ = await vouched(provider)
    address = await browser.begins()
    location = await browser.let_in(address, subject)
    parts = urlsplit(location)
    thief = Browser(stranger, provider, {})
    twin = await Browser(stranger, provider, dict(browser.cookies)).sent(
        "GET", f"{parts.path.replace('/there/', '/twin/')}?{parts.query}"
    )
    elsewhere = await thief.sent("GET", f"{parts.path}?{parts.query}")

    begun_anew = await browser.begins()
    over = await browser.sent("GET", f"{parts.path}?{parts.query}")
    kept = dict(browser.cookies)
    fine = await browser.back(await browser.let_in(begun_anew, subject))
    again = await Browser(stranger, provider, kept).sent("GET", f"{parts.path}?{parts.query}")

    refused = [twin, elsewhere, over, again]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(422, "identity.flow_unknown")] * 4
    assert fine == "done"


@pytest.mark.promise("SEC4")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": "another"}, "identity.provider_refused"),
        ({"code": None}, "identity.provider_refused"),
        ({"code": None, "error": "access_denied"}, "identity.provider_refused"),
        ({"iss": "https://evil.example.org"}, "identity.provider_refused"),
    ],
    ids=str,
)
async def test_what_the_provider_does_not_stand_by_is_told_and_lets_nobody_in(
    browser: Browser, provider: httpx.AsyncClient, changes: dict[str, str | None], said: str
) -> None:
    subject, _ = await vouched(provider)
    location = tampered(await browser.let_in(await browser.begins(), subject), **changes)

    assert await browser.back(location) == said
    assert (await browser.me()).status_code == 401


@pytest.mark.parametrize(
    "place",
    ["//evil.example.org", "/\\evil.example.org", "https://evil.example.org", "", "/a b", "/\tx", "/" + "x" * 500],
)
async def test_nobody_is_led_on_to_another_site(stranger: httpx.AsyncClient, place: str) -> None:
    answer = await stranger.post(f"{API}/auth/providers/there", json={"return_to": place})

    assert answer.status_code in {400, 422}


async def test_a_code_of_another_sign_in_is_worth_nothing_in_this_one(
    browser: Browser, provider: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    subject, _ = await vouched(provider)
    stolen = parse_qs(urlsplit(await browser.let_in(await browser.begins(), subject)).query)["code"][0]
    thief = Browser(stranger, provider, {})
    own, _ = await vouched(provider)
    location = await thief.let_in(await thief.begins(), own)

    assert await thief.back(tampered(location, code=stolen)) == "identity.provider_refused"
    assert (await thief.me()).status_code == 401


@pytest.mark.promise("P1")
@pytest.mark.parametrize("linking", [False, True], ids=["account", "link"])
async def test_a_process_that_dies_on_the_way_back_leaves_nothing_half_done(
    settings: Settings,
    application: Application,
    provider: httpx.AsyncClient,
    tmp_path_factory: pytest.TempPathFactory,
    linking: bool,
) -> None:
    subject, email = await vouched(provider)
    who = await a_user(application)
    begin, headers = (f"{API}/me/providers/there", who.headers) if linking else (f"{API}/auth/providers/there", {})
    point = f"identity.before_provider_{'link' if linking else 'account'}_commit"
    environ = {
        "ANALISA_PROFILE": "test",
        "ANALISA_REGISTRATION": "open",
        "ANALISA_PROVIDERS_FILE": str(settings.providers_file),
    }

    async def comes_back(running: Api) -> httpx.Response:
        async with httpx.AsyncClient(base_url=running.address, timeout=20) as api:
            browser = Browser(api, provider, {SESSION: who.secret} if linking else {})
            location = await browser.let_in(await browser.begins(begin, headers=headers), subject)
            return await browser.sent("GET", location)

    dying = started(settings, tmp_path_factory.mktemp("log"), ANALISA_FAILPOINTS=f"{point}=kill", **environ)
    with dying, pytest.raises(httpx.HTTPError):
        await comes_back(dying)
    async with application.root.identity.identity().work() as work:
        assert await work.by_email(EmailAddress.read(email)) is None
        assert await work.links(who.user_id) == []
    with started(settings, tmp_path_factory.mktemp("log"), **environ) as fine:
        answer = await comes_back(fine)

    assert answer.headers["location"].endswith("sign_in=linked" if linking else "sign_in=done")


async def actions(application: Application, user_id: str) -> set[str]:
    await recorded(application)
    chain = application.root.compliance.audit()
    async with chain.reading(None) as entries:
        return {each.entry.action async for each in entries if each.entry.actor == user_id}
