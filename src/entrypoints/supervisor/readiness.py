"""Asking the API whether it is ready, the way a load balancer would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from ...adapters.embedded.errors import ServerFailed

PATIENCE_S = 120.0
"""What the API needs is there before it is asked, so that it is ready within seconds, or not at all."""

_TOLD_AFTER_S = 5.0
_ANSWER_S = 5.0
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 2.0
_READ_BYTES = 2000


async def ready(
    host: str, port: int, *, log: Path, tell: Callable[[str], None], patience_s: float = PATIENCE_S
) -> None:
    """Return at the first ready answer; the port has been open from the start, so a question may wait for the API.

    After some seconds *tell* what it answers instead; raise `ServerFailed` when it is not ready within *patience_s*.
    """
    began, told, pause = time.monotonic(), False, _FIRST_PAUSE_S
    while (answer := await _asked(host, port)) is not None:
        waited = time.monotonic() - began
        if waited > patience_s:
            raise ServerFailed(f"the API is not ready after {waited:.0f} s: {answer}; {log} says more")
        if not told and waited > min(_TOLD_AFTER_S, patience_s / 2):
            tell(f"the API is not ready yet: {answer}; {log} says more")
            told = True
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)


async def _asked(host: str, port: int) -> str | None:
    """Return None when the API is ready, or what it says instead."""
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET /health/ready HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
                status = await reader.readline()
                if b" 200 " in status:
                    return None
                head, _, body = (await reader.read(_READ_BYTES)).partition(b"\r\n\r\n")
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        return f"it does not answer ({type(error).__name__})"
    words = [status.decode("ascii", "replace").strip(), (body or head).decode("utf-8", "replace").strip()]
    return f"it answers {' '.join(filter(None, words)) or 'nothing'}"
