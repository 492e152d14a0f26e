"""PostgreSQL as a child: made once, started, waited for, stopped; its data survive whatever ends it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .accounts import Account, server_account
from .engines import engines_for
from .errors import HomeUnusable, ServerFailed
from .furnishing import furnish, hand_over
from .home import Home, server_folder
from .ports import LOOPBACK, free_port
from .processes import Child, Launch, start

ROLE = "analisa"
"""Who the program is to PostgreSQL: owns nothing, and row-level security binds it."""

OWNER = "analisa_owner"
"""Whom the database and its tables belong to: only the schema's changes are made as him, and row-level security binds him."""

DATABASE = "analisa"
SUPERUSER = "postgres"

_GRACE_S = 30
"""After a crash the memory of the dead server is freed by its last process; until then a new one refuses to start."""

_STILL_DYING = (
    "pre-existing shared memory block",
    'lock file "postmaster.pid" already exists',
    "could not create lock file",
)
_PORT_TAKEN = ("could not bind", "could not create any TCP/IP sockets")

_FIXED: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # their paths may not be longer than 107 bytes, and a home's may
    "password_encryption": "scram-sha-256",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_statement": "none",  # statements carry people's data
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "max_connections": "200",
    "max_wal_size": "2GB",  # a bulk load checkpoints once, not every second
    "checkpoint_timeout": "15min",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",  # nobody starts a desktop's database on a turning disk any more
    "jit": "off",
}


class EmbeddedPostgres:
    """The PostgreSQL of one home. Start it with the home's lock held."""

    name = "postgres"

    def __init__(
        self, home: Home, *, settings: Mapping[str, str] | None = None, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._home = home
        self._settings = {**_FIXED, **_sized_for_this_machine(), **(settings or {})}
        self._tell = tell
        self._account: Account | None = server_account(home.postgres)
        self._engines = engines_for(self._account, home.root)
        self._child: Child | None = None
        self._port = free_port()  # before the start, so that others can be told the address meanwhile
        self._settled = False

    @property
    def child(self) -> Child:
        """The running server."""
        if self._child is None:
            raise RuntimeError("PostgreSQL has not been started")
        return self._child

    @property
    def url(self) -> str:
        """Where the program connects, as the role that row-level security binds."""
        return self._url(ROLE, "postgres-analisa", DATABASE)

    @property
    def owner_url(self) -> str:
        """Where the schema is changed, as the role that owns it."""
        return self._url(OWNER, "postgres-owner", DATABASE)

    def admin_url(self, database: str = DATABASE) -> str:
        """Where backups and restores connect, as the superuser."""
        return self._url(SUPERUSER, "postgres-superuser", database)

    def _url(self, user: str, secret: str, database: str) -> str:
        return f"postgresql://{user}:{self._home.secret(secret)}@{LOOPBACK}:{self._port}/{database}"

    async def start(self) -> None:
        """Make the data if there are none, start the server, and return when it answers; again after a crash."""
        if not self._home.postgres.exists():
            await self._initialise()
        _check(self._home.postgres, self._engines.program("postgres"))
        deadline = time.monotonic() + _GRACE_S
        while True:
            complaint = await self._attempt()
            if complaint is None:
                break
            if time.monotonic() > deadline or not any(words in complaint for words in (*_STILL_DYING, *_PORT_TAKEN)):
                raise ServerFailed(f"PostgreSQL does not start: {self._cause(complaint)} ({self._log})")
            if not self._settled and any(words in complaint for words in _PORT_TAKEN):
                self._port = free_port()
            await asyncio.sleep(0.25)
        self._settled = True
        await self._furnish()

    async def stop(self, *, patience_s: float = 60) -> None:
        """Stop it in order: transactions in progress are undone, the rest is written to its place.

        After *patience_s* seconds it is stopped at once, and the next start has that still to do.
        """
        if self._child is not None:
            await self._child.stop(patience_s=patience_s, harder=signal.SIGQUIT)
            self._child = None

    @property
    def _log(self) -> Path:
        return self._home.logs / "postgres.log"

    async def _attempt(self) -> str | None:
        """Start the server once; return None when it answers, or what it said before it gave up."""
        logged = self._logged()
        _forget_dead_postmaster(self._home.postgres)
        self._child = await start(self._launch(), self._home.run)
        if await self._answers(self._child):
            return None
        await self._child.ended()
        return self._said_since(logged)

    def _logged(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def _said_since(self, logged: int) -> str:
        with self._log.open("rb") as log:
            log.seek(logged)
            return log.read().decode("utf-8", "replace")

    def _cause(self, said: str) -> str:
        if not said.strip() and shutil.disk_usage(self._home.root).free < 2**20:
            return "its disk is full, so that it could not even say so; make room there"
        return _last(said)

    def _launch(self) -> Launch:
        data = server_folder(self._home.postgres, self._account)
        settings = {**self._settings, "port": str(self._port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Launch(
            name="postgres",
            argv=[self._engines.program("postgres"), "-D", str(data), *options],
            log=self._log,
            environment=_environment(),
            farewell=signal.SIGINT,  # PostgreSQL's "fast": undo what is open, then stop
            folder=self._home.postgres,
            account=self._account,
        )

    async def _answers(self, child: Child) -> bool:
        """Wait, however long the recovery takes, until the server says it is ready; False when it ends instead."""
        began, told = time.monotonic(), False
        while child.running:
            if _status(self._home.postgres, child.pid) == "ready":
                return True
            if not told and time.monotonic() - began > 5:
                self._tell(
                    "PostgreSQL is recovering what was under way when it was last stopped; this can take a while"
                )
                told = True
            await asyncio.sleep(0.01)
        return False

    async def _furnish(self) -> None:
        """Make the roles, the database and the extension, once; each step may have been made before."""
        marker = self._home.postgres / "analisa-furnished-4"
        if marker.exists():
            return
        import asyncpg  # noqa: PLC0415  only a first start pays for it here

        admin = await asyncpg.connect(self.admin_url("postgres"))
        try:
            for role, secret in ((ROLE, "postgres-analisa"), (OWNER, "postgres-owner")):
                if not await admin.fetchval("select 1 from pg_roles where rolname = $1", role):
                    await admin.execute(f"create role {role} login password '{self._home.secret(secret)}'")
            if not await admin.fetchval("select 1 from pg_database where datname = $1", DATABASE):
                await admin.execute(f"create database {DATABASE} owner {OWNER}")
        finally:
            await admin.close()
        await furnish(self.admin_url())
        await hand_over(self.admin_url(), ROLE, OWNER)
        marker.touch()

    async def _initialise(self) -> None:
        """Make the data beside their place and move them there whole, so that a start cut short leaves nothing half made."""
        part = self._home.root / "postgres.part"
        shutil.rmtree(part, ignore_errors=True)
        self._check_room()
        data = server_folder(part, self._account)
        logged = self._logged()
        with tempfile.TemporaryFile() as password:
            password.write(self._home.secret("postgres-superuser").encode("ascii"))
            password.seek(0)
            if self._account is not None:
                os.fchown(password.fileno(), self._account.uid, self._account.gid)
            child = await start(self._making(part, data), self._home.run, stdin=password)
        try:
            status = await child.ended()
        finally:
            await child.stop(patience_s=0)
        if status != 0:
            shutil.rmtree(part, ignore_errors=True)
            said = self._cause(self._said_since(logged))
            raise ServerFailed(f"PostgreSQL cannot make its data in {self._home.postgres}: {said} ({self._log})")
        part.rename(self._home.postgres)

    def _check_room(self) -> None:
        """Say beforehand what initdb says badly: its own complaint has no room in the log either."""
        left = shutil.disk_usage(self._home.root).free
        if left < _FIRST_BYTES:
            raise HomeUnusable(
                f"the disk that holds {self._home.root} has {left // 2**20} MiB left, and PostgreSQL's first data need "
                f"{_FIRST_BYTES // 2**20}; make room there, or use another --home"
            )

    def _making(self, part: Path, data: Path) -> Launch:
        return Launch(
            name="initdb",
            argv=[self._engines.program("initdb"), "-D", str(data), *_INITDB],
            log=self._log,
            environment=_environment(),
            farewell=signal.SIGKILL,  # asked more kindly, it would first let its own children finish
            folder=part,
            account=self._account,
        )


_FIRST_BYTES = 80 * 2**20

_INITDB = (
    f"--username={SUPERUSER}",
    "--pwfile=/dev/stdin",
    "--auth-host=scram-sha-256",
    "--auth-local=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
)


def _environment() -> dict[str, str]:
    # Nothing of ours gets in: a PGDATA or PGPORT meant for another server would be obeyed.
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _sized_for_this_machine() -> dict[str, str]:
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    sizes = {
        "shared_buffers": f"{min(max(memory_mb // 8, 128), 1024)}MB",
        "effective_cache_size": f"{max(memory_mb // 2, 256)}MB",
    }
    shared = Path("/dev/shm")  # noqa: S108  a size is asked, nothing is written
    if shared.is_dir() and os.statvfs(shared).f_frsize * os.statvfs(shared).f_blocks < 2**28:
        sizes["dynamic_shared_memory_type"] = "mmap"  # containers give 64 MB there, too little for one parallel query
    return sizes


def _check(data: Path, program: str) -> None:
    try:
        found = (data / "PG_VERSION").read_text("ascii").strip()
    except FileNotFoundError:
        raise HomeUnusable(f"{data} is not a PostgreSQL data directory; move it away, or use another --home") from None
    except PermissionError:
        raise HomeUnusable(f"{data} belongs to somebody else; use another --home") from None
    shipped = Path(program).parent.parent.name.removeprefix("pginstall")
    if shipped.isdigit() and found != shipped:
        raise HomeUnusable(
            f"{data} was written by PostgreSQL {found}, this program brings {shipped}; make a backup with the "
            "version of Analisa that wrote it (analisa backup), and restore that into a new home with this one"
        )


def _status(data: Path, pid: int) -> str | None:
    """Read from postmaster.pid what the server says of itself, if *pid* is the one who wrote it."""
    try:
        lines = (data / "postmaster.pid").read_text("ascii", "replace").splitlines()
    except OSError:
        return None
    return lines[7].strip() if len(lines) > 7 and lines[0].strip() == str(pid) else None


def _forget_dead_postmaster(data: Path) -> None:
    """Remove a postmaster.pid whose process id has gone to somebody else, as happens when a container starts again.

    PostgreSQL removes one whose process is gone, but takes any living process for the old server. Its other guard,
    the shared memory that survivors still hold, stays in force.
    """
    file = data / "postmaster.pid"
    try:
        pid = int(file.read_text("ascii", "replace").splitlines()[0])
        folder = Path(f"/proc/{pid}/cwd").readlink()
    except (OSError, ValueError, IndexError):
        return
    if folder != data.resolve():
        file.unlink(missing_ok=True)


def _last(said: str) -> str:
    """Return the last line that tells a cause."""
    lines: Sequence[str] = [line for line in said.splitlines() if line.strip()]
    full = [line for line in lines if "No space left on device" in line]  # what follows from it says less
    causes = full[:1] or [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
    return (causes or lines or ["it said nothing"])[-1]
