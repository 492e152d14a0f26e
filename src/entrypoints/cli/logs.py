"""Find the log lines of one request, task or event over all processes of the installation, in the order of time."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .opening import add_home

NOTHING_FOUND = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="trace")
    trace = what.add_parser("trace", help="the lines of one request")
    trace.add_argument("id", help="the X-Request-Id of an answer, or the request id that any log line carries")
    trace.add_argument("--json", action="store_true", help="print the lines as they were written")
    add_home(trace)


def run(args: argparse.Namespace) -> int:
    """Print the lines; 1 when there are none."""
    from ...adapters.observability.trace import for_people, lines_of  # noqa: PLC0415
    from ..settings import read_settings  # noqa: PLC0415

    folder: Path = read_settings(home=args.home).home / "logs"
    lines = lines_of(folder, args.id)
    for line in lines:
        print(json.dumps(line) if args.json else for_people(line))
    if not lines:
        print(f"analisa: no line of {args.id} in {folder}", file=sys.stderr)
        return NOTHING_FOUND
    return 0
