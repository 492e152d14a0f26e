"""Bring the database to the schema that this program speaks, or say which step it has reached."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import TYPE_CHECKING

from .opening import WrongArgument, add_home

if TYPE_CHECKING:
    from ..endpoints import Endpoints

BEHIND = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="a database other than the installation's: postgresql://owner:password@host/name")
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 when there is something to do")
    parser.add_argument("--to", metavar="STEP", default="head", help="a step's number (0003), head, or base for none")
    parser.add_argument(
        "--discard", action="store_true", help="allow going back, which drops tables with what they hold"
    )
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """Migrate, or check."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from ..services import services  # noqa: PLC0415  the command line starts light
    from ..settings import read_settings  # noqa: PLC0415

    environ = dict(os.environ)
    if args.url:
        environ["ANALISA_DATABASE_URL"] = args.url
        environ.pop("ANALISA_OWNER_DATABASE_URL", None)  # of the installation's database, and this is another
    async with services(read_settings(environ, home=args.home)) as endpoints:
        return await (_check(endpoints) if args.check else _migrate(endpoints, args.to, discard=args.discard))


async def _check(endpoints: Endpoints) -> int:
    from ...adapters.postgres.schema import OWNER_SETTING, current_revision, head_revision  # noqa: PLC0415

    found = await current_revision(endpoints.owner_database_url, setting=OWNER_SETTING)
    wanted = head_revision()
    print(f"the database is at step {found or 'none'}, this program speaks {wanted}")
    return 0 if found == wanted else BEHIND


async def _migrate(endpoints: Endpoints, to: str, *, discard: bool) -> int:
    from ...adapters.postgres.schema import (  # noqa: PLC0415
        BASE,
        OWNER_SETTING,
        check_program,
        current_revision,
        head_revision,
        migrate,
        steps,
    )

    target = head_revision() if to == "head" else to
    if target not in {*steps(), BASE}:
        raise WrongArgument(f"--to: there is no step {to!r}; write head, base or one of {', '.join(steps())}")
    granted = await check_program(endpoints.database_url)
    before = await current_revision(endpoints.owner_database_url, setting=OWNER_SETTING)
    if (before == target and granted) or (before is None and target == BASE):
        print(f"the database is at step {before or 'none'} already")
        return 0
    if before is not None and (target == BASE or target < before):
        _may_go_back(before, target, discard=discard)
    await migrate(endpoints.owner_database_url, target, program=endpoints.database_url)
    if before == target:
        print(f"the database is at step {target}, and the program's role was given what it needs there")
    else:
        print(f"the database went from step {before or 'none'} to {target}")
    return 0


def _may_go_back(before: str, target: str, *, discard: bool) -> None:
    from ...adapters.postgres.schema import steps  # noqa: PLC0415

    if before not in steps():
        raise WrongArgument(f"the database is at step {before}, which a newer analisa made; go back with that one")
    if not discard:
        raise WrongArgument(
            f"going back from step {before} to {target} drops tables with what they hold; "
            "make a backup (analisa backup FILE), then add --discard"
        )
    print(f"analisa: dropping what steps after {target} hold", file=sys.stderr)
