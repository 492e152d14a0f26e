"""Print each profile's figures: posts, interactions, rates, growth, ranks. What a column means: docs/formulas.md."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .opening import WrongArgument, add_home, moment, network, profile, with_application

if TYPE_CHECKING:
    from ...application.analytics.figures import FigureTable, ShowFigures
    from ..container import Application


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--network", help="only profiles of this network")
    parser.add_argument("--profile", action="append", metavar="NETWORK:ID-OR-HANDLE", help="only this one; may repeat")
    parser.add_argument("--import", dest="import_id", metavar="ID", help="only profiles of which this import told news")
    parser.add_argument(
        "--as-of",
        default="latest-observation",
        metavar="T",
        help="what recent days look back from: a time (what came after it is left out), newest-post, or "
        "latest-observation (default)",
    )
    parser.add_argument("--by-year", action="store_true", help="add medians by year of publication")
    parser.add_argument("--rank-by", metavar="FIGURE", help="the figure that ranks, instead of the network's usual one")
    rows = parser.add_mutually_exclusive_group()
    rows.add_argument("--posts", action="store_true", help="one row per post instead of one per profile")
    rows.add_argument("--reported", action="store_true", help="what third parties reported: one row per list entry")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV (default)")
    form.add_argument("--json", action="store_true", help="print JSON")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    return with_application(args, lambda application: _print(args, application))


async def _print(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_csv, print_json, rows_of  # noqa: PLC0415  the command line starts light

    handler = application.root.analytics.show_figures()
    ask = handler.posts if args.posts else handler.reported if args.reported else handler
    table: FigureTable = await ask(await _command(args, application))
    rows: list[dict[str, Any]] = [
        {"network": network, "creator": creator, **row}
        for network, creator, row in zip(table.network, table.creator, rows_of(table.columns), strict=True)
    ]
    if args.json:
        print_json(rows)
    else:
        print_csv(["network", "creator", *table.columns], rows)
    return 0


async def _command(args: argparse.Namespace, application: Application) -> ShowFigures:
    from ...application.analytics.figures import LookBack, ShowFigures  # noqa: PLC0415
    from ...application.analytics.ports import Selection  # noqa: PLC0415

    actor = await application.actor()
    views = application.root.analytics.profile_views()
    chosen = [await views.find(actor, profile(text)) for text in args.profile or ()]
    return ShowFigures(
        actor=actor,
        selection=Selection(
            network=network("--network", args.network),
            import_id=_import_id(args.import_id),
            profiles=tuple(chosen) if args.profile else None,
        ),
        as_of=LookBack(args.as_of) if args.as_of in set(LookBack) else moment("--as-of", args.as_of),
        by_year=args.by_year,
        rank_by=args.rank_by,
    )


def _import_id(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError as error:
        raise WrongArgument(f"--import: {text!r} is not an import's id; analisa imports lists them") from error
