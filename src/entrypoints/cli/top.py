"""Rank influencers by Social Score, and say what each score is made of and how sure it is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .opening import WrongArgument, add_home, network, with_application

if TYPE_CHECKING:
    from ...application.analytics.views import InfluencerLine, Standing
    from ..container import Application

_NAMES = ("engagement", "reach", "growth", "sentiment", "consistency", "audience_quality")
_MOST = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--network", help="rank by the score on this network")
    parser.add_argument("-n", type=int, default=20, metavar="N", help=f"how many, up to {_MOST} (20)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--csv", action="store_true", help="print CSV")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    if not 1 <= args.n <= _MOST:
        raise WrongArgument(f"-n: {args.n} is not between 1 and {_MOST}")
    return with_application(args, lambda application: _print(args, application))


async def _print(args: argparse.Namespace, application: Application) -> int:
    from .tables import print_csv, print_json  # noqa: PLC0415  the command line starts light

    views, chosen = application.root.analytics.influencer_views(), network("--network", args.network)
    lines = await views.top(await application.actor(), network=chosen, limit=args.n)
    known = application.root.plugins().networks()
    # Accounts of a network whose plugin is gone are ranked all the same.
    if not lines and chosen is not None and chosen not in known:
        raise WrongArgument(f"--network: no such network here: {chosen!r}; there are {', '.join(sorted(known))}")
    rows = [_row(rank, line) for rank, line in enumerate(lines, start=1)]
    if args.json:
        print_json(rows)
    elif args.csv:
        print_csv(list(rows[0]) if rows else [], [_flat(row) for row in rows])
    else:
        print("\n".join(_told(row) for row in rows) or "nobody has a score yet; import something, then: analisa score")
    return 0


def _row(rank: int, line: InfluencerLine) -> dict[str, Any]:
    standing = _standing(line)
    return {
        "rank": rank,
        "name": line.name,
        "profiles": [f"{each.network}:{each.handle or each.network_id}" for each in line.profiles],
        "score": standing.score,
        "half_width": standing.half_width,
        "confidence": standing.confidence,
        "followers": standing.followers,
        "as_of": standing.as_of,
        **{f"points_{name}": points for name, points in zip(_NAMES, standing.contributions, strict=True)},
        "compared_with": compared_with(standing.seed_share),
        "reasons": list(standing.reasons),
        "own_evidence": standing.own,
    }


def _standing(line: InfluencerLine) -> Standing:
    if line.standing is None:
        raise ValueError(f"influencer {line.influencer_id} is ranked and has no standing")
    return line.standing


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {name: " ".join(value) if isinstance(value, list) else value for name, value in row.items()}


def _told(row: dict[str, Any]) -> str:
    followers = "followers unknown" if row["followers"] is None else f"{row['followers']:,} followers"
    points = ", ".join(f"{name.replace('_', ' ')} {row[f'points_{name}']:.1f}" for name in _NAMES)
    reasons = ", ".join(reason.replace("_", " ") for reason in row["reasons"])
    sure = f"{row['score']:.1f} ± {row['half_width']:.1f} (90 %), confidence {row['confidence']:.2f}"
    own = "; rests on your organisation's own evidence" if row["own_evidence"] else ""
    return "\n".join(
        (
            f"{row['rank']:>3}. {row['name']}  {sure}, {followers}, as of {row['as_of']}{own}",
            f"     {' '.join(row['profiles'])}",
            f"     points: {points}",
            f"     {row['compared_with']}" + (f"; {reasons}" if reasons else ""),
        )
    )


def compared_with(shares: Sequence[float | None]) -> str:
    """Say in words how far the comparison rests on published figures instead of accounts seen here."""
    measured = [share for share in shares if share]
    if not measured:
        return "compared with accounts seen here, or with nobody"
    low, high = (round(100 * share) for share in (min(measured), max(measured)))
    if low == 100:
        return "compared with published figures only: too few accounts seen here"
    between = f"{low} %" if low == high else f"{low} to {high} %"
    return f"compared with published figures by {between}, else with accounts seen here"
