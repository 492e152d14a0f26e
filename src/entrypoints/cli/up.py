"""Start everything on this machine: PostgreSQL, Valkey, the API, the worker, the relay and the scheduler."""

from __future__ import annotations

import argparse
from contextlib import suppress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which words the command takes."""
    parser.add_argument("--demo", action="store_true", help="load sample creators, and show those")
    parser.add_argument("--port", type=int, metavar="N", help="listen on this port (else 8000, or the next free one)")
    parser.add_argument("--home", metavar="DIR", help="the directory that holds the installation")


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM."""
    import asyncio  # noqa: PLC0415  analisa --help has no time for these

    from ..settings import read_settings  # noqa: PLC0415
    from ..supervisor.session import Session  # noqa: PLC0415

    settings = read_settings(home=args.home, port=args.port)
    for note in settings.notes:
        _tell(note)
    asyncio.run(Session(settings, demo=args.demo, tell=_tell).run())
    return 0


def _tell(message: str) -> None:
    with suppress(OSError):  # whoever read it may have left; the work goes on
        print(message, flush=True)
