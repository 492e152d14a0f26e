"""Show, build and switch the reference tables that scores are read against. Stored tables never change."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .opening import add_home, with_application

if TYPE_CHECKING:
    from ...application.analytics.ports import StoredReference
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="list the stored sets, or print one")
    show.add_argument("version", nargs="?", help="beginning of a version, or `current`; without it, the list")
    build = actions.add_parser("build", help="build tables from the evidence of today")
    build.add_argument("--switch", action="store_true", help="and put them into use")
    switch = actions.add_parser("switch", help="put other tables into use; everyone is scored anew")
    switch.add_argument("version", help="beginning of a version")
    for action in (show, build, switch):
        action.add_argument("--json", action="store_true", help="print JSON")
        add_home(action)


def run(args: argparse.Namespace) -> int:
    action = {"show": _show, "build": _build, "switch": _switch}[args.action]
    return with_application(args, lambda application: action(args, application))


async def _show(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_json  # noqa: PLC0415  the command line starts light

    tables, actor = application.root.analytics.reference_tables(), await application.actor()
    if args.version is not None:
        reference = await tables.get(actor, None if args.version == "current" else args.version)
        print_json(reference.to_dict())
        return 0
    stored = await tables.all(actor)
    if args.json:
        print_json([asdict(each) for each in stored])
    else:
        print(*(_line(each) for each in stored), sep="\n")
    return 0


async def _build(args: argparse.Namespace, application: Application) -> int:
    from ...application.analytics.references import BuildReference  # noqa: PLC0415

    tables, actor = application.root.analytics.reference_tables(), await application.actor()
    built = await tables.build(BuildReference(actor=actor, switch=args.switch))
    version = built.reference.version
    then = _IN_USE if built.switched else f"to use them: analisa reference switch {version[:12]}"
    facts = {"version": version, "profiles": built.profiles, "switched": built.switched}
    _answer(args, facts, f"tables {version[:12]} are built from {built.profiles} profiles; {then}")
    return 0


async def _switch(args: argparse.Namespace, application: Application) -> int:
    from ...application.analytics.references import SwitchReference  # noqa: PLC0415

    tables, actor = application.root.analytics.reference_tables(), await application.actor()
    reference = await tables.switch(SwitchReference(actor=actor, version=args.version))
    _answer(args, {"version": reference.version}, f"tables {reference.version[:12]}: {_IN_USE}")
    return 0


_IN_USE = "they are in use, and the worker scores everyone anew (where none runs: analisa score --full)"


def _answer(args: argparse.Namespace, facts: dict[str, Any], told: str) -> None:
    from .tables import print_json  # noqa: PLC0415

    if args.json:
        print_json(facts)
    else:
        print(told)


def _line(stored: StoredReference) -> str:
    rests = f"{stored.profiles} profiles" if stored.profiles else "published figures alone"
    use = "in use" if stored.in_use else "used before" if stored.switched_at else "never used"
    return f"{stored.version[:12]}  built {stored.built_at:%Y-%m-%d %H:%M} UTC from {rests}, {use}"
