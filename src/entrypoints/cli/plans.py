"""List the plans, show what an organisation has used of its own, and give it another one.

The plans are those of ANALISA_PLANS_FILE (docs/plans.md); without one every organisation has everything.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .opening import add_home, with_application

if TYPE_CHECKING:
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="WHAT")
    listed = does.add_parser("list", help="list the plans there are")
    show = does.add_parser("show", help="show the plan of an organisation, and what of it was used")
    give = does.add_parser("give", help="give an organisation a plan")
    give.add_argument("plan", help="the plan's name, or - for the usual one")
    for each in (show, give):
        each.add_argument("--organisation", metavar="SLUG", help="which one (ANALISA_ORGANISATION, or local)")
    show.add_argument("--json", action="store_true", help="print JSON")
    for each in (listed, show, give):
        add_home(each)


def run(args: argparse.Namespace) -> int:
    work = {"list": _list, "show": _show, "give": _give}[args.does]
    return with_application(args, lambda application: work(args, application))


async def _list(args: argparse.Namespace, application: Application) -> int:
    del args
    plans = application.root.identity.plans()
    for name, plan in plans.by_name.items():
        bounds = ", ".join(f"{of} {most}" for of, most in plan.limits.items()) or "no limits"
        usual = "  (the usual one)" if name == plans.usual else ""
        print(f"{name:<12}  {bounds}; {', '.join(sorted(plan.features)) or 'no features'}{usual}")
    return 0


async def _show(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_json  # noqa: PLC0415  the command line starts light

    actor = await application.actor(args.organisation)
    usage = await application.root.identity.entitlements().usage(actor)
    if args.json:
        print_json(
            {
                "plan": usage.plan.name,
                "features": sorted(usage.plan.features),
                "used": dict(usage.used),
                "most": dict(usage.plan.limits),
                "month_ends_at": usage.until,
            }
        )
        return 0
    print(f"plan {usage.plan.name}")
    for of, used in usage.used.items():
        most = usage.plan.limit(of)
        print(f"{of:<16}{used:>8}  of {'as many as wanted' if most is None else most}")
    return 0


async def _give(args: argparse.Namespace, application: Application) -> int:
    actor = await application.actor(args.organisation)
    entitlements = application.root.identity.entitlements()
    await entitlements.give(actor.organisation, None if args.plan == "-" else args.plan)
    plan = await entitlements.plan(actor.organisation)
    print(f"{args.organisation or application.settings.organisation} has the plan {plan.name} from now on")
    return 0
