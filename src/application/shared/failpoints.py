"""Named places where a test may make the process die, fail or stall; nothing happens anywhere else.

A place is declared once, where it stands: `AFTER_COPY = failpoint("import.after_copy")`, and passed by calling it.
Only a process started with ANALISA_PROFILE=test heeds ANALISA_FAILPOINTS ("name=kill,name=raise,name=delay:0.2,
name=kill@3" for the third pass); any other profile refuses to start when that variable is set (see settings).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping

Failpoint = Callable[[], None]

registry: dict[str, _Point]


class FailpointHit(RuntimeError):
    """An armed failpoint was told to raise."""


class _Point:
    __slots__ = ("_action", "_passes", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._action: tuple[str, float, int] | None = None
        self._passes = 0

    def arm(self, action: str) -> None:
        what, _, count = action.partition("@")
        verb, _, amount = what.partition(":")
        if verb not in {"kill", "raise", "delay", "stall"}:
            raise ValueError(f"failpoint {self.name} knows kill, raise, delay:SECONDS and stall, not {action!r}")
        self._action = (verb, float(amount or 0), int(count or 1))

    def __call__(self) -> None:
        if self._action is None:
            return
        verb, amount, due = self._action
        self._passes += 1
        if self._passes < due:
            return
        if verb == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if verb == "raise":
            raise FailpointHit(self.name)
        time.sleep(amount if verb == "delay" else 3600)


registry = {}


def failpoint(name: str) -> Failpoint:
    """Declare the place *name* (`context.where`); a name stands in one place only."""
    if name in registry:
        raise ValueError(f"failpoint {name} is declared twice")
    registry[name] = point = _Point(name)
    armed = _armed(os.environ).get(name)
    if armed is not None:
        point.arm(armed)
    return point


def _armed(environ: Mapping[str, str]) -> dict[str, str]:
    if environ.get("ANALISA_PROFILE") != "test":
        return {}
    pairs = (part.partition("=") for part in environ.get("ANALISA_FAILPOINTS", "").split(",") if part)
    return {name.strip(): action.strip() for name, _, action in pairs}
