"""Requests that nobody thought of, drawn from the API's own description: each is answered as the description says."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
import schemathesis
import schemathesis.openapi
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from analisa.domain.identity.permissions import Role
from analisa.entrypoints.container import Application
from analisa.entrypoints.http.export import exported
from tests.integration.http.conftest import UNKNOWN, Scored
from tests.integration.http.serving import Api
from tests.promises import Figures
from tests.signed_in import SignedIn, a_key, a_user

pytestmark = pytest.mark.promise("SEC13")

DOCUMENT: dict[str, Any] = json.loads(exported())
OPERATIONS = [
    pytest.param(method.upper(), path, mode, id=f"{mode.value} {operation['operationId']}")
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or operation.get("parameters")  # else there is nothing to get wrong
]
RAN: list[int] = []
"""Requests that were sent, by those who send many."""
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def there(scored: Scored, application: Application) -> dict[str, object]:
    """What requests can be about, by the names of path parameters: an import and an export that have ended among them."""
    asked = {"list": "imports", "format": "csv"}
    made = await scored.api.post("/api/v1/exports", json=asked, headers={"Idempotency-Key": "for-the-drawn"})
    export_id = made.json()["export_id"]
    actor = await application.actor()
    await application.root.exporting.exporter().write(actor.organisation, UUID(export_id))
    await a_key(application, "scores.read")
    imports = (await scored.api.get("/api/v1/imports")).json()["items"]
    return {
        "profile": scored.lines[0]["profiles"][0]["profile_id"],
        "influencer_id": scored.lines[0]["influencer_id"],
        "import_id": next(item["import_id"] for item in imports if item["state"] == "done"),
        "export_id": export_id,
        "user_id": str((await a_user(application, role=Role.CLIENT)).user_id),
        "invitation_id": UNKNOWN,
        "key_id": str((await application.root.identity.views().keys(actor))[0].key_id),
    }


@pytest_asyncio.fixture(loop_scope="session")
async def caller(application: Application) -> SignedIn:
    """Somebody with a session of their own: a drawn request may sign them out, or out of the organisation."""
    return await a_user(application, operator=True)


def drawn(
    running: Api,
    caller: SignedIn,
    there: dict[str, object],
    method: str,
    path: str,
    mode: GenerationMode,
    examples: int,
) -> int:
    """Send at most *examples* requests of one operation, every second about something that is there; return how many."""
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    turn = 0

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def answered(case: Case) -> None:
        nonlocal turn
        turn += 1
        if turn % 2 and case.path_parameters:
            case.path_parameters = {
                **case.path_parameters,
                **{k: v for k, v in there.items() if k in case.path_parameters},
            }
        response = case.call(base_url=running.address, headers=caller.headers if turn % 5 else {})
        case.validate_response(response, checks=CHECKS)

    answered()
    return turn


@pytest.mark.parametrize(("method", "path", "mode"), OPERATIONS)
def test_drawn_requests_are_answered_as_described(
    running: Api,
    caller: SignedIn,
    there: dict[str, object],
    figures: Figures,
    method: str,
    path: str,
    mode: GenerationMode,
) -> None:
    figures.ran(drawn(running, caller, there, method, path, mode, examples=8))


@pytest.mark.prove
@pytest.mark.parametrize(("method", "path", "mode"), OPERATIONS)
def test_many_drawn_requests_are_answered_as_described(
    running: Api,
    caller: SignedIn,
    there: dict[str, object],
    figures: Figures,
    method: str,
    path: str,
    mode: GenerationMode,
) -> None:
    ran = drawn(running, caller, there, method, path, mode, examples=300)
    RAN.append(ran)
    figures.ran(ran)


@pytest.mark.prove
def test_they_were_five_thousand_altogether() -> None:
    assert sum(RAN) >= 5_000
