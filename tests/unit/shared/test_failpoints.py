"""Failpoints do nothing unless a test arms them, and then exactly what was asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

import pytest

from analisa.application.shared.failpoints import FailpointHit, _armed, _Point, failpoint

PASS_THRICE = """
from analisa.application.shared.failpoints import failpoint
point = failpoint("test.here")
for number in range(3):
    point()
    print(number, flush=True)
"""


def passed(environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ANALISA_")}
    return subprocess.run(
        [sys.executable, "-c", PASS_THRICE], env={**plain, **environ}, capture_output=True, text=True, check=False
    )


def test_a_place_that_nobody_armed_is_passed() -> None:
    _Point("test.quiet")()


def test_an_armed_place_raises_from_the_pass_that_was_named() -> None:
    point = _Point("test.raises")
    point.arm("raise@2")

    point()
    with pytest.raises(FailpointHit, match=r"test\.raises"):
        point()


def test_an_armed_place_may_only_delay() -> None:
    point = _Point("test.delays")
    point.arm("delay:0.05")

    began = time.monotonic()
    point()

    assert time.monotonic() - began >= 0.05


def test_the_environment_arms_a_process_of_the_test_profile_and_kills_it_at_the_third_pass() -> None:
    done = passed({"ANALISA_PROFILE": "test", "ANALISA_FAILPOINTS": "other.place=raise,test.here=kill@3"})

    assert (done.returncode, done.stdout.split()) == (-signal.SIGKILL, ["0", "1"])


def test_no_other_profile_is_armed() -> None:
    assert passed({"ANALISA_PROFILE": "production", "ANALISA_FAILPOINTS": "test.here=kill"}).returncode == 0
    assert _armed({"ANALISA_FAILPOINTS": "test.here=kill"}) == {}


def test_an_action_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="knows kill, raise, delay:SECONDS and stall, not 'explode'"):
        _Point("test.here").arm("explode")


def test_a_name_stands_in_one_place_only() -> None:
    import analisa.entrypoints.worker.relay  # noqa: F401, PLC0415  which declares it

    with pytest.raises(ValueError, match="declared twice"):
        failpoint("relay.after_take")
