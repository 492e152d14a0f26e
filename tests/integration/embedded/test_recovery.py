"""Servers start again from whatever an earlier life has left in their home."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from analisa.adapters.embedded.errors import HomeUnusable, ServerFailed
from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.leftovers import stop_leftovers
from analisa.adapters.embedded.postgres import DATABASE, OWNER, ROLE, EmbeddedPostgres
from analisa.adapters.embedded.processes import started_at
from analisa.adapters.embedded.valkey import EmbeddedValkey
from analisa.entrypoints.services import services
from analisa.entrypoints.settings import read_settings


@pytest_asyncio.fixture
async def home(place: Path, furnished: Home) -> AsyncIterator[Home]:
    """A home with data, in which nothing runs."""
    copied = place / "home"
    await asyncio.to_thread(
        subprocess.run, ["cp", "-a", str(furnished.root), str(copied)], check=True
    )  # owners and all
    yield Home(copied)
    await stop_leftovers(copied / "run")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def furnished(memory: Path) -> Home:
    """A home whose servers have run once."""
    made = Home(Path(tempfile.mkdtemp(dir=memory)) / "home")
    made.prepare()
    for server in (EmbeddedPostgres(made), EmbeddedValkey(made)):
        await server.start()
        await server.stop()
    return made


def stopped(home: Home, *, patience_s: float = 10) -> list[str]:
    """The names of what an earlier start had left running, once it has ended."""
    return asyncio.run(stop_leftovers(home.run, patience_s=patience_s))


async def answers(postgres: EmbeddedPostgres) -> bool:
    connection = await asyncpg.connect(postgres.url)
    try:
        return bool(await connection.fetchval("select true"))
    finally:
        await connection.close()


async def test_postgres_starts_after_its_sudden_death(home: Home) -> None:
    postgres = EmbeddedPostgres(home)
    await postgres.start()
    os.kill(postgres.child.pid, signal.SIGKILL)
    await postgres.child.ended()

    await postgres.start()

    assert await answers(postgres)
    await postgres.stop()


async def test_postgres_starts_where_its_old_number_belongs_to_somebody_else(home: Home) -> None:
    stale = (home.postgres / "postmaster.pid").with_name("postmaster.pid")
    stale.write_text(f"{os.getppid()}\n/proc/self/cwd\n1\n5432\n\n127.0.0.1\n  1 1\nready   \n")

    postgres = EmbeddedPostgres(home)
    await postgres.start()

    assert await answers(postgres)
    await postgres.stop()


async def test_an_initialisation_that_was_cut_short_is_begun_again(place: Path) -> None:
    home = Home(place / "home")
    home.prepare()
    (home.root / "postgres.part").mkdir()
    (home.root / "postgres.part" / "PG_VERSION").write_text("18\n")

    postgres = EmbeddedPostgres(home)
    await postgres.start()

    assert await answers(postgres)
    await postgres.stop()


async def test_a_furnishing_that_was_cut_short_is_finished(home: Home) -> None:
    (home.postgres / "analisa-furnished-4").unlink()

    postgres = EmbeddedPostgres(home)
    await postgres.start()

    assert await answers(postgres)
    assert (home.postgres / "analisa-furnished-4").exists()
    await postgres.stop()


async def test_a_home_whose_program_owned_its_tables_is_handed_over(home: Home) -> None:
    postgres = EmbeddedPostgres(home)
    await postgres.start()
    admin = await asyncpg.connect(postgres.admin_url())
    await admin.execute("create table older (n int); alter table older owner to analisa")
    await admin.execute(f"alter database {DATABASE} owner to {ROLE}; drop owned by {OWNER}; drop role {OWNER}")
    await admin.close()
    await postgres.stop()
    (home.postgres / "analisa-furnished-4").unlink()

    await postgres.start()

    admin = await asyncpg.connect(postgres.admin_url())
    owners = await admin.fetchrow(
        "select (select datdba::regrole::text from pg_database where datname = current_database()),"
        " (select relowner::regrole::text from pg_class where relname = 'older')"
    )
    await admin.close()
    await postgres.stop()
    assert owners is not None
    assert tuple(owners) == (OWNER, OWNER)


async def test_something_else_in_the_place_of_the_data_is_left_alone(home: Home) -> None:
    shutil.rmtree(home.postgres)
    home.postgres.mkdir()
    (home.postgres / "diary.txt").write_text("dear diary")

    with pytest.raises(HomeUnusable, match="is not a PostgreSQL data directory; move it away"):
        await EmbeddedPostgres(home).start()

    assert (home.postgres / "diary.txt").exists()


async def test_data_of_another_postgres_are_left_alone(home: Home) -> None:
    (home.postgres / "PG_VERSION").write_text("16\n")

    with pytest.raises(HomeUnusable, match="was written by PostgreSQL 16, this program brings 18"):
        await EmbeddedPostgres(home).start()


async def test_postgres_that_cannot_start_says_why(home: Home) -> None:
    with pytest.raises(ServerFailed, match=r"PostgreSQL does not start: .*no_such_setting.*postgres\.log"):
        await EmbeddedPostgres(home, settings={"no_such_setting": "1"}).start()

    assert list(home.run.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to")
async def test_a_child_that_cannot_be_recorded_for_want_of_room_is_stopped_again(home: Home) -> None:
    (home.run / "postgres.part").symlink_to("/dev/full")

    with pytest.raises(HomeUnusable, match=f"the disk that holds {home.root} is full; make room there"):
        await EmbeddedPostgres(home).start()

    assert list(home.run.iterdir()) == []
    assert str(home.postgres) not in {process.info["cwd"] for process in psutil.process_iter(["cwd"])}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for 20 MiB, or skip: only root can make one."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20M", "tmpfs", tmp_path], check=False).returncode == 0
    if not mounted:
        pytest.skip("a small disk cannot be made here")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


async def test_a_first_start_asks_for_the_room_that_it_needs(small_disk: Path) -> None:
    home = Home(small_disk / "home")

    with pytest.raises(HomeUnusable, match=r"has \d+ MiB left, and PostgreSQL's first data need 80; make room"):
        async with services(read_settings({"ANALISA_HOME": str(home.root)})):
            pass


async def test_a_port_that_is_taken_meanwhile_is_exchanged_for_another(home: Home) -> None:
    for server in (EmbeddedPostgres(home), EmbeddedValkey(home)):
        promised = int(server.url.rpartition(":")[2].partition("/")[0])
        with socket.create_server(("127.0.0.1", promised)):
            await server.start()

            assert int(server.url.rpartition(":")[2].partition("/")[0]) != promised
            await server.stop()


@pytest.mark.parametrize("part", ["1.incr.aof", "1.base.rdb", "manifest"])
async def test_a_damaged_store_of_valkey_is_set_aside(home: Home, part: str) -> None:
    told: list[str] = []
    (home.valkey / "appendonlydir" / f"appendonly.aof.{part}").write_bytes(b"REDIS nonsense that nobody wrote\r\n" * 40)

    valkey = EmbeddedValkey(home, tell=told.append)
    await valkey.start()

    async with Redis.from_url(valkey.url) as redis:
        assert await redis.ping()
    await valkey.stop()
    assert "set aside" in told[0]
    assert len(list(home.root.glob("valkey.damaged-*"))) == 1


def test_a_leftover_is_stopped(home: Home) -> None:
    with subprocess.Popen(["/bin/sleep", "600"]) as left:
        record = {"pid": left.pid, "started": started_at(left.pid), "farewell": int(signal.SIGTERM)}
        (home.run / "worker.json").write_text(json.dumps(record))

        assert stopped(home) == ["worker"]
        assert left.wait(60) == -signal.SIGTERM
    assert list(home.run.iterdir()) == []


def test_a_leftover_that_pays_no_heed_is_killed_with_its_children(home: Home) -> None:
    program = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "subprocess.Popen(['/bin/sleep', '600']); print('deaf', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as left:
        assert left.stdout is not None
        left.stdout.readline()
        record = {"pid": left.pid, "started": started_at(left.pid), "farewell": int(signal.SIGTERM)}
        (home.run / "worker.json").write_text(json.dumps(record))

        assert stopped(home, patience_s=0.2) == ["worker"]
        assert left.wait(60) == -signal.SIGKILL
        assert left.stdout.read() == b"", "its child, which held the pipe, is gone too"


def test_a_process_that_came_into_the_same_number_is_left_alone(home: Home) -> None:
    with subprocess.Popen(["/bin/sleep", "600"]) as stranger:
        record = {"pid": stranger.pid, "started": "before", "farewell": int(signal.SIGTERM)}
        (home.run / "worker.json").write_text(json.dumps(record))

        assert stopped(home) == []
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="whose session a process is of is looked up in /proc")
@pytest.mark.parametrize("suffix", ["json", "part"])
def test_what_a_dead_child_has_started_is_stopped_where_it_worked_and_nowhere_else(home: Home, suffix: str) -> None:
    begin = ["/bin/sh", "-c", "cd $0; sleep 600 & cd /; sleep 600 & echo $$", str(home.postgres)]
    with subprocess.Popen(begin, stdout=subprocess.PIPE, start_new_session=True) as dead:
        assert dead.stdout is not None
        dead.stdout.readline()
        dead.wait(60)
        left, elsewhere = sorted(of_session(dead.pid), key=lambda process: process.cwd() == "/")
        record = {"pid": dead.pid, "started": "then", "farewell": 9, "folder": str(home.postgres.resolve())}
        (home.run / f"initdb.{suffix}").write_text(json.dumps(record))

        assert stopped(home) == ["initdb"]

        assert started_at(left.pid) is None
        assert started_at(elsewhere.pid) is not None
        elsewhere.kill()
    assert list(home.run.iterdir()) == []


def of_session(leader: int) -> list[psutil.Process]:
    """The processes of the session that *leader* began."""
    return [process for process in psutil.process_iter() if os.getsid(process.pid) == leader]


@pytest.mark.parametrize("words", ["", "{}", '{"pid": "x"}', "[1]", '{"pid": 1, "started": null, "farewell": 15}'])
def test_a_record_that_says_nothing_is_removed(home: Home, words: str) -> None:
    (home.run / "api.json").write_text(words)

    assert stopped(home) == []
    assert list(home.run.iterdir()) == []
