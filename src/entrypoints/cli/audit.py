"""Check the record of what was done, and look at it.

Each entry seals all those before it, and the last of every hour is signed, in the database and in HOME/audit/heads.jsonl.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .opening import WrongArgument, add_home, with_application

if TYPE_CHECKING:
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="WHAT")
    verify = does.add_parser("verify", help="check every chain; 1 where one does not hold")
    sign = does.add_parser("sign", help="sign the last entries now; the scheduler does it every hour")
    show = does.add_parser("show", help="show what was done in the organisation, the newest first")
    show.add_argument("--organisation", metavar="SLUG", help="whose record (ANALISA_ORGANISATION, or local)")
    show.add_argument("-n", "--limit", type=int, default=20, help="how many at the most (20)")
    for each in (verify, sign, show):
        each.add_argument("--json", action="store_true", help="print JSON")
        add_home(each)


def run(args: argparse.Namespace) -> int:
    if args.does == "show" and args.limit < 1:
        raise WrongArgument(f"--limit: {args.limit} is not a number of entries; write 1 or more")
    work = {"verify": _verify, "sign": _sign, "show": _show}[args.does]
    return with_application(args, lambda application: work(args, application))


async def _verify(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_json  # noqa: PLC0415  the command line starts light

    verdicts = await application.root.compliance.auditing().verify()
    if args.json:
        print_json(
            [
                {
                    "chain": each.chain.name,
                    "entries": each.entries,
                    "signed": each.signed,
                    "broken": [{"number": place.number, "why": place.why} for place in each.broken],
                }
                for each in verdicts
            ]
        )
    else:
        for each in verdicts:
            state = "holds" if not each.broken else "DOES NOT HOLD"
            print(f"{each.chain.name}: {each.entries} entries, {each.signed} known heads: {state}")
            for place in each.broken:
                print(f"  entry {place.number}: {place.why}")
        if not verdicts:
            print("nothing was recorded yet")
    return 1 if any(each.broken for each in verdicts) else 0


async def _sign(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_json  # noqa: PLC0415

    made = await application.root.compliance.auditing().sign_heads()
    if args.json:
        print_json({"signed": made})
    else:
        print(f"{made} chains have grown, and are signed")
    return 0


async def _show(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_json  # noqa: PLC0415

    actor = await application.actor(args.organisation)
    page = await application.root.compliance.audit().page(actor, limit=args.limit)
    if args.json:
        names = ("number", "at", "actor", "actor_name", "action", "subject", "details", "hash")
        print_json([{name: getattr(each, name) for name in names} for each in page.items])
        return 0
    for each in page.items:
        print(
            f"{each.number:>6}  {each.at:%Y-%m-%d %H:%M:%SZ}  {each.action}  {each.subject}  by {each.actor_name or each.actor}"
        )
    return 0
