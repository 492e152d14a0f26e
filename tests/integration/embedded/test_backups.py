"""A backup brings everything back, and a restore that fails or is killed leaves either the old or the new."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from analisa.adapters.embedded.archive import BackupUnusable, unpack
from analisa.adapters.embedded.home import Home
from analisa.adapters.embedded.postgres import EmbeddedPostgres
from analisa.adapters.postgres.schema import current_revision, head_revision, migrate
from analisa.entrypoints.backups import NothingToBackUp, back_up
from analisa.entrypoints.endpoints import Endpoints
from analisa.entrypoints.services import services
from analisa.entrypoints.settings import Settings, read_settings
from tests.servers import FreshDatabase

OLD, NEW = "what the backup holds", "what came after it"


def settings_of(home: Path) -> Settings:
    return read_settings({"ANALISA_HOME": str(home)})


async def write_installation(home: Path, words: str) -> None:
    """Make *words* be what the database, the key and the uploads of *home* say."""
    async with services(settings_of(home)) as endpoints:
        await migrate(endpoints.owner_database_url, program=endpoints.database_url)
        connection = await asyncpg.connect(endpoints.owner_database_url)
        try:
            await connection.execute("set analisa.organisation = '00000000-0000-7000-8000-000000000001'")
            await connection.execute(
                "create table if not exists said (id int primary key, words text, owner uuid, at vector(2))"
            )
            await connection.execute(
                "alter table said enable row level security; alter table said force row level security"
            )
            await connection.execute(
                "drop policy if exists nobody on said; create policy nobody on said using (false) with check (true)"
            )
            await connection.execute("insert into said values (1, $1, null, '[1,2]') on conflict do nothing", words)
        finally:
            await connection.close()
        admin = await asyncpg.connect(endpoints.admin_database_url)
        await admin.execute("update said set words = $1", words)
        await admin.close()
    layout = Home(home)
    settings_of(home).signing_key_file.write_text(words)
    (layout.secrets / "another.key").write_text(words)
    for path in layout.uploads.rglob("*.csv"):
        path.unlink()
    (layout.uploads / "sub").mkdir(exist_ok=True)
    (layout.uploads / "sub" / f"{words}.csv").write_text(words)


async def read_installation(home: Path) -> str:
    """Return what *home* says; fail when its parts do not say the same."""
    async with services(settings_of(home)) as endpoints:
        admin = await asyncpg.connect(endpoints.admin_database_url)
        said = {await admin.fetchval("select words from said")}
        others = await admin.fetch("select datname from pg_database where datname ~ '_(restored|replaced)$'")
        owner = await admin.fetchval("select tableowner from pg_tables where tablename = 'said'")
        guarded = await admin.fetchval(
            "select relforcerowsecurity and relrowsecurity from pg_class where relname = 'said'"
        )
        await admin.close()
    layout = Home(home)
    said |= {settings_of(home).signing_key_file.read_text(), (layout.secrets / "another.key").read_text()}
    said |= {path.read_text() for path in layout.uploads.rglob("*.csv")}
    assert (owner, guarded, others) == ("analisa_owner", True, [])
    assert not (home / "restore.json").exists()
    assert not (home / "restore.part").exists()
    (whole,) = said
    return str(whole)


async def checksums(endpoints: Endpoints) -> dict[str, str]:
    """A checksum of every row of every table."""
    admin = await asyncpg.connect(endpoints.admin_database_url)
    tables = await admin.fetch("select tablename from pg_tables where schemaname = 'public' order by 1")
    found = {}
    for (table,) in tables:
        rows = await admin.fetch(f'select t::text from "{table}" t order by 1')
        found[table] = hashlib.sha256(repr([row[0] for row in rows]).encode()).hexdigest()
    await admin.close()
    return found


def analisa(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as people do."""
    outside = {name: text for name, text in os.environ.items() if not name.startswith("ANALISA_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "analisa.entrypoints.cli", *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
        env={**outside, **environment},
    )


def copy_with(backup: Path, target: Path, words: bytes, others: bytes) -> None:
    """Copy *backup*, with *others* in the place of the first *words*, as damage or malice would."""
    target.write_bytes(gzip.compress(gzip.decompress(backup.read_bytes()).replace(words, others, 1), 1))


@pytest.fixture(scope="module")
def old(memory: Path) -> Path:
    """A home that says OLD."""
    home = Path(tempfile.mkdtemp(dir=memory)) / "home"
    asyncio.run(write_installation(home, OLD))
    return home


@pytest.fixture(scope="module")
def backup(old: Path, memory: Path) -> Path:
    """A backup of that."""
    file = Path(tempfile.mkdtemp(dir=memory)) / "a backup.tar.gz"
    done = analisa("backup", str(file), home=old)
    assert done.returncode == 0, done.stderr
    return file


@pytest.fixture(scope="module")
def new(memory: Path) -> Path:
    """Another home, which says NEW whenever a test begins."""
    return Path(tempfile.mkdtemp(dir=memory)) / "home"


@pytest.fixture
def home(new: Path) -> Path:
    """The home that says NEW."""
    asyncio.run(write_installation(new, NEW))
    return new


async def test_a_backup_fills_an_empty_home_with_the_same_rows(old: Path, backup: Path, place: Path) -> None:
    async with services(settings_of(old)) as endpoints:
        before = await checksums(endpoints)

    done = analisa("restore", str(backup), home=place / "home")

    assert done.returncode == 0, done.stderr
    async with services(settings_of(place / "home")) as endpoints:
        assert await checksums(endpoints) == before
    assert await read_installation(place / "home") == OLD


async def test_what_is_there_is_replaced_only_by_force(home: Path, backup: Path) -> None:
    refused = analisa("restore", str(backup), home=home)

    assert refused.returncode == 2
    assert "is not empty; add --force" in refused.stderr
    assert await read_installation(home) == NEW

    done = analisa("restore", str(backup), "--force", home=home)

    assert done.returncode == 0, done.stderr
    assert await read_installation(home) == OLD


@pytest.mark.parametrize(
    ("failpoint", "left"),
    [
        ("restore.before_journal", NEW),
        ("restore.after_journal", OLD),
        ("restore.after_files", OLD),
        ("restore.after_exchange", OLD),
    ],
)
async def test_a_restore_killed_half_way_leaves_the_old_or_the_new(
    home: Path, backup: Path, failpoint: str, left: str
) -> None:
    killed = analisa(
        "restore", str(backup), "--force", home=home, ANALISA_PROFILE="test", ANALISA_FAILPOINTS=f"{failpoint}=kill"
    )

    assert killed.returncode == -signal.SIGKILL
    assert await read_installation(home) == left


async def test_a_damaged_backup_changes_nothing(home: Path, backup: Path, place: Path) -> None:
    copy_with(backup, place / "damaged.tar.gz", b"PGDMP", b"PGDMQ")

    refused = analisa("restore", str(place / "damaged.tar.gz"), "--force", home=home)

    assert refused.returncode == 2
    assert "database.dump was changed or damaged" in refused.stderr
    assert await read_installation(home) == NEW


async def test_a_backup_of_a_newer_program_is_refused(home: Path, backup: Path, place: Path) -> None:
    revision = f'"revision":"{head_revision()}"'.encode()
    copy_with(backup, place / "newer.tar.gz", revision, b'"revision":"9999"')

    refused = analisa("restore", str(place / "newer.tar.gz"), "--force", home=home)

    assert refused.returncode == 2
    assert "newer than this program" in refused.stderr
    assert await read_installation(home) == NEW


async def test_an_older_backup_is_brought_to_this_schema(place: Path) -> None:
    settings = settings_of(place / "older")
    async with services(settings) as endpoints:
        await migrate(endpoints.owner_database_url, "0001")
        await back_up(Home(settings.home), settings, endpoints.admin_database_url, place / "older.tar.gz")

    done = analisa("restore", str(place / "older.tar.gz"), home=place / "home")

    assert done.returncode == 0, done.stderr
    async with services(settings_of(place / "home")) as endpoints:
        assert await current_revision(endpoints.database_url) == head_revision()


async def test_servers_of_ones_own_need_somebody_who_may(
    postgres: EmbeddedPostgres, migrated_template: str, place: Path
) -> None:
    async with FreshDatabase(postgres, migrated_template, "of_ones_own") as url:
        environment = {
            "ANALISA_DATABASE_URL": url,
            "ANALISA_OWNER_DATABASE_URL": url.owner,
            "ANALISA_REDIS_URL": "redis://127.0.0.1:1/0",
        }
        file, home = place / "x.tar.gz", place / "home"

        refused = await asyncio.to_thread(analisa, "backup", str(file), home=home, **environment)
        assert refused.returncode == 3
        assert "permission denied for table" in refused.stderr
        assert "ANALISA_ADMIN_DATABASE_URL" in refused.stderr
        assert not file.exists()

        environment["ANALISA_ADMIN_DATABASE_URL"] = url.admin
        done = await asyncio.to_thread(analisa, "backup", str(file), home=home, **environment)
        assert done.returncode == 0, done.stderr
        connection = await asyncpg.connect(url.owner)
        await connection.execute("create table later (n int)")

        refused = await asyncio.to_thread(analisa, "restore", str(file), "--force", home=home, **environment)
        assert refused.returncode == 2
        assert "1 connections to the database of_ones_own are open" in refused.stderr
        await connection.close()

        done = await asyncio.to_thread(analisa, "restore", str(file), "--force", home=home, **environment)
        assert done.returncode == 0, done.stderr
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("select to_regclass('later')") is None
        assert await connection.fetchval("select count(*) from organisations") > 0, "the program is let in again"
        await connection.close()


def test_a_server_that_does_not_answer_is_named(place: Path) -> None:
    refused = analisa(
        "backup",
        str(place / "x.tar.gz"),
        home=place / "home",
        ANALISA_DATABASE_URL="postgresql://analisa:hunter2@127.0.0.1:1/x",
        ANALISA_REDIS_URL="redis://127.0.0.1:1/0",
    )

    assert refused.returncode == 3
    assert "PostgreSQL at 127.0.0.1:1/x does not answer" in refused.stderr
    assert "mend ANALISA_DATABASE_URL" in refused.stderr


async def test_an_empty_installation_has_nothing_to_back_up(place: Path) -> None:
    settings = settings_of(place / "home")

    async with services(settings) as endpoints:
        with pytest.raises(NothingToBackUp):
            await back_up(Home(settings.home), settings, endpoints.admin_database_url, place / "x.tar.gz")


def test_a_backup_never_overwrites(old: Path, backup: Path) -> None:
    before = backup.read_bytes()

    refused = analisa("backup", str(backup), home=old)

    assert refused.returncode == 2
    assert "is there already" in refused.stderr
    assert backup.read_bytes() == before


def test_a_backup_is_for_its_owner_alone(backup: Path) -> None:
    assert backup.stat().st_mode & 0o077 == 0


@contextmanager
def rewritten(backup: Path, target: Path) -> Iterator[tuple[tarfile.TarFile, list[tarfile.TarInfo], tarfile.TarFile]]:
    """Open *backup* for reading and *target* for a copy of it that is not quite one."""
    with tarfile.open(backup) as source, tarfile.open(target, "w:gz") as copy:
        yield source, source.getmembers(), copy


def test_a_stranger_in_the_archive_is_refused(backup: Path, place: Path) -> None:
    with rewritten(backup, place / "x.tar.gz") as (source, members, copy):
        copy.addfile(members[0], source.extractfile(members[0]))
        copy.addfile(tarfile.TarInfo("../../etc/passwd"))

    (place / "into").mkdir()
    with pytest.raises(BackupUnusable, match=r"passwd', which its manifest does not know"):
        unpack(place / "x.tar.gz", place / "into")


def test_an_archive_that_was_cut_short_is_refused(backup: Path, place: Path) -> None:
    (place / "x.tar.gz").write_bytes(backup.read_bytes()[:-2000])

    (place / "into").mkdir()
    with pytest.raises(BackupUnusable, match=r"damaged|lacks"):
        unpack(place / "x.tar.gz", place / "into")


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no tar", mtime=0), gzip.compress(b"\0" * 10240, mtime=0)],
    ids=["empty", "text", "packed text", "packed zeros"],
)
def test_what_is_no_backup_is_refused(content: bytes, place: Path) -> None:
    (place / "x.tar.gz").write_bytes(content)

    with pytest.raises(BackupUnusable, match=r"x\.tar\.gz is"):
        unpack(place / "x.tar.gz", place)


def test_a_file_that_is_not_there_is_named(place: Path) -> None:
    refused = analisa("restore", str(place / "none.tar.gz"), home=place / "home")

    assert refused.returncode == 2
    assert f"{place / 'none.tar.gz'} cannot be unpacked (No such file or directory" in refused.stderr
