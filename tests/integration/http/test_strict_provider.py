"""Signing in by a certified provider that takes nothing that is not right to the letter; it needs npm, and its package."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import uuid4

import httpx
import pytest

from analisa.adapters.embedded.ports import free_port
from analisa.entrypoints.settings import Settings, read_settings
from tests.integration.http.browsing import API, Browser
from tests.integration.http.conftest import BASE
from tests.integration.http.serving import eventually

PACKAGE = "oidc-provider@9.13.3"
PROGRAM = Path(__file__).with_name("strict_provider.mjs")
BEGIN = f"{API}/auth/providers/strict"
BACK = f"{BASE}{API}/auth/providers/strict/callback"

pytestmark = [
    pytest.mark.prove,
    pytest.mark.promise("SEC4"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="the provider runs on Node.js"),
]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("provider"), free_port()
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", PACKAGE], cwd=folder, check=True, timeout=300)
    program = shutil.copy(PROGRAM, folder)
    said = folder / "said.log"
    with (
        said.open("wb") as out,
        subprocess.Popen(["node", program, str(port), BACK], stdout=out, stderr=out) as process,
    ):
        try:
            eventually(lambda: process.poll() is not None or _answers(port))
            assert process.poll() is None, said.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/.well-known/openid-configuration").is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def settings(database_url: str, redis_url: str, issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    (home / "providers.toml").write_text(
        f'[strict]\nname = "Strict"\nissuer = "{issuer}"\nclient_id = "analisa"\n'
        'client_secret = "a secret of at least thirty-two letters"\n'
    )
    return read_settings(
        {
            "ANALISA_HOME": str(home),
            "ANALISA_DATABASE_URL": database_url,
            "ANALISA_REDIS_URL": redis_url,
            "ANALISA_PROFILE": "test",
            "ANALISA_REGISTRATION": "open",
            "ANALISA_PROVIDERS_FILE": str(home / "providers.toml"),
        }
    )


async def let_in(issuer: str, address: str, subject: str) -> str:
    """Sign in there, consent, and return where it leads back to."""
    async with httpx.AsyncClient(base_url=issuer, follow_redirects=False) as browser:
        answer = await browser.get(address)
        for _ in range(12):
            assert answer.status_code in {200, 302, 303}, answer.text
            if answer.status_code == 200:
                prompt = "login" if 'name="login"' in answer.text else "consent"
                form = {"prompt": prompt, "login": subject, "password": "any"}
                answer = await browser.post(answer.url.path, data=form)
                continue
            place = answer.headers["location"]
            if place.startswith(BASE):
                return str(place)
            answer = await browser.get(place)
    raise AssertionError("the provider never led back")


@pytest.fixture
def browser(stranger: httpx.AsyncClient) -> Browser:
    return Browser(stranger, stranger, {})


async def test_a_certified_provider_lets_people_in(browser: Browser, issuer: str) -> None:
    subject = uuid4().hex[:12]

    location = await let_in(issuer, await browser.begins(BEGIN), subject)
    said = await browser.back(location)

    assert said == "done"
    assert (await browser.me()).json()["email"] == f"{subject}@example.org"
    assert parse_qs(urlsplit(location).query)["iss"] == [issuer]


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"redirect_uri": BACK + "/"},
        {"client_id": "another"},
    ],
    ids=str,
)
async def test_it_takes_no_request_that_is_not_ours_to_the_letter(
    browser: Browser, issuer: str, change: dict[str, str]
) -> None:
    parts = urlsplit(await browser.begins(BEGIN))
    query = urlencode({**dict(parse_qsl(parts.query)), **change})
    async with httpx.AsyncClient(base_url=issuer) as client:
        answer = await client.get(parts._replace(query=query).geturl())

    refused = answer.status_code == 400 or "error=" in answer.headers.get("location", "")
    assert refused, answer.headers


async def test_a_code_is_worth_nothing_in_the_sign_in_of_another(browser: Browser, issuer: str) -> None:
    stolen = parse_qs(urlsplit(await let_in(issuer, await browser.begins(BEGIN), "victim")).query)["code"][0]
    thief = Browser(browser.api, browser.api, {})
    location = await let_in(issuer, await thief.begins(BEGIN), "thief")
    parts = urlsplit(location)
    query = urlencode({**dict(parse_qsl(parts.query)), "code": stolen})

    assert await thief.back(parts._replace(query=query).geturl()) == "identity.provider_refused"
    assert (await thief.me()).status_code == 401
