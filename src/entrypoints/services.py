"""PostgreSQL and Valkey for whoever needs them: those named in the settings, those of a running `up`, or our own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..adapters.embedded.errors import HomeBusy, refusals_of
from ..adapters.embedded.home import Home, write_private
from ..adapters.embedded.leftovers import stop_leftovers
from ..adapters.embedded.postgres import EmbeddedPostgres
from ..adapters.embedded.processes import started_at
from ..adapters.embedded.valkey import EmbeddedValkey
from ..domain.shared.errors import Unavailable
from .endpoints import Endpoints
from .setting_values import SecretUrl
from .settings import Settings

PATIENCE_S = 30
"""How long a command waits for another one of the same home."""

COMMAND = "another analisa command"
RESTORE = "analisa restore"
SUPERVISOR = "analisa up"
"""How commands sign the lock: those that end soon and share a running `up`, the one that does not, and `up`."""

Tell = Callable[[str], None]


def to_stderr(message: str) -> None:
    """Tell the person at the terminal, without getting into what the command prints."""
    print(f"analisa: {message}", file=sys.stderr, flush=True)  # noqa: T201  see the docstring


@asynccontextmanager
async def services(settings: Settings, *, redis: bool = False, tell: Tell = to_stderr) -> AsyncIterator[Endpoints]:
    """Yield where PostgreSQL (and, with *redis*, Valkey) can be reached for the length of the block.

    Servers started for the block are stopped at its end. Raises `HomeBusy` when another command keeps the home for
    longer than half a minute, `ServerFailed` when a server does not start.
    """
    if settings.database_url is not None and (not redis or settings.redis_url is not None):
        yield _outside(settings, redis=redis)
        return
    home = Home(settings.home)
    with ExitStack() as held:
        running = await _found_or_locked(home, held, tell)
        if running is not None:
            yield running.endpoints(home, settings, redis=redis)
            return
        async with own_servers(home, settings, redis=redis, tell=tell) as endpoints:
            yield endpoints


async def _found_or_locked(home: Home, held: ExitStack, tell: Tell) -> _Running | None:
    """Return the servers of a running `up`, or None with the home locked into *held*."""
    home.prepare()
    running = _running(home)
    if running is not None:
        return running
    try:
        await hold(home, held, COMMAND, tell, unless=lambda: _running(home) is not None)
    except HomeBusy:
        running = _running(home)
        if running is None:
            raise
    return running


async def hold(
    home: Home, held: ExitStack, program: str, tell: Tell, *, unless: Callable[[], bool] = lambda: False
) -> None:
    """Lock *home* for *program* into *held*; wait half a minute for commands that end soon, and not for an `up`.

    Raises `HomeBusy` when the wait was in vain, or as soon as *unless* says that it is no longer needed.
    """
    deadline, told = time.monotonic() + PATIENCE_S, False
    while True:
        try:
            with refusals_of(home.root):
                held.enter_context(home.locked(program))
        except HomeBusy as busy:
            lasting = busy.program == SUPERVISOR and program != COMMAND
            if lasting or unless() or time.monotonic() > deadline:
                raise
            if not told:
                tell(f"waiting for {busy.holder}, at work in {home.root}")
                told = True
            await asyncio.sleep(0.1)
        else:
            return


def _outside(settings: Settings, *, redis: bool) -> Endpoints:
    assert settings.database_url is not None
    url, cache = settings.database_url, settings.redis_url if redis else None
    return Endpoints(url, cache, settings.owner_database_url or url, settings.admin_database_url or url)


@asynccontextmanager
async def own_servers(home: Home, settings: Settings, *, redis: bool, tell: Tell) -> AsyncIterator[Endpoints]:
    """Run the servers that the settings do not name, for the length of the block; the home is locked by the caller."""
    with refusals_of(home.root):
        await stop_leftovers(home.run)
        finish_files_cut_short(home, settings)
    postgres = EmbeddedPostgres(home, tell=tell) if settings.database_url is None else None
    valkey = EmbeddedValkey(home, tell=tell) if redis and settings.redis_url is None else None
    servers = [server for server in (postgres, valkey) if server is not None]
    try:
        with refusals_of(home.root):
            await asyncio.gather(*(server.start() for server in servers))
        endpoints = endpoints_of(settings, postgres, valkey, redis=redis)
        await finish_what_was_cut_short(home, endpoints)
        yield endpoints
    finally:
        await asyncio.gather(*(server.stop() for server in servers))


def finish_files_cut_short(home: Home, settings: Settings) -> None:
    """Put the files of a restore that was killed half way in their places, before any server starts."""
    if home.journal.exists():
        from .backups import finish_files  # noqa: PLC0415  a start has no time for what it seldom needs

        finish_files(home, settings)


async def finish_what_was_cut_short(home: Home, endpoints: Endpoints) -> None:
    """Finish a restore that was killed half way, before anybody looks at the database."""
    if home.journal.exists() or home.restoring.exists():
        from .backups import finish_restore  # noqa: PLC0415  see above

        await finish_restore(home, endpoints)


def endpoints_of(
    settings: Settings, postgres: EmbeddedPostgres | None, valkey: EmbeddedValkey | None, *, redis: bool
) -> Endpoints:
    """Say where to connect: to *postgres* and *valkey* where they are ours, else to what the settings name."""
    url = settings.database_url if postgres is None else SecretUrl(postgres.url)
    assert url is not None
    owner = (settings.owner_database_url or url) if postgres is None else SecretUrl(postgres.owner_url)
    admin = (settings.admin_database_url or url) if postgres is None else SecretUrl(postgres.admin_url())
    cache = settings.redis_url if valkey is None else SecretUrl(valkey.url)
    return Endpoints(url, cache if redis else None, owner, admin)


@dataclass(frozen=True, slots=True)
class _Running:
    """The servers that an `up` of this home has said it runs."""

    postgres: str | None
    postgres_owner: str | None
    postgres_admin: str | None
    valkey: str | None

    def endpoints(self, home: Home, settings: Settings, *, redis: bool) -> Endpoints:
        database = settings.database_url or self._known(home, self.postgres, "ANALISA_DATABASE_URL")
        outside = settings.database_url
        owner = settings.owner_database_url or (outside or self.postgres_owner or database)
        admin = settings.admin_database_url or (outside or self.postgres_admin or database)
        cache = None
        if redis:
            cache = settings.redis_url or self._known(home, self.valkey, "ANALISA_REDIS_URL")
        return Endpoints(SecretUrl(database), SecretUrl(cache) if cache else None, SecretUrl(owner), SecretUrl(admin))

    @staticmethod
    def _known(home: Home, url: str | None, variable: str) -> str:
        if url is None:
            raise Unavailable(f"the analisa up that runs in {home.root} was started with {variable}; set the same here")
        return url


@contextmanager
def announced(home: Home, postgres: EmbeddedPostgres | None, valkey: EmbeddedValkey | None) -> Iterator[None]:
    """Let commands of the same home use the servers for the length of the block."""
    facts = {
        "pid": os.getpid(),
        "started": started_at(os.getpid()),
        "postgres": postgres and postgres.url,
        "postgres_owner": postgres and postgres.owner_url,
        "postgres_admin": postgres and postgres.admin_url(),
        "valkey": valkey and valkey.url,
    }
    write_private(_announcement(home), json.dumps(facts).encode())
    try:
        yield
    finally:
        _announcement(home).unlink(missing_ok=True)


def _announcement(home: Home) -> Path:
    return home.root / "services.json"


def _running(home: Home) -> _Running | None:
    """Read the announcement, if the one who made it still lives."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        facts = json.loads(_announcement(home).read_text("utf-8"))
        if started_at(facts["pid"]) == facts["started"]:
            return _Running(*(facts[name] for name in ("postgres", "postgres_owner", "postgres_admin", "valkey")))
    return None
