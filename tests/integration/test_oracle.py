"""Real exports in, figures out: each set imported by the commands that a person types, and compared cell by cell."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.entrypoints.cli import main
from tests.oracle import Key, differences, oracle
from tests.servers import FreshDatabase

MAPPINGS = Path(__file__).parents[1] / "mappings"
_numbers = count(1)

Row = dict[str, Any]
Run = Callable[..., str]


@pytest_asyncio.fixture(loop_scope="session")
async def fresh_url(postgres: EmbeddedPostgres, migrated_template: str) -> AsyncIterator[str]:
    """An empty installation's database."""
    async with FreshDatabase(postgres, migrated_template, f"oracle_{next(_numbers)}") as url:
        yield url


@pytest.fixture
def run(fresh_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command of an empty installation and return what it printed; it must succeed."""
    monkeypatch.setenv("ANALISA_DATABASE_URL", fresh_url)
    monkeypatch.setenv("ANALISA_HOME", str(tmp_path))

    def command(*arguments: str) -> str:
        status = main(arguments)
        printed = capsys.readouterr()
        assert status == 0, printed.err
        return printed.out

    return command


def mapping(name: str) -> tuple[str, str]:
    return "--mapping", str(MAPPINGS / f"{name}.toml")


def figures(run: Run, *arguments: str) -> list[Row]:
    rows: list[Row] = json.loads(run("figures", "--json", *arguments))
    return rows


def assert_equal(name: str, rows: list[Row], key: Callable[[Row], Key]) -> None:
    reference = oracle(name)
    assert list(differences(reference, {key(row): row for row in rows})) == []


def creator(row: Row) -> Key:
    return (row["creator"],)


def test_posts_of_governments_from_spreadsheets(run: Run) -> None:
    name = "br_gov_instagram"
    run("import", str(oracle(name).archive()), *mapping(name), "--public")

    rows = figures(run, "--as-of", oracle(name).ref, "--by-year", "--rank-by", "median_interactions")

    assert_equal(name, rows, creator)


def test_channels_and_videos_tracked_by_day(run: Run) -> None:
    name = "yt_tracker_fr"
    run("import", str(oracle(name).archive()), *mapping(name), "--public")

    assert_equal(name, figures(run, "--rank-by", "er_followers_median_pct"), creator)


def test_videos_crawled_twice(run: Run) -> None:
    name = "tiktok_vn"
    run("import", str(oracle(name).archive()), *mapping(name), "--public")

    assert_equal(name, figures(run, "--rank-by", "er_views_median_pct"), creator)


def test_an_owners_export_of_a_business_suite(run: Run) -> None:
    name = "meta_suite_ig"
    run("import", str(oracle(name).archive() / "instagram_data.csv"), "--observed-at", "2026-03-01T03:00Z")

    (row,) = figures(run, "--as-of", oracle(name).ref)

    assert_equal(name, [row], lambda _: next(iter(oracle(name).rows())))


def test_an_owners_export_of_a_video_studio(run: Run) -> None:
    archive, taken = oracle("yt_studio_kj").archive(), oracle("yt_studio_kj").ref
    table = str(archive / "Aggregated_Metrics_By_Video.csv")
    run("import", table, "--profile", "youtube:UCsomebody", "--observed-at", taken)

    (row,) = figures(run, "--as-of", taken)

    assert_equal("yt_studio_kj", [row], lambda _: next(iter(oracle("yt_studio_kj").rows())))
    # The reference keeps the blank with which the owner's spreadsheet hid a leading minus.
    blank = {key.lstrip(): key for (key,) in oracle("yt_studio_kj_videos").rows()}
    assert_equal("yt_studio_kj_videos", figures(run, "--posts"), lambda row: (blank.get(row["post"], row["post"]),))


def test_lists_of_a_third_party(run: Run) -> None:
    name = "creators_2022"
    run("import", str(oracle(name).archive()), *mapping(name), "--public")
    months = {"2000-01": "undated", "2022-06": "june", "2022-09": "sep"}

    rows = figures(run, "--reported")

    assert_equal(name, rows, lambda row: (row["network"], months[row["observed_at"][:7]], row["creator"]))


def test_twenty_creators_alone_are_told_apart_and_told_why(run: Run, tmp_path: Path) -> None:
    """A first import: the scores differ, each for stated reasons, and it is said that nobody here is compared with."""
    source = (oracle("tiktok_vn").archive() / "raw_data.csv").read_text("utf-8-sig").splitlines(keepends=True)
    few = tmp_path / "few" / "raw_data.csv"
    few.parent.mkdir()
    few.write_text("".join(source[:400]), "utf-8")
    run("import", str(few), *mapping("tiktok_vn"), "--public")
    run("score")

    top = json.loads(run("top", "--json", "-n", "20"))

    assert len(top) == 20
    assert len({row["score"] for row in top}) == 20
    for row in top:
        points = sum(value for name, value in row.items() if name.startswith("points_"))
        assert points == pytest.approx(row["score"], abs=1e-9)
        assert row["compared_with"].startswith("compared with published figures only")
        assert {"stale", "seed_only", "no_comments", "no_follower_sample"} <= set(row["reasons"])
        assert row["confidence"] <= 0.5
        assert row["half_width"] > 5
