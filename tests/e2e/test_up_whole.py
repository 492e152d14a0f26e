"""`analisa up` with its real roles."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from analisa import __version__
from analisa.entrypoints.cli import main
from analisa.entrypoints.supervisor.roles import ROLES
from tests.e2e.running import PATIENCE_S, Up, eventually


@pytest.fixture(scope="module")
def up(memory: Path) -> Iterator[Up]:
    """The whole of Analisa."""
    with Up(memory / "whole", program="analisa.entrypoints.cli up") as running:
        yield running.ready()


def test_all_roles_come_up_and_stay(up: Up) -> None:
    eventually(lambda: {role.name for role in ROLES} <= {path.stem for path in (up.home / "run").glob("*.json")})
    before = {role.name: up.pid(role.name) for role in ROLES}

    time.sleep(1)  # a role that cannot work ends within its first second

    assert {role.name: up.pid(role.name) for role in ROLES} == before
    for role in ROLES:
        assert "Traceback" not in up.logged(role.name)


def test_the_printed_address_is_the_one_to_open(up: Up) -> None:
    assert httpx.get(f"{up.address}/health/ready", timeout=PATIENCE_S).status_code == 200
    assert httpx.get(f"{up.address}/schema", timeout=PATIENCE_S, follow_redirects=True).status_code == 200
    assert any(__version__ in line for line in up.said)


def test_a_backup_can_be_made_meanwhile(up: Up, place: Path) -> None:
    assert main(["backup", str(place / "x.tar.gz"), "--home", str(up.home)]) == 0

    assert (place / "x.tar.gz").stat().st_size > 1000


def test_a_restore_is_refused_meanwhile(up: Up, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", str(place / "x.tar.gz"), "--home", str(up.home)]) == 2

    assert f"analisa up (process {up.process.pid}) is at work" in capsys.readouterr().err


def test_it_stops_in_time_and_leaves_nothing_behind(up: Up) -> None:
    began = time.monotonic()

    assert up.stop() == 0

    assert time.monotonic() - began < 10
    assert up.left_behind() == []
    assert list((up.home / "run").iterdir()) == []
