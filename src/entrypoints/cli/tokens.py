"""Look at the keys that sign access tokens, make a new one, and revoke one that got away.

What a revoked key signed is good for half a minute more at the most; whoever has a refresh token gets a new access token.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .opening import WrongArgument, add_home, with_application

if TYPE_CHECKING:
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="WHAT")
    keys = does.add_parser("keys", help="list the keys by which tokens are checked, the one in use first")
    rotate = does.add_parser("rotate", help="sign with a new key from now on; one a month is made by itself")
    revoke = does.add_parser("revoke", help="let nothing that a key signed be good any more")
    revoke.add_argument("kid", help="the key's name, as `analisa tokens keys` has it")
    for each in (keys, rotate, revoke):
        add_home(each)


def run(args: argparse.Namespace) -> int:
    work = {"keys": _keys, "rotate": _rotate, "revoke": _revoke}[args.does]
    return with_application(args, lambda application: work(args, application))


async def _keys(_: argparse.Namespace, application: Application) -> int:
    for key in await application.root.identity.access_tokens().keys():
        print(f"{key.kid}  made {key.made_at:%Y-%m-%d %H:%MZ}")
    return 0


async def _rotate(_: argparse.Namespace, application: Application) -> int:
    made = await application.root.identity.access_tokens().rotate()
    print(f"{made.kid} signs from now on")
    return 0


async def _revoke(args: argparse.Namespace, application: Application) -> int:
    if not await application.root.identity.access_tokens().revoke(args.kid):
        raise WrongArgument(f"there is no key {args.kid!r} that is good; analisa tokens keys lists them")
    print(f"{args.kid} is revoked")
    return 0
