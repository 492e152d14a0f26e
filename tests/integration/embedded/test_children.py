"""Children are asked to end, then asked harder, then killed, all within the time that was given."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from analisa.adapters.embedded.processes import Child, Launch, start

PATIENCE_S = 1.5


async def a_child(place: Path, program: str) -> Child:
    """A shell at work on *program*, which has said that it is ready."""
    log = place / "child.log"
    launch = Launch(
        "child", ["/bin/sh", "-c", f"{program}; echo ready; while :; do sleep 0.05; done"], log, {"PATH": os.defpath}
    )
    child = await start(launch, place)
    while not log.read_text():
        time.sleep(0.01)  # noqa: ASYNC251
    return child


@pytest.mark.parametrize("harder", [None, signal.SIGQUIT])
async def test_one_that_hears_nothing_is_gone_within_its_time(tmp_path: Path, harder: signal.Signals | None) -> None:
    child = await a_child(tmp_path, ":")
    deaf = psutil.Process(child.pid)
    deaf.suspend()
    while deaf.status() != psutil.STATUS_STOPPED:  # until then it would still hear what it is asked
        time.sleep(0.01)  # noqa: ASYNC251
    began = time.monotonic()

    await child.stop(patience_s=PATIENCE_S, harder=harder)

    assert PATIENCE_S <= time.monotonic() - began < PATIENCE_S + 0.9
    assert await child.ended() < 0


async def test_one_that_must_be_asked_harder_is_not_killed(tmp_path: Path) -> None:
    # Not SIGQUIT: a shell whose parent ran in the background was told to ignore it, and cannot trap it then.
    child = await a_child(tmp_path, "trap : TERM; trap 'exit 7' USR1")

    await child.stop(patience_s=PATIENCE_S, harder=signal.SIGUSR1)

    assert await child.ended() == 7
