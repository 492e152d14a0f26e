"""Write what is known as a creator-archive, which `analisa import` reads back anywhere."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from .import_ import WrongUse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", type=Path, metavar="FILE_OR_DIR", help="a ZIP if it ends in .zip, else a new folder")
    parser.add_argument("--profile", metavar="NETWORK:ID-OR-HANDLE", help="this profile only")
    whose = parser.add_mutually_exclusive_group()
    whose.add_argument("--owner", action="store_true", help="only what belongs to your organisation")
    whose.add_argument("--public", action="store_true", help="only what everybody sees")
    parser.add_argument("--json", action="store_true", help="print the rows per table as JSON")
    parser.add_argument("--home", help="the installation's directory")


def run(args: argparse.Namespace) -> int:
    rows = asyncio.run(_export(args))
    if args.json:
        import json  # noqa: PLC0415  the command line starts light

        print(json.dumps({"target": str(args.target), "rows": rows}))
    else:
        print(f"{args.target}: {', '.join(f'{number:,} {table}' for table, number in rows.items()) or 'nothing'}")
    return 0


async def _export(args: argparse.Namespace) -> dict[str, int]:
    from ...application.collection.exports import ExportArchive  # noqa: PLC0415
    from ...application.collection.ports import ExportScope  # noqa: PLC0415
    from ...domain.shared.social import ProfileRef  # noqa: PLC0415
    from ..container import open_application  # noqa: PLC0415
    from ..settings import read_settings  # noqa: PLC0415

    try:
        profile = None if args.profile is None else ProfileRef.parse(args.profile)
    except ValueError as error:
        raise WrongUse(f"--profile: {error}") from error
    scope = ExportScope(profile=profile, only_own=args.owner, only_public=args.public)
    async with open_application(read_settings(home=args.home)) as application:
        export = application.root.collection.export_archive()
        command = ExportArchive(actor=await application.actor(), target=args.target, scope=scope)
        return dict(await export(command))
