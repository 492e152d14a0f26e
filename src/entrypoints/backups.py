"""Everything of an installation in one file, and back: the database, the keys, the uploads.

Bringing a backup back goes in three steps: all is put beside what is there and checked; one small file, the journal,
says that it shall count; then names are exchanged. Cut short before the journal, nothing has happened; cut short
after it, the next start of anything in the home finishes the exchange first. It is never half the one, half the other.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from .. import __version__
from ..adapters.embedded.archive import BackupUnusable, Manifest, unpack, write_archive
from ..adapters.embedded.dumps import (
    create_beside,
    database_of,
    drop,
    dump,
    exchange,
    load,
    refuse_if_in_use,
    with_database,
)
from ..adapters.embedded.home import Home, write_private
from ..adapters.embedded.processes import started_at
from ..adapters.files.uploads import ARRIVING
from ..adapters.postgres.schema import OWNER_SETTING, check_program, current_revision, head_revision, migrate
from ..application.shared.failpoints import failpoint
from ..domain.shared.errors import Conflict, RuleViolated
from .endpoints import Endpoints
from .settings import Settings

BEFORE_JOURNAL = failpoint("restore.before_journal")
AFTER_JOURNAL = failpoint("restore.after_journal")
AFTER_FILES = failpoint("restore.after_files")
AFTER_EXCHANGE = failpoint("restore.after_exchange")

_DUMP = "database.dump"
_SIGNING_KEY = "signing.key"
_KEYS = "keys"
_UPLOADS = "uploads"
_OF_THE_SERVERS = frozenset({"postgres-superuser", "postgres-owner", "postgres-analisa", "valkey"})
"""Passwords of a home's own servers: another home has others."""


class NothingToBackUp(RuleViolated):
    """The database is empty."""

    code = "backup.nothing"


class DatabaseNotEmpty(Conflict):
    """A restore would replace what is there."""

    code = "backup.database_not_empty"


class Journal(msgspec.Struct, frozen=True):
    """That a restore into *database* counts, and has to be finished before anything else."""

    database: str


async def back_up(home: Home, settings: Settings, admin_url: str, target: Path) -> Manifest:
    """Write the whole installation to *target*, also while it works, and return what the file holds."""
    _check_target(target)
    revision = await current_revision(admin_url)
    if revision is None:
        raise NothingToBackUp("the database is empty: there is nothing to back up yet")
    _sweep(home.backups)
    staged = home.backups / f".part-{os.getpid()}.dump"
    try:
        # The database first: what it knows of uploads is then among the files.
        await dump(admin_url, staged)
        files = {_DUMP: staged, **_files(home, settings)}
        return write_archive(target, files, program=__version__, revision=revision, made_at=datetime.now(UTC))
    except OSError as error:
        raise RuleViolated(f"the backup cannot be written: {error.strerror} ({error.filename or target})") from error
    finally:
        staged.unlink(missing_ok=True)


def _check_target(target: Path) -> None:
    if target.exists():
        raise RuleViolated(f"{target} is there already; name a new file, or remove that one")
    if not target.parent.is_dir():
        raise RuleViolated(f"there is no directory {target.parent}; make it, or name another file")


def _files(home: Home, settings: Settings) -> dict[str, Path]:
    key = settings.signing_key_file
    found = {_SIGNING_KEY: key} if key.is_file() else {}
    for path in sorted(home.secrets.iterdir()):
        if path.is_file() and path != key and path.name not in _OF_THE_SERVERS and not path.name.startswith("."):
            found[f"{_KEYS}/{path.name}"] = path
    for path in sorted(home.uploads.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.parent.name.startswith(ARRIVING):
            found[f"{_UPLOADS}/{path.relative_to(home.uploads).as_posix()}"] = path
    return found


def _sweep(backups: Path) -> None:
    """Remove what backups that were killed have left."""
    for part in backups.glob(".part-*.dump"):
        pid = part.name.removeprefix(".part-").removesuffix(".dump")
        if not pid.isdigit() or started_at(int(pid)) is None:
            part.unlink(missing_ok=True)


async def restore(
    home: Home,
    settings: Settings,
    endpoints: Endpoints,
    *,
    archive: Path,
    force: bool,
    tell: Callable[[str], None],
) -> Manifest:
    """Put the installation of *archive* in the place of this one; *force* says that there may be something to replace.

    Raises `BackupUnusable`, `DatabaseNotEmpty`, `DatabaseInUse`; whatever is raised, what was there stays as it was.
    """
    url = endpoints.database_url
    await check_program(url)
    if await current_revision(endpoints.owner_database_url, setting=OWNER_SETTING) is not None and not force:
        raise DatabaseNotEmpty(
            f"the database {database_of(url)} is not empty; add --force to replace it (analisa backup keeps it first)"
        )
    await refuse_if_in_use(endpoints.admin_database_url, database_of(url))
    stage = home.restoring
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700)
    try:
        tell(f"checking {archive}")
        manifest = unpack(archive, stage)
        (stage / _UPLOADS).mkdir(mode=0o700, exist_ok=True)  # a backup without uploads stands for none
        _check(manifest, archive)
        tell(f"reading the database of {manifest.made_at:%Y-%m-%d %H:%M} UTC")
        await _load_beside(stage / _DUMP, endpoints)
        BEFORE_JOURNAL()
        write_private(home.journal, msgspec.json.encode(Journal(database_of(url))))
    except BaseException:
        home.journal.unlink(missing_ok=True)
        await _forget(home, endpoints)
        raise
    AFTER_JOURNAL()
    finish_files(home, settings)
    AFTER_FILES()
    await finish_restore(home, endpoints)
    return manifest


def _check(manifest: Manifest, archive: Path) -> None:
    head = head_revision()
    if _DUMP not in manifest.members:
        raise BackupUnusable(f"{archive} holds no database")
    if manifest.revision > head:
        raise BackupUnusable(
            f"{archive} was made by Analisa {manifest.program} (step {manifest.revision}), "
            f"which is newer than this program (step {head}); install that version to restore it"
        )


async def _load_beside(file: Path, endpoints: Endpoints) -> None:
    """Read the dump into a database of its own and bring that to this program's schema."""
    url, owner_url, admin_url = endpoints.database_url, endpoints.owner_database_url, endpoints.admin_database_url
    restored, replaced = _names(database_of(url))
    await create_beside(owner_url, admin_url, restored)
    await load(file, with_database(owner_url, restored), with_database(admin_url, restored))
    await migrate(with_database(owner_url, restored), program=with_database(url, restored))
    await drop(admin_url, replaced)


async def _forget(home: Home, endpoints: Endpoints) -> None:
    await drop(endpoints.admin_database_url, _names(database_of(endpoints.database_url))[0])
    shutil.rmtree(home.restoring, ignore_errors=True)


def finish_files(home: Home, settings: Settings) -> None:
    """Bring the files of a restore that counts to their places; before Valkey starts, whose old jobs are forgotten."""
    if not home.journal.exists():
        return
    stage = home.restoring
    if (stage / _SIGNING_KEY).exists():
        write_private(settings.signing_key_file, (stage / _SIGNING_KEY).read_bytes())
    for key in stage.glob(f"{_KEYS}/*"):
        write_private(home.secrets / key.name, key.read_bytes())
    shutil.rmtree(home.valkey, ignore_errors=True)
    if (stage / _UPLOADS).exists():  # gone once it stands in its place
        shutil.rmtree(home.uploads, ignore_errors=True)
        (stage / _UPLOADS).rename(home.uploads)


async def finish_restore(home: Home, endpoints: Endpoints) -> None:
    """Finish a restore that counts, or remove what one that does not has left; after `finish_files`. Safe to run twice."""
    if not home.journal.exists():
        await _forget(home, endpoints)
        return
    journal = msgspec.json.decode(home.journal.read_bytes(), type=Journal)
    live, admin_url = database_of(endpoints.database_url), endpoints.admin_database_url
    if journal.database != live:
        raise Conflict(
            f"a restore into the database {journal.database} was cut short; start once more with the "
            "ANALISA_DATABASE_URL that it was started with"
        )
    restored, replaced = _names(live)
    await exchange(admin_url, live=live, restored=restored, replaced=replaced)
    AFTER_EXCHANGE()
    await drop(admin_url, replaced)
    home.journal.unlink()
    shutil.rmtree(home.restoring, ignore_errors=True)


def _names(live: str) -> tuple[str, str]:
    return f"{live}_restored", f"{live}_replaced"
