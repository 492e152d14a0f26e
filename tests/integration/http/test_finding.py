"""The list of influencers over HTTP: its filter, words, order, facets and pages, of the sample world."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.http.conftest import UNKNOWN, Scored
from tests.integration.http.paging import LIST, pages


async def test_everybody_of_the_world_is_listed_the_best_first(scored: Scored) -> None:
    scores = [line["standing"]["score"] for line in scored.lines]

    assert len(scored.lines) == scored.world.creators
    assert scores == sorted(scores, reverse=True)
    assert {line["name"] for line in scored.lines} == {person.name for person in scored.world.people()}


async def test_a_score_in_the_list_is_explained_by_its_contributions(scored: Scored) -> None:
    for line in scored.lines:
        standing = line["standing"]
        assert sum(standing["contributions"]) == pytest.approx(standing["score"], abs=1e-5)
        assert 0 <= standing["confidence"] <= 1
        assert standing["half_width"] >= 0


async def test_pages_are_the_list_cut_into_pieces(scored: Scored) -> None:
    assert await pages(scored.api, LIST, limit=7) == scored.lines


async def test_the_total_is_told(scored: Scored) -> None:
    answer = (await scored.api.get(LIST, params={"limit": 1})).json()

    assert answer["total"] == {"value": scored.world.creators, "exact": True}


async def test_a_network_narrows_the_list_to_those_who_are_there(scored: Scored) -> None:
    found = await pages(scored.api, LIST, filter="network = tiktok", limit=50)

    expected = [line for line in scored.lines if any(each["network"] == "tiktok" for each in line["profiles"])]
    assert [line["influencer_id"] for line in found] == [line["influencer_id"] for line in expected]
    assert all(each["matched"] == (each["network"] == "tiktok") for line in found for each in line["profiles"])
    assert 0 < len(found) < len(scored.lines)


async def test_followers_narrow_the_list(scored: Scored) -> None:
    found = await pages(scored.api, LIST, filter="followers_total in 10k..200k")

    assert found
    assert {line["influencer_id"] for line in found} == {
        line["influencer_id"] for line in scored.lines if 10_000 <= line["standing"]["followers"] <= 200_000
    }


async def test_names_and_handles_are_found_by_their_beginning(scored: Scored) -> None:
    line = scored.lines[7]
    handle = line["profiles"][0]["handle"]

    by_name = (await scored.api.get(LIST, params={"q": line["name"][:5].upper()})).json()["items"]
    by_handle = (await scored.api.get(LIST, params={"q": f"@{handle}"})).json()["items"]

    assert line["influencer_id"] in {each["influencer_id"] for each in by_name}
    assert by_handle[0]["influencer_id"] == line["influencer_id"]


@pytest.mark.parametrize("q", ["%", "_____", "\\", "' or 1=1 --", "ção", "👩‍👩‍👧", "a" * 100])
async def test_searches_take_any_text_as_it_is(scored: Scored, q: str) -> None:
    answer = await scored.api.get(LIST, params={"q": q})

    assert answer.status_code == 200
    assert len(answer.json()["items"]) < len(scored.lines)


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"limit": "9" * 5000},
        {"q": ""},
        {"q": "a" * 101},
        {"q": "a\x00b"},
        {"filter": "a" * 4_001},
        {"fields": "name,wealth"},
        {"fields": "profiles.wealth"},
        {"fields": "name.first"},
        {"organisation": "a\x00"},
        {"nework": "youtube"},
        [("limit", "1"), ("limit", "2")],
    ],
)
async def test_parameters_out_of_bounds_are_refused_by_name(scored: Scored, params: Any) -> None:
    answer = await scored.api.get(LIST, params=params)

    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    name = next(iter(params)) if isinstance(params, dict) else "limit"
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"query/{name}"]


async def test_a_misspelt_filter_is_told_what_there_is(scored: Scored) -> None:
    answer = await scored.api.get(LIST, params={"nework": "youtube"})

    error = answer.json()["errors"][0]
    assert error["code"] == "http.unknown_parameter"
    assert "filter" in error["detail"]


async def test_a_list_has_only_the_parts_that_were_asked_for(scored: Scored) -> None:
    answer = (await scored.api.get(LIST, params={"fields": "name,profiles.handle,profiles.er", "limit": 3})).json()

    for item, line in zip(answer["items"], scored.lines, strict=False):
        assert set(item) == {"influencer_id", "name", "profiles"}
        assert item["profiles"] == [{"handle": each["handle"], "er": each["er"]} for each in line["profiles"]]


async def test_facets_come_with_the_first_page_where_they_are_asked_for(scored: Scored) -> None:
    params = {"filter": "network = tiktok and followers >= 1k", "facets": "network,followers", "limit": 1}
    answer = (await scored.api.get(LIST, params=params)).json()

    network, followers = answer["facets"]
    assert {bucket["value"]: bucket["selected"] for bucket in network["buckets"]}["tiktok"]
    assert len(network["buckets"]) > 1
    assert sum(bar["count"] for bar in followers["histogram"]) >= answer["total"]["value"] > 0
    assert answer["total"]["exact"]


@pytest.mark.parametrize(
    ("params", "code", "told"),
    [
        ({"filter": "followers >= "}, "search.filter_refused", "character 14"),
        ({"filter": "folowers >= 3"}, "search.field_unknown", "did you mean followers"),
        ({"filter": "price < 100"}, "search.field_unanswerable", "prices are kept in many currencies"),
        ({"filter": "followers = many"}, "search.condition_refused", "followers >= 10k"),
        ({"filter": "followers in 5..3"}, "search.condition_refused", "swap its ends"),
        ({"sort": "wealth"}, "search.sort_unknown", "followers"),
        ({"sort": "relevance"}, "search.sort_unknown", "for a search with q"),
        ({"facets": "wealth"}, "search.facet_unknown", "network"),
        (
            {"filter": f'bio ~ "{" ".join("abcdefghijklm")}"'},
            "search.condition_refused",
            "bio: there are 13 words in it",
        ),
        ({"q": " ".join("abcdefghijklmnopqrstuvwxyz")}, "search.too_many_words", "there are 26 words"),
    ],
)
async def test_a_search_that_cannot_be_carried_out_says_what_is_wrong(
    scored: Scored, params: dict[str, str], code: str, told: str
) -> None:
    answer = await scored.api.get(LIST, params=params)

    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (error["pointer"], error["code"]) == (f"query/{next(iter(params))}", code)
    assert told in answer.json()["detail"]


async def test_a_filter_on_every_facet_is_counted_too(scored: Scored) -> None:
    filters = (
        "network = youtube and kind in (person, brand) and country = BR and language = pt and category = Travel "
        "and niche = food and account_type = creator and verified = yes and sponsored = no and followers >= 1 "
        "and avg_views >= 1 and score >= 1 and er >= 0% and growth_30d >= -90% and posts_per_week >= 0 and last_post >= 900d"
    )
    shown = (await scored.api.get(LIST, params={"filter": filters, "facets": "1"})).json()
    only_days = {"filter": filters.rpartition(" and ")[0], "facets": "last_post"}
    without = (await scored.api.get(LIST, params=only_days)).json()

    assert len(shown["facets"]) == 16
    assert shown["total"]["exact"] is True
    (last,) = [facet for facet in shown["facets"] if facet["key"] == "last_post"]
    assert sum(bar["count"] for bar in last["histogram"]) + last["unknown"] == without["total"]["value"]


async def test_a_cursor_of_another_question_is_refused(scored: Scored) -> None:
    cursor = (await scored.api.get(LIST, params={"limit": 1, "filter": "followers >= 1"})).json()["next_cursor"]

    answer = await scored.api.get(LIST, params={"limit": 1, "filter": "followers >= 2", "cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (422, "http.cursor_refused")


async def test_every_field_says_what_it_means_and_what_cannot_be_asked_says_why(scored: Scored) -> None:
    answer = (await scored.api.get("/api/v1/search-fields")).json()

    for field in answer["items"]:
        order = {"sort": field["name"]} if field["sorts"] else {"filter": f"has {field['name']}"}
        assert (await scored.api.get(LIST, params={"limit": 1, **order})).status_code == 200
    for field in answer["unanswerable"]:
        refused = await scored.api.get(LIST, params={"filter": f"has {field['name']}"})
        assert field["reason"] in refused.json()["detail"]


async def test_many_are_looked_up_at_once_in_the_order_asked(scored: Scored) -> None:
    wanted = [line["influencer_id"] for line in scored.lines[5:0:-1]]

    answer = await scored.api.post(f"{LIST}/lookup", json={"ids": [*wanted, UNKNOWN, wanted[0]]})
    many = await scored.api.post(f"{LIST}/lookup", json={"ids": [UNKNOWN] * 501})

    assert [item["influencer_id"] for item in answer.json()["items"]] == wanted
    assert answer.json()["missing"] == [UNKNOWN]
    assert (many.status_code, many.json()["errors"][0]["pointer"]) == (400, "/ids")
