"""From an export file to a ranked, explained and provable list over HTTP, with every role at work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from analisa.entrypoints.cli import main
from tests.e2e.running import PATIENCE_S, Up, eventually


@pytest.fixture(scope="module")
def up(memory: Path) -> Iterator[Up]:
    """The whole of Analisa."""
    with Up(memory / "api", program="analisa.entrypoints.cli up") as running:
        yield running.ready()


@pytest.fixture(scope="module")
def api(up: Up) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=up.address, timeout=PATIENCE_S, headers=up.key()) as client:
        yield client


def archive(people: int, posts: int) -> list[tuple[str, tuple[str, bytes]]]:
    """A creator-archive of *people* with *posts* each, who do better the higher their number."""
    now = datetime.now(UTC).replace(microsecond=0)
    profiles, published, seen, read = (
        ["network,profile_id,handle,display_name"],
        ["network,post_id,profile_id,published_at,type"],
        ["network,post_id,observed_at,views,likes,comments"],
        ["network,profile_id,observed_at,followers"],
    )
    for person in range(people):
        profiles.append(f"youtube,UC{person},creator{person},Creator {person}")
        read += [
            f"youtube,UC{person},{now - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ},{20_000 - days * (person + 1)}"
            for days in range(60, 0, -3)
        ]
        for post in range(posts):
            at = now - timedelta(days=post * 2 + 3)
            published.append(f"youtube,{person}-{post},UC{person},{at:%Y-%m-%dT%H:%M:%SZ},video")
            views = 4_000 + post * 10
            seen.append(
                f"youtube,{person}-{post},{now:%Y-%m-%dT%H:%M:%SZ},{views},{views * (person + 2) // 100},{person + 1}"
            )
    tables = {"profiles": profiles, "posts": published, "post_metrics": seen, "profile_metrics": read}
    listed = [{"table": name, "file": f"{name}.csv"} for name in tables]
    manifest = {"format": "creator-archive", "version": "1.0", "tables": listed}
    files = {"manifest.json": json.dumps(manifest), **{f"{name}.csv": "\n".join(rows) for name, rows in tables.items()}}
    return [("file", (name, text.encode())) for name, text in files.items()]


def followed(api: httpx.Client, events: str) -> list[dict[str, Any]]:
    """Follow an import until its stream ends, and return what its events told."""
    with api.stream("GET", events) as answer:
        return [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]


def test_files_become_a_ranked_explained_and_provable_list(api: httpx.Client, tmp_path: Path) -> None:
    accepted = api.post("/api/v1/imports", files=archive(people=6, posts=12))
    assert accepted.status_code == 202, accepted.text

    told = followed(api, accepted.json()["events"])
    assert told[-1]["state"] == "done", told
    report = api.get(accepted.headers["location"]).json()["report"]
    assert sum(file["tables"]["posts"]["new"] for file in report["files"] if "posts" in file["tables"]) == 72

    # Each file commits alone, so a score may know some of them only. When all are known, every score can be proved.
    eventually(lambda: len(ranked(api)) == 6 and all(provable(api, line) for line in ranked(api)))
    lines = ranked(api)
    assert lines[0]["name"] == "Creator 5"
    assert len({line["standing"]["score"] for line in lines}) == 6

    receipt, key = tmp_path / "receipt.json", tmp_path / "key.pem"
    receipt.write_text(issued(api, lines[0]).text, "utf-8")
    key.write_text(api.get("/api/v1/signing-key").text, "utf-8")
    assert main(["verify", str(receipt), "--key", str(key)]) == 0


def test_the_list_is_taken_away_as_a_file(api: httpx.Client) -> None:
    eventually(lambda: len(ranked(api)) == 6)
    accepted = api.post(
        "/api/v1/exports",
        json={"list": "influencers", "format": "jsonl", "columns": ["name", "profile.followers"]},
        headers={"Idempotency-Key": "all-of-them"},
    ).json()

    told = followed(api, accepted["events"])

    assert told[-1]["state"] == "done", told
    rows = [json.loads(line) for line in api.get(told[-1]["file"]).text.splitlines()]
    assert sorted(row["name"] for row in rows) == [f"Creator {person}" for person in range(6)]
    assert all(row["profile.followers"] for row in rows)


def test_one_request_is_found_in_the_logs_of_every_role_that_worked_for_it(
    up: Up, api: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = api.post("/api/v1/imports", files=archive(people=1, posts=1))
    assert accepted.status_code == 202, accepted.text
    request = accepted.headers["x-request-id"]

    def traced() -> list[dict[str, Any]]:
        found = main(["logs", "trace", request, "--json", "--home", str(up.home)])
        lines = capsys.readouterr().out.splitlines()
        return [json.loads(line) for line in lines] if found == 0 else []

    def done(event: str) -> bool:
        return any(line.get("analisa", {}).get("event_name") == event for line in traced())

    # The upload asks for an import; the import's own event, which the relay hands on next, asks for scores.
    eventually(lambda: done("collection.import_requested") and done("collection.observations_recorded"))
    told = traced()

    assert {line["service"]["node"]["role"] for line in told} >= {"api", "worker"}
    assert {line["http"]["request"]["id"] for line in told} == {request}


def ranked(api: httpx.Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get("/api/v1/influencers", params={"filter": "network = youtube"}).json()["items"]
    return items


def issued(api: httpx.Client, line: dict[str, Any]) -> httpx.Response:
    """The answer to the question for the receipt of a ranked influencer's profile."""
    return api.get(f"/api/v1/profiles/{line['profiles'][0]['profile_id']}/receipt")


def provable(api: httpx.Client, line: dict[str, Any]) -> bool:
    return bool(line["standing"]) and issued(api, line).status_code == 200


def test_files_that_cannot_be_read_end_in_a_reason(api: httpx.Client) -> None:
    accepted = api.post("/api/v1/imports", files={"file": ("odd.csv", b"what,is,this\n1,2,3\n")}).json()

    (told, *_) = followed(api, accepted["events"])[-1:]
    shown = api.get(accepted["href"]).json()

    assert told["state"] == "failed"
    assert shown["line"]["error"]
    assert shown["error_code"]
