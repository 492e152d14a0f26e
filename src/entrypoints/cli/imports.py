"""Look at imports, and list, export, mend and retry the rows that they quarantined.

    analisa imports                                  the newest imports
    analisa imports ID                               one import, with its report
    analisa imports findings ID [--severity S]       what was found in its files
    analisa imports quarantine ID [--export FILE]    rows that wait; FILE (.csv, .jsonl) is for mending them
    analisa imports retry ID --file FILE             read the mended rows again, as the import did
    analisa imports drop ID [--finding N ...]        give rows up

Exit status: 0 done, 1 rows still wait, 2 refused, 3 a service is away.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from .import_ import QUARANTINED, WrongUse, print_json, tell

if TYPE_CHECKING:
    from ...application.shared.actor import Actor
    from ..container import Application

_ACTIONS = ("findings", "quarantine", "retry", "drop")
_SEVERITIES = ("quarantined", "conflict", "flagged", "left_out")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "what", nargs="*", metavar="[ACTION] [ID]", help=f"an import, after one of {', '.join(_ACTIONS)}"
    )
    parser.add_argument("--severity", choices=_SEVERITIES, help="with findings: only those")
    parser.add_argument("--export", type=Path, metavar="FILE", help="with quarantine: write the rows to a new file")
    parser.add_argument("--file", type=Path, metavar="FILE", help="with retry: the mended rows (CSV, XLSX or JSONL)")
    parser.add_argument("--encoding", help="with retry: the encoding of FILE, where it is not UTF-8 (cp1252)")
    parser.add_argument(
        "--finding", type=int, action="append", default=[], metavar="N", help="with drop: only this one"
    )
    parser.add_argument("--limit", type=int, default=50, help="the most lines to print (50)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--home", help="the installation's directory")


def run(args: argparse.Namespace) -> int:
    action, import_id = _asked(args.what)
    return asyncio.run(_act(args, action, import_id))


def _asked(words: list[str]) -> tuple[str, UUID | None]:
    action = words[0] if words and words[0] in _ACTIONS else ""
    rest = words[1:] if action else words
    if len(rest) > 1 or (action and not rest):
        raise WrongUse(f"name one import: analisa imports {action or '[ACTION]'} ID")
    try:
        return action, UUID(rest[0]) if rest else None
    except ValueError as error:
        known = f"an import's id, or one of {', '.join(_ACTIONS)} before it"
        raise WrongUse(f"{rest[0]!r} is not {known}; analisa imports lists them") from error


async def _act(args: argparse.Namespace, action: str, import_id: UUID | None) -> int:
    from ..container import open_application  # noqa: PLC0415  the command line starts light
    from ..settings import read_settings  # noqa: PLC0415

    async with open_application(read_settings(home=args.home)) as application:
        actor = await application.actor()
        if import_id is None:
            return await _list(args, application, actor)
        if not action:
            return await tell(application, import_id, as_json=args.json)
        acts = {"findings": _findings, "quarantine": _quarantine, "retry": _retry, "drop": _drop}
        return await acts[action](args, application, actor, import_id)


async def _list(args: argparse.Namespace, application: Application, actor: Actor) -> int:
    from .reporting import import_line  # noqa: PLC0415

    page = await application.root.collection.views().page(actor, limit=args.limit)
    if args.json:
        print_json(page.items)
    else:
        print(
            *[import_line(line) for line in page.items] or ["no import yet: analisa import PATH brings something in"],
            sep="\n",
        )
    return 0


async def _findings(args: argparse.Namespace, application: Application, actor: Actor, import_id: UUID) -> int:
    from ...domain.collection.batch import Severity  # noqa: PLC0415
    from .reporting import examples  # noqa: PLC0415

    severity = None if args.severity is None else Severity(args.severity)
    views = application.root.collection.views()
    page = await views.findings(actor, import_id, severity=severity, limit=args.limit)
    if args.json:
        print_json(page.items)
    else:
        print(*examples(page.items), sep="\n")
        if page.next is not None:
            print("and more: raise --limit (200 at most), or narrow with --severity")
    return 0


async def _quarantine(args: argparse.Namespace, application: Application, actor: Actor, import_id: UUID) -> int:
    if args.export is None:
        args.severity = "quarantined"
        return await _findings(args, application, actor, import_id)
    from ...application.collection.mending import ExportQuarantine  # noqa: PLC0415
    from ...domain.shared.ids import ImportId  # noqa: PLC0415

    command = ExportQuarantine(actor=actor, import_id=ImportId(import_id), target=args.export.absolute())
    number = await application.root.collection.mending().export(command)
    print(
        f"{args.export}: {number} rows. Mend the cells, leave the columns that begin with _ as they are, "
        f"and run: analisa imports retry {import_id} --file {args.export}"
    )
    return 0


async def _retry(args: argparse.Namespace, application: Application, actor: Actor, import_id: UUID) -> int:
    if args.file is None:
        raise WrongUse("say which file holds the mended rows: --file FILE")
    from ...application.collection.imports import CarryOutImport, RetryImport  # noqa: PLC0415
    from ...domain.shared.ids import ImportId  # noqa: PLC0415

    collection = application.root.collection
    retry = RetryImport(actor=actor, import_id=ImportId(import_id), mended=args.file.absolute(), encoding=args.encoding)
    job = await collection.retry_import()(retry)
    await collection.importer().carry_out(CarryOutImport(actor=actor, import_id=job.id))
    await tell(application, job.id, as_json=args.json)
    waiting = (await collection.views().detail(actor, import_id)).line.quarantined
    if not args.json:
        said = {0: "no row waits", 1: "1 row still waits"}.get(waiting, f"{waiting:,} rows still wait")
        print(f"{said} in the quarantine of import {import_id}")
    return QUARANTINED if waiting else 0


async def _drop(args: argparse.Namespace, application: Application, actor: Actor, import_id: UUID) -> int:
    from ...application.collection.mending import DropQuarantined  # noqa: PLC0415
    from ...domain.shared.ids import ImportId  # noqa: PLC0415

    command = DropQuarantined(actor=actor, import_id=ImportId(import_id), findings=args.finding)
    print(f"{await application.root.collection.mending().drop(command)} rows were given up")
    return 0
