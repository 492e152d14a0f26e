"""Print how a profile moves: slopes, changes of pace, weekly beat, sudden steps of followers, posts out of line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .opening import add_home, moment, profile, with_application

if TYPE_CHECKING:
    from ...application.analytics.trends import ProfileTrends
    from ...domain.analytics.trend import Trend
    from ..container import Application

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("profile", metavar="NETWORK:ID-OR-HANDLE")
    parser.add_argument("--as-of", metavar="T", help="leave out what came after it")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_home(parser)


def run(args: argparse.Namespace) -> int:
    return with_application(args, lambda application: _print(args, application))


async def _print(args: argparse.Namespace, application: Application) -> int:
    from ...application.analytics.trends import ShowTrends  # noqa: PLC0415  the command line starts light
    from .tables import print_json  # noqa: PLC0415

    analytics, actor = application.root.analytics, await application.actor()
    profile_id = await analytics.profile_views().find(actor, profile(args.profile))
    as_of = None if args.as_of is None else moment("--as-of", args.as_of)
    found = await analytics.show_trends()(ShowTrends(actor=actor, profile_id=profile_id, as_of=as_of))
    if args.json:
        print_json(_plain(found))
    else:
        print(*_lines(found), sep="\n")
    return 0


def _plain(found: ProfileTrends) -> dict[str, Any]:
    series = {
        metric: [
            asdict(trend) | {"start": _day(trend.start), "end": _day(trend.end)} | _changes(trend) for trend in some
        ]
        for metric, some in found.series.items()
    }
    return {
        "series": series,
        "steps": [asdict(step) for step in found.steps],
        "odd_posts": [asdict(post) for post in found.odd_posts],
    }


def _changes(trend: Trend) -> dict[str, Any]:
    return {"changes": [asdict(change) | {"at": _day(change.at)} for change in trend.changes]}


def _day(instant: int) -> str:
    from ...application.analytics.instants import datetime_of  # noqa: PLC0415

    return datetime_of(instant).date().isoformat()


def _lines(found: ProfileTrends) -> Iterator[str]:
    for metric, some in found.series.items():
        name, told = metric.replace("_", " "), [trend for trend in some if trend.slope is not None]
        yield from (f"{name}, {line}" for trend in told for line in _told(trend))
        if len(told) < len(some):
            yield f"{name}: {len(some) - len(told)} stretches between long gaps are too short to have a slope"
    for step in found.steps:
        sign = "; views did not answer, or many left again" if step.suspected_purchase else ""
        yield f"followers came at once on {step.at:%Y-%m-%d}: {step.before:,} to {step.after:,}{sign} (a signal only)"
    for post in found.odd_posts:
        yield f"post {post.post} of {post.published_at:%Y-%m-%d}: {post.likes:,} likes stand out (z {post.z})"
    if not any(found.series.values()):
        yield "nothing was measured that could move"


def _told(trend: Trend) -> Iterator[str]:
    span = f"{_day(trend.start)} to {_day(trend.end)}, {trend.points} points"
    reasons = f" ({', '.join(reason.replace('_', ' ') for reason in trend.reasons)})" if trend.reasons else ""
    slope = trend.slope
    if slope is None:
        return
    sure = "" if slope.certain else ", direction not sure"
    yield f"{span}: {slope.per_day:+,.2f} a day ({slope.low:+,.2f} to {slope.high:+,.2f}, 95 %){sure}{reasons}"
    for change in trend.changes:
        yield f"another pace from {_day(change.at)}: {change.before:+,.2f} a day before, {change.after:+,.2f} after"
    if trend.season is not None:
        yield "weekly beat: " + ", ".join(
            f"{day} {effect:+,.1f}" for day, effect in zip(_DAYS, trend.season.effects, strict=True)
        )
