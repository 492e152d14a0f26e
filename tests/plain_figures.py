"""The same figures once more, from the words of the definitions: plain Python over lists, sharing no line with numpy.

Sums are exact (`math.fsum`), medians are `statistics.median`. Missing is None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

from analisa.domain.analytics.columns import NO_TIME, POST_TYPES
from tests.columns import Post, Profile, Reading

DAY = 86_400_000_000
Plain = dict[str, float | str | None]


def known(value: float) -> float | None:
    return None if math.isnan(value) else value


def interactions(post: Post) -> float | None:
    parts = [part for part in (post.likes, post.comments, post.shares, post.saves) if known(part) is not None]
    return math.fsum(parts) if parts else None


def share(above: float | None, below: float) -> float | None:
    if above is None or known(below) is None or known(above) is None or below <= 0:
        return None
    return above / below * 100


def _mean(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return math.fsum(there) / len(there) if there else None


def _median(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return median(there) if there else None


def _sum(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return math.fsum(there) if there else None


def plain_figures(profile: Profile, ref: int) -> Plain:
    """Every general figure but ranks, which need the others."""
    posts = profile.posts
    return {
        "posts": len(posts),
        **_tallies(posts),
        **_rates(posts),
        **_cadence(posts, ref),
        **_years(posts),
        **_following(profile),
        **_again(posts),
        **_private(posts),
        **_names(profile),
        **{f"posts_{kind}": sum(post.type == kind for post in posts) for kind in POST_TYPES},
    }


def _tallies(posts: list[Post]) -> Plain:
    answer: Plain = {}
    for metric in ("likes", "comments", "shares", "saves", "views", "reach", "interactions"):
        values = [interactions(post) if metric == "interactions" else known(getattr(post, metric)) for post in posts]
        answer[f"sum_{metric}"] = _sum(values)
        answer[f"mean_{metric}"] = _mean(values)
        answer[f"median_{metric}"] = _median(values)
        answer[f"missing_{metric}"] = values.count(None) if posts else None
    return answer


def _rates(posts: list[Post]) -> Plain:
    rates: dict[str, Callable[[Post], float | None]] = {
        "er_followers": lambda post: share(interactions(post), post.followers),
        "view_rate": lambda post: share(post.views, post.followers),
        "er_views": lambda post: share(interactions(post), post.views),
        "er_reach": lambda post: share(interactions(post), post.reach),
        "er_impressions": lambda post: share(interactions(post), post.impressions),
        "likes_per_follower": lambda post: share(post.likes, post.followers),
    }
    answer: Plain = {}
    for name, rate in rates.items():
        answer[f"{name}_mean_pct"] = _mean(map(rate, posts))
        answer[f"{name}_median_pct"] = _median(map(rate, posts))
    for column, part in (
        ("er_views_pooled_pct", interactions),
        ("likes_per_view_pooled_pct", lambda p: known(p.likes)),
    ):
        seen = [(part(post), post.views) for post in posts if post.views > 0 and part(post) is not None]
        answer[column] = share(_sum(above for above, _ in seen), _sum(views for _, views in seen) or math.nan)
    answer["er_recent_pct"] = _recent_rate(posts)
    return answer


def _recent_rate(posts: list[Post]) -> float | None:
    dates = sorted((post.published_at for post in posts), reverse=True)
    newest = [p for p in posts if p.published_at != NO_TIME and p.published_at >= dates[:12][-1]]
    likes, comments = (_mean(known(getattr(post, name)) for post in newest) for name in ("likes", "comments"))
    followers = _mean(known(post.followers) for post in newest)
    return None if likes is None or followers is None else share(likes + (comments or 0), followers)


def _cadence(posts: list[Post], ref: int) -> Plain:
    dates = sorted(post.published_at for post in posts if post.published_at != NO_TIME)
    span = dates[-1] - dates[0] if dates else 0
    return {
        "first_post_utc": dates[0] if dates else None,
        "last_post_utc": dates[-1] if dates else None,
        "posts_per_week": (len(dates) - 1) / (span / DAY) * 7 if span else None,
        "median_gap_hours": _median((b - a) / 3_600_000_000 for a, b in pairwise(dates)),
        **{
            f"posts_last_{days}d": None if ref == NO_TIME else sum(ref - days * DAY < date <= ref for date in dates)
            for days in (28, 90)
        },
    }


def _years(posts: list[Post]) -> Plain:
    dated = [post for post in posts if post.published_at != NO_TIME]
    year = {id(post): datetime.fromtimestamp(post.published_at // 1_000_000, UTC).year for post in dated}
    medians = {
        each: _median(interactions(post) for post in dated if year[id(post)] == each)
        for each in sorted(set(year.values()))
    }
    answer: Plain = {f"median_interactions_{each}": value for each, value in medians.items()}
    for each, now in medians.items():
        before = medians.get(each - 1)
        change = (now / before - 1) * 100 if now is not None and before else None
        answer[f"median_interactions_change_{each - 1}_{each}_pct"] = change
    return answer


def _growth(readings: list[Reading], name: str) -> tuple[float | None, float | None, float | None]:
    there = [reading for reading in readings if known(getattr(reading, name)) is not None]
    if not there:
        return None, None, None
    days = (there[-1].observed_at - there[0].observed_at) / DAY
    return getattr(there[0], name), getattr(there[-1], name), days or None


def _following(profile: Profile) -> Plain:
    readings = profile.readings
    first, last, days = _growth(readings, "followers")
    views_first, views_last, views_days = _growth(readings, "total_views")
    return {
        "followers": last if profile.posts else None,
        "followers_first": first,
        "followers_last": last,
        "snap_first": readings[0].observed_at if readings else None,
        "snap_last": readings[-1].observed_at if readings else None,
        "snap_days": len({reading.observed_at // DAY for reading in readings}) or None,
        "follower_growth": last - first if days else None,
        "follower_growth_pct": (last / first - 1) * 100 if days and first else None,
        "follower_growth_per_day": (last - first) / days if days else None,
        "channel_views_growth_pct": (views_last / views_first - 1) * 100 if views_days and views_first else None,
        "channel_views_per_day": (views_last - views_first) / views_days if views_days else None,
        "tier": _tier(last or 0),
    }


def _tier(followers: float) -> str:
    tiers = ((1e6, "mega"), (5e5, "macro"), (5e4, "mid"), (1e4, "micro"), (1e3, "nano"))
    return next((name for least, name in tiers if followers >= least), "")


def _again(posts: list[Post]) -> Plain:
    again = [post for post in posts if post.first_observed_at is not None and post.first_observed_at < post.observed_at]
    both = [post for post in again if known(post.views) is not None and known(post.first_views) is not None]
    gained = _sum(post.views - post.first_views for post in both)
    before = _sum(post.first_views for post in both)
    seen = len(again) or None
    return {
        "videos_recrawled": seen,
        "videos_in_both": seen,
        "views_gained": gained,
        "views_gained_on_common": gained,
        "views_gained_on_common_pct": gained / before * 100 if gained is not None and before else None,
        "views_missing_in_recrawl": sum(known(post.views) is None for post in again) if seen else None,
        "videos_with_falling_views": sum(post.views < post.first_views for post in both) if seen else None,
    }


def _private(posts: list[Post]) -> Plain:
    def total(name: str) -> float | None:
        return _sum(known(getattr(post, name)) for post in posts)

    won, lost, seconds = total("subscribers_gained"), total("subscribers_lost"), total("watch_time_s")
    weighed = [p for p in posts if known(p.impressions) is not None and known(p.ctr_pct) is not None]
    shown = _sum(post.impressions for post in weighed)
    clicks = _sum(post.impressions * post.ctr_pct for post in weighed)
    return {
        "impressions": total("impressions"),
        "follows": total("follows"),
        "subs_gained": won,
        "subs_lost": lost,
        "net_subscribers": None if won is None or lost is None else won - lost,
        "watch_hours": None if seconds is None else seconds / 3600,
        "revenue_usd": total("revenue_usd"),
        "ctr_weighted_pct": clicks / shown if clicks is not None and shown else None,
    }


def _names(profile: Profile) -> Plain:
    newest = max(profile.names, key=lambda name: (name[1], name[0]))[0] if profile.names else ""
    return {
        "profile_name_last": newest,
        "title_last": newest,
        "profile_names_all": "|".join(sorted(name for name, _ in profile.names)),
        "n_names": len(profile.names),
    }
