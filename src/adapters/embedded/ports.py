"""TCP ports of this machine that nobody uses now."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

from .errors import ServerFailed

LOOPBACK = "127.0.0.1"

_RANGE = range(20000, 32000)
"""Below the ports that systems lend to outgoing connections, so that a server that restarts finds its port free."""


def free_port() -> int:
    """Return a port of this machine's loopback address that is free at this moment."""
    for port in random.sample(_RANGE, 200):
        with suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOOPBACK, port))
            return port
    raise ServerFailed(f"no port between {_RANGE.start} and {_RANGE.stop} is free on {LOOPBACK}")
