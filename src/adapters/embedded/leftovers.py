"""What a supervisor that died has left running: found by its records, asked to end, and seen off."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ServerFailed
from .processes import started_at


async def stop_leftovers(records: Path, *, patience_s: float = 10) -> list[str]:
    """Stop every recorded child of a supervisor that died, and return their names; call it with the lock held."""
    left = _recorded(records)
    await _see_off([stranger for family in left.values() for stranger in family], patience_s)
    _forget(records)
    return list(left)


def _recorded(records: Path) -> dict[str, list[_Stranger]]:
    """Return who of those in the records still lives, by name, after asking them to end."""
    left: dict[str, list[_Stranger]] = {}
    for record in sorted(records.iterdir()):  # a .part, too, may be whole: death can come before it gets its name
        with suppress(OSError, ValueError, KeyError, TypeError):
            family = _family(json.loads(record.read_text("utf-8")))
            if family:
                left[record.stem] = family
    return left


def _forget(records: Path) -> None:
    for record in records.iterdir():
        record.unlink(missing_ok=True)


def _family(facts: dict[str, Any]) -> list[_Stranger]:
    """Return what still lives of the child in a record, with all that it started, after asking it to end."""
    leader = _Stranger(int(facts["pid"]), facts["started"])
    farewell = signal.Signals(facts["farewell"])
    if leader.lives():
        family = [leader, *_descendants(leader.pid)]
        leader.send(farewell)
        return family
    orphans = _orphans(leader.pid, facts.get("folder"))
    for orphan in orphans:
        orphan.send(farewell)
    return orphans


@dataclass(frozen=True, slots=True)
class _Stranger:
    """A process that is not our child, so that only looking tells whether it has gone."""

    pid: int
    started: str | None

    def lives(self) -> bool:
        return self.started is not None and started_at(self.pid) == self.started

    def send(self, request: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, request)


async def _see_off(strangers: Sequence[_Stranger], patience_s: float) -> None:
    """Wait until all have gone; after *patience_s* seconds kill those that have not."""
    for stranger in strangers:
        stranger.send(signal.SIGCONT)  # one that was suspended hears nothing else
    for request, patience in ((None, patience_s), (signal.SIGKILL, 5.0)):
        for stranger in strangers:
            if request is not None and stranger.lives():
                stranger.send(request)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not any(stranger.lives() for stranger in strangers):
                return
            await asyncio.sleep(0.02)
    pids = ", ".join(str(stranger.pid) for stranger in strangers if stranger.lives())
    raise ServerFailed(f"processes {pids}, left by an earlier start, do not end even when killed; restart the machine")


def _descendants(pid: int) -> list[_Stranger]:
    """Return the children of *pid* and theirs, where the system says (on Linux)."""
    children: dict[int, list[int]] = {}
    for child, parent, _ in _processes():
        children.setdefault(parent, []).append(child)
    found: list[_Stranger] = []
    unseen = [pid]
    while unseen:
        young = children.get(unseen.pop(), [])
        unseen.extend(young)
        found.extend(_Stranger(child, started_at(child)) for child in young)
    return found


def _orphans(leader: int, folder: str | None) -> list[_Stranger]:
    """Return what the dead *leader* has left at work in *folder*, where the system says (on Linux).

    They are of its session; the folder tells them from a daemon's, whose dead leader may have had the same number.
    """
    found: list[_Stranger] = []
    for pid, _, session in _processes():
        with suppress(OSError):
            if session == leader and folder and str(Path(f"/proc/{pid}/cwd").readlink()) == folder:
                found.append(_Stranger(pid, started_at(pid)))
    return found


def _processes() -> Iterator[tuple[int, int, int]]:
    """Yield of each process its number, its parent's and its session's."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            facts = entry.read_text("utf-8", "replace").rpartition(")")[2].split()
            yield int(entry.parent.name), int(facts[1]), int(facts[3])
