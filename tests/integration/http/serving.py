"""The API as a process of its own, over servers that are there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx

from analisa.adapters.embedded.ports import free_port
from analisa.entrypoints.settings import Settings

PATIENCE_S = 60
"""Generous, for a busy machine; nothing is measured by it."""


@dataclass
class Api:
    """A running API process."""

    process: subprocess.Popen[bytes]
    port: int
    home: Path
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)

    def shelf(self) -> list[Path]:
        return sorted((self.home / "uploads").rglob("*"))

    def logged(self) -> str:
        return self.log.read_text("utf-8")


def started(settings: Settings, folder: Path, **environ: str) -> Api:
    """Start an API over the servers of *settings*, and wait until it answers."""
    port, log = free_port(), folder / "api.log"
    given = {
        **os.environ,
        "ANALISA_HOME": str(settings.home),
        "ANALISA_DATABASE_URL": str.__str__(settings.database_url or ""),
        "ANALISA_REDIS_URL": str.__str__(settings.redis_url or ""),
        "ANALISA_PORT": str(port),
        **environ,
    }
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "analisa.entrypoints.http"], env=given, stderr=out)
    api = Api(process, port, settings.home, log)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None, api.logged()
        assert time.monotonic() < deadline, "it never answered"
        try:
            httpx.get(f"{api.address}/health/live")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return api


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until *holds*; fail after a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come about within a minute"
        time.sleep(0.02)
