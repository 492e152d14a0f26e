"""Find influencers by a filter, as in the API: analisa find 'followers in 10k..50k and network = instagram' -q 'receita'."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from .opening import WrongArgument, add_home, with_application

if TYPE_CHECKING:
    from ...application.analytics.discovery.search import Found, FoundProfile
    from ..container import Application

_PAGE = 200
_MOST = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("filter", nargs="?", default="", help="whom to look for; everybody without it")
    parser.add_argument("-q", default="", metavar="WORDS", help="words of names, handles, bios, captions or hashtags")
    parser.add_argument("--sort", metavar="FIELD", help="smallest first, or -FIELD for largest first (-score)")
    parser.add_argument("-n", type=int, default=20, metavar="N", help="how many at the most (20)")
    parser.add_argument("--fields", action="store_true", help="list what a filter can ask for, and stop")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--csv", action="store_true", help="print CSV")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    if args.fields:
        return _print_fields()
    if not 1 <= args.n <= _MOST:
        raise WrongArgument(f"-n: {args.n} is not between 1 and {_MOST}")
    return with_application(args, lambda application: _print(args, application))


def _print_fields() -> int:
    from ...application.analytics.discovery.fields import FIELDS, UNANSWERABLE  # noqa: PLC0415  starts light

    width = max(len(field.name) for field in FIELDS)
    for field in FIELDS:
        values = f" ({', '.join(field.values)})" if field.values else ""
        print(f"{field.name:<{width}}  {field.kind:<7}  {field.meaning}{values}")
    for name, reason in UNANSWERABLE.items():
        print(f"{name:<{width}}  cannot be answered: {reason}")
    return 0


async def _print(args: argparse.Namespace, application: Application) -> int:
    from ...application.analytics.discovery.asking import asked  # noqa: PLC0415
    from .tables import print_csv, print_json  # noqa: PLC0415

    actor, discovery = await application.actor(), application.root.analytics.discovery()
    search = asked(actor, args.filter, args.q, args.sort, now=application.clock.now())
    found, after = list[Any](), None
    while len(found) < args.n:
        page = await discovery.search(actor, search, after=after, limit=min(_PAGE, args.n - len(found)))
        found += page.items
        after = page.next
        if after is None:
            break
    rows = [_row(each) for each in found]
    if args.json:
        print_json(rows)
    elif args.csv:
        print_csv(list(rows[0]) if rows else [], rows)
    else:
        print("\n".join(_told(row) for row in rows) or "nobody is found by that")
    return 0


def _row(found: Found) -> dict[str, Any]:
    best = next((each for each in found.profiles if each.matched), None)
    return {
        "name": found.name,
        "profile": None if best is None else _named(best),
        "score": None if found.standing is None else found.standing.score,
        **{
            name: None if best is None else getattr(best, name)
            for name in ("followers", "er", "avg_views", "growth_30d", "posts_per_week", "country", "last_post")
        },
    }


def _named(profile: FoundProfile) -> str:
    return f"{profile.network}:{profile.handle or profile.network_id}"


def _told(row: dict[str, Any]) -> str:
    score = "  no score" if row["score"] is None else f"{row['score']:>10.1f}"
    followers = "followers unknown" if row["followers"] is None else f"{row['followers']:,} followers"
    rate = "" if row["er"] is None else f", {row['er']:.2f} % engagement"
    return f"{score}  {row['name']}  {row['profile'] or 'no profile'}  {followers}{rate}"
