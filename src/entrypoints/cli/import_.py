"""Bring in files about creators: exports, archives and tables. What a file does not say is asked for, never guessed.

Exit status: 0 everything was stored, 1 finished, and rows wait in quarantine (or, with --dry-run, something is still
needed), 2 refused, 3 a service is away.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...domain.shared.errors import RuleViolated
from .opening import moment

if TYPE_CHECKING:
    from ...application.collection.imports import Preview
    from ...application.collection.ports import ImportOptions
    from ..container import Application

QUARANTINED = 1
_EXAMPLES = 5
_LARGEST_MAPPING = 1 << 20


class WrongUse(RuleViolated):
    """The command was called in a way that it cannot follow."""

    code = "cli.wrong_use"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder or a ZIP; several are one import")
    parser.add_argument("--reader", default="auto", help="who reads it; auto finds out (analisa plugins lists readers)")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="a TOML mapping for tables of any shape")
    parser.add_argument("--encoding", help="the files' encoding, where it is not UTF-8 (latin-1)")
    parser.add_argument("--profile", metavar="NETWORK:ID-OR-HANDLE", help="whose export it is, where it does not say")
    parser.add_argument("--observed-at", metavar="T", help="when it was taken: 2026-03-01T12:00Z, or a day (0:00 UTC)")
    parser.add_argument("--public", action="store_true", help="for everybody to see (observations only)")
    parser.add_argument(
        "--on-conflict",
        choices=("keep", "replace", "stop"),
        default="keep",
        help="when a row contradicts a stored one: keep the stored one (default), replace it, or stop",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and leave nothing behind")
    parser.add_argument("--suggest-mapping", action="store_true", help="write a mapping to edit, and do nothing else")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--home", help="the installation's directory")


def run(args: argparse.Namespace) -> int:
    options = _options(args)
    if args.suggest_mapping:
        return _suggest(options)
    return asyncio.run(_import(args, options))


def _options(args: argparse.Namespace) -> ImportOptions:
    from ...application.collection.ports import ImportOptions  # noqa: PLC0415  the command line starts light
    from ...domain.collection.conflict import OnConflict  # noqa: PLC0415

    return ImportOptions(
        paths=tuple(str(Path(path).absolute()) for path in args.paths),
        reader=None if args.reader == "auto" else args.reader,
        mapping=None if args.mapping is None else _mapping(args.mapping),
        profile=args.profile,
        observed_at=None if args.observed_at is None else moment("--observed-at", args.observed_at),
        encoding=args.encoding,
        public=args.public,
        on_conflict=OnConflict(args.on_conflict),
    )


def _mapping(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_MAPPING:
            raise WrongUse(f"--mapping: {path} is larger than a mapping can be; is it the data file?")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"--mapping: {path} cannot be read: {error}") from error


def _suggest(options: ImportOptions) -> int:
    """Print a mapping for the files; needs no database."""
    from ...application.collection.archives import ReadOptions, SourceLimits  # noqa: PLC0415
    from ...plugins.manager import installed  # noqa: PLC0415

    plugins = installed()
    source = plugins.open([Path(path) for path in options.paths], SourceLimits())
    try:
        reader = plugins.choose(source, options.reader)
        plan = reader.plan(source, ReadOptions(encoding=options.encoding, networks=plugins.networks()))
    finally:
        source.close()
    if not plan.suggestion:
        raise WrongUse(f"reader {reader.name} needs no mapping for {source.label}; import it as it is")
    print(plan.suggestion, end="" if plan.suggestion.endswith("\n") else "\n")
    return 0


async def _import(args: argparse.Namespace, options: ImportOptions) -> int:
    from ..container import open_application  # noqa: PLC0415
    from ..settings import read_settings  # noqa: PLC0415

    async with open_application(read_settings(home=args.home)) as application:
        if args.dry_run:
            return await _preview(args, options, application)
        return await _carry_out(args, options, application)


async def _preview(args: argparse.Namespace, options: ImportOptions, application: Application) -> int:
    from ...application.collection.imports import PreviewImport  # noqa: PLC0415

    importer = application.root.collection.importer()
    preview = await importer.preview(PreviewImport(actor=await application.actor(), options=options))
    if args.json:
        print_json(_preview_json(preview))
    else:
        _print_preview(preview)
    return QUARANTINED if preview.report is None or _quarantined(preview.report) else 0


def _print_preview(preview: Preview) -> None:
    from .reporting import plan_lines, report_lines  # noqa: PLC0415

    print(*plan_lines(preview.plan), sep="\n")
    if preview.report is not None:
        print("what would happen; nothing was kept:", *report_lines(preview.report), sep="\n")


def _preview_json(preview: Preview) -> dict[str, object]:
    plan = preview.plan
    return {
        "reader": plan.reader,
        "kind": plan.kind,
        "tables": plan.tables,
        "needs": plan.needs,
        "doubts": plan.doubts,
        "ignored": plan.ignored,
        "controls": plan.controls,
        "report": preview.report,
    }


async def _carry_out(args: argparse.Namespace, options: ImportOptions, application: Application) -> int:
    from ...application.collection.imports import CarryOutImport, NoteImport  # noqa: PLC0415
    from .progress import shown_progress  # noqa: PLC0415

    actor = await application.actor()
    collection = application.root.collection
    job = await collection.note_import()(NoteImport(actor=actor, options=options))
    if job.state == "running":
        print(f"analisa: going on with import {job.id}, which was interrupted", file=sys.stderr)
    with shown_progress(quiet=args.json) as watch:
        await collection.importer().carry_out(CarryOutImport(actor=actor, import_id=job.id), watch)
    return await tell(application, job.id, as_json=args.json)


async def tell(application: Application, import_id: Any, *, as_json: bool) -> int:
    """Print the report of a finished import and return the exit status that says whether rows wait."""
    from ...domain.collection.batch import Severity  # noqa: PLC0415
    from .reporting import examples, report_lines  # noqa: PLC0415

    views, actor = application.root.collection.views(), await application.actor()
    detail = await views.detail(actor, import_id)
    if as_json:
        print_json({"import_id": import_id, "state": detail.line.state, "report": detail.report})
        return QUARANTINED if detail.line.quarantined else 0
    seen = "for everybody to see" if detail.line.public else "private to your organisation"
    print(f"import {import_id}: reader {detail.report.reader}, {seen}", *report_lines(detail.report), sep="\n")
    if detail.line.quarantined:
        page = await views.findings(actor, import_id, severity=Severity.QUARANTINED, state="open", limit=_EXAMPLES)
        print(*examples(page.items), sep="\n")
        waiting = "1 row waits" if detail.line.quarantined == 1 else f"{detail.line.quarantined:,} rows wait"
        print(f"{waiting} in quarantine: analisa imports quarantine {import_id}")
    return QUARANTINED if detail.line.quarantined else 0


def _quarantined(report: Any) -> int:
    from ...domain.collection.batch import Severity  # noqa: PLC0415

    number: int = report.found(Severity.QUARANTINED)
    return number


def print_json(value: object) -> None:
    """Print *value* (dataclasses, mappings, sequences) as JSON."""
    import msgspec  # noqa: PLC0415

    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
