"""Saved searches, and who is told of whom they find anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
import pytest_asyncio

from analisa.adapters.postgres.analytics.discovery.saved import PostgresSavedSearchWorks
from analisa.application.analytics.discovery.saved import WatchHandler
from analisa.application.shared.failpoints import FailpointHit
from analisa.domain.identity.permissions import Role
from analisa.entrypoints.container import Application, open_application
from analisa.entrypoints.http.app import create_app
from analisa.entrypoints.settings import Settings
from tests.deliveries import delivered
from tests.failing import failing
from tests.fakes.collection import FakeClock
from tests.integration.http.conftest import BASE
from tests.integration.http.houses import House, a_house
from tests.signed_in import SignedIn, a_key

SEARCHES = "/saved-searches"
PEOPLE = {"filter": "kind = person"}


@pytest_asyncio.fixture(loop_scope="session")
async def house(application: Application, stranger: httpx.AsyncClient, tmp_path: Path) -> House:
    return await a_house(application, stranger, tmp_path)


@pytest.fixture
def clock(application: Application) -> FakeClock:
    return FakeClock(application.clock.now())


@pytest.fixture
def watch(application: Application, clock: FakeClock) -> WatchHandler:
    return WatchHandler(PostgresSavedSearchWorks(application.database, application.ids), clock, application.ids)


async def saved(house: House, *, by: SignedIn | None = None, **facts: Any) -> dict[str, Any]:
    kept: dict[str, Any] = await house.done(
        "POST", SEARCHES, by=by, json={"name": "Viagem", "question": PEOPLE, **facts}
    )
    return kept


async def told(house: House, who: SignedIn | None = None) -> list[tuple[str, dict[str, str]]]:
    """Whom the notices tell of, the oldest first."""
    await delivered(house.application)
    page = await house.done("GET", "/notifications", by=who, limit="200")
    kinds = {"search_found", "search_stopped"}
    return [(each["kind"], each["facts"]) for each in page["items"][::-1] if each["kind"] in kinds]


async def test_a_search_is_saved_changed_and_deleted(house: House) -> None:
    kept = await saved(house, question={"filter": "followers >= 10k and kind = person", "sort": "-followers"})
    path = f"{SEARCHES}/{kept['search_id']}"

    assert (kept["alert"], kept["version"], kept["can"]) == ("off", 1, ["edit", "delete"])
    edited = await house.done("PATCH", path, json={"name": "Outra", "question": {"q": "ana"}})
    assert (edited["name"], edited["filter"], edited["q"], edited["sort"], edited["version"]) == (
        "Outra",
        None,
        "ana",
        None,
        2,
    )
    assert await house.done("PATCH", path, json={"name": "Outra"}) == edited
    stale = await house.client.patch(
        f"/api/v1{path}", json={"name": "x"}, headers={**house.owner.headers, "If-Match": '"v1"'}
    )
    assert (stale.status_code, stale.headers["etag"]) == (412, '"v2"')
    await house.done("DELETE", path)
    assert (await house.ask("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"filter": "followers >="}, "search.filter_refused"),
        ({"filter": "sparkle = yes"}, "search.field_unknown"),
        ({"sort": "sparkle"}, "search.sort_unknown"),
        ({"filter": "list = verão"}, "search.condition_refused"),
    ],
)
async def test_what_cannot_be_asked_is_not_saved(house: House, question: dict[str, str], code: str) -> None:
    refused = await house.ask("POST", SEARCHES, json={"name": "Viagem", "question": question})

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["errors"][0]["pointer"] == f"/question/{next(iter(question))}"


async def test_whoever_saved_a_search_is_told_once_of_whom_it_finds_anew(
    house: House, watch: WatchHandler, clock: FakeClock
) -> None:
    await house.influencer("Ana")
    await saved(house, alert="daily")
    clock.moment += timedelta(minutes=1)
    await watch()
    assert await told(house) == []  # whom it found at first is nobody new

    for name in ("Bia", "Caio"):
        await house.influencer(name)
    clock.moment += timedelta(hours=1)
    await watch()
    assert await told(house) == []  # a day has not passed
    clock.moment += timedelta(days=1)
    await watch()
    await watch()

    (first,) = await told(house)
    assert first == ("search_found", {"search": "Viagem", "found": "2", "who": "Bia, Caio"})
    mails = [kept.mail for kept in await delivered(house.application) if kept.mail.kind == "search_found"]
    assert [mail.subject for mail in mails if "Viagem" in mail.subject][:1] == ["Viagem: 2 novos"]
    clock.moment += timedelta(days=3)
    await watch()
    assert len(await told(house)) == 1


async def test_a_search_that_looks_for_others_begins_anew(house: House, watch: WatchHandler, clock: FakeClock) -> None:
    await house.influencer("Ana")
    kept = await saved(house, alert="hourly", question={"filter": "kind = brand"})
    clock.moment += timedelta(minutes=1)
    await watch()
    await house.done("PATCH", f"{SEARCHES}/{kept['search_id']}", json={"question": PEOPLE})
    clock.moment += timedelta(hours=2)
    await watch()

    assert await told(house) == []
    await house.influencer("Bia")
    clock.moment += timedelta(hours=2)
    await watch()
    assert [facts["who"] for _, facts in await told(house)] == ["Bia"]


async def test_who_left_or_switched_it_off_hears_nothing_more(
    house: House, watch: WatchHandler, clock: FakeClock
) -> None:
    leaver, quiet = await house.member(Role.MANAGER), await house.member(Role.MANAGER)
    for who in (leaver, quiet):
        kept = await saved(house, by=who, alert="hourly")
    clock.moment += timedelta(minutes=1)
    await watch()
    await house.done("DELETE", f"/members/{leaver.user_id}")
    await house.done("PATCH", f"{SEARCHES}/{kept['search_id']}", by=quiet, json={"alert": "off"})
    await house.influencer("Bia")
    clock.moment += timedelta(hours=2)
    await watch()

    assert await told(house, quiet) == []
    await delivered(house.application)
    notices = await house.application.root.notifications.notices().page(leaver.user_id)
    assert [each.kind for each in notices.items if each.kind.startswith("search")] == []


async def test_several_who_look_at_once_tell_it_once(house: House, application: Application, clock: FakeClock) -> None:
    await saved(house, alert="hourly")
    watches = [
        WatchHandler(PostgresSavedSearchWorks(application.database, application.ids), clock, application.ids)
        for _ in range(4)
    ]
    clock.moment += timedelta(minutes=1)
    await watches[0]()
    await house.influencer("Bia")
    clock.moment += timedelta(hours=2)

    await asyncio.gather(*(each() for each in watches))

    assert len(await told(house)) == 1


async def test_a_death_before_it_is_told_tells_it_the_next_time(
    house: House, watch: WatchHandler, clock: FakeClock
) -> None:
    await saved(house, alert="hourly")
    clock.moment += timedelta(minutes=1)
    await watch()
    await house.influencer("Bia")
    clock.moment += timedelta(hours=2)
    with failing("analytics.before_alert_commit"), pytest.raises(FailpointHit):
        await watch()
    assert await told(house) == []

    await watch()

    assert [facts["who"] for _, facts in await told(house)] == ["Bia"]


async def test_a_death_before_a_search_is_kept_leaves_nothing(house: House) -> None:
    with failing("analytics.before_saved_search_commit"):
        failed = await house.ask("POST", SEARCHES, json={"name": "Half", "question": PEOPLE})

    assert failed.status_code == 500
    assert (await house.done("GET", SEARCHES))["items"] == []


async def test_a_search_that_finds_too_many_says_so_once_and_stops(
    house: House, application: Application, clock: FakeClock
) -> None:
    kept = await saved(house, alert="hourly")
    for name in ("Ana", "Bia", "Caio"):
        await house.influencer(name)
    few = PostgresSavedSearchWorks(application.database, application.ids, most=2)
    watch = WatchHandler(few, clock, application.ids)
    for _ in range(2):
        clock.moment += timedelta(hours=2)
        await watch()

    assert [kind for kind, _ in await told(house)] == ["search_stopped"]
    assert (await house.done("GET", f"{SEARCHES}/{kept['search_id']}"))["alert"] == "off"


async def test_others_see_a_shared_search_and_say_nothing_of_its_alerts(house: House) -> None:
    colleague = await house.member(Role.ADMIN)
    shared, private = await saved(house), await saved(house, private=True)

    assert [each["search_id"] for each in (await house.done("GET", SEARCHES, by=colleague))["items"]] == [
        shared["search_id"]
    ]
    assert (await house.ask("GET", f"{SEARCHES}/{private['search_id']}", by=colleague)).status_code == 404
    path = f"{SEARCHES}/{shared['search_id']}"
    await house.done("PATCH", path, by=colleague, json={"name": "Nossa"})
    refused = await house.ask("PATCH", path, by=colleague, json={"alert": "daily"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/alert")
    key = await a_key(house.application, "lists.read", "lists.write", organisation=None)
    body = {"name": "k", "question": PEOPLE, "alert": "daily"}
    of_a_key = await house.client.post(f"/api/v1{SEARCHES}", json=body, headers={**key, "Idempotency-Key": uuid4().hex})
    assert (of_a_key.status_code, of_a_key.json()["code"]) == (422, "search.saved_invalid")


async def test_a_search_of_a_workspace_is_of_that_one_alone(
    house: House, watch: WatchHandler, clock: FakeClock
) -> None:
    verao, inverno = await house.workspace("Verão"), await house.workspace("Inverno")
    planner, other = await house.only_in(verao, "manager"), await house.only_in(inverno, "manager")
    kept = await saved(house, by=planner, alert="hourly")

    assert (await house.ask("GET", f"{SEARCHES}/{kept['search_id']}", by=other)).status_code == 404
    assert (await house.done("GET", SEARCHES, by=other))["items"] == []
    clock.moment += timedelta(minutes=1)
    await watch()
    await house.influencer("Bia")
    clock.moment += timedelta(hours=2)
    await watch()
    assert [facts["who"] for _, facts in await told(house, planner)] == ["Bia"]


async def test_a_plan_bounds_saved_searches_and_lists_and_may_lack_alerts(
    settings: Settings, house: House, tmp_path: Path
) -> None:
    file = tmp_path / "plans.toml"
    file.write_text(
        'usual = "small"\n[plans.small]\nfeatures = []\n[plans.small.limits]\nlists = 1\nsaved_searches = 1\n'
    )
    async with open_application(msgspec.structs.replace(settings, plans_file=file), redis=True) as application:
        transport = httpx.ASGITransport(create_app(application))
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            small = House(application, client, house.organisation, house.owner)
            workspace = await small.workspace()
            ask: Callable[..., Any] = lambda path, body, **params: small.ask("POST", path, json=body, **params)  # noqa: E731
            search, alert = {"name": "a", "question": PEOPLE}, {"name": "a", "question": PEOPLE, "alert": "daily"}
            assert (await ask(SEARCHES, alert)).status_code == 402
            answers = [
                await ask(path, body, **params)
                for path, body in (("/lists", {"name": "a"}), (SEARCHES, search))
                for params in ({"workspace": workspace["slug"]}, {})
            ]
    assert [answer.status_code for answer in answers] == [201, 402, 201, 402]
    assert [answers[n].json()["entitlement"] for n in (1, 3)] == ["lists", "saved_searches"]


async def test_what_a_saved_search_asks_is_what_the_list_answers(house: House) -> None:
    ana = await house.influencer("Ana")
    await house.searched(ana)
    await house.done("POST", "/tags/apply", json={"ids": [ana], "add": ["vip"]})
    kept = await saved(house, question={"filter": "tag = vip"})

    assert await house.found(kept["filter"]) == {ana}
