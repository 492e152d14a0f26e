"""What is true of a creator of the sample world though nobody could observe it: for tests and for measuring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from .block import Block
from .growth import NEVER, Shape
from .habits import NETWORKS
from .posting import DAY

KINDS: Final = ("negative", "neutral", "positive", "spam")
"""How a comment is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTruth:
    network: str
    profile_id: str
    shape: Shape
    jumped_on: date | None
    """The first day of a viral jump of its followers."""
    bought_on: tuple[date, ...]
    """The days on which followers were bought, first to last."""
    boosted_posts: tuple[str, ...]
    """Ids of posts whose likes were bought."""
    viral_posts: tuple[str, ...]
    paid_posts: tuple[str, ...]
    """Paid for, whether they say so or not."""
    hides_likes: bool
    dormant: bool
    """It stopped posting at least 50 days before the end."""
    polarity: tuple[float, float, float]
    """Chances that a comment, spam aside, is negative, neutral, positive."""
    comments: Mapping[str, str]
    """How each comment is meant, by its id: one of `KINDS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorTruth:
    number: int
    is_brand: bool
    profiles: tuple[ProfileTruth, ...]


def truth_of(block: Block, creator: int) -> CreatorTruth:
    """Say what is true of the creator at position *creator* of *block*."""
    rows = range(block.profiles_of(creator), block.profiles_of(creator + 1))
    return CreatorTruth(
        number=block.creators.first + creator,
        is_brand=bool(block.creators.brand[creator]),
        profiles=tuple(_profile(block, creator, row) for row in rows),
    )


def _profile(block: Block, creator: int, row: int) -> ProfileTruth:
    drawn, growth, posts = block.profiles, block.growth, block.posts
    first, last = np.searchsorted(posts.profile, [row, row + 1])
    ids = block.post_ids(creator + 1)[first:last]
    polarity = drawn.polarity[row].tolist()
    return ProfileTruth(
        network=NETWORKS[drawn.network[row]].name,
        profile_id=block.profile_ids(creator + 1)[row],
        shape=Shape(int(growth.shape[row])),
        jumped_on=_date(block, int(growth.jump[row])),
        bought_on=tuple(day for on in sorted(growth.purchases[row].tolist()) if (day := _date(block, on))),
        boosted_posts=_flagged(ids, posts.boosted[first:last].tolist()),
        viral_posts=_flagged(ids, posts.viral[first:last].tolist()),
        paid_posts=_flagged(ids, posts.paid[first:last].tolist()),
        hides_likes=bool(drawn.hides_likes[row]),
        dormant=bool(drawn.dormant_days[row] > 0),
        polarity=(polarity[0], polarity[1], polarity[2]),
        comments=_comments(block, creator, int(first), int(last)),
    )


def _date(block: Block, day: int) -> date | None:
    if day == NEVER:
        return None
    return datetime.fromtimestamp(block.span.start + day * DAY, UTC).date()


def _flagged(ids: list[str], flags: list[bool]) -> tuple[str, ...]:
    return tuple(identity for identity, flag in zip(ids, flags, strict=True) if flag)


def _comments(block: Block, creator: int, first_post: int, last_post: int) -> Mapping[str, str]:
    first, last = np.searchsorted(block.comments.post, [first_post, last_post])
    kinds = block.comments.kind[first:last].tolist()
    ids = block.comment_ids(creator + 1)[first:last]
    return {identity: KINDS[kind] for identity, kind in zip(ids, kinds, strict=True)}
