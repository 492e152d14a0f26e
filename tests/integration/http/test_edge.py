"""Which requests are for us, what every answer carries, and how refusals look."""

from __future__ import annotations

import httpx
import msgspec
import pytest
from litestar import Litestar, get

from analisa.entrypoints.container import Application
from analisa.entrypoints.http.access import UndeclaredPermission, check_routes, needs
from analisa.entrypoints.http.app import Given, create_app, create_litestar
from analisa.entrypoints.http.closing import Closing
from tests.signed_in import SignedIn, a_user


async def test_liveness_depends_on_nothing(api: httpx.AsyncClient) -> None:
    answer = await api.get("/health/live")

    assert answer.status_code == 200
    assert answer.json() == {"status": "alive"}


async def test_whoever_asks_for_the_head_gets_it_without_the_body(api: httpx.AsyncClient) -> None:
    head, whole = await api.head("/health/live"), await api.get("/health/live")

    assert head.status_code == whole.status_code
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert head.content == b""
    assert (await api.head("/nowhere")).status_code == 404


async def test_readiness_tells_what_it_depends_on(api: httpx.AsyncClient) -> None:
    answer = await api.get("/health/ready")

    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["database"], body["schema"], body["redis"]) == ("ready", "ok", "ok", "ok")
    assert set(body["roles"]) == {"worker", "relay", "scheduler"}


async def test_every_answer_names_its_request_and_forbids_framing_and_keeping(api: httpx.AsyncClient) -> None:
    given = await api.get("/api/v1/plugins", headers={"X-Request-Id": "from-the-app.1"})
    made = await api.get("/api/v1/plugins", headers={"X-Request-Id": 'no"good'})

    assert given.headers["x-request-id"] == "from-the-app.1"
    assert len(made.headers["x-request-id"]) == 32
    assert given.headers["cache-control"] == "private, no-cache"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in given.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", "", "localhost.evil:80", "[::2]:8000"])
async def test_a_name_that_is_not_ours_is_refused(api: httpx.AsyncClient, host: str) -> None:
    answer = await api.get("/health/live", headers={"Host": host})

    assert answer.status_code == 403
    assert answer.json()["code"] == "http.stranger"


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9", "LOCALHOST", "[::1]:8000"])
async def test_our_own_names_are_answered(api: httpx.AsyncClient, host: str) -> None:
    assert (await api.get("/health/live", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_page_of_another_site_may_not_write(api: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await api.post("/api/v1/imports", headers=headers, files={"file": ("a.csv", b"x")})

    assert answer.status_code == 403
    assert (await api.get("/api/v1/imports")).json()["items"] == []


async def test_a_refusal_is_a_problem_with_a_code_and_the_request(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/nowhere", headers={"X-Request-Id": "r1"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:analisa:problem:http.not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "Not Found",
        "code": "http.not_found",
        "request_id": "r1",
    }


async def test_a_wrong_parameter_is_named(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/imports", params={"limit": "900"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "query/limit"


async def test_an_unknown_organisation_is_not_found(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/imports", params={"organisation": "nobody"})

    assert answer.status_code == 404
    assert "nobody" in answer.json()["detail"]


async def test_metrics_count_answers_by_route(api: httpx.AsyncClient) -> None:
    await api.get("/api/v1/plugins")

    page = (await api.get("/metrics")).text

    assert 'analisa_http_requests_total{method="GET",route="/api/v1/plugins",status="2xx"}' in page
    assert "analisa_database_up 1.0" in page


def test_a_route_without_a_permission_stops_the_start() -> None:
    @get("/secret", sync_to_thread=False)
    def secret() -> str:
        return "all of it"

    with pytest.raises(UndeclaredPermission, match="/secret"):
        check_routes(Litestar([secret], openapi_config=None))


def test_a_permission_nobody_has_heard_of_stops_the_start() -> None:
    with pytest.raises(UndeclaredPermission, match=r"everything\.read"):
        needs("everything.read")


async def test_every_documented_route_declares_a_permission(application: Application) -> None:
    app = create_litestar(Given.by(application, Closing()))

    documented = set(app.openapi_schema.to_schema()["paths"])

    assert {"/api/v1/imports", "/api/v1/plugins", "/health/live"} <= documented
    check_routes(app)


async def test_every_answer_tells_what_is_left_and_whose_pages_may_read_it(api: httpx.AsyncClient) -> None:
    first, second = await api.get("/health/live"), await api.get("/nowhere")
    stranger = await api.get("/health/live", headers={"Host": "evil.example"})

    left = [int(answer.headers["ratelimit"].split(";")[1].removeprefix("r=")) for answer in (first, second)]
    assert left[0] - left[1] in {0, 1}  # one may have come back
    assert first.headers["ratelimit-policy"] == '"address";q=60000;w=60'
    assert first.headers["access-control-allow-origin"] == "http://127.0.0.1:8000"
    assert "access-control-allow-origin" not in stranger.headers


async def test_who_asks_too_often_waits_and_health_is_told_all_the_same(
    application: Application, operator: SignedIn
) -> None:
    settings = msgspec.structs.replace(application.settings, requests_per_minute=60)
    limited = Application(settings, application.endpoints, application.database, None)
    transport = httpx.ASGITransport(create_app(limited), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8000", headers=operator.headers
    ) as api:
        answers = [await api.get("/api/v1/niches") for _ in range(70)]
        health = await api.get("/health/live")

    await limited.aclose()
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert len(refused) >= 8
    assert refused[0].json()["code"] == "http.rate_limited"
    assert refused[0].json()["retry_after"] == int(refused[0].headers["retry-after"]) >= 1
    assert health.status_code == 200


@pytest.mark.promise("SEC14")
async def test_what_sends_mails_is_asked_for_less_often_than_all_else(application: Application) -> None:
    limits = msgspec.structs.replace(application.settings.limits, per_caller=500)
    settings = msgspec.structs.replace(application.settings, limits=limits)
    limited = Application(settings, application.endpoints, application.database, None)
    transport = httpx.ASGITransport(create_app(limited), raise_app_exceptions=False)
    who = await a_user(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=who.headers) as api:
        body = {"email": "not an address", "role": "client"}
        answers = [await api.post("/api/v1/invitations", json=body) for _ in range(8)]
        another = await api.get("/api/v1/niches")
    await limited.aclose()

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 2
    assert '"route";q=5;w=60' in answers[0].headers["ratelimit-policy"]
    assert "0.01 of ANALISA_MAX_PER_CALLER" in refused[0].json()["detail"]
    assert (another.status_code, '"route"' in another.headers["ratelimit-policy"]) == (200, False)


async def test_a_caller_who_asks_for_too_much_waits_and_others_do_not(
    application: Application, operator: SignedIn
) -> None:
    limits = msgspec.structs.replace(application.settings.limits, per_caller=60)
    settings = msgspec.structs.replace(application.settings, limits=limits)
    limited = Application(settings, application.endpoints, application.database, None)
    transport = httpx.ASGITransport(create_app(limited), raise_app_exceptions=False)
    other = await a_user(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as api:
        first = await api.get("/api/v1/influencers", headers=other.headers)
        answers = [await api.get("/api/v1/views/overview", headers=other.headers) for _ in range(25)]
        somebody = await api.get("/api/v1/niches", headers=operator.headers)
        health = await api.get("/health/live", headers=other.headers)
    await limited.aclose()

    refused = [answer for answer in answers if answer.status_code == 429]
    assert '"caller";q=60;w=60' in first.headers["ratelimit-policy"]
    assert '"caller";r=58;t=2' in first.headers["ratelimit"]
    assert '"organisation";q=' in first.headers["ratelimit-policy"]
    assert 4 <= len(refused) <= 6  # a view counts as three
    assert refused[-1].json()["code"] == "http.quota_exceeded"
    assert int(refused[-1].headers["retry-after"]) >= 1
    assert (somebody.status_code, health.status_code) == (200, 200)
