"""How soon one can begin: `analisa --help` against `python -c pass`, and `analisa up` to its first ready answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ratios import Ratio, timed

GIVE_UP_S = 120
HELP_RUNS = 4
"""How many starts are timed together: one is short against the noise of a shared machine."""

ANALISA = [sys.executable, "-m", "analisa.entrypoints.cli"]


def measure(runs: int, _scale: float) -> list[Ratio]:
    """Start both as people do; the size of anything plays no part."""
    return [_help(runs), _up(runs)]


def _help(runs: int) -> Ratio:
    script = str(Path(sys.executable).with_name("analisa"))
    samples = []
    for _ in range(runs):
        raw = timed(lambda: _run(sys.executable, "-c", "pass"))
        ours = timed(lambda: _run(script, "--help"))
        samples.append(ours / raw)
    return Ratio("analisa --help", "x the time of python -c pass", "<= 6", "<= 3", samples)


def _run(*command: str) -> None:
    for _ in range(HELP_RUNS):
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def _up(runs: int) -> Ratio:
    samples = []
    with tempfile.TemporaryDirectory(prefix="analisa-bench-") as place:
        home = Path(place) / "home"
        with _started(home):
            pass  # the first start makes the database
        for _ in range(runs):
            with _started(home) as seconds:
                samples.append(seconds)
    return Ratio("analisa up, second start to first ready answer", "s", "<= 4", "<= 2", samples)


@contextmanager
def _started(home: Path) -> Iterator[float]:
    """Run `up`, yield how many seconds its first ready answer took, and stop it."""
    port = _free_port()
    environment = {name: text for name, text in os.environ.items() if not name.startswith("ANALISA_")}
    began = time.perf_counter()
    command = [*ANALISA, "up", "--home", str(home), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as up:
        try:
            while not _ready(port):
                if up.poll() is not None or time.perf_counter() - began > GIVE_UP_S:
                    sys.exit(f"analisa up did not become ready; see {home}/logs")
                time.sleep(0.01)
            yield time.perf_counter() - began
        finally:
            up.send_signal(signal.SIGTERM)


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=GIVE_UP_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
