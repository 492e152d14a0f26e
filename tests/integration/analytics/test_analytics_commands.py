"""The commands, as a person types them, over a small stored world."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analisa.entrypoints.cli import main
from tests.integration.analytics.stories import Fact, Story
from tests.integration.analytics.world import open_world

NOW = datetime.now(UTC)

Run = Callable[..., tuple[int, str, str]]


def facts(name: str, network: str, *, likes: int, followers: int) -> list[Fact]:
    """Daily readings with a step in them, and a post every third day."""
    readings = [
        Fact(name, network, NOW - timedelta(days=gap), {"followers": followers + 3 * (40 - gap)}) for gap in range(40)
    ]
    posts = [
        Fact(
            name,
            network,
            NOW - timedelta(hours=1),
            {"likes": likes + number, "views": 40 * likes, "comments": 2},
            post=f"{name}-{number}",
            published=NOW - timedelta(days=3 * number + 1),
        )
        for number in range(8)
    ]
    return [*readings, *posts]


@pytest.fixture(scope="module")
def told(database_url: str) -> str:
    """An installation that knows two people."""

    async def tell() -> None:
        async with open_world(database_url) as world:
            story = Story(world, "")
            await story.tell(*facts("ana", "instagram", likes=300, followers=5_000))
            await story.tell(*facts("bia", "tiktok", likes=20, followers=90_000))
            await world.described(story.profiles["ana"], handle="ana.souza", display_name="=Ana")
            await world.named(story.profiles["ana"], "=Ana")

    asyncio.run(tell())
    return database_url


@pytest.fixture
def run(told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; its exit status, and what it wrote."""
    monkeypatch.setenv("ANALISA_DATABASE_URL", told)
    monkeypatch.setenv("ANALISA_HOME", str(tmp_path))

    def command(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return command


def test_scores_are_computed_ranked_and_explained(run: Run) -> None:
    status, nobody, _ = run("top")
    assert (status, nobody.strip()) == (0, "nobody has a score yet; import something, then: analisa score")

    assert run("score")[1].startswith("everybody's evidence, ")
    (report, *_) = json.loads(run("score", "--full", "--json")[1])
    assert (report["profiles"], report["stored"], report["full"]) == (2, 0, True)

    text = run("top")[1]
    assert "instagram:ana.souza" in text
    assert "compared with published figures only: too few accounts seen here" in text
    first, second = json.loads(run("top", "--json")[1])
    assert (first["rank"], second["rank"]) == (1, 2)
    assert first["score"] >= second["score"]
    (only,) = csv.DictReader(io.StringIO(run("top", "--network", "tiktok", "--csv")[1]))
    assert only["name"] == "bia"
    assert run("top", "--network", "facebook")[1].startswith("nobody has a score yet")
    assert run("score", "--as-of", (NOW - timedelta(days=3)).date().isoformat())[0] == 0


def test_figures_come_as_csv_and_json_for_all_or_for_one(run: Run) -> None:
    rows = {row["creator"]: row for row in csv.DictReader(io.StringIO(run("figures")[1]))}
    assert rows["ana"]["posts"] == "8"
    assert rows["ana"]["profile_name_last"] == "'=Ana"
    assert rows["bia"]["rank"] == "1"

    (one,) = json.loads(run("figures", "--profile", "instagram:@ana.souza", "--json", "--by-year")[1])
    assert one["creator"] == "ana"
    assert one["followers"] == 5_120
    assert f"median_interactions_{NOW.year}" in one
    posts = json.loads(run("figures", "--posts", "--network", "tiktok", "--json")[1])
    assert {row["post"] for row in posts} == {f"bia-{number}" for number in range(8)}
    assert run("figures", "--reported")[1].strip() == "network,creator,source,observed_at"
    early = json.loads(run("figures", "--as-of", (NOW - timedelta(days=10)).isoformat(), "--json")[1])
    assert early[0]["posts"] == 5


def test_trends_of_a_profile(run: Run) -> None:
    text = run("trends", "instagram:ana")[1]
    assert "followers, " in text
    assert "+3.00 a day" in text
    found = json.loads(run("trends", "instagram:ana", "--json", "--as-of", NOW.isoformat())[1])
    assert found["series"]["followers"][0]["slope"]["per_day"] == pytest.approx(3)


def test_a_receipt_is_verified_with_the_key_that_comes_along(run: Run, tmp_path: Path) -> None:
    run("score")
    key, file = tmp_path / "key.pem", tmp_path / "r.json"

    status, receipt, _ = run("receipt", "instagram:ana", "--public-key", str(key))
    file.write_text(receipt)
    both = run("receipt", "instagram:ana", "tiktok:bia", "--public")[1].splitlines()

    assert status == 0
    assert [json.loads(line)["profile"]["id"] for line in both] == ["ana", "bia"]
    assert run("verify", str(file), "--key", str(key))[0] == 0
    file.write_text(receipt.replace('"likes"', '"views"', 1))
    assert run("verify", str(file), "--key", str(key))[0] != 0


def test_reference_tables_are_built_shown_and_switched(run: Run) -> None:
    run("score")
    built = json.loads(run("reference", "build", "--json")[1])
    assert (built["profiles"], built["switched"]) == (2, False)
    assert "analisa reference switch" in run("reference", "build")[1]

    listed = json.loads(run("reference", "show", "--json")[1])
    assert [each["in_use"] for each in listed] == [True, False]
    assert "published figures alone, in use" in run("reference", "show")[1]
    assert json.loads(run("reference", "show", "current")[1])["version"] == listed[0]["version"]

    assert "they are in use" in run("reference", "switch", built["version"][:12])[1]
    assert json.loads(run("reference", "show", "current")[1])["version"] == built["version"]
    assert run("reference", "build", "--switch", "--json")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (("top", "-n", "0"), "between 1 and 200"),
        (("score", "--as-of", "yesterday"), "write 2026-03-01"),
        (("score", "--as-of", "2999-01-01"), "has not begun"),
        (("score", "--as-of", "0001-01-01"), "from 1971-01-01 on"),
        (("score", "--as-of", "1970-12-31", "--full"), "from 1971-01-01 on"),
        (("score", "--as-of", "9999-12-31"), "has not begun"),
        (("figures", "--as-of", "soon"), "write 2026-03-01T12:00Z"),
        (("figures", "--as-of", "9999-12-31T23:59:59-14:00"), "write 2026-03-01T12:00Z"),
        (("trends", "instagram:ana", "--as-of", "0001-01-01T00:00+14:00"), "write 2026-03-01T12:00Z"),
        (("figures", "--network", "../x"), "--network: '../x' is not a network's name"),
        (("top", "--network", "../x"), "--network: '../x' is not a network's name"),
        (
            ("top", "--network", "nonet"),
            "no such network here: 'nonet'; there are facebook, ",
        ),
        (("top", "--network", "nonet", "--json"), "no such network here: 'nonet'"),
        (("top", "--network", ""), "--network: '' is not a network's name"),
        (("figures", "--as-of", "2026-03-01T12:00"), "names no zone"),
        (("figures", "--import", "7"), "analisa imports"),
        (("figures", "--import", "01a20202-d453-7128-b4ff-c41bd028acc1"), "analisa imports"),
        (("figures", "--profile", "ana"), "NETWORK:ID-OR-HANDLE"),
        (("figures", "--rank-by", "posts"), "er_followers_median_pct"),
        (("trends", "instagram:nobody"), "check the spelling"),
        (("receipt",), "analisa receipt instagram:maria.silva"),
        (("receipt", "--public-key", "/nowhere/at/all.pem"), "cannot be written"),
        (("reference", "switch", "ffff"), "analisa reference show"),
        (("reference", "show", "0000"), "analisa reference show"),
    ],
)
def test_what_cannot_be_followed_is_answered_with_what_to_do(run: Run, arguments: tuple[str, ...], cure: str) -> None:
    status, printed, complaint = run(*arguments)

    assert status == 2
    assert printed == ""
    assert complaint.startswith("analisa: ")
    assert cure in complaint


@pytest.mark.parametrize("first_or_last", ["0001-01-01", "0001-01-01T00:00Z", "9999-12-31T23:59:59.999999Z"])
@pytest.mark.parametrize("command", [("figures",), ("figures", "--posts"), ("trends", "instagram:ana")])
def test_the_ends_of_the_calendar_are_times_like_any_other(
    run: Run, command: tuple[str, ...], first_or_last: str
) -> None:
    assert run(*command, "--as-of", first_or_last, "--json")[0] == 0


def test_a_day_on_which_scores_begin_has_scores_of_nobody_yet(run: Run) -> None:
    assert run("score", "--as-of", "1971-01-01")[0] == 0


def test_find_takes_the_filters_of_the_api(run: Run) -> None:
    run("score")

    assert [row["name"] for row in json.loads(run("find", "network = tiktok", "--json")[1])] == ["bia"]
    assert [row["name"] for row in json.loads(run("find", "--sort", "followers", "--json")[1])] == ["ana", "bia"]
    (row,) = csv.DictReader(io.StringIO(run("find", "followers < 10k", "-q", "souza", "--csv")[1]))
    assert (row["profile"], row["followers"]) == ("instagram:ana.souza", "5120")
    assert "5,120 followers" in run("find", "handle = ana.souza")[1]
    assert run("find", "followers > 10m")[1] == "nobody is found by that\n"


def test_find_says_what_can_be_asked_and_what_is_wrong(run: Run) -> None:
    status, out, _ = run("find", "--fields")
    assert status == 0
    assert "followers" in out
    assert "cannot be answered: prices are kept in many currencies" in out

    for wrong in (["followers >"], ["folowers > 3"], ["price < 3"], ["--sort", "wealth"], ["-n", "0"]):
        status, out, err = run("find", *wrong)
        assert (status, out) == (2, ""), wrong
        assert err.startswith("analisa: ")
