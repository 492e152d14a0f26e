"""Compute Social Scores of who has new evidence, or with --full of everyone; `analisa up` does both by itself."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from .opening import add_home, day, with_application

if TYPE_CHECKING:
    from ...application.analytics.scoring import PassReport
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--full", action="store_true", help="everyone, not only those with new evidence")
    parser.add_argument("--as-of", metavar="DATE", help="as if that day had just ended; kept in the history only")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    return with_application(args, lambda application: _score(args, application))


async def _score(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_json  # noqa: PLC0415  the command line starts light

    handler = application.root.analytics.score_profiles()
    day_of = None if args.as_of is None else day("--as-of", args.as_of)
    reports = await handler.everywhere(full=args.full, day=day_of)
    if args.json:
        print_json([asdict(report) for report in reports])
    else:
        print(*(_line(report) for report in reports if report.profiles or report.owner is None), sep="\n")
    return 0


def _line(report: PassReport) -> str:
    whose = "everybody's evidence" if report.owner is None else f"evidence of organisation {report.owner}"
    computed = "1 profile" if report.profiles == 1 else f"{report.profiles} profiles"
    return f"{whose}, {report.day}: computed {computed}, {report.stored} changed, {report.standings} standings moved"
