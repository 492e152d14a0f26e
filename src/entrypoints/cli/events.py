"""List events of the outbox, those that failed for good first of all, and send them again."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .opening import WrongArgument, add_home, with_application

if TYPE_CHECKING:
    from ..container import Application

STATES = ("dead", "waiting", "done")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=STATES, default="dead", help="which events to list (dead)")
    parser.add_argument("-n", "--limit", type=int, default=50, help="how many at the most, the newest first (50)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--redrive", metavar="ID", action="append", help="let this dead event be tried again; repeatable"
    )
    parser.add_argument("--redrive-all", action="store_true", help="let every dead event be tried again")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    """List events, or redrive some: 1 when one that was named is not dead."""
    if args.limit < 1:
        raise WrongArgument(f"--limit: {args.limit} is not a number of events; write 1 or more")
    chosen = [_id(text) for text in args.redrive or []]
    if chosen or args.redrive_all:
        return with_application(args, lambda application: _redrive(application, chosen, everything=args.redrive_all))
    return with_application(args, lambda application: _list(application, args))


async def _list(application: Application, args: argparse.Namespace) -> int:
    from ...adapters.postgres import outbox  # noqa: PLC0415  the command line starts light

    async with outbox.changing(application.database) as connection:
        events = await outbox.look(connection, state=args.state, limit=args.limit)
    for event in events:
        print(json.dumps(event, default=str) if args.json else _line(event))
    if not events and not args.json:
        print(f"no {args.state} events")
    return 0


def _line(event: Mapping[str, Any]) -> str:
    cause = f": {event['last_error']}" if event["last_error"] else ""
    told = f"{event['recorded_at']:%Y-%m-%d %H:%M:%SZ}  {event['id']}  {event['name']}  {event['attempts']} attempts"
    return f"{told}{cause}".replace("\n", " ")


async def _redrive(application: Application, chosen: list[UUID], *, everything: bool) -> int:
    from ...adapters.postgres import outbox  # noqa: PLC0415

    missed = 0
    async with outbox.changing(application.database) as connection:
        if everything:
            chosen = [event["id"] for event in await outbox.look(connection, state="dead", limit=100_000)]
        for event_id in chosen:
            if await outbox.redrive(connection, event_id):
                print(f"{event_id} will be tried again")
            else:
                missed += 1
                print(f"analisa: {event_id} is not a dead event; analisa events lists them", file=sys.stderr)
    return 1 if missed else 0


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise WrongArgument(f"--redrive: {text!r} is not an event's id; analisa events lists them") from error
