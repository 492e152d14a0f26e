"""What `analisa up` gives its roles to hold: a line that says when to begin and when it has died, and the open port.

A role's start reads: imports, `follow()`, then work. So roles load while PostgreSQL starts and the schema is brought
up to date, and none outlives the program that started it. Started by hand, a role finds neither and goes ahead.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Mapping
from threading import Thread

from ..domain.shared.errors import Unavailable

LIFELINE = "ANALISA_LIFELINE"
LISTEN = "ANALISA_LISTEN_FD"
GO = b"go\n"
_BACKLOG = 2048
_STDIN = 0


class PortTaken(Unavailable):
    """Another program listens on the port."""

    code = "http.port_taken"

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use by another program; stop it, or name another port with --port")


def follow(environ: Mapping[str, str] | None = None) -> None:
    """Wait until the supervisor says go; from then on end by SIGTERM when it dies. Call it before any event loop runs."""
    if (os.environ if environ is None else environ).get(LIFELINE) != "stdin":
        return
    if not os.read(_STDIN, len(GO)):
        raise SystemExit(0)  # it gave up before we began
    Thread(target=_end_with_it, name="lifeline", daemon=True).start()


def _end_with_it() -> None:
    while os.read(_STDIN, 64):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def listening_socket(host: str, port: int, environ: Mapping[str, str] | None = None) -> socket.socket:
    """Return the socket that the supervisor opened for us, or open one; raise `PortTaken`.

    The supervisor's stays open while the API restarts: callers wait instead of being refused.
    """
    inherited = (os.environ if environ is None else environ).get(LISTEN)
    if inherited:
        return socket.socket(fileno=int(inherited))
    return open_port(host, port)


def open_port(host: str, port: int) -> socket.socket:
    """Listen on *port* of *host*, or raise `PortTaken`."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        if isinstance(error, PermissionError):
            raise Unavailable(f"only root may listen on port {port}; name one above 1023 with --port") from error
        raise PortTaken(port) from error
    return opened
