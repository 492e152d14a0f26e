"""The profiles of a block as rows: what they look like, how they were read, who follows them.

Every function shows the first *creators* creators of the block. Rows stand creator by creator, so these are always
the first rows.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...domain.collection.records import LIFETIME
from .audience import COUNTRY_KEYS, GENDER_AGE_KEYS, UNIT
from .block import Block
from .columns import Columns, counts, each, instants, known
from .creators import ACCOUNTS_OF_BRANDS, ACCOUNTS_OF_PERSONS
from .draw import Indices, Purpose, Values
from .habits import NETWORKS, NICHES, profile_url
from .posting import DAY
from .words import handle

NETWORK_NAMES: Final = tuple(habits.name for habits in NETWORKS)
PANEL: Final = "sample-panel"
"""The invented third party whose averages some profiles have."""


def profile_rows(block: Block, creators: int) -> Columns:
    drawn, people = block.profiles, block.creators
    rows = block.profiles_of(creators)
    creator = drawn.creator[:rows]
    network = drawn.network[:rows]
    names = each([block.name(position) for position in range(creators)], creator)
    handles = [
        handle(str(name), number, separator="_" if NETWORK_NAMES[position] == "x" else ".")
        for name, number, position in zip(names, drawn.number.tolist(), network.tolist(), strict=False)
    ]
    countries = [block.country(position) for position in creator.tolist()]
    return {
        "network": each(NETWORK_NAMES, network),
        "profile_id": [*block.profile_ids(creators)],
        "handle": [*handles],
        "display_name": names,
        "url": [profile_url(NETWORKS[at], name) for at, name in zip(network.tolist(), handles, strict=True)],
        "bio": each([block.bio(position) for position in range(creators)], creator),
        "category": each(NICHES, people.niche[creator]),
        "country": [country.code for country in countries],
        "language": [country.language for country in countries],
        "is_verified": drawn.verified[:rows].tolist(),
        "account_type": _accounts(block, rows),
        "created_at": instants(block.span.start - np.floor(drawn.older_days[:rows] * DAY).astype(np.int64)),
        "observed_at": instants(_last_reading(block)[:rows]),
    }


def _accounts(block: Block, rows: int) -> list[object]:
    brand = block.creators.brand[block.profiles.creator[:rows]].tolist()
    kinds = block.profiles.account[:rows].tolist()
    return [
        (ACCOUNTS_OF_BRANDS if is_brand else ACCOUNTS_OF_PERSONS)[kind]
        for is_brand, kind in zip(brand, kinds, strict=True)
    ]


def _last_reading(block: Block) -> Indices:
    return block.span.until - DAY + block.profiles.minute * 60


def reading_rows(block: Block, creators: int, daily_share: float) -> Columns:
    """Followers and totals, every day for *daily_share* of the profiles, else weekly; one in fifty was missed."""
    chance = block.stream(Purpose.READINGS)
    drawn, span = block.profiles, block.span
    day = np.arange(span.days)
    due = (drawn.daily[:, None] < daily_share) | ((span.days - 1 - day) % 7 == drawn.number[:, None] % 7)
    taken = due & (chance.random(due.shape) >= 0.02)
    taken[block.profiles_of(creators) :] = False
    row, on = np.nonzero(taken)
    network = drawn.network[row]
    rounds = _ROUNDS[network]
    followers = block.growth.total[row, on].astype(np.int64)
    return {
        "network": each(NETWORK_NAMES, network),
        "profile_id": each(block.profile_ids(creators), row),
        "observed_at": instants(span.start + on * DAY + drawn.minute[row] * 60),
        "followers": np.where(rounds, _three_digits(followers), followers).tolist(),
        "following": drawn.following[row].tolist(),
        "posts": _posts_so_far(block)[row, on].tolist(),
        "total_likes": known(_total(block, 9.0, 30.0, each_new=3.0)[row, on], network == NETWORK_NAMES.index("tiktok")),
        "total_views": known(
            _total(block, 40.0, 400.0, each_new=40.0)[row, on], network == NETWORK_NAMES.index("youtube")
        ),
        "precision": ["rounded" if flag else "exact" for flag in rounds.tolist()],
    }


_ROUNDS: Final = np.array([habits.followers_precision == "rounded" for habits in NETWORKS])


def _three_digits(followers: Indices) -> Indices:
    """Round down to three digits, as YouTube shows subscribers."""
    step = np.ones_like(followers)
    for digits in range(3, 12):
        step = np.where(followers >= 10**digits, 10 ** (digits - 2), step)
    return followers // step * step


def _posts_so_far(block: Block) -> Indices:
    """Posts of each profile at the end of each day, those from before the world's first day among them."""
    drawn, posts, days = block.profiles, block.posts, block.span.days
    cell = posts.profile * days + block.span.day(posts.published)
    made = np.bincount(cell, minlength=len(drawn) * days).reshape(len(drawn), days)
    before = np.floor(drawn.older_days / 7.0 * drawn.posts_per_week * 0.6).astype(np.int64)
    return before[:, None] + np.cumsum(made, axis=1)


def _total(block: Block, low: float, high: float, each_new: float) -> Indices:
    """A count over the profile's whole life, by profile and day, that only ever rises.

    Every real follower won brings *each_new* more, for they came through what they saw; bought ones bring nothing.
    """
    drawn, days = block.profiles, block.span.days
    whole = drawn.followers * (low + (high - low) * drawn.totals)
    steadily = whole[:, None] * (0.7 + 0.3 * (np.arange(days) + 1) / days)
    won = np.maximum(np.diff(block.growth.organic, axis=1, prepend=block.growth.organic[:, :1]), 0.0)
    return np.floor(steadily + each_new * np.cumsum(won, axis=1)).astype(np.int64)


def audience_rows(block: Block, creators: int) -> Columns:
    drawn = block.audience
    rows = int(np.searchsorted(drawn.profile, block.profiles_of(creators)))
    parts = np.concatenate([drawn.country[:rows], drawn.gender_age[:rows]], axis=1)
    profile = np.repeat(drawn.profile[:rows], parts.shape[1])
    dimensions = ["country"] * len(COUNTRY_KEYS) + ["gender_age"] * len(GENDER_AGE_KEYS)
    return {
        "network": each(NETWORK_NAMES, block.profiles.network[profile]),
        "profile_id": each(block.profile_ids(creators), profile),
        "observed_at": instants(_last_reading(block)[profile]),
        "scope": [LIFETIME] * len(profile),
        "dimension": [*dimensions] * rows,
        "key": [*COUNTRY_KEYS, *GENDER_AGE_KEYS] * rows,
        "value": (parts.ravel() / UNIT).tolist(),
        "unit": ["share"] * len(profile),
    }


def average_rows(block: Block, creators: int) -> Columns:
    """What an invented panel reports of one profile in ten: means over the posts of the last 30 days, a little off."""
    chance = block.stream(Purpose.AVERAGES)
    count = len(block.profiles)
    watched = chance.random(count) < 0.1
    error = np.exp(0.03 * chance.standard_normal(count))
    likes, comments, views = (_mean(block, name) * error for name in ("likes", "comments", "views"))
    sample = _recent_posts(block)
    row = np.nonzero(watched & (sample > 0) & (np.arange(count) < block.profiles_of(creators)))[0]
    return {
        "network": each(NETWORK_NAMES, block.profiles.network[row]),
        "profile_id": each(block.profile_ids(creators), row),
        "observed_at": instants(_last_reading(block)[row]),
        "scope": ["P30D"] * len(row),
        "source": [PANEL] * len(row),
        "avg_views": _rounded(views[row]),
        "avg_likes": _rounded(likes[row]),
        "avg_comments": _rounded(comments[row]),
        "avg_interactions": _rounded((likes + comments)[row]),
        "sample": counts(sample[row]),
    }


def _newest_of_recent_posts(block: Block) -> tuple[Indices, Indices]:
    """Give the newest snapshot of every post of the last 30 days that has one, and its profile."""
    seen, posts = block.snapshots, block.posts
    newest = np.append(seen.post[1:] != seen.post[:-1], True)[: len(seen)]
    recent = posts.published[seen.post] >= block.span.until - 30 * DAY
    rows = np.nonzero(newest & recent)[0]
    return rows, posts.profile[seen.post[rows]]


def _recent_posts(block: Block) -> Values:
    _, profile = _newest_of_recent_posts(block)
    return np.bincount(profile, minlength=len(block.profiles)).astype(np.float64)


def _mean(block: Block, name: str) -> Values:
    """Mean of a count by profile; NaN where no post shows it."""
    rows, profile = _newest_of_recent_posts(block)
    values: Values = getattr(block.snapshots, name)[rows]
    shown = ~np.isnan(values)
    sums = np.bincount(profile[shown], weights=values[shown], minlength=len(block.profiles))
    posts = np.bincount(profile[shown], minlength=len(block.profiles))
    return np.where(posts > 0, sums / np.maximum(posts, 1), np.nan)


def _rounded(values: Values) -> list[object]:
    return known(np.round(values, 2), ~np.isnan(values))
