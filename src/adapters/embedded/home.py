"""The home: the one directory that holds an installation, its lock and its secrets."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .accounts import Account, account_name
from .errors import HomeBusy, HomeUnusable
from .processes import ON_LINUX


@dataclass(frozen=True, slots=True)
class Home:
    """The layout of a home; every path in it is named here."""

    root: Path

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def run(self) -> Path:
        """What runs now: one record per child, gone when it has ended."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def restoring(self) -> Path:
        """Where a restore lays out what it brings; left there only by one that was cut short."""
        return self.root / "restore.part"

    @property
    def journal(self) -> Path:
        """That a restore counts and is to be finished before anything else; see entrypoints/backups.py."""
        return self.root / "restore.json"

    def prepare(self) -> None:
        """Make what is missing, or raise `HomeUnusable` with the place and the cure."""
        try:
            if not self.root.exists():
                self.root.mkdir(parents=True)
                # The servers of a root installation run under another account, which must be able to pass through.
                self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
            owner = self.root.stat().st_uid
            if owner != os.geteuid():  # files of two owners in one home would lock the other out the next time
                name = account_name(owner)
                raise HomeUnusable(f"{self.root} belongs to {name}; run analisa as {name}, or use another --home")
            for folder in (self.run, self.logs, self.secrets, self.uploads, self.backups):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise HomeUnusable(
                f"{self.root} cannot be the home ({error.strerror}: {error.filename}); "
                "name a directory you may write to with --home or ANALISA_HOME"
            ) from error

    def secret(self, name: str) -> str:
        """Return the secret *name*, made at random the first time; call it with the lock held."""
        path = self.secrets / name
        with suppress(FileNotFoundError):
            return path.read_text("ascii").strip()
        value = secrets.token_urlsafe(32)
        write_private(path, value.encode("ascii"))
        return value

    def holder(self) -> tuple[str, int | None]:
        """Say which program took the lock last, and its process id."""
        try:
            found = json.loads(self.lock.read_text("utf-8"))
            return str(found["program"]), int(found["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return "another analisa", None

    @contextmanager
    def locked(self, program: str) -> Iterator[None]:
        """Hold the home for *program*, or raise `HomeBusy` at once; the lock dies with the process."""
        self.prepare()
        # Not inherited by children (os.open is close-on-exec), so an orphan never keeps a home locked.
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder, pid = self.holder()
                raise HomeBusy(self.root, holder=holder, pid=pid, cure="stop it first, or use another --home") from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps({"program": program, "pid": os.getpid()}).encode(), 0)
            yield
        finally:
            os.close(descriptor)


def write_private(path: Path, content: bytes) -> None:
    """Write *path* for nobody but us, whole or not at all; it is on the disk when this returns."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def server_folder(path: Path, account: Account | None) -> Path:
    """Make the folder of a server, owned by *account*, and return the way that account takes to it.

    Where a directory above is closed to the account, that way is `/proc/self/cwd`: a server started inside its own
    folder never has to walk there. Only Linux has it.
    """
    path.mkdir(mode=0o700, exist_ok=True)
    if account is None:
        return path
    if path.stat().st_uid != account.uid:
        os.chown(path, account.uid, account.gid)
    blocked = account.blocked_by(path / "x")
    if blocked is None:
        return path
    if ON_LINUX:
        return Path("/proc/self/cwd")
    raise HomeUnusable(
        f"the servers run as {account.name}, who cannot enter {blocked}; "
        f"choose another --home or open it (chmod o+x {blocked})"
    )
