"""Requests over a few kept connections, one after the other on each, as fast as they are answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence


async def rate(port: int, targets: Sequence[str], *, seconds: float, connections: int = 8, headers: str = "") -> float:
    """Ask for *targets* in turn for *seconds*; the answers per second. An answer that is no 200 ends the measurement."""
    until = time.perf_counter() + seconds
    done = 0

    async def ask(first: int) -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        turn = first
        while time.perf_counter() < until:
            target = targets[turn % len(targets)]
            turn += connections
            writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"{target} was answered {head.splitlines()[0]!r}")
            await _body(reader, head.lower())
            done += 1
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(ask(number) for number in range(connections)))
    return done / (time.perf_counter() - started)


async def _body(reader: asyncio.StreamReader, head: bytes) -> None:
    if b"content-length:" in head:
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        return
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)
