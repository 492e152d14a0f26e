"""Accounts of one's own, forgotten passwords and invitations: what mails say opens them, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio

from analisa.adapters.postgres.database import IDENTITY, driver
from analisa.application.notifications.ports import KeptMail
from analisa.domain.identity.permissions import Role
from analisa.entrypoints.container import Application
from analisa.entrypoints.http.app import create_app
from tests.deliveries import code_in, delivered
from tests.integration.http.conftest import BASE, UNKNOWN
from tests.integration.http.passwords import ME, SESSIONS, shown, sign_in
from tests.signed_in import SignedIn, a_user

AUTH, INVITATIONS, NOTICES = "/api/v1/auth", "/api/v1/invitations", "/api/v1/notifications"
PASSWORD, OTHER = "quatro palavras bem longas", "outras quatro palavras longas"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def open_to_all(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """The API of an installation on which people make accounts for themselves."""
    settings = msgspec.structs.replace(application.settings, registration="open")
    opened = Application(settings, application.endpoints, application.database, None)
    transport = httpx.ASGITransport(create_app(opened), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
    await opened.aclose()


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def nothing_guessed_yet(application: Application) -> AsyncIterator[None]:
    await execute(application, "delete from guesses")
    yield


async def execute(application: Application, statement: str, *values: Any) -> None:
    async with application.database.writing(IDENTITY) as connection:
        raw = await driver(connection)
        await raw.execute(statement, *values)


def an_address() -> str:
    return f"{uuid4().hex[:10]}@example.org"


async def mails_to(application: Application, email: str) -> list[KeptMail]:
    return [each for each in await delivered(application) if each.mail.to == email]


async def registered(client: httpx.AsyncClient, email: str, **facts: Any) -> httpx.Response:
    return await client.post(f"{AUTH}/register", json={"email": email, "name": "Ana", "password": PASSWORD, **facts})


async def test_an_account_is_good_when_its_address_was_shown_to_be_theirs(
    open_to_all: httpx.AsyncClient, application: Application
) -> None:
    email = an_address()
    answer = await registered(open_to_all, email)
    early = await sign_in(open_to_all, email)
    first, *_ = mails = await mails_to(application, email)

    verified = await open_to_all.post(f"{AUTH}/verify", json={"code": code_in(first)})
    again = await open_to_all.post(f"{AUTH}/verify", json={"code": code_in(first)})
    me = await open_to_all.get(ME, headers=shown(await sign_in(open_to_all, email)))

    assert (answer.status_code, answer.json()) == (202, {"state": "mail_on_its_way"})
    assert (early.status_code, early.json()["code"]) == (403, "identity.address_unverified")
    assert [each.mail.kind for each in mails] == ["verify", "verify"]
    assert "Confirme seu endereço" in first.mail.subject
    assert (verified.status_code, verified.json()) == (200, {"email": email})
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (422, "/code")
    assert (me.json()["name"], me.json()["organisations"]) == ("Ana", [])


async def test_whoever_has_an_account_is_told_by_mail_alone(
    open_to_all: httpx.AsyncClient, application: Application
) -> None:
    email = an_address()
    who = await a_user(application, email=email, password=OTHER)

    answers = [await registered(open_to_all, email), await registered(open_to_all, an_address())]
    (mail,) = await mails_to(application, email)

    assert answers[0].json() == answers[1].json()
    assert (mail.mail.kind, "#code=" in mail.mail.text) == ("registered_again", False)
    assert (await sign_in(open_to_all, email)).status_code == 401
    assert (await application.root.identity.accounts().get(who.user_id)).name == "Maria Exemplo"


@pytest.mark.parametrize(
    ("facts", "status", "pointer"),
    [
        ({"email": "nobody"}, 422, "/email"),
        ({"password": "short"}, 422, "/password"),
        ({"password": "password"}, 422, "/password"),
        ({"name": " "}, 422, "/name"),
        ({"operator": True}, 400, "/operator"),
        ({"verified_at": "2026-01-01T00:00:00Z"}, 400, "/verified_at"),
        ({"locale": "tlh"}, 400, "/locale"),
    ],
)
async def test_what_makes_no_account_is_refused(
    open_to_all: httpx.AsyncClient, facts: dict[str, Any], status: int, pointer: str
) -> None:
    answer = await registered(open_to_all, **{"email": an_address(), **facts})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer), answer.text


async def test_where_people_are_invited_nobody_registers(
    stranger: httpx.AsyncClient, open_to_all: httpx.AsyncClient
) -> None:
    answer = await registered(stranger, an_address())
    told = [(await client.get(f"{AUTH}/methods")).json()["registration"] for client in (stranger, open_to_all)]

    assert (answer.status_code, answer.json()["code"], told) == (403, "identity.registration_closed", [False, True])


async def test_a_forgotten_password_is_replaced_by_the_code_of_a_mail(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    email = an_address()
    await a_user(application, email=email, password=OTHER)
    session = shown(await sign_in(stranger, email, OTHER))
    asked = [await stranger.post(f"{AUTH}/password/forgotten", json={"email": each}) for each in (email, an_address())]
    mail = (await mails_to(application, email))[0]
    change = {"code": code_in(mail), "password": PASSWORD}

    weak = await stranger.post(f"{AUTH}/password/reset", json={**change, "password": "password"})
    done = await stranger.post(f"{AUTH}/password/reset", json=change)
    again = await stranger.post(f"{AUTH}/password/reset", json=change)

    assert mail.mail.kind == "reset"
    assert [(each.status_code, each.content) for each in asked] == [(202, asked[0].content)] * 2
    assert [each.status_code for each in (weak, done, again)] == [422, 204, 422]
    assert (await stranger.get(ME, headers=session)).status_code == 401
    assert [(await sign_in(stranger, email, each)).status_code for each in (OTHER, PASSWORD)] == [401, 200]
    kinds = [each.mail.kind for each in await mails_to(application, email)]
    assert kinds.count("password_changed") == 1


async def test_a_code_has_its_time_and_its_purpose(stranger: httpx.AsyncClient, application: Application) -> None:
    email = an_address()
    await a_user(application, email=email, password=OTHER)
    await stranger.post(f"{AUTH}/password/forgotten", json={"email": email})
    code = code_in((await mails_to(application, email))[0])

    elsewhere = await stranger.post(f"{AUTH}/verify", json={"code": code})
    await execute(application, "update one_time_codes set expires_at = now() where used_at is null")
    late = await stranger.post(f"{AUTH}/password/reset", json={"code": code, "password": PASSWORD})

    assert [(each.status_code, each.json()["code"]) for each in (elsewhere, late)] == [
        (422, "identity.code_refused")
    ] * 2


async def test_of_many_who_show_one_code_at_once_one_is_heard(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    email = an_address()
    await a_user(application, email=email, password=OTHER)
    await stranger.post(f"{AUTH}/password/forgotten", json={"email": email})
    code = code_in((await mails_to(application, email))[0])

    answers = await asyncio.gather(
        *(stranger.post(f"{AUTH}/password/reset", json={"code": code, "password": f"{PASSWORD} {n}"}) for n in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [204, *[422] * 7]


async def test_nobody_fills_somebodys_letter_box(stranger: httpx.AsyncClient, application: Application) -> None:
    email = an_address()
    await a_user(application, email=email, password=OTHER)

    answers = [await stranger.post(f"{AUTH}/password/forgotten", json={"email": email}) for _ in range(12)]

    assert {answer.status_code for answer in answers} == {202}
    assert len(await mails_to(application, email)) == 3


async def test_an_event_that_comes_twice_sends_one_mail_whose_code_is_good(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    email = an_address()
    await a_user(application, email=email, password=OTHER)
    await stranger.post(f"{AUTH}/password/forgotten", json={"email": email})
    await delivered(application)
    await execute(application, "update outbox set done_at = null where name like 'identity.%'")

    (mail,) = await mails_to(application, email)

    assert (
        await stranger.post(f"{AUTH}/password/reset", json={"code": code_in(mail), "password": PASSWORD})
    ).status_code == 204


async def invited(client: httpx.AsyncClient, who: SignedIn, email: str, role: Role = Role.ANALYST) -> httpx.Response:
    return await client.post(INVITATIONS, json={"email": email, "role": role}, headers=who.headers)


async def test_whoever_is_invited_makes_an_account_and_joins(
    stranger: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    email = an_address()
    made = await invited(stranger, operator, email)
    mail = (await mails_to(application, email))[0]
    accept = {"code": code_in(mail), "name": "João", "password": PASSWORD, "locale": "en"}

    nameless = await stranger.post(f"{INVITATIONS}/accept", json={"code": accept["code"]})
    joined = await stranger.post(f"{INVITATIONS}/accept", json=accept)
    again = await stranger.post(f"{INVITATIONS}/accept", json=accept)
    me = (await stranger.get(ME, headers=shown(await sign_in(stranger, email)))).json()

    assert made.status_code == 201
    assert "Maria Exemplo" in mail.mail.subject
    assert " / " in mail.mail.subject  # nobody knows which language they speak
    assert [each.status_code for each in (nameless, joined, again)] == [422, 200, 422]
    assert [(each["slug"], each["role"]) for each in me["organisations"]] == [("local", "analyst")]
    assert (await mails_to(application, email))[0].mail.kind in {"membership", "signed_in_elsewhere"}
    open_ones = (await stranger.get(INVITATIONS, headers=operator.headers)).json()["items"]
    assert made.json()["invitation_id"] not in {each["invitation_id"] for each in open_ones}


async def test_an_account_is_joined_by_whoever_is_signed_in_to_it(
    stranger: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    email, other = an_address(), await a_user(application, role=None)
    who = await a_user(application, email=email, role=None)
    await invited(stranger, operator, email)
    body = {"code": code_in((await mails_to(application, email))[0]), "name": "Thief", "password": PASSWORD}

    nobody = await stranger.post(f"{INVITATIONS}/accept", json=body)
    somebody = await stranger.post(f"{INVITATIONS}/accept", json=body, headers=other.headers)
    theirs = await stranger.post(f"{INVITATIONS}/accept", json={"code": body["code"]}, headers=who.headers)

    assert [(each.status_code, each.json().get("code")) for each in (nobody, somebody)] == [
        (409, "identity.sign_in_first")
    ] * 2
    assert theirs.status_code == 200
    assert (await who.actor(application)).may("exports.create")


async def test_an_invitation_is_given_and_taken_back_by_whoever_may(
    stranger: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    admin, email = await a_user(application, role=Role.ADMIN), an_address()

    beyond = await invited(stranger, admin, email, Role.OWNER)
    made = await invited(stranger, admin, email)
    code = code_in((await mails_to(application, email))[0])
    url = f"{INVITATIONS}/{made.json()['invitation_id']}"
    withdrawn = [await stranger.delete(url, headers=operator.headers) for _ in range(2)]
    late = await stranger.post(f"{INVITATIONS}/accept", json={"code": code, "name": "J", "password": PASSWORD})
    unknown = await stranger.delete(f"{INVITATIONS}/{UNKNOWN}", headers=operator.headers)
    wrong = await invited(stranger, operator, "nobody")

    assert [each.status_code for each in (beyond, made, *withdrawn, late, unknown, wrong)] == [
        403, 201, 204, 404, 422, 404, 422,
    ]  # fmt: skip


@pytest.mark.usefixtures("demonstration")
async def test_another_organisations_invitation_is_not_there(
    stranger: httpx.AsyncClient, application: Application, operator: SignedIn
) -> None:
    made = await invited(stranger, operator, an_address())
    demo = {"organisation": "demo"}

    listed = await stranger.get(INVITATIONS, params=demo, headers=operator.headers)
    taken = await stranger.delete(
        f"{INVITATIONS}/{made.json()['invitation_id']}", params=demo, headers=operator.headers
    )

    assert (listed.json()["items"], taken.status_code) == ([], 404)
    await delivered(application)


async def test_what_happens_to_an_account_is_told_in_the_app_once(
    stranger: httpx.AsyncClient, application: Application
) -> None:
    email = an_address()
    await a_user(application, email=email, password=PASSWORD)
    sessions = [shown(await sign_in(stranger, email, **{"User-Agent": f"Browser {n}"})) for n in range(3)]
    await delivered(application)
    await execute(application, "update outbox set done_at = null where name = 'identity.account_used'")
    await delivered(application)

    first = (await stranger.get(NOTICES, params={"limit": 2}, headers=sessions[0])).json()
    rest = (await stranger.get(NOTICES, params={"cursor": first["next_cursor"]}, headers=sessions[0])).json()
    one = await stranger.post(f"{NOTICES}/read", json={"ids": [first["items"][0]["notice_id"]]}, headers=sessions[0])
    others = await stranger.post(f"{NOTICES}/read", json={}, headers=sessions[0])
    left = (await stranger.get(NOTICES, headers=sessions[0])).json()
    somebody = await a_user(application)

    told = [*first["items"], *rest["items"]]
    assert [each["facts"]["device"] for each in told] == ["Browser 2", "Browser 1", "Browser 0"]
    assert {each["kind"] for each in told} == {"signed_in_elsewhere"}
    assert (first["unread"], one.json()["notices"], others.json()["notices"], left["unread"]) == (3, 1, 2, 0)
    assert (await stranger.get(NOTICES, headers=somebody.headers)).json()["items"] == []
    assert len(await mails_to(application, email)) == 3


async def test_a_device_that_was_signed_in_on_is_no_news(stranger: httpx.AsyncClient, application: Application) -> None:
    email = an_address()
    await a_user(application, email=email, password=PASSWORD)
    answer = await sign_in(stranger, email)
    device = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("analisa_device"))
    await sign_in(stranger, email, Cookie=device.partition(";")[0])

    assert len(await mails_to(application, email)) == 1
    assert len((await stranger.get(SESSIONS, headers=shown(answer))).json()["items"]) >= 2


async def test_whoever_belongs_nowhere_founds_an_organisation_of_their_own(
    open_to_all: httpx.AsyncClient, stranger: httpx.AsyncClient, application: Application
) -> None:
    who, other = await a_user(application, role=None), await a_user(application, role=None)
    slug = f"acme-{uuid4().hex[:8]}"
    body = {"slug": slug, "name": " Acme "}

    closed = await stranger.post("/api/v1/organisations", json=body, headers=who.headers)
    made, again = [await open_to_all.post("/api/v1/organisations", json=body, headers=who.headers) for _ in range(2)]
    taken = await open_to_all.post("/api/v1/organisations", json=body, headers=other.headers)
    renamed = await open_to_all.put(
        "/api/v1/organisation/name", params={"organisation": slug}, json={"name": "Acme do Brasil"}, headers=who.headers
    )
    me = (await open_to_all.get(ME, headers=who.headers)).json()["organisations"]
    seen = await open_to_all.get("/api/v1/influencers", headers=who.headers)

    assert (closed.status_code, closed.json()["code"]) == (403, "identity.registration_closed")
    assert (made.status_code, again.json()) == (201, made.json())
    assert (taken.status_code, taken.json()["code"]) == (409, "identity.slug_taken")
    assert renamed.status_code == 204
    assert [(each["slug"], each["name"], each["role"]) for each in me] == [(slug, "Acme do Brasil", "owner")]
    assert seen.json()["items"] == []


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"slug": "Acme"}, 400),
        ({"slug": "9lives"}, 400),
        ({"name": " "}, 422),
        ({"slug": "x" * 64}, 400),
        ({"id": "x"}, 400),
    ],
)
async def test_what_makes_no_organisation_is_refused(
    stranger: httpx.AsyncClient, operator: SignedIn, facts: dict[str, str], status: int
) -> None:
    answer = await stranger.post(
        "/api/v1/organisations", json={"slug": "acme", "name": "A", **facts}, headers=operator.headers
    )

    assert answer.status_code == status, answer.text


async def test_one_person_founds_so_many_and_no_more(open_to_all: httpx.AsyncClient, application: Application) -> None:
    who, begin = await a_user(application, role=None), f"many-{uuid4().hex[:6]}"
    answers = [
        await open_to_all.post("/api/v1/organisations", json={"slug": f"{begin}-{n}", "name": "M"}, headers=who.headers)
        for n in range(21)
    ]

    assert [answer.status_code for answer in answers] == [*[201] * 20, 422]
