"""The README's first import, step by step as a newcomer types it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dependency_injector import providers

from analisa.entrypoints.container import open_application
from analisa.entrypoints.settings import SecretUrl, Settings
from tests.fakes.collection import FakeClock

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "first-import"
WRITTEN = datetime(2026, 11, 22, 20, tzinfo=UTC)
"""When the README was written: the same command on another day gives the score of that day."""

Analisa = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def analisa(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Analisa:
    environ = {
        **os.environ,
        "ANALISA_HOME": str(tmp_path_factory.mktemp("home")),
        "ANALISA_DATABASE_URL": database_url,
        "ANALISA_REDIS_URL": redis_url,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "analisa.entrypoints.cli", *arguments]
        return subprocess.run(command, cwd=EXAMPLE, env=environ, capture_output=True, text=True, check=False)

    return run


async def test_a_newcomer_gets_from_a_file_to_a_ranked_explained_and_provable_list(
    analisa: Analisa, database_url: str, tmp_path: Path
) -> None:
    dry = analisa("import", "posts.csv", "--mapping", "mapping.toml", "--dry-run")
    assert dry.returncode == 1, dry.stderr
    assert "--observed-at" in dry.stdout

    brought = analisa("import", "posts.csv", "--mapping", "mapping.toml", "--observed-at", "2026-11-21T12:00Z")
    assert brought.returncode == 0, brought.stdout + brought.stderr
    assert "64 new" in brought.stdout
    assert "left out: 1 row.total" in brought.stdout

    again = analisa("import", "posts.csv", "--mapping", "mapping.toml", "--observed-at", "2026-11-21T12:00Z")
    assert " new" not in again.stdout

    figures = analisa("figures", "--csv").stdout.splitlines()
    assert len(figures) == 1 + 6

    settings = Settings(home=tmp_path, database_url=SecretUrl(database_url), signing_key_file=tmp_path / "key")
    async with open_application(settings) as application:
        with application.root.clock.override(providers.Object(FakeClock(WRITTEN))):
            await application.root.analytics.score_profiles().everywhere()
    shown = re.search(r"```text\n(.+?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    assert analisa("top").stdout.startswith(shown[1])

    assert analisa("score", "--full").returncode == 0
    ranked = json.loads(analisa("top", "--json").stdout)
    assert len(ranked) == 6

    receipt = tmp_path / "receipt.json"
    receipt.write_text(analisa("receipt", "instagram:cafe.com.lua").stdout)
    assert json.loads(receipt.read_text())["profile"]["handle"] == "cafe.com.lua"
    assert analisa("verify", str(receipt)).returncode == 0


def test_the_proposed_mapping_needs_only_what_the_file_does_not_say(analisa: Analisa, tmp_path: Path) -> None:
    proposal = analisa("import", "posts.csv", "--suggest-mapping").stdout
    completed = re.sub(r"(?m)^# (network = \"instagram\").*", r"\1", proposal)
    completed = re.sub(r"(?m)^# (zone = \"America/Sao_Paulo\").*", r"\1", completed)
    mapping = tmp_path / "proposal.toml"
    mapping.write_text(completed)

    read = analisa("import", "posts.csv", "--mapping", str(mapping), "--observed-at", "2026-11-21T12:00Z", "--dry-run")

    assert read.returncode == 0, read.stdout + read.stderr
    for field in (
        "profile_id",
        "display_name",
        "followers",
        "published_at",
        "type",
        "text",
        "likes",
        "comments",
        "reach",
    ):
        assert re.search(rf"-> {field}\b", read.stdout), field
    assert "quarantined" not in read.stdout
