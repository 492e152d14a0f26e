"""Asking the API whether it is ready, the way a load balancer would."""

from __future__ import annotations

import asyncio

_ANSWER_S = 5.0
_PAUSE_S = 0.02


async def ready(host: str, port: int) -> None:
    """Return at the first ready answer; the port has been open from the start, so a question may wait for the API."""
    while not await _asked(host, port):  # noqa: ASYNC110  it is another program that we ask
        await asyncio.sleep(_PAUSE_S)


async def _asked(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET /health/ready HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
