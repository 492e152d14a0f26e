"""A role waits for its supervisor's word, and does not outlive it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from analisa.entrypoints.lifeline import GO, LIFELINE, LISTEN, PortTaken, follow, listening_socket, open_port

ROLE = (
    "from analisa.entrypoints.lifeline import follow; import time; follow(); print('went', flush=True); time.sleep(60)"
)


def a_role() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", ROLE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, LIFELINE: "stdin"},
    )


def test_a_role_begins_when_told_and_ends_when_its_supervisor_does() -> None:
    with a_role() as role:
        assert role.stdin is not None
        assert role.stdout is not None
        role.stdin.write(GO)
        role.stdin.flush()
        assert role.stdout.readline() == b"went\n"
        assert role.poll() is None

        role.stdin.close()

        assert role.wait(60) == -signal.SIGTERM


def test_a_role_whose_supervisor_gave_up_never_begins() -> None:
    with a_role() as role:
        assert role.communicate()[0] == b""
        assert role.returncode == 0


def test_a_role_started_by_hand_goes_ahead() -> None:
    follow({})


def test_an_inherited_port_is_used_as_it_is() -> None:
    with open_port("127.0.0.1", 0) as opened:
        number = opened.getsockname()[1]

        with listening_socket("127.0.0.1", 1, {LISTEN: str(os.dup(opened.fileno()))}) as inherited:
            assert inherited.getsockname()[1] == number


def test_without_one_the_port_is_opened() -> None:
    with listening_socket("127.0.0.1", 0, {}) as opened, socket.create_connection(opened.getsockname()):
        pass


def test_a_taken_port_is_named() -> None:
    with open_port("127.0.0.1", 0) as taken:
        number = taken.getsockname()[1]

        with pytest.raises(PortTaken, match=f"port {number} is in use by another program"):
            open_port("127.0.0.1", number)
