"""The README's first import, step by step as a newcomer types it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dependency_injector import providers

from analisa.entrypoints.container import open_application
from analisa.entrypoints.setting_values import SecretUrl
from analisa.entrypoints.settings import Settings
from tests.fakes.collection import FakeClock

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "first-import"
WRITTEN = datetime(2026, 11, 22, 20, tzinfo=UTC)
"""When the README was written: the same command on another day gives the score of that day."""

Analisa = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def environ(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return {
        **os.environ,
        "ANALISA_HOME": str(tmp_path_factory.mktemp("home")),
        "ANALISA_DATABASE_URL": database_url,
        "ANALISA_REDIS_URL": redis_url,
    }


@pytest.fixture(scope="module")
def analisa(environ: Mapping[str, str]) -> Analisa:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "analisa.entrypoints.cli", *arguments]
        return subprocess.run(command, cwd=EXAMPLE, env=environ, capture_output=True, text=True, check=False)

    return run


class Newcomer:
    """Somebody with a clone who types the README's lines, one after the other."""

    def __init__(self, clone: Path, environ: Mapping[str, str]) -> None:
        shutil.copytree(EXAMPLE, clone / "examples" / "first-import")
        (clone / ".venv" / "bin").mkdir(parents=True)
        (clone / ".venv" / "bin" / "analisa").symlink_to(Path(sys.executable).with_name("analisa"))
        readme = (ROOT / "README.md").read_text()
        story = readme.partition("## From a file of your own")[2].partition("## How data")[0]
        shell = next(line.strip() for line in readme.splitlines() if line.startswith("    alias "))
        folder, *self._lines = re.findall(r"(?m)^    (\S.*)$", story)
        self._before = f"shopt -s expand_aliases\n{shell}\n{folder}\n"
        self.folder = clone / "examples" / "first-import"
        self._clone = clone
        self._environ = environ

    def types(self, beginning: str) -> subprocess.CompletedProcess[str]:
        """Type the next line, which begins so."""
        line = self._lines.pop(0)
        assert line.startswith(beginning)
        return subprocess.run(
            ["bash", "-c", f"{self._before}{line}"],
            cwd=self._clone,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def done(self) -> bool:
        return not self._lines


async def test_a_newcomer_gets_from_a_file_to_a_ranked_explained_and_provable_list(
    analisa: Analisa, environ: Mapping[str, str], database_url: str, tmp_path: Path
) -> None:
    newcomer = Newcomer(tmp_path, environ)

    assert newcomer.types("analisa import posts.csv --suggest-mapping").returncode == 0
    assert tomllib.loads((newcomer.folder / "proposal.toml").read_text())
    dry = newcomer.types("analisa import")
    assert dry.returncode == 1, dry.stderr
    assert "--observed-at" in dry.stdout

    brought = newcomer.types("analisa import")
    assert brought.returncode == 0, brought.stdout + brought.stderr
    assert "64 new" in brought.stdout
    assert "left out: 1 row.total" in brought.stdout

    assert newcomer.types("analisa figures").returncode == 0
    assert len((newcomer.folder / "figures.csv").read_text().splitlines()) == 1 + 6

    settings = Settings(home=tmp_path, database_url=SecretUrl(database_url), signing_key_file=tmp_path / "key")
    async with open_application(settings) as application:
        with application.root.clock.override(providers.Object(FakeClock(WRITTEN))):
            await application.root.analytics.score_profiles().everywhere()
    shown = re.search(r"```text\n(.+?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    assert analisa("top").stdout.startswith(shown[1])

    assert newcomer.types("analisa score").returncode == 0
    listed = newcomer.types("analisa top").stdout
    assert [listed.count(f"{rank}. ") for rank in range(1, 8)] == [1] * 6 + [0]

    assert newcomer.types("analisa receipt").returncode == 0
    assert json.loads((newcomer.folder / "receipt.json").read_text())["profile"]["handle"] == "cafe.com.lua"
    assert newcomer.types("analisa verify").returncode == 0
    assert newcomer.done


def test_the_same_file_again_changes_nothing(analisa: Analisa) -> None:
    asked = ("import", "posts.csv", "--mapping", "mapping.toml", "--observed-at", "2026-11-21T12:00Z")
    analisa(*asked)

    again = analisa(*asked)

    assert again.returncode == 0
    assert " new" not in again.stdout


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
