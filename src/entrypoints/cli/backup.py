"""Write everything into one file: the database, the keys, the uploads. It may be done while Analisa works."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which words the command takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to write (analisa.tar.gz); it must not exist")
    parser.add_argument("--home", metavar="DIR", help="the directory that holds the installation")


def run(args: argparse.Namespace) -> int:
    """Write the backup and say what is in it."""
    import asyncio  # noqa: PLC0415  analisa --help has no time for these

    from ...adapters.embedded.home import Home  # noqa: PLC0415
    from ..backups import back_up  # noqa: PLC0415
    from ..services import services  # noqa: PLC0415
    from ..settings import read_settings  # noqa: PLC0415

    settings = read_settings(home=args.home)

    async def write() -> None:
        async with services(settings) as endpoints:
            home = Home(settings.home)
            home.prepare()
            target = args.file.absolute()
            manifest = await back_up(home, settings, endpoints.admin_database_url, target)
            size = target.stat().st_size / 2**20
            print(
                f"{target}: {size:.1f} MiB, schema step {manifest.revision}; it holds keys: keep it where only you look"
            )

    asyncio.run(write())
    return 0
