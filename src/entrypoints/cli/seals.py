"""Look at the keys that seal fields in the database, make a new one and seal everything with it, and throw old ones away.

Everything goes on meanwhile. The record of what was done is never sealed anew, since it is chained over what it says: a key
that sealed some of it is kept.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .opening import add_home, with_application

if TYPE_CHECKING:
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="WHAT")
    listed = does.add_parser("list", help="list the keys, the one in use first, and what each seals")
    rotate = does.add_parser("rotate", help="make a new key, and seal everything with it")
    retire = does.add_parser("retire", help="throw an old key away that seals nothing any more")
    retire.add_argument("number", type=int, help="the key's number, as `analisa seals list` has it")
    for each in (listed, rotate, retire):
        add_home(each)


def run(args: argparse.Namespace) -> int:
    work = {"list": _list, "rotate": _rotate, "retire": _retire}[args.does]
    return with_application(args, lambda application: work(args, application))


async def _list(_: argparse.Namespace, application: Application) -> int:
    resealing = application.root.compliance.resealing()
    counted = await resealing.count()
    for number in sorted(resealing.numbers(), reverse=True):
        seals = ", ".join(f"{each.rows[number]} of {each.table}" for each in counted if number in each.rows)
        print(f"key {number}  {seals or 'seals nothing'}")
    return 0


async def _rotate(_: argparse.Namespace, application: Application) -> int:
    number, rows = await application.root.compliance.resealing().rotate()
    print(f"key {number} seals from now on; {rows} values were sealed with it anew")
    return 0


async def _retire(args: argparse.Namespace, application: Application) -> int:
    await application.root.compliance.resealing().retire(args.number)
    print(f"key {args.number} is gone")
    return 0
