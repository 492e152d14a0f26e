"""Valkey as a child: it holds nothing that PostgreSQL does not know, so a damaged store is set aside, not mourned."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from .accounts import server_account
from .engines import engines_for
from .errors import ServerFailed
from .home import Home, server_folder
from .ports import LOOPBACK, free_port
from .processes import Child, Launch, start

_CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
daemonize no
logfile ""
loglevel notice
dir ./
save ""
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
"""


_DAMAGE = (
    "Bad file format",
    "Unexpected end of file",
    "Fatal error loading",
    "Short read or OOM",
    "Invalid AOF manifest",
    "was not found or could not be read",
)


class EmbeddedValkey:
    """The Valkey of one home. Start it with the home's lock held."""

    name = "valkey"

    def __init__(self, home: Home, *, tell: Callable[[str], None] = lambda _: None) -> None:
        self._home = home
        self._tell = tell
        self._account = server_account(home.valkey)
        self._engines = engines_for(self._account, home.root)
        self._child: Child | None = None
        self._port = free_port()  # before the start, so that others can be told the address meanwhile
        self._settled = False

    @property
    def child(self) -> Child:
        """The running server."""
        if self._child is None:
            raise RuntimeError("Valkey has not been started")
        return self._child

    @property
    def url(self) -> str:
        """Where the program connects."""
        return f"redis://:{self._home.secret('valkey')}@{LOOPBACK}:{self._port}/0"

    async def start(self) -> None:
        """Start the server and return when it answers; again, at the same address, after a crash."""
        complaint = ""
        for attempt in range(5):
            said = await self._attempt()
            if said is None:
                self._settled = True
                return
            complaint = said
            if "Address already in use" in complaint:
                self._port = self._port if self._settled else free_port()
                await asyncio.sleep(0.2 * attempt)
            elif _damaged(complaint):
                self._set_aside()
            else:
                break
        raise ServerFailed(f"Valkey does not start: {_last(complaint)} ({self._log})")

    async def stop(self, *, patience_s: float = 10) -> None:
        """Stop it in order, or after *patience_s* seconds at once."""
        if self._child is not None:
            await self._child.stop(patience_s=patience_s)
            self._child = None

    @property
    def _log(self) -> Path:
        return self._home.logs / "valkey.log"

    async def _attempt(self) -> str | None:
        """Start the server once; return None when it answers, or what it said before it gave up."""
        logged = self._log.stat().st_size if self._log.exists() else 0
        server_folder(self._home.valkey, self._account)
        with tempfile.TemporaryFile() as configuration:  # as standard input: a password in the arguments is everybody's
            words = _CONFIGURATION.format(host=LOOPBACK, port=self._port, password=self._home.secret("valkey"))
            configuration.write(words.encode("ascii"))
            configuration.seek(0)
            self._child = await start(self._launch(), self._home.run, stdin=configuration)
        if await self._answers(self._child):
            return None
        await self._child.ended()
        with self._log.open("rb") as log:
            log.seek(logged)
            return log.read().decode("utf-8", "replace")

    def _launch(self) -> Launch:
        return Launch(
            name="valkey",
            argv=[str(self._engines.valkey), "-"],
            log=self._log,
            environment={"LC_ALL": "C", "TZ": "UTC"},
            folder=self._home.valkey,
            account=self._account,
        )

    async def _answers(self, child: Child) -> bool:
        """Wait until the server answers a ping with data loaded; False when it ends instead."""
        while child.running:
            if await self._ping():
                return True
            await asyncio.sleep(0.01)
        return False

    async def _ping(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self._port)
        except OSError:
            return False
        try:
            writer.write(f"AUTH {self._home.secret('valkey')}\r\nPING\r\n".encode("ascii"))
            async with asyncio.timeout(1):
                return [await reader.readline(), await reader.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()

    def _set_aside(self) -> None:
        aside = self._home.root / f"valkey.damaged-{time.strftime('%Y%m%dT%H%M%S')}"
        shutil.move(self._home.valkey, aside)
        self._tell(f"Valkey's store was damaged; it was set aside as {aside}, and jobs are sent again from PostgreSQL")


def _damaged(complaint: str) -> bool:
    return any(words in complaint for words in _DAMAGE)


def _last(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return (lines or ["it said nothing"])[-1]
