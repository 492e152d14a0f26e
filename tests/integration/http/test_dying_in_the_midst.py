"""Processes that die while they change who belongs here: nothing is left half done."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pyotp
import pytest

from analisa.application.shared.failpoints import registry
from analisa.entrypoints.container import Application
from analisa.entrypoints.settings import Settings
from tests.integration.http.passwords import ME, PASSWORD, count_of, sign_in
from tests.integration.http.serving import started
from tests.signed_in import SignedIn, a_user


def asked(client: httpx.AsyncClient, point: str, email: str, who: SignedIn, secret: str) -> Any:
    """A request that passes a failpoint."""
    match point:
        case "identity.before_sign_in_commit":
            return sign_in(client, email)
        case "identity.before_registration_commit":
            body = {"email": f"half-{email}", "name": "Half", "password": PASSWORD}
            return client.post("/api/v1/auth/register", json=body)
        case "identity.before_organisation_commit":
            body = {"slug": f"half-{uuid4().hex[:8]}", "name": "Half"}
            return client.post("/api/v1/organisations", json=body, headers=who.headers)
        case "identity.before_second_factor_commit":
            return client.post(f"{ME}/totp/confirm", json={"code": pyotp.TOTP(secret).now()}, headers=who.headers)
        case "identity.before_invitation_commit":
            body = {"email": f"half-{email}", "role": "client"}
            return client.post("/api/v1/invitations", json=body, headers=who.headers)
        case "identity.before_workspace_commit":
            head = {**who.headers, "Idempotency-Key": uuid4().hex}
            return client.post("/api/v1/workspaces", json={"slug": "half", "name": "Half"}, headers=head)
        case _:
            return client.patch(ME, json={"name": "Half"}, headers={**who.headers, "If-Match": "*"})


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    "point",
    sorted(
        name
        for name in registry
        if name.startswith("identity.")
        and not {"refresh", "provider", "end", "hand", "move"} & set(re.split("[._]", name))
    ),
)
async def test_a_process_that_dies_in_the_midst_leaves_nothing_half_done(
    settings: Settings, application: Application, email: str, tmp_path_factory: pytest.TempPathFactory, point: str
) -> None:
    who = await a_user(application)
    counts = (
        "select (select count(*) from sessions) + (select count(*) from users) + (select count(*) from invitations)"
        " + (select count(*) from organisations) + (select count(*) from workspaces)"
    )
    before = await count_of(application, counts)
    begun = await application.root.identity.factors().begin(who.user_id)
    armed = {"ANALISA_PROFILE": "test", "ANALISA_PASSWORD_COST": "4", "ANALISA_REGISTRATION": "open"}

    with started(settings, tmp_path_factory.mktemp("log"), ANALISA_FAILPOINTS=f"{point}=kill", **armed) as dying:
        async with httpx.AsyncClient(base_url=dying.address, timeout=20) as client:
            with pytest.raises(httpx.HTTPError):
                await asked(client, point, email, who, begun.secret)

    assert await count_of(application, counts) == before
    assert not await application.root.identity.factors().needed(who.user_id)
    assert (await application.root.identity.accounts().get(who.user_id)).name == "Maria Exemplo"
