"""Workspaces, the roles that people are given in them, and roles that organisations make."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest_asyncio

from analisa.application.shared.failpoints import FailpointHit
from analisa.domain.identity.permissions import IN_WORKSPACES, OF_ROLES, Role
from analisa.entrypoints.container import Application, open_application
from analisa.entrypoints.http.app import create_app
from analisa.entrypoints.settings import Settings
from tests.deliveries import code_in, delivered, recorded
from tests.failing import failing
from tests.installation import Installation
from tests.integration.http.conftest import BASE
from tests.integration.http.houses import API, House, a_house
from tests.signed_in import a_user


@pytest_asyncio.fixture(loop_scope="session")
async def house(application: Application, stranger: httpx.AsyncClient, tmp_path: Path) -> House:
    return await a_house(application, stranger, tmp_path)


async def test_a_workspace_is_made_once_renamed_and_archived(house: House) -> None:
    head = {"Idempotency-Key": uuid4().hex, **house.owner.headers}
    body = {"slug": "verao", "name": "Verão"}
    first, again = [await house.client.post(f"{API}/workspaces", json=body, headers=head) for _ in range(2)]

    assert (first.status_code, again.status_code, again.headers["idempotency-replayed"]) == (201, 201, "true")
    path = f"/workspaces/{first.json()['workspace_id']}"
    taken = await house.ask("POST", "/workspaces", json=body)
    assert (taken.status_code, taken.json()["code"]) == (409, "identity.workspace_taken")
    edited = await house.client.patch(
        f"{API}{path}", json={"name": "Inverno"}, headers={**house.owner.headers, "If-Match": first.headers["etag"]}
    )
    late = await house.client.patch(
        f"{API}{path}", json={"name": "Outono"}, headers={**house.owner.headers, "If-Match": first.headers["etag"]}
    )
    assert (edited.json()["name"], edited.json()["version"]) == ("Inverno", 2)
    assert (late.status_code, late.headers["etag"]) == (412, '"v2"')
    await house.done("PATCH", path, json={"archived": True})
    assert (await house.ask("GET", "/influencers", workspace="verao")).status_code == 404
    assert [each["archived"] for each in (await house.done("GET", "/workspaces"))["items"]] == [True]


async def test_who_works_in_one_workspace_alone_sees_that_one_and_nothing_of_the_organisation(house: House) -> None:
    verao, inverno = await house.workspace("Verão"), await house.workspace("Inverno")
    who = await house.only_in(verao, Role.OWNER)

    (there,) = (await house.done("GET", "/me", by=who))["organisations"]
    assert (there["role"], there["permissions"]) == (None, [])
    (room,) = there["workspaces"]
    assert (room["slug"], set(room["permissions"])) == (verao["slug"], IN_WORKSPACES)
    assert [each["slug"] for each in (await house.done("GET", "/workspaces", by=who))["items"]] == [verao["slug"]]
    assert (await house.ask("GET", "/influencers", by=who)).status_code == 200
    assert (await house.ask("GET", "/influencers", by=who, workspace=inverno["slug"])).status_code == 404
    for path in ("/members", "/keys", "/audit", "/invitations", "/exports", "/organisation/plan"):
        assert (await house.ask("GET", path, by=who)).status_code == 403, path
    renamed = await house.ask("PUT", "/organisation/name", by=who, json={"name": "Mine"}, workspace=verao["slug"])
    assert renamed.status_code == 403


async def test_a_role_in_a_workspace_adds_to_the_one_everywhere_and_ends_at_once(house: House) -> None:
    workspace = await house.workspace()
    path = f"/workspaces/{workspace['workspace_id']}/members"
    who = await house.member(Role.CREATOR)
    assert (await house.ask("GET", "/influencers", by=who)).status_code == 403

    await house.done("PUT", f"{path}/{who.user_id}", json={"role": "client"})
    assert (await house.ask("GET", "/influencers", by=who)).status_code == 403
    assert (await house.ask("GET", "/influencers", by=who, workspace=workspace["slug"])).status_code == 200
    assert [each["role"] for each in (await house.done("GET", path))["items"]] == ["client"]

    await house.done("DELETE", f"{path}/{who.user_id}")
    assert (await house.ask("GET", "/influencers", by=who, workspace=workspace["slug"])).status_code == 403
    assert (await house.done("GET", path))["items"] == []


async def test_whoever_leaves_the_organisation_leaves_its_workspaces(house: House) -> None:
    workspace = await house.workspace()
    who = await house.only_in(workspace, "client")
    assert (await house.ask("GET", "/influencers", by=who)).status_code == 200

    await house.done("DELETE", f"/members/{who.user_id}")

    assert (await house.ask("GET", "/influencers", by=who)).status_code == 403
    assert (await house.done("GET", f"/workspaces/{workspace['workspace_id']}/members"))["items"] == []


async def test_nobody_lets_others_do_more_than_they_may_themselves(house: House) -> None:
    workspace = await house.workspace()
    await house.done(
        "PUT", "/roles/doorkeeper", json={"permissions": ["workspaces.manage", "members.manage", "roles.manage"]}
    )
    keeper, somebody = await house.member(), await house.member()
    await house.done("PUT", f"/members/{keeper.user_id}", json={"role": "doorkeeper"})

    path = f"/workspaces/{workspace['workspace_id']}/members/{somebody.user_id}"
    for method, where, body in (
        ("PUT", path, {"role": "client"}),
        ("PUT", f"/members/{somebody.user_id}", {"role": "manager"}),
        ("PUT", "/roles/spy", {"permissions": ["audit.read"]}),
        ("POST", "/invitations", {"email": "x@example.org", "role": "client"}),
        (
            "POST",
            "/invitations",
            {"email": "x@example.org", "role": "client", "workspace_id": workspace["workspace_id"]},
        ),
    ):
        refused = await house.ask(method, where, by=keeper, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "identity.not_permitted"), (where, refused.text)
    await house.done("PUT", "/roles/spy", json={"permissions": ["audit.read"]})
    assert (await house.ask("PUT", "/roles/spy", by=keeper, json={"permissions": []})).status_code == 403
    assert (await house.ask("DELETE", "/roles/spy", by=keeper)).status_code == 403


async def test_a_role_that_the_organisation_makes_holds_for_whoever_has_it_from_the_next_request_on(
    house: House,
) -> None:
    await house.done("PUT", "/roles/planner", json={"permissions": ["influencers.read"]})
    who = await house.member()
    await house.done("PUT", f"/members/{who.user_id}", json={"role": "planner"})
    assert (await house.ask("GET", "/influencers", by=who)).status_code == 200
    assert (await house.ask("GET", "/members", by=who)).status_code == 403

    await house.done("PUT", "/roles/planner", json={"permissions": ["members.read"]})
    assert (await house.ask("GET", "/influencers", by=who)).status_code == 403
    listed = (await house.done("GET", "/members", by=who))["items"]
    assert {each["user_id"]: each["role"] for each in listed}[str(who.user_id)] == "planner"
    assert all(each["can"] == [] for each in listed)

    in_use = await house.ask("DELETE", "/roles/planner")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "identity.role_in_use")
    await house.done("PUT", f"/members/{who.user_id}", json={"role": "client"})
    await house.done("DELETE", "/roles/planner")
    gone = await house.ask("PUT", f"/members/{who.user_id}", json={"role": "planner"})
    assert (gone.status_code, gone.json()["code"]) == (422, "identity.role_unknown")
    assert {each["role"] for each in (await house.done("GET", "/roles"))["items"]} == set(OF_ROLES)


async def test_a_role_is_another_organisations_own_business(
    house: House, application: Application, tmp_path: Path
) -> None:
    await house.done("PUT", "/roles/planner", json={"permissions": ["influencers.read"]})
    other = await Installation(application.database, await application.actor(), tmp_path).found(f"h-{uuid4().hex[:8]}")
    there = House(
        application, house.client, other.organisation, await a_user(application, organisation=other.organisation)
    )

    assert {each["role"] for each in (await there.done("GET", "/roles"))["items"]} == set(OF_ROLES)
    who = await there.member()
    assert (await there.ask("PUT", f"/members/{who.user_id}", json={"role": "planner"})).status_code == 422
    await there.done("PUT", "/roles/planner", json={"permissions": ["members.read"]})
    mine = {each["role"]: each["permissions"] for each in (await house.done("GET", "/roles"))["items"]}
    assert mine["planner"] == ["influencers.read"]


async def test_somebody_is_invited_to_a_workspace_and_to_nothing_more(house: House, application: Application) -> None:
    workspace = await house.workspace("Verão")
    email = f"{uuid4().hex[:10]}@example.org"
    body = {"email": email, "role": "client", "workspace_id": workspace["workspace_id"]}
    invited = await house.done("POST", "/invitations", json=body)
    assert invited["workspace_id"] == workspace["workspace_id"]
    mail = next(kept for kept in await delivered(application) if kept.mail.to == email)

    accepted = await house.client.post(
        f"{API}/invitations/accept",
        json={"code": code_in(mail), "name": "Cliente", "password": "quatro palavras bem longas"},
    )

    assert accepted.status_code == 200, accepted.text
    (there,) = [each for each in (await house.done("GET", "/members"))["items"] if each["email"] == email]
    assert there["role"] is None
    (room,) = (await house.done("GET", f"/workspaces/{workspace['workspace_id']}/members"))["items"]
    assert (room["email"], room["role"]) == (email, "client")
    told = [kept.mail for kept in await delivered(application) if kept.mail.to == email]
    assert any("Verão (" in mail.subject for mail in told)


async def test_what_was_done_with_workspaces_and_roles_stands_in_the_record(
    house: House, application: Application
) -> None:
    workspace = await house.workspace()
    who = await house.member()
    await house.done("PUT", f"/workspaces/{workspace['workspace_id']}/members/{who.user_id}", json={"role": "client"})
    await house.done("PUT", "/roles/planner", json={"permissions": []})
    await house.done("DELETE", "/roles/planner")
    await recorded(application)

    done = {each["action"] for each in (await house.done("GET", "/audit"))["items"]}
    assert {
        "identity.workspace_made",
        "identity.workspace_role_given",
        "identity.role_kept",
        "identity.role_deleted",
    } <= done


async def test_a_death_before_a_workspace_is_kept_leaves_nothing(house: House) -> None:
    with failing("identity.before_workspace_commit"):
        failed = await house.ask("POST", "/workspaces", json={"slug": "verao", "name": "Verão"})

    assert failed.status_code == 500
    assert FailpointHit.__name__ not in failed.text
    assert (await house.done("GET", "/workspaces"))["items"] == []


@pytest_asyncio.fixture(loop_scope="session")
async def bounded(settings: Settings, house: House, tmp_path: Path) -> AsyncIterator[House]:
    """The same house in an installation with a small plan, which is the usual one."""
    file = tmp_path / "plans.toml"
    file.write_text(
        'usual = "small"\n[plans.small]\nfeatures = ["alerts"]\n[plans.small.limits]\nworkspaces = 2\nmembers = 3\n'
    )
    planned = msgspec.structs.replace(settings, plans_file=file)
    async with open_application(planned, redis=True) as application:
        transport = httpx.ASGITransport(create_app(application))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            yield replace(house, application=application, client=client)


async def test_a_plan_bounds_what_there_is_also_when_many_ask_at_once(bounded: House) -> None:
    asks = (bounded.ask("POST", "/workspaces", json={"slug": f"w-{number}", "name": "A"}) for number in range(8))
    answers = await asyncio.gather(*asks)

    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [402] * 6
    refused = next(answer.json() for answer in answers if answer.status_code == 402)
    assert (refused["code"], refused["entitlement"], refused["remaining"]) == (
        "identity.plan_exceeded",
        "workspaces",
        0,
    )
    first, _ = (await bounded.done("GET", "/workspaces"))["items"]
    await bounded.done("PATCH", f"/workspaces/{first['workspace_id']}", json={"archived": True})
    await bounded.workspace()
    back = await bounded.ask("PATCH", f"/workspaces/{first['workspace_id']}", json={"archived": False})
    assert back.status_code == 402


async def test_a_plan_shows_what_was_used_and_lacks_features(bounded: House) -> None:
    for number in range(2):
        await bounded.done("POST", "/invitations", json={"email": f"a{number}@example.org", "role": "client"})
    assert (
        await bounded.ask("POST", "/invitations", json={"email": "b@example.org", "role": "client"})
    ).status_code == 402
    for method, path, body in (
        ("PUT", "/roles/planner", {"permissions": []}),
        ("POST", "/keys", {"name": "n", "permissions": ["catalogue.read"]}),
    ):
        refused = await bounded.ask(method, path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (402, "identity.plan_exceeded"), refused.text

    plan = await bounded.done("GET", "/organisation/plan")
    lines = {each["entitlement"]: (each["used"], each["most"], each["remaining"]) for each in plan["entitlements"]}
    assert (plan["plan"], plan["features"], plan["missing"]) == ("small", ["alerts"], ["api_keys", "custom_roles"])
    assert lines["members"] == (3, 3, 0)
    assert lines["exports"] == (0, None, None)
