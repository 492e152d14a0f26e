"""Pages of the app over HTTP, of the sample world: one request each, small, and true to what lists and profiles say."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import httpx
import pytest

from tests.integration.http.conftest import UNKNOWN, Scored

VIEWS = "/api/v1/views"
NAMES = ("summary", "audience", "content", "growth", "score", "sponsored")


async def page(scored: Scored, line: dict[str, Any], **params: Any) -> dict[str, Any]:
    answer = await scored.api.get(f"{VIEWS}/influencers/{line['influencer_id']}", params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_all_tabs_of_an_influencer_come_in_one_small_answer(scored: Scored) -> None:
    for line in scored.lines[:10]:
        url = f"{VIEWS}/influencers/{line['influencer_id']}"
        answer = await scored.api.get(url, params={"period": "90d", "tz": "America/Sao_Paulo"})

        assert all(answer.json()[name] is not None for name in NAMES)
        assert len(gzip.compress(answer.content, 4)) <= 30_000
        assert answer.headers["etag"].startswith('"v1.')


async def test_a_page_has_the_tabs_that_were_asked_for(scored: Scored) -> None:
    shown = await page(scored, scored.lines[0], tab="score,growth")

    assert [name for name in NAMES if shown[name] is not None] == ["growth", "score"]
    assert shown["name"] == scored.lines[0]["name"]
    assert shown["standing"] == scored.lines[0]["standing"]


async def test_figures_of_a_page_stand_beside_what_they_were_before(scored: Scored) -> None:
    line = scored.lines[0]
    shown = await page(scored, line, period="20d", compare="prev")

    metrics = {metric["key"]: metric for metric in shown["summary"]["metrics"]}
    followers = metrics["followers"]
    assert followers["value"] == sum(profile["followers"] for profile in line["profiles"])
    assert followers["delta"] == pytest.approx(100 * (followers["value"] / followers["previous"] - 1), abs=1e-3)
    assert (followers["source"], followers["formula"], followers["good_when"]) == ("own", "read", "up")
    assert metrics["score"]["value"] == line["standing"]["score"]
    alone = await page(scored, line, period="20d", compare="none")
    assert all(metric["previous"] is None for metric in alone["summary"]["metrics"])
    assert alone["compared_with"] is None


async def test_charts_have_a_point_for_each_step_and_none_for_gaps(scored: Scored) -> None:
    shown = await page(scored, scored.lines[0], period="400d", compare="year")

    for chart in (shown["growth"]["followers"], shown["growth"]["posts"]):
        assert chart["step"] == "P1D"
        assert len(chart["t"]) == 400
        for series in chart["series"]:
            assert len(series["values"]) == 400
            assert None in series["values"]
    long = await page(scored, scored.lines[0], period="1000d")
    assert long["growth"]["followers"]["step"] == "P7D"
    assert len(long["growth"]["followers"]["t"]) <= 400


async def test_posts_of_a_page_are_those_of_the_profiles(scored: Scored) -> None:
    line = scored.lines[0]
    shown = await page(scored, line, period="40d", tab="content,sponsored", tz="Asia/Kathmandu")

    since = (datetime.now(UTC) - timedelta(days=42)).isoformat()
    posts = list[dict[str, Any]]()
    for profile in line["profiles"]:
        answer = await scored.api.get(f"/api/v1/profiles/{profile['profile_id']}/posts", params={"limit": 200})
        posts += [post for post in answer.json()["items"] if post["published_at"] and post["published_at"] > since]
    content = shown["content"]
    assert 0 < content["posts"] <= len(posts)
    assert sum(group["posts"] for group in content["by_type"]) == content["posts"]
    assert sum(hour["posts"] for hour in content["hours"]) == content["posts"]
    assert sum(group["posts"] for group in shown["sponsored"]) == content["posts"]
    gathered = [post["interactions"] for post in content["top"] if post["interactions"] is not None]
    assert gathered == sorted(gathered, reverse=True)


@pytest.mark.parametrize("metric", ["followers", "posts", "interactions", "views"])
async def test_a_figure_is_drawn_over_any_period(scored: Scored, metric: str) -> None:
    line = scored.lines[0]
    params = {"metric": metric, "period": "60d", "compare": "prev", "step": "week", "tz": "America/Sao_Paulo"}
    chart = (await scored.api.get(f"/api/v1/influencers/{line['influencer_id']}/metrics", params=params)).json()

    assert chart["step"] == "P7D"
    assert 9 <= len(chart["t"]) <= 10
    assert {len(series["values"]) for series in chart["series"]} == {len(chart["t"])}
    assert {series["kind"] for series in chart["series"]} <= {"measured", "compared"}
    assert any(value for series in chart["series"] for value in series["values"])


async def test_the_overview_counts_what_the_list_has(scored: Scored) -> None:
    shown = (await scored.api.get(f"{VIEWS}/overview")).json()

    metrics = {metric["key"]: metric["value"] for metric in shown["metrics"]}
    profiles = [profile for line in scored.lines for profile in line["profiles"]]
    assert metrics["influencers"] == len(scored.lines)
    assert metrics["profiles"] == len(profiles)
    assert metrics["followers"] == sum(profile["followers"] for profile in profiles if profile["followers"])
    assert metrics["er"] == pytest.approx(median(each["er"] for each in profiles if each["er"] is not None))
    assert sum(age["profiles"] for age in shown["freshness"]) == len(profiles)
    rates = [mover["growth_30d"] for mover in shown["rising"]]
    assert rates == sorted(rates, reverse=True)
    assert shown["imports"]


async def test_influencers_are_compared_by_their_largest_profiles(scored: Scored) -> None:
    chosen = scored.lines[:3]
    params = {"ids": ",".join(line["influencer_id"] for line in chosen), "metrics": "followers,er", "period": "30d"}
    shown = (await scored.api.get(f"{VIEWS}/compare", params=params)).json()

    for item, line in zip(shown["items"], chosen, strict=True):
        largest = max(line["profiles"], key=lambda profile: profile["followers"] or 0)
        assert item["profile_id"] == largest["profile_id"]
        figures = {each["metric"]: each["value"] for each in item["figures"]}
        assert figures == {"followers": largest["followers"], "er": largest["er"]}
    assert {series["key"] for series in shown["indexed"]["series"]} == {line["influencer_id"] for line in chosen}


async def test_a_list_is_put_beside_its_peers(scored: Scored) -> None:
    params = {"filter": "followers >= 1k", "metrics": "followers,er"}
    shown = (await scored.api.get(f"{VIEWS}/benchmark", params=params)).json()
    listed = (await scored.api.get("/api/v1/influencers", params={"filter": params["filter"], "facets": "kind"})).json()

    assert shown["influencers"] == listed["total"]["value"]
    assert [figure["metric"] for figure in shown["figures"]] == ["followers", "er"]
    assert all(figure["known"] <= shown["influencers"] for figure in shown["figures"])
    assert shown["figures"][0]["spread"]["p10"] <= shown["figures"][0]["spread"]["p90"]


@pytest.mark.parametrize(
    ("url", "params", "status", "told"),
    [
        ("overview", {"period": "soon"}, 422, "write 30d"),
        ("overview", {"period": "2026-01-02..2026-01-01"}, 422, "swap"),
        ("overview", {"tz": "Mars"}, 422, "no time zone"),
        ("overview", {"compare": "best"}, 400, ""),
        ("compare", {"ids": UNKNOWN}, 400, ""),
        ("compare", {"ids": "a,b"}, 400, ""),
        ("compare", {"ids": f"{UNKNOWN},{UNKNOWN[:-1]}1"}, 404, UNKNOWN),
        ("compare", {"ids": f"{UNKNOWN},{UNKNOWN[:-1]}1", "metrics": "wealth"}, 400, ""),
        ("benchmark", {}, 400, ""),
        ("benchmark", {"filter": "followers >= 1b"}, 422, "nobody is found"),
        ("benchmark", {"filter": "followers >"}, 422, "filter, character"),
        ("benchmark", {"q": "x", "metrics": "wealth"}, 400, ""),
        (f"influencers/{UNKNOWN}", {}, 404, UNKNOWN),
        (f"influencers/{UNKNOWN}", {"tab": "secrets"}, 400, ""),
    ],
)
async def test_a_page_that_cannot_be_shown_says_why(
    scored: Scored, url: str, params: dict[str, str], status: int, told: str
) -> None:
    answer: httpx.Response = await scored.api.get(f"{VIEWS}/{url}", params=params)

    assert answer.status_code == status, answer.text
    assert told in answer.json()["detail"]


async def test_pages_show_nothing_of_another_organisation(scored: Scored) -> None:
    everyone = {"organisation": "demo"}
    line = scored.lines[0]

    answer = await scored.api.get(f"{VIEWS}/influencers/{line['influencer_id']}", params=everyone)

    assert answer.status_code == 404
