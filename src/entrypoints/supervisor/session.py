"""One `analisa up`, from the first child to the last: what starts when, and in which order it all stops."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from datetime import UTC, datetime

from ... import __version__
from ...adapters.embedded.errors import refusals_of
from ...adapters.embedded.home import Home
from ...adapters.embedded.leftovers import stop_leftovers
from ...adapters.embedded.processes import Child, Launch, start
from ..lifeline import LIFELINE, LISTEN, PortTaken, open_port
from ..services import SUPERVISOR, announced, finish_files_cut_short, finish_what_was_cut_short, hold
from ..settings import DEFAULT_PORT, Settings
from .keeping import Kept, keep
from .readiness import ready
from .roles import ROLES, Program, Role, python
from .rotation import rotating
from .schema import bring_up_to_date
from .servers import Servers

ROLE_PATIENCE_S = 5.5
ALL_PATIENCE_S = 8.0
"""Roles first, then the servers with what they have left of the time; ten seconds are promised, for slow machines too."""

_PORTS_TRIED = 100

FOR_FEW = frozenset({"ANALISA_ADMIN_DATABASE_URL", "ANALISA_OWNER_DATABASE_URL"})
"""What no role is told: who may do more with the database than write rows."""

DEMONSTRATION = python("analisa.entrypoints.cli", "demo")
"""The command that loads the demonstration world, unless it is there."""


class Session:
    """Everything that one `up` runs."""

    def __init__(
        self,
        settings: Settings,
        *,
        demo: bool = False,
        roles: Sequence[Program] = ROLES,
        demonstration: Sequence[str] = DEMONSTRATION,
        tell: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._demo = demo
        self._programs = roles
        self._demonstration = demonstration
        self._tell = tell
        self._home = Home(settings.home)
        self._roles: list[Role] = []
        self._loading: Child | None = None
        self._answered = False
        self._stopping = False

    async def run(self) -> None:
        """Start all, say where it is, keep it running until a signal asks for the end, and stop all.

        Raises what kept it from starting, after having stopped what had started.
        """
        work = asyncio.create_task(self._work())
        loop = asyncio.get_running_loop()
        signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # nohup: it is to outlive its terminal
            signals.remove(signal.SIGHUP)
        for number in signals:
            loop.add_signal_handler(number, self._asked_to_stop, work)
        with refusals_of(self._home.root), suppress(asyncio.CancelledError):
            await work

    def _asked_to_stop(self, work: asyncio.Task[None]) -> None:
        if not self._stopping:
            self._stopping = True
            work.cancel()
            return
        for role in self._roles:  # asked twice: they get no more time
            role.kill()

    async def _work(self) -> None:
        began = time.monotonic()
        async with AsyncExitStack() as stack:
            await hold(self._home, stack.enter_context(ExitStack()), SUPERVISOR, self._tell)
            if await stop_leftovers(self._home.run):
                self._tell("what an earlier start had left running was stopped")
            finish_files_cut_short(self._home, self._settings)
            port = stack.enter_context(_opened(self._settings))
            servers = Servers(self._home, self._settings, self._tell)
            stack.push_async_callback(self._stop, servers)
            await self._start(port, servers)
            stack.enter_context(announced(self._home, servers.postgres, servers.valkey))
            await self._run(port, servers, began)

    async def _start(self, port: socket.socket, servers: Servers) -> None:
        """Start the servers and, beside them, the role that people wait for; let it go when all is in place."""
        self._roles = [self._role(program, port, servers) for program in self._programs]
        first = [role for role in self._roles if role.listens]
        promised = servers.endpoints()
        await asyncio.gather(*(one.start() for one in (*first, *servers.ours)))  # first who has most to load
        found = servers.endpoints()
        if found != promised:  # another program took a server's port between our look and its start
            for role in first:
                await role.stop(patience_s=0)
                await role.start()
        await finish_what_was_cut_short(self._home, found)
        backup = None if servers.postgres is None else self._back_up(found.admin_database_url)
        await bring_up_to_date(found, self._home, backup=backup, tell=self._tell)
        await servers.check_redis(self._tell)
        for role in first:
            role.release()

    def _role(self, program: Program, port: socket.socket, servers: Servers) -> Role:
        def environment() -> dict[str, str]:
            inherited = {name: text for name, text in os.environ.items() if name not in FOR_FEW}
            given = {**inherited, **servers.addresses(), "ANALISA_PORT": str(port.getsockname()[1])}
            given |= {"PYTHONUNBUFFERED": "1", LIFELINE: "stdin"}
            given |= {"ANALISA_ORGANISATION": "demo"} if self._demo else {}
            return {**given, LISTEN: str(port.fileno())} if program.listens else given

        return Role(program, self._home, environment, (port.fileno(),) if program.listens else ())

    async def _run(self, port: socket.socket, servers: Servers, began: float) -> None:
        """Keep all running; once people can come in, start the roles that nobody waits for."""
        host, number = port.getsockname()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(rotating(self._home.logs))
                for kept in (*servers.ours, *(role for role in self._roles if role.listens)):
                    group.create_task(self._kept(kept))
                await ready(host, number, log=self._home.logs / "api.log", tell=self._tell)
                self._answered = True
                self._greet(f"http://{host}:{number}", time.monotonic() - began)
                for role in self._roles:
                    if not role.listens:
                        await role.start()
                        role.release()
                        group.create_task(self._kept(role))
                if self._demo:
                    await self._demonstrate(servers)
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # one cause is enough to stop for

    async def _kept(self, kept: Kept) -> None:
        log = self._home.logs / f"{kept.name}.log"
        await keep(kept, log=log, tell=self._tell, starting=lambda: not self._answered)

    def _greet(self, address: str, seconds: float) -> None:
        hint = "" if self._demo else "\n  analisa up --demo  the same, with sample creators to look at"
        self._tell(
            f"Analisa {__version__} is ready at {address} ({seconds:.1f} s)\n"
            f"  {address}/schema  what the API offers\n"
            "  analisa users add EMAIL --name NAME --operator  makes the first account, analisa keys add NAME … an API key\n"
            f"  {self._home.root} holds everything; logs are in logs/{hint}\n"
            "Ctrl-C stops it"
        )

    async def _demonstrate(self, servers: Servers) -> None:
        """Load the demonstration world, unless it is there; its progress goes to the terminal."""
        environment = {**os.environ, **servers.addresses()}
        launch = Launch(name="demo", argv=self._demonstration, log=None, environment=environment)
        self._loading = await start(launch, self._home.run)
        status = await self._loading.ended()
        if status != 0:
            self._tell(f"the demonstration world was not loaded (status {status}); everything else works")

    def _back_up(self, admin_url: str) -> Callable[[str], Awaitable[None]]:
        async def write(name: str) -> None:
            from ..backups import back_up  # noqa: PLC0415  a start has no time for what it seldom needs

            target = self._home.backups / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S}.tar.gz"
            await back_up(self._home, self._settings, admin_url, target)
            self._tell(f"the backup is {target}")

        return write

    async def _stop(self, servers: Servers) -> None:
        """Stop the roles, which still have things to finish, then what they work with."""
        self._stopping = True
        self._tell("stopping")
        began = time.monotonic()
        children: list[Role | Child] = [*self._roles, *([self._loading] if self._loading else [])]
        await asyncio.gather(*(child.stop(patience_s=ROLE_PATIENCE_S) for child in children))
        await servers.stop(patience_s=ALL_PATIENCE_S - (time.monotonic() - began))


@contextmanager
def _opened(settings: Settings) -> Iterator[socket.socket]:
    """Open the port that was asked for, or the first free one from 8000 on; raise `PortTaken`."""
    tried = [settings.port] if settings.port else range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED)
    for number in tried:
        try:
            port = open_port(settings.host, number)
        except PortTaken:
            if number == tried[-1]:
                raise
            continue
        with port:
            yield port
        return
