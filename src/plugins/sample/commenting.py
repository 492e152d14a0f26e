"""Who comments on which post, when, and how it is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .creators import Creators, Profiles
from .draw import Flags, Indices, Values, offsets, pick_by_row
from .habits import COUNTRIES, LANGUAGES
from .posting import DAY, Posts, Span

RECENT_DAYS: Final = 60
"""Only posts of the last so many days have comments kept."""
SPAM_SHARE: Final = 0.04


@dataclass(frozen=True, slots=True)
class Comments:
    """One row per comment, grouped by post, oldest first."""

    post: Indices
    """Position in `Posts`."""
    ordinal: Indices
    """0 for the first comment under the post."""
    published: Indices
    """Seconds since 1970."""
    kind: Indices
    """0 negative, 1 neutral, 2 positive, 3 spam: how it is meant."""
    author: Indices
    """Number of the author among those who follow the profile."""
    language: Indices
    """Position in `LANGUAGES`."""
    tagged: Flags
    """The network says which language it is."""
    reply: Flags
    """It answers the first comment under the post."""
    replies: Indices
    likes: Indices
    words: Values
    """Four draws in [0, 1) per comment, by which its words are chosen."""


def draw_comments(
    chance: np.random.Generator, creators: Creators, profiles: Profiles, posts: Posts, span: Span
) -> Comments:
    post, published = _moments(chance, profiles, posts, span)
    count = len(post)
    profile = posts.profile[post]
    ordinal = np.arange(count) - offsets(post, len(posts))[post]
    reply = (chance.random(count) < 0.08) & (ordinal > 0)
    answers = np.bincount(post[reply], minlength=len(posts))
    return Comments(
        post=post,
        ordinal=ordinal,
        published=published,
        kind=_kinds(chance, profiles, profile),
        author=_authors(chance, profiles, profile),
        language=_languages(chance, creators, profiles, profile),
        tagged=chance.random(count) < 0.8,
        reply=reply,
        replies=np.where(ordinal == 0, answers[post], 0),
        likes=np.floor(np.exp(1.2 * chance.standard_normal(count)) - 0.5).clip(0).astype(np.int64),
        words=chance.random((count, 4)),
    )


def _moments(chance: np.random.Generator, profiles: Profiles, posts: Posts, span: Span) -> tuple[Indices, Indices]:
    """Say which post is commented on when, sorted by both; most within the first day."""
    size = np.log10(np.maximum(profiles.followers, 10.0))[posts.profile]
    recent = posts.published >= span.until - RECENT_DAYS * DAY
    post = np.repeat(np.arange(len(posts)), chance.poisson(np.where(recent, 0.16 * size**1.2, 0.0)))
    delay = np.floor(6 * 3_600 * np.exp(1.4 * chance.standard_normal(len(post)))).astype(np.int64)
    published = posts.published[post] + 20 + delay
    known = published < span.until
    post, published = post[known], published[known]
    order = np.lexsort((published, post))
    return post[order], published[order]


def _kinds(chance: np.random.Generator, profiles: Profiles, profile: Indices) -> Indices:
    meant = profiles.polarity[profile] * (1.0 - SPAM_SHARE)
    return pick_by_row(chance, np.column_stack([meant, np.full(len(profile), SPAM_SHARE)]))


def _authors(chance: np.random.Generator, profiles: Profiles, profile: Indices) -> Indices:
    """A few of the followers say most of it."""
    crowd = np.minimum(profiles.followers[profile], 400.0)
    return np.floor(crowd * chance.random(len(profile)) ** 2).astype(np.int64)


def _languages(chance: np.random.Generator, creators: Creators, profiles: Profiles, profile: Indices) -> Indices:
    """The creator's own language, now and then another."""
    spoken = np.array([LANGUAGES.index(country.language) for country in COUNTRIES])
    own = spoken[creators.country[profiles.creator[profile]]]
    other = chance.random(len(profile)) < 0.06
    return np.asarray(np.where(other, (own + 1) % len(LANGUAGES), own), dtype=np.int64)
