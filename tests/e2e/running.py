"""Starting `analisa up` as people do, in a process of its own, and looking at what it started."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any, Self

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[2]
LITTLE = ROOT / "tests" / "e2e" / "little"
PATIENCE_S = 60
"""Generous, for a busy machine; nothing is measured by it."""


class Up:
    """A running `up`, with little programs for roles unless *program* says otherwise."""

    def __init__(
        self, home: Path, *arguments: str, python: str = sys.executable, program: str = "little_up", **popen: Any
    ) -> None:
        self.home = home
        self._little = program == "little_up"
        self._starts = self.logged("worker").count("at work")
        environment = {name: text for name, text in os.environ.items() if not name.startswith("ANALISA_")}
        given: Mapping[str, str] = popen.pop("env", {})
        environment["PYTHONPATH"] = os.pathsep.join([str(LITTLE), environment.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [python, "-P", "-m", *program.split(), "--home", str(home), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**environment, **given},
            **popen,
        )
        self.said: list[str] = []
        self.family: list[psutil.Process] = []

    def until(self, words: str) -> str:
        """Read what it says up to the line with *words*, which is returned; fail when it ends first."""
        assert self.process.stdout is not None
        with _not_forever(self.process):
            for line in self.process.stdout:
                self.said.append(line)
                if words in line:
                    return line
        pytest.fail(f"it ended with {self.process.wait()} and never said {words!r}:\n{''.join(self.said)}")

    def ready(self) -> Self:
        """Wait until it is ready for people."""
        self.address = self.until("is ready at").split("is ready at ")[1].split()[0]
        self.until("Ctrl-C stops it")
        eventually(lambda: {"worker", "relay"} <= {path.stem for path in (self.home / "run").glob("*.json")})
        if self._little:
            eventually(lambda: self.logged("worker").count("at work") > self._starts)
        self.family = psutil.Process(self.process.pid).children(recursive=True)
        return self

    def logged(self, name: str) -> str:
        """What the child *name* has logged."""
        log = self.home / "logs" / f"{name}.log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def pid(self, name: str) -> int:
        """The process id of the child *name*."""
        return int(json.loads((self.home / "run" / f"{name}.json").read_text())["pid"])

    def told(self) -> dict[str, Any]:
        """What the API was told by its environment, from its own answer."""
        answer: dict[str, Any] = httpx.get(f"{self.address}/health/ready", timeout=PATIENCE_S).json()
        return answer

    def owner_url(self) -> str:
        """Where the schema is changed, as commands of the same home are told."""
        address: str = json.loads((self.home / "services.json").read_text())["postgres_owner"]
        return address

    def key(self) -> dict[str, str]:
        """Make an API key that may do all, and return the header that a program sends."""
        make = ["keys", "add", "tests", "--may-all", "--home", str(self.home)]
        made = subprocess.run(
            [sys.executable, "-m", "analisa.entrypoints.cli", *make], check=True, stdout=subprocess.PIPE, text=True
        )
        return {"Authorization": f"Bearer {made.stdout.strip()}"}

    def ended(self) -> int:
        """Wait for its end and return the exit status."""
        with _not_forever(self.process):
            rest, _ = self.process.communicate()
        self.said.append(rest)
        return self.process.returncode

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, and return the exit status."""
        self.process.send_signal(number)
        return self.ended()

    def left_behind(self) -> list[str]:
        """What of the processes it had when it was ready is still there, after time to go."""
        _, alive = psutil.wait_procs(self.family, timeout=15)
        return [f"{child.pid} {' '.join(child.cmdline())}" for child in alive if child.status() != psutil.STATUS_ZOMBIE]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            with _not_forever(self.process):
                self.process.communicate()
        elif self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def _not_forever(process: subprocess.Popen[str]) -> Iterator[None]:
    timer = Timer(PATIENCE_S, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until *holds*; fail after a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come about within a minute"
        time.sleep(0.02)


def nobody() -> pwd.struct_passwd:
    """An ordinary account, or skip: only root can become somebody else."""
    if os.geteuid() != 0:
        pytest.skip("only root can start something as another user; this suite itself runs as an ordinary one")
    return pwd.getpwnam("nobody")
