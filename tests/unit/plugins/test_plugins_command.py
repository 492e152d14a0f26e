"""`analisa plugins` names everything that is installed, and what failed, with the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from analisa.entrypoints.cli import main
from analisa.entrypoints.cli.plugins import _line
from analisa.plugins.manager import PluginReport


def test_networks_and_readers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "tiktok (built-in): network tiktok" in lines
    assert any("reader creator-archive, reader meta-business-suite, reader youtube-studio" in line for line in lines)


def test_the_list_can_be_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "--json"]) == 0

    listed = {report["name"]: report for report in json.loads(capsys.readouterr().out)}
    assert listed["archives"]["readers"] == ["creator-archive", "meta-business-suite", "youtube-studio", "table"]
    assert listed["instagram"]["origin"] == "built-in"


def test_a_plugin_that_failed_is_named_with_its_reason() -> None:
    broken = PluginReport("kwai", "analisa-network-kwai 1.0", problem="ImportError: no such library")

    assert _line(broken) == "kwai (analisa-network-kwai 1.0) FAILED: ImportError: no such library"
    assert _line(PluginReport("empty", "x 1")) == "empty (x 1): adds nothing"


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_plugin_cannot_steer_the_terminal_by_what_it_is_called(tmp_path: Path, form: list[str]) -> None:
    """A distribution that is found on the path of a process, with an entry point of an odd name."""
    package = tmp_path / "odd-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n", "utf-8")
    (package / "entry_points.txt").write_text("[analisa]\nfine\x9b8m\x1b[8m = nowhere\n", "utf-8")

    command = [sys.executable, "-m", "analisa.entrypoints.cli", "plugins", *form]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "ModuleNotFoundError: No module named 'nowhere'" in done.stdout
    assert done.stdout.replace("\n", "").isprintable()
