"""One influencer, its profiles, their readings, posts and scores over HTTP, of the sample world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from analisa.adapters.system.clock import SystemClock
from analisa.entrypoints.cli import main
from analisa.entrypoints.container import Application
from tests.builders import a_batch
from tests.installation import Installation
from tests.integration.http.conftest import UNKNOWN, Scored
from tests.integration.http.paging import LIST, pages


async def test_one_influencer_is_shown_whole(scored: Scored) -> None:
    line = scored.lines[0]

    shown = (await scored.api.get(f"{LIST}/{line['influencer_id']}")).json()

    assert (shown["name"], shown["standing"]) == (line["name"], line["standing"])
    assert [each["profile_id"] for each in shown["profiles"]] == [each["profile_id"] for each in line["profiles"]]
    for profile in shown["profiles"]:
        assert profile["posts_known"] > 0
        assert profile["scores"]


async def test_a_count_is_shown_with_where_it_came_from_and_what_it_was_before(scored: Scored) -> None:
    shown = (await scored.api.get(f"{LIST}/{scored.lines[0]['influencer_id']}")).json()

    for profile in shown["profiles"]:
        metric = next(each for each in profile["metrics"] if each["key"] == "followers")
        read, before = (datetime.fromisoformat(metric[name]) for name in ("as_of", "previous_as_of"))
        assert timedelta(days=30) <= read - before < timedelta(days=45)
        assert metric["delta"] == pytest.approx(
            100 * (metric["value"] - metric["previous"]) / metric["previous"], abs=1e-3
        )
        assert metric["source"]["import_id"]
        assert (metric["delta_kind"], metric["good_when"]) == ("pct", "up")


async def test_a_count_read_once_was_nothing_before(scored: Scored, application: Application, tmp_path: Path) -> None:
    local = await application.actor()
    rows = {"network": "x", "profile_id": "once", "observed_at": datetime(2026, 1, 1, tzinfo=UTC), "followers": 10}
    batches = (
        a_batch("profiles", {"network": "x", "profile_id": "once", "handle": "read_once"}),
        a_batch("profile_metrics", rows, file="more.csv"),
    )
    await Installation(application.database, local, tmp_path, clock=SystemClock()).bring(*batches)
    await application.root.analytics.score_profiles().everywhere()
    (line,) = (await scored.api.get(LIST, params={"filter": "handle = read_once"})).json()["items"]

    shown = (await scored.api.get(f"{LIST}/{line['influencer_id']}")).json()

    (metric,) = shown["profiles"][0]["metrics"]
    assert (metric["value"], metric["previous"], metric["delta"], metric["previous_as_of"]) == (10, None, None, None)


async def test_readings_of_a_profile_become_a_chart(scored: Scored) -> None:
    profile = scored.profile("youtube")

    chart = (await scored.api.get(f"/api/v1/profiles/{profile['profile_id']}/metrics")).json()

    (series,) = chart["series"]
    assert (chart["unit"], chart["tz"], chart["step"], chart["annotations"]) == ("count", "UTC", "P1D", [])
    assert len(chart["t"]) == len(series["values"]) == 30
    assert (series["key"], series["label_key"]) == (str(profile["profile_id"]), "metrics.followers")
    assert [value for value in series["values"] if value is not None][-1] == profile["followers"]
    assert series["sample"] == sum(value is not None for value in series["values"])


async def test_a_profile_is_named_by_number_id_or_handle(scored: Scored) -> None:
    profile = scored.profile("youtube")
    names = (str(profile["profile_id"]), f"youtube:{profile['network_id']}", f"youtube:{profile['handle']}")

    for tail in ("metrics", "posts", "score", "score/history", "receipt"):
        told = [await scored.api.get(f"/api/v1/profiles/{name}/{tail}") for name in names]
        assert [answer.status_code for answer in told] == [200, 200, 200]
        if tail != "receipt":  # which says when it was made
            assert len({answer.content for answer in told}) == 1

    for name, status, code in (
        ("nowhere", 422, "analytics.profile_unreadable"),
        ("Not A Network:x", 422, "analytics.profile_unreadable"),
        ("youtube:nobody", 404, "analytics.profile_not_found"),
        ("youtube:a%00b", 400, "http.bad_request"),
    ):
        answer = await scored.api.get(f"/api/v1/profiles/{name}/score")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert [error["pointer"] for error in answer.json().get("errors", [])] == (
            [] if status == 404 else ["path/profile"]
        )


async def test_a_chart_keeps_to_its_days_and_stands_beside_those_before(scored: Scored) -> None:
    url = f"/api/v1/profiles/{scored.profile('youtube')['profile_id']}/metrics"
    whole = (await scored.api.get(url, params={"period": "60d"})).json()
    first, last = whole["t"][40], whole["t"][49]

    asks = {"period": f"{first}..{last}", "compare": "prev", "step": "day", "tz": "UTC"}
    part = (await scored.api.get(url, params=asks)).json()
    weekly = (await scored.api.get(url, params={"period": "60d", "step": "week"})).json()

    now, before = part["series"]
    assert part["t"] == whole["t"][40:50]
    assert now["values"] == whole["series"][0]["values"][40:50]
    assert before["values"] == whole["series"][0]["values"][30:40]
    assert (now["kind"], before["kind"]) == ("measured", "compared")
    assert (weekly["step"], len(weekly["t"]) <= 10) == ("P7D", True)


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"metric": "wealth"}, 400, "http.bad_request"),
        ({"period": "yesterday"}, 422, "shared.period_refused"),
        ({"period": "2026-13-01..2026-13-02"}, 422, "shared.period_refused"),
        ({"period": "2026-02-01..2026-01-01"}, 422, "shared.period_refused"),
        ({"tz": "Brazil"}, 422, "shared.period_refused"),
        ({"step": "day", "period": "500d"}, 422, "analytics.too_many_steps"),
        ({"compare": "us"}, 400, "http.bad_request"),
    ],
)
async def test_a_chart_of_nothing_is_refused(scored: Scored, params: dict[str, str], status: int, code: str) -> None:
    url = f"/api/v1/profiles/{scored.profile('youtube')['profile_id']}/metrics"

    answer = await scored.api.get(url, params=params)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_posts_come_newest_first_with_what_they_reached(scored: Scored) -> None:
    url = f"/api/v1/profiles/{scored.profile('youtube')['profile_id']}/posts"

    posts = await pages(scored.api, url, limit=3)

    dates = [post["published_at"] for post in posts]
    assert len(posts) > 3
    assert dates == sorted(dates, reverse=True)
    assert len({post["post_id"] for post in posts}) == len(posts)
    assert any(post["views"] is not None for post in posts)
    assert all(post["import_id"] for post in posts)


async def test_a_cursor_is_good_for_its_own_list_only(scored: Scored) -> None:
    first, second = (scored.profile(network)["profile_id"] for network in ("youtube", "instagram"))
    cursor = (await scored.api.get(f"/api/v1/profiles/{first}/posts", params={"limit": 1})).json()["next_cursor"]

    answer = await scored.api.get(f"/api/v1/profiles/{second}/posts", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (422, "http.cursor_refused")


async def test_a_score_is_shown_with_what_it_is_made_of(scored: Scored) -> None:
    profile = scored.profile("instagram")

    (score,) = (await scored.api.get(f"/api/v1/profiles/{profile['profile_id']}/score")).json()["items"]

    assert score["score"] == profile["score"]
    assert [part["component"] for part in score["components"]] == ["E", "R", "G", "S", "C", "Q"]
    assert sum(part["contribution"] for part in score["components"]) == pytest.approx(score["score"], abs=1e-5)
    assert score["own"] is True


async def test_the_history_of_a_score_begins_with_the_current_one(scored: Scored) -> None:
    profile = scored.profile("instagram")

    history = (await scored.api.get(f"/api/v1/profiles/{profile['profile_id']}/score/history")).json()["items"]

    assert history[0]["current"] is True
    assert history[0]["score"] == profile["score"]
    assert all(later["as_of"] >= sooner["as_of"] for later, sooner in pairwise(history))


async def test_a_receipt_can_be_computed_again_without_us(scored: Scored, tmp_path: Path) -> None:
    url = f"/api/v1/profiles/{scored.profile('instagram')['profile_id']}/receipt"
    receipt, key = tmp_path / "receipt.json", tmp_path / "key.pem"
    receipt.write_text((await scored.api.get(url)).text, "utf-8")
    key.write_text((await scored.api.get("/api/v1/signing-key")).text, "utf-8")

    assert main(["verify", str(receipt), "--key", str(key)]) == 0

    receipt.write_text(receipt.read_text("utf-8").replace('"instagram"', '"tiktok"'), "utf-8")
    assert main(["verify", str(receipt), "--key", str(key)]) != 0


async def test_of_new_evidence_there_is_no_receipt_until_it_is_scored(
    scored: Scored, application: Application, tmp_path: Path
) -> None:
    profile = scored.profile("tiktok")
    url = f"/api/v1/profiles/{profile['profile_id']}/receipt"
    local = await application.actor()
    soon = datetime.now(UTC) - timedelta(minutes=1)
    followers = profile["followers"] * 3
    batch = a_batch(
        "profile_metrics",
        {"network": "tiktok", "profile_id": profile["network_id"], "observed_at": soon, "followers": followers},
    )
    await Installation(application.database, local, tmp_path, clock=SystemClock()).bring(batch)

    refused = await scored.api.get(url)
    await application.root.analytics.score_profiles().everywhere()
    again = await scored.api.get(url)

    assert (refused.status_code, refused.json()["code"]) == (409, "analytics.evidence_moved")
    assert again.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        f"/api/v1/influencers/{UNKNOWN}",
        "/api/v1/influencers/not-a-uuid",
        "/api/v1/profiles/999999999/metrics",
        "/api/v1/profiles/999999999/posts",
        "/api/v1/profiles/999999999/score",
        "/api/v1/profiles/999999999/score/history",
        "/api/v1/profiles/999999999/receipt",
        f"/api/v1/profiles/{'9' * 200}/score",
        "/api/v1/influencers/%00",
        "/api/v1/profiles/%D9%A3/nowhere",
    ],
)
async def test_what_is_not_there_is_not_found(scored: Scored, path: str) -> None:
    answer = await scored.api.get(path)

    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("number", ["0", "-1", str(2**63)])
async def test_numbers_that_no_profile_has_are_refused(scored: Scored, number: str) -> None:
    answer = await scored.api.get(f"/api/v1/profiles/{number}/score")

    assert answer.status_code in {404, 422}


@pytest.mark.usefixtures("demonstration")
async def test_another_organisation_sees_nothing_of_it(scored: Scored) -> None:
    profile = scored.profile("instagram")

    listed = (await scored.api.get(LIST, params={"organisation": "demo"})).json()
    score = await scored.api.get(f"/api/v1/profiles/{profile['profile_id']}/score", params={"organisation": "demo"})
    one = await scored.api.get(f"{LIST}/{scored.lines[0]['influencer_id']}", params={"organisation": "demo"})

    assert listed == {"items": [], "next_cursor": None, "total": {"value": 0, "exact": True}}
    assert (score.status_code, one.status_code) == (404, 404)
