"""The roles: which programs `up` runs, and one of them as a child."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from ...adapters.embedded.home import Home
from ...adapters.embedded.processes import Child, Launch, start
from ..lifeline import GO


@dataclass(frozen=True, slots=True)
class Program:
    """A role's name, the module that is its program, and whether it answers on the open port."""

    name: str
    module: str
    listens: bool = False


ROLES = (
    Program("api", "analisa.entrypoints.http", listens=True),
    Program("worker", "analisa.entrypoints.worker"),
    Program("relay", "analisa.entrypoints.worker.relay"),
    Program("scheduler", "analisa.entrypoints.worker.scheduler"),
)


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs *module* of this installation; -P, so that a folder named analisa here is not taken for it."""
    return [sys.executable, "-P", "-m", module, *arguments]


class Role:
    """One role's child; it loads when started and begins to work when released."""

    def __init__(
        self,
        program: Program,
        home: Home,
        environment: Callable[[], Mapping[str, str]],
        descriptors: tuple[int, ...] = (),
    ) -> None:
        self.name = program.name
        self.listens = program.listens
        self._module = program.module
        self._home = home
        self._environment = environment
        self._descriptors = descriptors
        self._child: Child | None = None
        self._released = False

    @property
    def child(self) -> Child:
        """The running role."""
        if self._child is None:
            raise RuntimeError(f"the {self.name} has not been started")
        return self._child

    async def start(self) -> None:
        """Start the program; asked again, start it anew."""
        launch = Launch(
            name=self.name,
            argv=python(self._module),
            log=self._home.logs / f"{self.name}.log",
            environment=self._environment(),
            descriptors=self._descriptors,
        )
        self._child = await start(launch, self._home.run, stdin=subprocess.PIPE)
        if self._released:
            self._say_go()

    def release(self) -> None:
        """Let it begin: what it works with is there."""
        self._released = True
        if self._child is not None:
            self._say_go()

    async def stop(self, *, patience_s: float) -> None:
        """Ask it to finish what it is doing, and kill it after *patience_s* seconds."""
        if self._child is not None:
            await self._child.stop(patience_s=patience_s)

    def kill(self) -> None:
        """End it now; `stop` still has to be awaited."""
        if self._child is not None and self._child.running:
            with suppress(ProcessLookupError):
                self._child.process.kill()

    def _say_go(self) -> None:
        # The other end of the pipe is never closed while we live: its end of file means that we have died.
        line: asyncio.StreamWriter | None = self.child.process.stdin
        if line is not None and not line.is_closing():
            line.write(GO)
