"""`analisa up`: starts everything, keeps it running, stops it all, and recovers from whatever was done to it."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from tests.e2e.running import Up, eventually
from tests.promises import Figures


@pytest.fixture(scope="module")
def home(memory: Path) -> Path:
    """A home that several tests use one after the other, as people do: 150 characters long, with spaces."""
    base = Path(tempfile.mkdtemp(dir=memory))
    return base / ("a home with spaces " * 9)[: 150 - len(str(base)) - 1].strip()


@pytest.fixture
def up(home: Path) -> Iterator[Up]:
    """A running `up`."""
    with Up(home) as running:
        yield running.ready()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_nothing_behind(up: Up, number: signal.Signals) -> None:
    assert len(up.family) >= 5

    assert up.stop(number) == 0

    assert up.left_behind() == []
    assert list((up.home / "run").iterdir()) == []
    assert not (up.home / "services.json").exists()


def test_under_nohup_it_outlives_its_terminal(home: Path) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does, for the child to inherit
    try:
        up = Up(home, restore_signals=False)
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with up:
        up.ready()
        up.process.send_signal(signal.SIGHUP)

        assert up.told()
        assert up.stop() == 0
        assert "stopping" in up.said[-1]


def test_roles_are_told_where_everything_is(up: Up) -> None:
    told = up.told()

    assert told["ANALISA_HOME"] == str(up.home)
    assert told["ANALISA_DATABASE_URL"].startswith("postgresql://analisa:")
    assert told["ANALISA_REDIS_URL"].startswith("redis://:")
    assert up.address.endswith(f":{told['ANALISA_PORT']}")
    assert "ANALISA_ADMIN_DATABASE_URL" not in told


def test_the_demonstration_world_is_loaded_and_shown(home: Path) -> None:
    with Up(home, "--demo") as up:
        up.ready()

        up.until("the little world goes to analisa")
        assert up.told()["ANALISA_ORGANISATION"] == "demo"
        assert up.stop() == 0


def test_a_demonstration_that_fails_does_no_harm(home: Path) -> None:
    with Up(home, "--demo", env={"LITTLE_DEMO_ENDS_WITH": "3"}) as up:
        up.ready()

        up.until("the demonstration world was not loaded (status 3); everything else works")
        assert up.told()
        assert up.stop() == 0


@pytest.mark.parametrize("name", ["postgres", "valkey", "api", "worker"])
def test_a_child_that_is_killed_comes_back(up: Up, name: str) -> None:
    before = up.pid(name)

    os.kill(before, signal.SIGKILL)

    up.until(f"{name} was ended by SIGKILL; starting it again")
    eventually(lambda: (up.home / "run" / f"{name}.json").exists() and up.pid(name) != before)
    assert up.told()["pid"] == up.pid("api")
    up.family += psutil.Process(up.process.pid).children(recursive=True)
    assert up.stop() == 0
    assert up.left_behind() == []


@pytest.mark.promise("P1")
async def test_what_was_committed_outlives_a_killed_postgres(up: Up, figures: Figures) -> None:
    url = up.told()["ANALISA_DATABASE_URL"]
    connection = await asyncpg.connect(url)
    await connection.execute("insert into schedules (name, last_due_at) values ('kept', now())")

    os.kill(up.pid("postgres"), signal.SIGKILL)
    figures.fault("kill -9 of postgres")
    up.until("starting it again")
    connection.terminate()

    deadline = time.monotonic() + 60
    while True:
        try:
            again = await asyncpg.connect(url)  # at the same address: the roles were told no other
            break
        except (OSError, asyncpg.PostgresError):
            assert time.monotonic() < deadline
    assert await again.fetchval("select count(*) from schedules where name = 'kept'") == 1
    await again.execute("delete from schedules where name = 'kept'")
    await again.close()


def test_after_its_own_sudden_death_nothing_stays_and_the_next_start_recovers(home: Path) -> None:
    with Up(home) as killed:
        killed.ready()
        killed.process.kill()
        killed.ended()
        assert killed.left_behind() == []

    with Up(home) as up:
        assert up.ready().told()
        assert up.stop() == 0


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="which process is whose is looked up in /proc")
def test_children_that_survived_are_stopped_before_anything_starts(home: Path) -> None:
    with Up(home) as killed:
        killed.ready()
        for child in killed.family:
            child.suspend()  # so that they do not see it die
        killed.process.kill()
        killed.ended()
        survivors = [child for child in killed.family if child.is_running()]
        assert survivors

    with Up(home) as up:
        up.until("what an earlier start had left running was stopped")
        up.ready()
        assert killed.left_behind() == []


def test_a_second_one_in_the_same_home_is_told_who_is_there(up: Up) -> None:
    with Up(up.home) as second:
        assert second.ended() == 1

    assert f"analisa up (process {up.process.pid}) is at work in {up.home}" in "".join(second.said)
    assert up.told()


def test_two_installations_live_side_by_side(up: Up, place: Path) -> None:
    with Up(place / "other") as other:
        other.ready()

        assert other.address != up.address
        assert other.told()["ANALISA_DATABASE_URL"] != up.told()["ANALISA_DATABASE_URL"]


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, Up(home, "--port", str(taken.getsockname()[1])) as up:
        assert up.ended() == 1
        assert f"port {taken.getsockname()[1]} is in use by another program" in "".join(up.said)


def test_a_role_that_pays_no_heed_is_killed_in_time(home: Path) -> None:
    with Up(home, env={"LITTLE_ROLE_IS_STUBBORN": "1"}) as up:
        up.ready()
        began = time.monotonic()

        assert up.stop() == 0

        assert time.monotonic() - began < 10
        assert up.left_behind() == []


def test_asking_twice_gives_no_more_time(home: Path) -> None:
    with Up(home, env={"LITTLE_ROLE_IS_STUBBORN": "1"}) as up:
        up.ready()
        began = time.monotonic()
        up.process.send_signal(signal.SIGINT)
        up.until("stopping")

        assert up.stop(signal.SIGINT) == 0

        assert time.monotonic() - began < 4.5
        assert up.left_behind() == []


def test_a_signal_during_the_start_stops_what_has_started(home: Path) -> None:
    with Up(home, env={"LITTLE_API_LOADS_S": "30"}) as up:
        eventually(lambda: (home / "run" / "api.json").exists() and (home / "run" / "postgres.json").exists())
        up.family = psutil.Process(up.process.pid).children(recursive=True)

        assert up.stop() == 0

        assert up.left_behind() == []
        assert "is ready" not in "".join(up.said)


def test_an_api_that_never_starts_ends_the_attempt_with_its_own_words(home: Path) -> None:
    with Up(home, env={"LITTLE_API_FAILS": "1"}) as up:
        assert up.ended() == 1

    assert "api ended with status 1 5 times; it said last: the little API was told to fail" in "".join(up.said)
    assert list((home / "run").iterdir()) == []


@pytest.mark.parametrize(
    "trace",
    ["postgres.part", "run/initdb.json", "postgres", "postgres/postmaster.pid", "postgres/analisa-furnished-4"],
)
def test_a_first_start_that_is_killed_is_made_up_for_by_the_next(place: Path, trace: str) -> None:
    home = place / "home"
    with Up(home) as killed:
        eventually((home / trace).exists)
        killed.process.kill()
        killed.ended()

    with Up(home) as up:
        assert up.ready().told()
        assert up.stop() == 0
        assert up.left_behind() == []


def test_what_makes_the_data_dies_with_the_start_that_wanted_them(place: Path) -> None:
    home = place / "home"
    with Up(home) as killed:
        eventually((home / "run" / "initdb.json").exists)
        family = [
            child for child in psutil.Process(killed.process.pid).children(recursive=True) if "initdb" in child.name()
        ]
        killed.process.kill()
        killed.ended()

        gone, _ = psutil.wait_procs(family, timeout=5)
        assert gone == family != []

    with Up(home) as up:
        up.ready()
        assert str(home / "postgres.part") not in {process.info["cwd"] for process in psutil.process_iter(["cwd"])}
        assert up.stop() == 0
