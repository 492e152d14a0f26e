"""Bring a backup back. The file is checked whole first; if anything fails, what was there stays as it was."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which words the command takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that analisa backup has written")
    parser.add_argument("--force", action="store_true", help="replace what is there now")
    parser.add_argument("--home", metavar="DIR", help="the directory that holds the installation")


def run(args: argparse.Namespace) -> int:
    """Restore the backup; refuse while `up` runs."""
    import asyncio  # noqa: PLC0415  analisa --help has no time for these
    from contextlib import ExitStack  # noqa: PLC0415

    from ...adapters.embedded.home import Home  # noqa: PLC0415
    from ..backups import restore  # noqa: PLC0415
    from ..services import RESTORE, hold, own_servers, to_stderr  # noqa: PLC0415
    from ..settings import read_settings  # noqa: PLC0415

    settings = read_settings(home=args.home)

    async def bring_back() -> None:
        home = Home(settings.home)
        with ExitStack() as held:
            await hold(home, held, RESTORE, to_stderr)
            async with own_servers(home, settings, redis=False, tell=to_stderr) as endpoints:
                manifest = await restore(
                    home,
                    settings,
                    endpoints,
                    archive=args.file.absolute(),
                    force=args.force,
                    tell=to_stderr,
                )
        print(f"the installation of {manifest.made_at:%Y-%m-%d %H:%M} UTC is back in {home.root}")

    asyncio.run(bring_back())
    return 0
