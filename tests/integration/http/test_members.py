"""Who may do what: roles and keys, held against every route that there is."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from analisa.adapters.postgres.database import Tenant
from analisa.application.identity.keys import MakeKey
from analisa.domain.identity.errors import PermissionUnknown, UserInvalid
from analisa.domain.identity.permissions import OF_ROLES, PERMISSIONS, Role
from analisa.entrypoints.container import Application
from analisa.entrypoints.http.export import exported
from tests.integration.http.conftest import UNKNOWN
from tests.signed_in import SignedIn, a_key, a_user

MEMBERS, KEYS = "/api/v1/members", "/api/v1/keys"
OPERATIONS = [
    pytest.param(method.upper(), path, operation["x-permission"], id=operation["operationId"])
    for path, item in json.loads(exported())["paths"].items()
    for method, operation in item.items()
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def roles(application: Application, operator: SignedIn) -> dict[Role, SignedIn]:
    """Somebody of each role."""
    del operator
    return {role: await a_user(application, role=role) for role in Role}


async def called(client: httpx.AsyncClient, method: str, path: str, **headers: str) -> httpx.Response:
    words = {"profile": "1", "niche": "travel", "role": "planner"}
    filled = re.sub(r"{(\w+)}", lambda name: words.get(name[1], UNKNOWN), path)
    return await client.request(method, filled, headers={"content-type": "application/json", **headers}, content=b"{}")


@pytest.mark.promise("SEC8")
@pytest.mark.parametrize(("method", "path", "permission"), OPERATIONS)
async def test_every_route_lets_in_whom_its_permission_names_and_nobody_else(
    stranger: httpx.AsyncClient,
    roles: dict[Role, SignedIn],
    application: Application,
    method: str,
    path: str,
    permission: str,
) -> None:
    anonymous = await called(stranger, method, path)
    if permission == "open":
        assert anonymous.status_code != 403
        assert anonymous.json()["code"] != "identity.not_signed_in" if anonymous.status_code == 401 else True
        return
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "identity.not_signed_in")
    if permission == "signed_in":
        key = await called(stranger, method, path, **await a_key(application, *sorted(OF_ROLES[Role.OWNER])))
        assert (key.status_code, key.json()["code"]) == (403, "identity.not_permitted")
        return
    for role, who in roles.items():
        answer = await called(stranger, method, path, **who.headers)
        refused = answer.status_code == 403 and answer.json()["code"] == "identity.not_permitted"
        assert refused == (permission not in OF_ROLES[role]), (role, answer.text)
    other = await a_key(application, *sorted(OF_ROLES[Role.OWNER] - {permission}))
    assert (await called(stranger, method, path, **other)).status_code == 403


async def test_the_organisation_sees_who_belongs_to_it(
    stranger: httpx.AsyncClient, roles: dict[Role, SignedIn]
) -> None:
    listed = (await stranger.get(MEMBERS, headers=roles[Role.ANALYST].headers)).json()["items"]

    assert {(str(who.user_id), role) for role, who in roles.items()} <= {
        (each["user_id"], each["role"]) for each in listed
    }


async def test_another_role_holds_from_the_next_request_on(
    stranger: httpx.AsyncClient, roles: dict[Role, SignedIn], application: Application
) -> None:
    who, owner = await a_user(application, role=Role.CLIENT), roles[Role.OWNER]
    before = await stranger.get("/api/v1/exports", headers=who.headers)

    given = await stranger.put(f"{MEMBERS}/{who.user_id}", json={"role": "analyst"}, headers=owner.headers)
    after = await stranger.get("/api/v1/exports", headers=who.headers)
    gone = await stranger.delete(f"{MEMBERS}/{who.user_id}", headers=owner.headers)
    nowhere = await stranger.get("/api/v1/exports", headers=who.headers)
    again = await stranger.delete(f"{MEMBERS}/{who.user_id}", headers=owner.headers)

    assert [each.status_code for each in (before, given, after, gone, nowhere, again)] == [403, 204, 200, 204, 403, 404]
    assert nowhere.json()["code"] == "identity.no_organisation"


async def test_nobody_makes_or_unmakes_somebody_who_may_do_more(
    stranger: httpx.AsyncClient, roles: dict[Role, SignedIn]
) -> None:
    admin, owner = roles[Role.ADMIN], roles[Role.OWNER]

    raised = await stranger.put(f"{MEMBERS}/{admin.user_id}", json={"role": "owner"}, headers=admin.headers)
    unmade = await stranger.delete(f"{MEMBERS}/{owner.user_id}", headers=admin.headers)
    below = await stranger.put(
        f"{MEMBERS}/{roles[Role.CLIENT].user_id}", json={"role": "client"}, headers=admin.headers
    )

    assert [each.status_code for each in (raised, unmade, below)] == [403, 403, 204]


async def test_an_organisation_always_has_an_owner(
    stranger: httpx.AsyncClient, application: Application, demonstration: Any, operator: SignedIn
) -> None:
    url, where = f"{MEMBERS}/{operator.user_id}", {"organisation": "demo"}

    left = await stranger.delete(url, params=where, headers=operator.headers)
    lowered = await stranger.put(url, params=where, json={"role": "client"}, headers=operator.headers)

    assert [(each.status_code, each.json()["code"]) for each in (left, lowered)] == [(409, "identity.last_owner")] * 2
    assert await application.root.identity.views().members(demonstration)


async def test_roles_are_told_with_what_they_may_do(api: httpx.AsyncClient) -> None:
    told = (await api.get("/api/v1/roles")).json()

    assert {each["role"]: set(each["permissions"]) for each in told["items"]} == {
        r: set(p) for r, p in OF_ROLES.items()
    }
    assert {each["name"] for each in told["permissions"]} == PERMISSIONS


async def made(client: httpx.AsyncClient, who: SignedIn, **facts: Any) -> httpx.Response:
    body = {"name": "nightly", "permissions": ["catalogue.read"], **facts}
    return await client.post(KEYS, json=body, headers=who.headers)


async def test_a_key_is_shown_once_and_good_until_it_is_revoked(
    stranger: httpx.AsyncClient, roles: dict[Role, SignedIn]
) -> None:
    owner = roles[Role.OWNER]
    answer = await made(stranger, owner)
    key, secret = answer.json()["key"], answer.json()["secret"]
    shown = {"Authorization": f"bearer {secret}"}

    used = await stranger.get("/api/v1/niches", headers=shown)
    (listed,) = [
        each
        for each in (await stranger.get(KEYS, headers=owner.headers)).json()["items"]
        if each["key_id"] == key["key_id"]
    ]
    revoked = [await stranger.delete(f"{KEYS}/{key['key_id']}", headers=owner.headers) for _ in range(2)]
    after = await stranger.get("/api/v1/niches", headers=shown)
    unknown = await stranger.delete(f"{KEYS}/{UNKNOWN}", headers=owner.headers)

    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert secret.startswith(key["begins"])
    assert used.status_code == 200
    assert listed["used_at"] is not None
    assert secret not in json.dumps(listed)
    assert [each.status_code for each in (*revoked, after, unknown)] == [204, 204, 401, 404]


async def test_a_key_may_do_no_more_than_whoever_made_it(
    stranger: httpx.AsyncClient, roles: dict[Role, SignedIn], application: Application
) -> None:
    admin = await made(stranger, roles[Role.ADMIN], permissions=["catalogue.read", "organisation.delete"])
    nobody = await made(stranger, roles[Role.OWNER], permissions=["everything.do"])
    installation = await made(stranger, roles[Role.OWNER], permissions=["operations.read"])
    program = await a_key(application, "keys.manage")
    through = await stranger.post(KEYS, json={"name": "x", "permissions": ["scores.read"]}, headers=program)

    for answer in (admin, nobody, installation, through):
        assert (answer.status_code, answer.json()["code"]) == (422, "identity.permission_unknown"), answer.text
    assert "organisation.delete" in admin.json()["detail"]


async def test_a_key_of_an_operator_reads_the_installations_metrics(
    stranger: httpx.AsyncClient, operator: SignedIn
) -> None:
    secret = (await made(stranger, operator, permissions=["operations.read"])).json()["secret"]

    assert (await stranger.get("/metrics", headers={"Authorization": f"Bearer {secret}"})).status_code == 200


async def test_a_key_is_good_until_its_day(stranger: httpx.AsyncClient, application: Application) -> None:
    actor, now = await application.actor(), application.clock.now()
    keys = application.root.identity.keys()
    key, secret = await keys.make(
        MakeKey(actor=actor, name="x", permissions=("catalogue.read",), expires_at=now + timedelta(seconds=2))
    )
    shown = {"Authorization": f"Bearer {secret}"}
    async with application.database.writing(Tenant.of(actor)) as connection:
        await connection.execute(
            text("update api_keys set expires_at = now() - interval '1 s' where id = :id"), {"id": key.key_id}
        )

    assert (await stranger.get("/api/v1/niches", headers=shown)).status_code == 401
    with pytest.raises(UserInvalid, match="good no more already"):
        await keys.make(MakeKey(actor=actor, name="x", permissions=("catalogue.read",), expires_at=now))
    with pytest.raises(PermissionUnknown):
        await keys.make(MakeKey(actor=actor, name="x", permissions=()))
    with pytest.raises(UserInvalid):
        await keys.make(MakeKey(actor=actor, name=" ", permissions=("catalogue.read",)))


async def test_what_one_may_not_change_has_no_buttons(
    api: httpx.AsyncClient, stranger: httpx.AsyncClient, roles: dict[Role, SignedIn]
) -> None:
    made_one = await api.post(
        "/api/v1/influencers", json={"name": f"Own {uuid4().hex}"}, headers={"Idempotency-Key": str(uuid4())}
    )
    url = f"/api/v1/views/influencers/{made_one.json()['influencer_id']}"

    can = {
        role: (await stranger.get(url, headers=roles[role].headers)).json()["can"]
        for role in (Role.MANAGER, Role.ANALYST)
    }

    assert can == {Role.MANAGER: ["edit", "archive", "merge", "split"], Role.ANALYST: []}
