"""Make API keys for programs, list and revoke them.

    analisa keys add report --may influencers.read --may scores.read

prints a secret, once; a program sends it as `Authorization: Bearer SECRET`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING
from uuid import UUID

from .opening import WrongArgument, add_home, moment, with_application

if TYPE_CHECKING:
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="WHAT")
    make = does.add_parser("add", help="make a key, and print its secret")
    make.add_argument("name", help="what it is for")
    make.add_argument("--may", metavar="PERMISSION", action="append", help="what it may do; repeatable")
    make.add_argument("--may-all", action="store_true", help="it may do all that an owner may")
    make.add_argument("--until", metavar="TIME", help="from when on it is good no more")
    listed = does.add_parser("list", help="list the organisation's keys")
    listed.add_argument("--json", action="store_true", help="print JSON")
    revoke = does.add_parser("revoke", help="let a key be good no more")
    revoke.add_argument("key", metavar="ID")
    for each in (make, listed, revoke):
        each.add_argument("--organisation", metavar="SLUG", help="whose keys (ANALISA_ORGANISATION, or local)")
        add_home(each)


def run(args: argparse.Namespace) -> int:
    if args.does == "add" and bool(args.may) == args.may_all:
        raise WrongArgument("say what the key may do, with --may PERMISSION (repeatable) or --may-all")
    work = {"add": _make, "list": _list, "revoke": _revoke}[args.does]
    return with_application(args, lambda application: work(args, application))


async def _make(args: argparse.Namespace, application: Application) -> int:
    from ...application.identity.keys import MakeKey  # noqa: PLC0415  the command line starts light
    from ...domain.identity.permissions import OF_ROLES, Role  # noqa: PLC0415

    permissions = tuple(sorted(OF_ROLES[Role.OWNER])) if args.may_all else tuple(args.may)
    key, secret = await application.root.identity.keys().make(
        MakeKey(
            actor=await application.actor(args.organisation),
            name=args.name,
            permissions=permissions,
            expires_at=None if args.until is None else moment("--until", args.until),
        )
    )
    print(secret)
    del key
    return 0


async def _list(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_json  # noqa: PLC0415

    keys = await application.root.identity.keys().all(await application.actor(args.organisation))
    if args.json:
        names = ("key_id", "name", "begins", "permissions", "made_by", "made_at", "used_at", "expires_at", "revoked_at")
        print_json([{name: getattr(each, name) for name in names} for each in keys])
        return 0
    for each in keys:
        state = (
            "revoked" if each.revoked_at else f"used {each.used_at:%Y-%m-%d %H:%MZ}" if each.used_at else "never used"
        )
        print(f"{each.key_id}  {each.begins}…  {state:<22}  {each.name}: {', '.join(each.permissions)}")
    if not keys:
        print("the organisation has no API keys; make one: analisa keys add NAME --may influencers.read")
    return 0


async def _revoke(args: argparse.Namespace, application: Application) -> int:
    try:
        key_id = UUID(args.key)
    except ValueError as error:
        raise WrongArgument(f"{args.key!r} is not a key's id; analisa keys list has them") from error
    await application.root.identity.keys().revoke(await application.actor(args.organisation), key_id)
    print(f"{key_id} is good no more")
    return 0
