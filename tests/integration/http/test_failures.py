"""What callers are told when something behind the API is away or broken, and what they are never told."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry

from analisa.adapters.embedded.ports import free_port
from analisa.adapters.files.secrets import SecretFiles
from analisa.adapters.observability.metrics import HttpMetrics
from analisa.adapters.postgres.errors import DatabaseUnavailable
from analisa.application.collection.imports import RequestImport
from analisa.domain.shared.ids import ImportId
from analisa.entrypoints.container import Application, open_application
from analisa.entrypoints.http.app import Given, create_app, create_litestar
from analisa.entrypoints.http.closing import Closing
from analisa.entrypoints.http.edge import Edge
from analisa.entrypoints.http.limits import RequestLimits
from analisa.entrypoints.setting_values import SecretUrl
from analisa.entrypoints.settings import Settings
from tests.integration.http.conftest import BASE
from tests.integration.http.test_imports import ARCHIVE
from tests.signed_in import SignedIn


@asynccontextmanager
async def calling(app: object, who: SignedIn | None = None) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]
    headers = who.headers if who else {}
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers) as client:
        yield client


def broken() -> object:
    raise RuntimeError("the secret is 42, in /very/private/place.py")


async def test_an_error_of_ours_is_told_without_its_inside(application: Application, operator: SignedIn) -> None:
    given = replace(Given.by(application, Closing()), import_views=broken)

    async with calling(
        Edge(create_litestar(given), HttpMetrics(CollectorRegistry()), RequestLimits(1_000)), operator
    ) as api:
        answer = await api.get("/api/v1/imports", headers={"X-Request-Id": "r-500"})

    assert answer.status_code == 500
    assert answer.json()["code"] == "http.internal"
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "r-500"
    assert "secret" not in answer.text
    assert "place.py" not in answer.text


async def test_without_its_database_it_lives_and_says_to_wait(
    settings: Settings, operator: SignedIn, tmp_path: Path
) -> None:
    away = SecretUrl(f"postgresql://analisa:hidden@127.0.0.1:{free_port()}/analisa")
    elsewhere = msgspec.structs.replace(settings, database_url=away, home=tmp_path)

    async with (
        open_application(elsewhere, redis=True, check_schema=False) as application,
        calling(create_app(application), operator) as api,
    ):
        live = await api.get("/health/live")
        ready = await api.get("/health/ready")
        listed = await api.get("/api/v1/influencers")
        scraping = SecretFiles(tmp_path / "secrets").scrape_token()
        page = await api.get("/metrics", headers={"Authorization": f"Bearer {scraping}"})
        schema = await api.get("/schema/openapi.json")

    assert (live.status_code, ready.status_code, page.status_code, schema.status_code) == (200, 503, 200, 200)
    assert ready.json()["database"] == "away"
    assert "analisa_database_up 0.0" in page.text
    assert listed.status_code == 503
    assert int(listed.headers["retry-after"]) == listed.json()["retry_after"] > 0
    assert "hidden" not in listed.text


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("POST", "/api/v1/search-fields", 405, "GET, OPTIONS"),
        ("DELETE", "/api/v1/imports", 405, "GET, OPTIONS, POST"),
        ("TRACE", "/api/v1/imports", 405, None),
        ("GET", "/API/V1/imports", 404, None),
        ("GET", "/nowhere", 404, None),
    ],
)
async def test_what_a_route_does_not_do_is_said(
    api: httpx.AsyncClient, method: str, path: str, status: int, allowed: str | None
) -> None:
    answer = await api.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    if allowed is not None:
        assert ", ".join(sorted(answer.headers["allow"].split(", "))) == allowed


async def test_formulas_are_listed_by_their_basis(api: httpx.AsyncClient) -> None:
    every = (await api.get("/api/v1/formulas")).json()["items"]
    on_reach = (await api.get("/api/v1/formulas", params={"basis": "reach"})).json()["items"]

    assert len({formula["id"] for formula in every}) == len(every) > 10
    assert all(formula["text"] and formula["source"] and formula["unit"] for formula in every)
    assert on_reach == [formula for formula in every if formula["basis"] == "reach"]
    assert 0 < len(on_reach) < len(every)


async def test_plugins_are_listed_with_what_they_add(api: httpx.AsyncClient) -> None:
    plugins = {plugin["name"]: plugin for plugin in (await api.get("/api/v1/plugins")).json()["items"]}

    assert plugins["youtube"]["networks"] == ["youtube"]
    assert any("creator-archive" in plugin["readers"] for plugin in plugins.values())
    assert all(plugin["problem"] is None for plugin in plugins.values())


@pytest.mark.parametrize(
    ("ends_by", "status", "kept"),
    [(RuntimeError("no"), 500, 0), (DatabaseUnavailable("away"), 503, 2), (CancelledError(), 503, 2)],
)
async def test_files_of_an_import_that_may_have_been_noted_are_kept(
    application: Application, operator: SignedIn, ends_by: BaseException, status: int, kept: int
) -> None:
    shelf = application.root.collection.shelf()
    asked: list[ImportId] = []

    async def note(command: RequestImport) -> None:
        asked.append(command.import_id)
        raise ends_by

    given = replace(Given.by(application, Closing()), request_import=lambda: note)
    async with calling(
        Edge(create_litestar(given), HttpMetrics(CollectorRegistry()), RequestLimits(1_000)), operator
    ) as api:
        answer = await api.post("/api/v1/imports", files=ARCHIVE)

    assert answer.status_code == status
    assert len(shelf.files(asked[0])) == kept
    await shelf.discard(asked[0])
