"""What organisations keep of influencers: lists, tags, notes, fields, prices; and who turns out to be one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio

from analisa.domain.identity.permissions import Role
from analisa.entrypoints.container import Application
from tests.deliveries import recorded
from tests.failing import failing
from tests.integration.http.conftest import UNKNOWN
from tests.integration.http.houses import House, a_house
from tests.signed_in import SignedIn


@pytest_asyncio.fixture(loop_scope="session")
async def house(application: Application, stranger: httpx.AsyncClient, tmp_path: Path) -> House:
    return await a_house(application, stranger, tmp_path)


async def a_list(house: House, *ids: str, by: SignedIn | None = None, private: bool = False, **params: str) -> str:
    made = await house.done("POST", "/lists", by=by, json={"name": "Verão", "private": private}, **params)
    if ids:
        await house.done("POST", f"/lists/{made['list_id']}/items", by=by, json={"ids": [*ids]}, **params)
    return str(made["list_id"])


async def test_a_list_is_filled_read_by_pages_emptied_and_deleted(house: House) -> None:
    people = [await house.influencer(f"P{n}") for n in range(5)]
    kept = await a_list(house)
    path = f"/lists/{kept}/items"

    filled = await house.done("POST", path, json={"ids": [*people, UNKNOWN, people[0]]})
    again = await house.done("POST", path, json={"ids": people})
    assert (filled, again) == ({"changed": 5, "missing": [UNKNOWN]}, {"changed": 0, "missing": []})

    seen, cursor = list[str](), None
    while True:
        page = await house.done("GET", path, limit="2", **({"cursor": cursor} if cursor else {}))
        seen += [each["influencer_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(people)
    assert page["items"][0]["influencer"]["name"].startswith("P")
    assert await house.found(f"list = {kept}") == set(people)
    assert await house.found(f"not list = {kept}") & set(people) == set()

    removed = await house.done("POST", f"{path}/remove", json={"ids": people[:2]})
    shown = await house.done("GET", f"/lists/{kept}")
    assert (removed["changed"], shown["items"]) == (2, 3)
    await house.done("DELETE", f"/lists/{kept}")
    assert (await house.ask("GET", path)).status_code == 404
    assert await house.found(f"list = {kept}") == set()


async def test_a_list_of_ones_own_is_seen_by_nobody_else(house: House) -> None:
    colleague = await house.member(Role.ADMIN)
    ana = await house.influencer()
    kept = await a_list(house, ana, private=True)

    for method, path in (("GET", ""), ("GET", "/items"), ("DELETE", "")):
        assert (await house.ask(method, f"/lists/{kept}{path}", by=colleague)).status_code == 404
    assert (await house.done("GET", "/lists", by=colleague))["items"] == []
    assert await house.found(f"list = {kept}", by=colleague) == set()
    assert await house.found("has list", by=colleague) == set()
    assert (await house.done("GET", f"/influencers/{ana}/kept", by=colleague))["lists"] == []

    shared = await a_list(house, ana)
    refused = await house.ask("PATCH", f"/lists/{shared}", by=colleague, json={"private": True})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/private")
    await house.done("PATCH", f"/lists/{shared}", by=colleague, json={"name": "Ours"})
    assert await house.found(f"list = {shared}", by=colleague) == {ana}


async def test_a_list_of_a_workspace_is_of_that_one_alone(house: House) -> None:
    verao, inverno = await house.workspace("Verão"), await house.workspace("Inverno")
    ana = await house.influencer()
    kept = await a_list(house, ana, workspace=verao["slug"])
    client = await house.only_in(verao, "client")
    other = await house.only_in(inverno, "manager")

    assert (await house.done("GET", f"/lists/{kept}"))["workspace_id"] == verao["workspace_id"]
    assert [each["list_id"] for each in (await house.done("GET", "/lists", by=client))["items"]] == [kept]
    assert await house.found(f"list = {kept}", by=client) == {ana}
    assert (await house.ask("PATCH", f"/lists/{kept}", by=client, json={"name": "Mine"})).status_code == 403
    assert (await house.done("GET", "/lists", by=other))["items"] == []
    for method, path, body in (
        ("GET", f"/lists/{kept}", None),
        ("GET", f"/lists/{kept}/items", None),
        ("PATCH", f"/lists/{kept}", {"name": "Mine"}),
        ("POST", f"/lists/{kept}/items", {"ids": [ana]}),
        ("DELETE", f"/lists/{kept}", None),
    ):
        assert (await house.ask(method, path, by=other, json=body)).status_code == 404, (method, path)
    assert await house.found(f"list = {kept}", by=other) == set()
    made = await a_list(house, ana, by=other)
    assert (await house.done("GET", f"/lists/{made}"))["workspace_id"] == inverno["workspace_id"]


async def test_two_who_change_a_list_at_once_do_not_lose_each_others_change(house: House) -> None:
    kept = await a_list(house)
    seen = (await house.ask("GET", f"/lists/{kept}")).headers["etag"]
    head = {**house.owner.headers, "If-Match": seen}
    path = f"/api/v1/lists/{kept}"

    answers = await asyncio.gather(*(house.client.patch(path, json={"name": name}, headers=head) for name in "ab"))

    assert sorted(answer.status_code for answer in answers) == [200, 412]
    bare = await house.client.patch(path, json={"name": "c"}, headers=house.owner.headers)
    assert bare.status_code == 428


async def test_tags_are_added_removed_searched_and_counted(house: House) -> None:
    ana, bia = await house.influencer("Ana"), await house.influencer("Bia")

    tagged = await house.done("POST", "/tags/apply", json={"ids": [ana, bia, UNKNOWN], "add": ["VIP", "Praia"]})
    again = await house.done("POST", "/tags/apply", json={"ids": [ana], "add": ["vip"]})
    assert (tagged, again["changed"]) == ({"changed": 2, "missing": [UNKNOWN]}, 0)
    assert await house.found("tag = vip and tag = praia") == {ana, bia}
    await house.done("POST", "/tags/apply", json={"ids": [bia], "remove": ["VIP"], "add": ["mar"]})
    assert await house.found("tag = vip") == {ana}
    assert await house.found("has tag and not tag = vip") == {bia}
    assert (await house.done("GET", "/tags"))["items"] == [
        {"tag": "Praia", "influencers": 2},
        {"tag": "mar", "influencers": 1},
        {"tag": "VIP", "influencers": 1},
    ]
    assert (await house.done("GET", f"/influencers/{bia}/kept"))["tags"] == ["mar", "Praia"]
    for ids, add in (([ana], ["a,b"]), ([ana], [f"t{n}" for n in range(51)]), ([], ["x"])):
        assert (await house.ask("POST", "/tags/apply", json={"ids": ids, "add": add})).status_code in {400, 422}


async def test_more_tags_than_an_influencer_may_have_are_refused_whole(house: House) -> None:
    ana = await house.influencer()
    for part in (range(30), range(30, 60)):
        answer = await house.ask("POST", "/tags/apply", json={"ids": [ana], "add": [f"t{n}" for n in part]})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/add")
    assert len((await house.done("GET", f"/influencers/{ana}/kept"))["tags"]) == 30


async def test_who_may_not_see_tags_and_lists_cannot_search_by_them(house: House) -> None:
    client, creator = await house.member(Role.CLIENT), await house.member()
    await house.done("PUT", "/roles/looker", json={"permissions": ["influencers.read"]})
    await house.done("PUT", f"/members/{creator.user_id}", json={"role": "looker"})

    for who, filter_ in ((client, "tag = vip"), (client, "not has tag"), (creator, f"list = {UNKNOWN}")):
        refused = await house.ask("GET", "/influencers", by=who, filter=filter_)
        assert (refused.status_code, refused.json()["code"]) == (403, "identity.not_permitted"), refused.text
    strange = await house.ask("GET", "/influencers", filter="list = verão")
    assert (strange.status_code, strange.json()["code"]) == (422, "search.condition_refused")


async def test_notes_are_changed_by_whoever_wrote_them(house: House) -> None:
    ana, colleague = await house.influencer(), await house.member(Role.ADMIN)
    notes = f"/influencers/{ana}/notes"
    first = await house.done("POST", notes, json={"text": "Responde rápido.\nE é simpática."})
    second = await house.done("POST", notes, by=colleague, json={"text": "Viaja muito"})

    page = await house.done("GET", notes, limit="1")
    rest = await house.done("GET", notes, limit="1", cursor=page["next_cursor"])
    assert [each["note_id"] for each in (*page["items"], *rest["items"])] == [second["note_id"], first["note_id"]]
    assert (page["items"][0]["can"], rest["items"][0]["can"]) == ([], ["edit", "delete"])
    edited = await house.done("PATCH", f"/notes/{first['note_id']}", json={"text": "Demora"})
    assert (edited["text"], edited["version"], edited["edited_at"] is not None) == ("Demora", 2, True)
    for method, body in (("PATCH", {"text": "Outra"}), ("DELETE", None)):
        refused = await house.ask(method, f"/notes/{second['note_id']}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "identity.not_permitted")
    await house.done("DELETE", f"/notes/{first['note_id']}")
    assert len((await house.done("GET", notes))["items"]) == 1


async def test_a_note_that_is_sent_twice_is_one(house: House) -> None:
    ana, head = await house.influencer(), {"Idempotency-Key": uuid4().hex, **house.owner.headers}
    path = f"/api/v1/influencers/{ana}/notes"

    answers = [await house.client.post(path, json={"text": "Olá"}, headers=head) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert len((await house.done("GET", f"/influencers/{ana}/notes"))["items"]) == 1


async def test_fields_are_filled_by_their_kind_and_change_only_where_values_fit(house: House) -> None:
    ana = await house.influencer()
    await house.done(
        "PUT", "/custom-fields/size", json={"label": "Tamanho", "kind": "choice", "options": ["P", "M", "G"]}
    )
    await house.done("PUT", "/custom-fields/since", json={"label": "Desde", "kind": "day"})
    path = f"/influencers/{ana}/fields"
    await house.done("PUT", f"{path}/size", json={"value": "M"})
    await house.done("PUT", f"{path}/since", json={"value": "2026-01-31"})

    shown = (await house.done("GET", f"/influencers/{ana}/kept"))["fields"]
    assert [(each["key"], each["value"]) for each in shown] == [("size", "M"), ("since", "2026-01-31")]
    wrong = await house.ask("PUT", f"{path}/size", json={"value": "XL"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/value")
    assert "one of 'P', 'M', 'G'" in wrong.json()["detail"]
    assert (await house.ask("PUT", f"{path}/color", json={"value": "M"})).status_code == 404

    narrower = {"label": "Tamanho", "kind": "choice", "options": ["P", "G"]}
    refused = await house.ask("PUT", "/custom-fields/size", json=narrower)
    assert (refused.status_code, refused.json()["code"]) == (422, "influencers.field_invalid")
    await house.done("PUT", f"{path}/size", json={"value": None})
    await house.done("PUT", "/custom-fields/size", json=narrower)
    await house.done("DELETE", "/custom-fields/since")
    assert (await house.done("GET", f"/influencers/{ana}/kept"))["fields"] == []
    assert [each["key"] for each in (await house.done("GET", "/custom-fields"))["items"]] == ["size"]


async def test_prices_are_a_history_that_nobody_changes(house: House) -> None:
    ana = await house.influencer()
    path = f"/influencers/{ana}/prices"
    price = {"format": "reel", "currency": "BRL", "network": "instagram"}
    await house.done("POST", path, json={**price, "amount": "1500.00", "since": "2026-01-01"})
    shown = await house.done(
        "POST", path, json={**price, "amount": "1800", "since": "2026-03-01", "remark": "com stories"}
    )

    assert [(each["amount"], each["since"]) for each in shown["items"]] == [
        ("1800.00", "2026-03-01"),
        ("1500.00", "2026-01-01"),
    ]
    for wrong, pointer in (({"amount": "1.005"}, "/amount"), ({"currency": "JPY", "amount": "1.5"}, "/amount")):
        refused = await house.ask("POST", path, json={**price, "amount": "1", "since": "2026-01-01", **wrong})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
    for statement in ("update prices set minor = 1", "delete from prices"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="prices"):
            await house.application.database.at_once(statement)


async def test_what_was_kept_goes_with_a_merge_and_comes_back_with_its_undoing(house: House) -> None:
    ana, nana = (
        await house.influencer("Ana", f"a{uuid4().hex[:8]}"),
        await house.influencer("Nana", f"n{uuid4().hex[:8]}"),
    )
    await house.done("PUT", "/custom-fields/size", json={"label": "Tamanho", "kind": "text"})
    await house.done("POST", "/tags/apply", json={"ids": [nana], "add": ["vip"]})
    await house.done("POST", f"/influencers/{nana}/notes", json={"text": "Da Nana"})
    await house.done("PUT", f"/influencers/{nana}/fields/size", json={"value": "M"})
    await house.done(
        "POST",
        f"/influencers/{nana}/prices",
        json={"format": "post", "amount": "10", "currency": "BRL", "since": "2026-01-01"},
    )
    kept = await a_list(house, nana)

    merged = await house.done("POST", f"/influencers/{ana}/merge", json={"influencer_id": nana})
    await house.searched(ana, nana)

    assert len(merged["profiles"]) == 2
    assert (await house.ask("GET", f"/influencers/{nana}")).status_code == 404
    restored = await house.ask("POST", f"/influencers/{nana}/restore")
    assert (restored.status_code, restored.json()["code"]) == (409, "influencers.merged")
    shown = await house.done("GET", f"/influencers/{ana}/kept")
    assert (shown["tags"], shown["notes"][0]["text"], shown["fields"][0]["value"]) == (["vip"], "Da Nana", "M")
    assert (shown["prices"][0]["amount"], shown["lists"][0]["list_id"]) == ("10.00", kept)
    assert await house.found("tag = vip") == await house.found(f"list = {kept}") == {ana}
    (line,) = (await house.done("GET", f"/lists/{kept}/items"))["items"]
    assert line["influencer_id"] == ana

    (change,) = (await house.done("GET", f"/influencers/{ana}/identity-changes"))["items"]
    assert (change["change"], change["other"], change["can"]) == ("merge", nana, ["undo"])
    await house.done("DELETE", f"/identity-changes/{change['change_id']}")
    await house.searched(ana, nana)
    assert len((await house.done("GET", f"/influencers/{nana}"))["profiles"]) == 1
    assert (await house.done("GET", f"/influencers/{ana}/kept"))["tags"] == []
    assert (await house.done("GET", f"/influencers/{nana}/kept"))["tags"] == ["vip"]
    assert await house.found("tag = vip") == {nana}
    twice = await house.ask("DELETE", f"/identity-changes/{change['change_id']}")
    assert (twice.status_code, twice.json()["code"]) == (409, "influencers.undo_refused")


async def test_three_become_one_and_are_taken_apart_in_the_order_in_which_they_came(house: House) -> None:
    one, two, three = [await house.influencer(name, f"{name}{uuid4().hex[:8]}") for name in ("a", "b", "c")]
    await house.done("POST", "/tags/apply", json={"ids": [two], "add": ["second"]})
    await house.done("POST", f"/influencers/{one}/merge", json={"influencer_id": two})
    await house.done("POST", f"/influencers/{three}/merge", json={"influencer_id": one})

    assert (await house.done("GET", f"/influencers/{three}/kept"))["tags"] == ["second"]
    last, *_ = (await house.done("GET", f"/influencers/{three}/identity-changes"))["items"]
    await house.done("DELETE", f"/identity-changes/{last['change_id']}")
    assert (await house.done("GET", f"/influencers/{one}/kept"))["tags"] == ["second"]
    assert (await house.done("GET", f"/influencers/{three}/kept"))["tags"] == []
    first = (await house.done("GET", f"/influencers/{one}/identity-changes"))["items"][-1]
    await house.done("DELETE", f"/identity-changes/{first['change_id']}")
    assert (await house.done("GET", f"/influencers/{two}/kept"))["tags"] == ["second"]


async def test_a_split_makes_somebody_new_and_is_sent_twice_without_harm(house: House) -> None:
    names = [f"s{uuid4().hex[:8]}" for _ in range(2)]
    whole = await house.influencer("Ana", *names)
    head = {"Idempotency-Key": uuid4().hex, "If-Match": "*", **house.owner.headers}
    body = {"name": "Bia", "profiles": [{"network": "instagram", "name": names[1]}]}
    path = f"/api/v1/influencers/{whole}/split"

    answers = [await house.client.post(path, json=body, headers=head) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    part = answers[0].json()
    assert (part, [each["network_id"] for each in part["profiles"]]) == (answers[1].json(), [names[1]])
    (change,) = (await house.done("GET", f"/influencers/{whole}/identity-changes"))["items"]
    undone = await house.done("DELETE", f"/identity-changes/{change['change_id']}")
    assert (undone["influencer_id"], len(undone["profiles"])) == (whole, 2)


async def test_two_who_merge_the_same_two_the_other_way_round_at_once_are_one_after_the_other(house: House) -> None:
    one, two = [await house.influencer(name, f"{name}{uuid4().hex[:8]}") for name in ("a", "b")]

    answers = await asyncio.gather(
        house.ask("POST", f"/influencers/{one}/merge", json={"influencer_id": two}),
        house.ask("POST", f"/influencers/{two}/merge", json={"influencer_id": one}),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 422]


@pytest.mark.parametrize(
    "point", ["influencers.before_merge_commit", "influencers.before_list_commit", "influencers.before_note_commit"]
)
async def test_a_death_before_it_is_kept_leaves_nothing(house: House, point: str) -> None:
    ana, bia = (
        await house.influencer("Ana", f"a{uuid4().hex[:8]}"),
        await house.influencer("Bia", f"b{uuid4().hex[:8]}"),
    )
    with failing(point):
        asked: dict[str, tuple[str, Any]] = {
            "influencers.before_merge_commit": (f"/influencers/{ana}/merge", {"influencer_id": bia}),
            "influencers.before_list_commit": ("/lists", {"name": "Half"}),
            "influencers.before_note_commit": ("/tags/apply", {"ids": [ana], "add": ["half"]}),
        }
        failed = await house.ask("POST", asked[point][0], json=asked[point][1])

    assert failed.status_code == 500
    assert (await house.done("GET", "/lists"))["items"] == (await house.done("GET", "/tags"))["items"] == []
    assert len((await house.done("GET", f"/influencers/{bia}"))["profiles"]) == 1


async def test_what_was_done_stands_in_the_record(house: House, application: Application) -> None:
    ana, bia = await house.influencer("Ana", f"a{uuid4().hex[:8]}"), await house.influencer("Bia")
    await a_list(house, ana)
    await house.done("POST", "/tags/apply", json={"ids": [ana], "add": ["vip"]})
    await house.done("POST", f"/influencers/{ana}/notes", json={"text": "Olá"})
    await house.done("POST", f"/influencers/{ana}/merge", json={"influencer_id": bia})
    await recorded(application)

    done = {each["action"] for each in (await house.done("GET", "/audit", limit="200"))["items"]}
    assert {
        "influencers.list_kept",
        "influencers.list_filled",
        "influencers.tagged",
        "influencers.note_written",
        "influencers.merged",
    } <= done
