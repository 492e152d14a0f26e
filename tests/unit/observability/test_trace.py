"""`analisa logs trace`: the lines of one request, over all files, in the order of time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analisa.adapters.observability.trace import for_people, lines_of
from analisa.entrypoints.cli import main


def line(second: int, request: str, message: str, role: str = "api", **more: Any) -> str:
    at = f"2026-11-22T06:00:{second:02d}.000Z"
    ecs = {"@timestamp": at, "log.level": "info", "message": message, "service": {"node": {"role": role}}}
    return json.dumps({**ecs, "http": {"request": {"id": request}}, **more}) + "\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "api.log").write_text(
        line(1, "r-1", "asked") + line(2, "r-2", "r-1 is only spoken of") + "{cut sho", "utf-8"
    )
    (logs / "api.log.1").write_text(line(0, "r-1", "older"), "utf-8")
    (logs / "worker.log").write_text("not JSON r-1\n[1]\n" + line(3, "r-1", "done", "worker"), "utf-8")
    return tmp_path


def test_the_lines_of_a_request_come_from_all_files_in_the_order_of_time(home: Path) -> None:
    assert [found["message"] for found in lines_of(home / "logs", "r-1")] == ["older", "asked", "done"]


def test_the_command_prints_them(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "trace", "r-1", "--home", str(home)]) == 0
    assert [text.split()[-1] for text in capsys.readouterr().out.splitlines()] == ["older", "asked", "done"]

    assert main(["logs", "trace", "r-1", "--home", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["message"] == "older"


def test_a_request_nobody_knows_is_said_to_be_unknown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "trace", "r-9", "--home", str(home)]) == 1
    assert "no line of r-9" in capsys.readouterr().err


def test_a_home_without_logs_has_no_lines(tmp_path: Path) -> None:
    assert lines_of(tmp_path / "logs", "r-1") == []


def test_a_line_for_people_shows_facts_and_the_traceback_and_steers_no_terminal() -> None:
    told = json.loads(
        line(1, "r-1", "it \x1b[2J failed", analisa={"n": 3}, error={"stack_trace": "Traceback\nValueError\n"})
    )

    assert (
        for_people(told) == "2026-11-22T06:00:01.000Z api       info     it \\x1b[2J failed  n=3\nTraceback\nValueError"
    )
