"""Children that do not outlive us: started in their own session, recorded, stopped kindly and then not."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from .accounts import Account
from .errors import HomeUnusable, ServerFailed, refusals_of

ON_LINUX = os.uname().sysname == "Linux"
"""Asked at run time, so that the type checker reads the other systems' branches too."""

_PR_SET_PDEATHSIG = 1

_LAST_S = 1.0


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a child: its program, where its output goes, and the signal that asks it to end."""

    name: str
    argv: Sequence[str]
    log: Path | None
    """None: to the terminal, with ours."""
    environment: Mapping[str, str]
    farewell: signal.Signals = signal.SIGTERM
    folder: Path | None = None
    account: Account | None = None
    descriptors: tuple[int, ...] = ()
    """Open files that the child is to inherit under the same numbers."""


class Child:
    """A running child and the record of it in the home's `run/`."""

    def __init__(self, launch: Launch, process: asyncio.subprocess.Process, record: Path) -> None:
        self.name = launch.name
        self.process = process
        self._farewell = launch.farewell
        self._record = record

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    async def ended(self) -> int:
        """Wait for the end and return the exit status (negative: the signal that ended it)."""
        status = await self.process.wait()
        self._record.unlink(missing_ok=True)
        return status

    async def stop(self, *, patience_s: float, harder: signal.Signals | None = None) -> None:
        """Ask it to end, in the last of *patience_s* seconds *harder*; after them kill it and all it has started."""
        last_s = 0.0 if harder is None else min(_LAST_S, max(patience_s, 0))
        await self._ask(self._farewell, patience_s - last_s)
        if harder is not None:
            await self._ask(harder, last_s)
        # The session is its own: what it left behind goes with it, also when it ended by itself.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        await self.ended()

    async def _ask(self, request: signal.Signals, patience_s: float) -> None:
        if not self.running:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(request)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), patience_s)


async def start(launch: Launch, records: Path, *, stdin: int | IO[Any] = subprocess.DEVNULL) -> Child:
    """Start the child, which dies with us (on Linux, at once; elsewhere when the next start finds its record).

    Raises `ServerFailed`, or `HomeUnusable` where it cannot be logged or recorded: no child runs that has no record.
    Call it from the main thread: Linux ties a child's life to the thread that started it.
    """
    with refusals_of(records.parent):
        output = nullcontext() if launch.log is None else launch.log.open("ab")
    try:
        with output as log:
            process = await asyncio.create_subprocess_exec(
                *launch.argv,
                stdin=stdin,
                stdout=log,
                stderr=log,
                cwd=launch.folder,
                env=dict(launch.environment),
                pass_fds=launch.descriptors,
                start_new_session=True,  # Ctrl-C in the terminal reaches us alone; we stop the rest in order
                preexec_fn=dying_with_parent(launch.farewell),
                **_as_account(launch.account),
            )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerFailed(f"{launch.name} cannot be started: {error}{_hint(launch.account)}") from error
    record = records / f"{launch.name}.json"
    child = Child(launch, process, record)
    try:
        with refusals_of(records.parent):
            _remember(record, process.pid, launch)
    except HomeUnusable:
        await child.stop(patience_s=0)
        raise
    return child


def _hint(account: Account | None) -> str:
    return (
        f"; it was to run as {account.name}: start as an ordinary user where root may not change users"
        if account
        else ""
    )


def _as_account(account: Account | None) -> dict[str, Any]:
    """Return the arguments that make subprocess change to *account* after it has entered the folder."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def dying_with_parent(farewell: signal.Signals) -> Callable[[], None] | None:
    """Return what the child runs before its program so that the kernel sends it *farewell* when we die."""
    if not ON_LINUX:
        return None
    prctl, parent = _libc().prctl, os.getpid()

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(farewell), 0, 0, 0)
        if os.getppid() != parent:  # we died between fork and prctl
            os._exit(1)

    return tie


@cache
def _libc() -> ctypes.PyDLL:
    # PyDLL keeps the interpreter's lock during a call: between fork and exec there is nobody to give it back.
    return ctypes.PyDLL(None)


def _remember(record: Path, pid: int, launch: Launch) -> None:
    facts = {
        "pid": pid,
        "started": started_at(pid),
        "farewell": int(launch.farewell),
        "folder": None if launch.folder is None else str(launch.folder.resolve()),
    }
    part = record.with_suffix(".part")
    try:
        part.write_text(json.dumps(facts), encoding="utf-8")
        part.replace(record)
    finally:
        part.unlink(missing_ok=True)


def started_at(pid: int) -> str | None:
    """Return when the process *pid* began, in words that no other process with that id will ever have, or None."""
    if ON_LINUX:
        with suppress(OSError, IndexError):
            stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
            return None if stat[0] in "ZX" else f"{boot}:{stat[19]}"
        return None
    found = subprocess.run(  # noqa: S603  a number is all that comes from outside
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None
