"""The seven kinds of record that every import and export speaks: `creator-archive` 1.0, as data.

A field has a name and a kind; a table has fields and a key. Readers turn a file's cells into these kinds, stores
keep them. Missing is None, never 0; an observed zero is 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a field holds once it has been read."""

    TEXT = "text"
    """str without NUL and lone surrogates."""
    INTEGER = "integer"
    """int, not negative unless the field says so, below 2**63."""
    DECIMAL = "decimal"
    """float, finite."""
    INSTANT = "instant"
    """datetime, aware, UTC."""
    BOOLEAN = "boolean"
    WORDS = "words"
    """tuple of str: hashtags without #."""
    OBJECT = "object"
    """dict of JSON values, for `extra`."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Kind
    one_of: frozenset[str] | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of record. *key* names the fields that tell two records apart, beside their owner."""

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    required: tuple[str, ...]
    """Fields without which a record means nothing; the key may hold more (an empty scope means `lifetime`)."""

    def field(self, name: str) -> Field:
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


def _text(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Kind.TEXT) for name in names)


def _counts(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Kind.INTEGER) for name in names)


def _decimals(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Kind.DECIMAL) for name in names)


PRECISIONS = frozenset({"exact", "rounded", "compact"})
"""exact; rounded (YouTube subscribers, three digits); compact (`1.4M`, so ±0.05 of the unit)."""

ACCOUNT_TYPES = frozenset({"personal", "creator", "business", "government", "media"})
POST_TYPES = frozenset({"image", "carousel", "video", "reel", "short", "story", "text", "link", "live"})
PUBLISHED_PRECISIONS = frozenset({"second", "minute", "day"})
DIMENSIONS = frozenset({"country", "city", "gender", "age", "gender_age", "language", "subscriber_status", "device"})
UNITS = frozenset({"share", "count"})
LIFETIME = "lifetime"

_EXTRA = (Field("extra", Kind.OBJECT),)
_PRECISION = (Field("precision", Kind.TEXT, one_of=PRECISIONS),)
_OBSERVED = (Field("observed_at", Kind.INSTANT),)

PROFILES = Table(
    "profiles",
    key=("network", "profile_id"),
    required=("network", "profile_id"),
    fields=(
        *_text("network", "profile_id", "handle", "display_name", "url", "bio", "category", "country", "language"),
        Field("is_verified", Kind.BOOLEAN),
        Field("account_type", Kind.TEXT, one_of=ACCOUNT_TYPES),
        Field("created_at", Kind.INSTANT),
        *_OBSERVED,
        *_EXTRA,
    ),
)
"""`observed_at` is ours: when the profile looked like this, if the file says so; the newest description wins."""

PROFILE_METRICS = Table(
    "profile_metrics",
    key=("network", "profile_id", "observed_at"),
    required=("network", "profile_id", "observed_at"),
    fields=(
        *_text("network", "profile_id"),
        *_OBSERVED,
        *_counts("followers", "following", "posts", "total_likes", "total_views"),
        *_PRECISION,
        *_EXTRA,
    ),
)

POSTS = Table(
    "posts",
    key=("network", "post_id"),
    required=("network", "post_id", "profile_id"),
    fields=(
        *_text("network", "post_id", "profile_id"),
        Field("published_at", Kind.INSTANT),
        Field("published_precision", Kind.TEXT, one_of=PUBLISHED_PRECISIONS),
        Field("type", Kind.TEXT, one_of=POST_TYPES),
        *_text("url", "title", "text", "language"),
        *_decimals("duration_s"),
        Field("hashtags", Kind.WORDS),
        Field("paid_partnership", Kind.BOOLEAN),
        *_OBSERVED,
        *_EXTRA,
    ),
)
"""`observed_at` is ours here too: a post that was edited, or announced anew, is as its newest description says."""

POST_METRICS = Table(
    "post_metrics",
    key=("network", "post_id", "observed_at", "scope"),
    required=("network", "post_id", "observed_at"),
    fields=(
        *_text("network", "post_id"),
        *_OBSERVED,
        *_text("scope"),
        *_counts(
            "views", "impressions", "reach", "likes", "dislikes", "comments", "shares", "saves", "clicks", "follows"
        ),
        *_decimals("watch_time_s"),
        *_PRECISION,
        *_EXTRA,
    ),
)

PROFILE_AVERAGES = Table(
    "profile_averages",
    key=("network", "profile_id", "observed_at", "scope", "source"),
    required=("network", "profile_id", "observed_at", "source"),
    fields=(
        *_text("network", "profile_id"),
        *_OBSERVED,
        *_text("scope", "source"),
        *_decimals("avg_views", "avg_likes", "avg_comments", "avg_shares", "avg_interactions"),
        *_counts("sample"),
        *_EXTRA,
    ),
)
"""A third party's aggregates, shown as `reported`; they feed figures, never the score."""

COMMENTS = Table(
    "comments",
    key=("network", "comment_id"),
    required=("network", "comment_id", "post_id"),
    fields=(
        *_text("network", "comment_id", "post_id", "parent_comment_id", "author_ref"),
        Field("published_at", Kind.INSTANT),
        *_text("text", "language"),
        *_counts("likes", "replies"),
        *_EXTRA,
    ),
)

AUDIENCE = Table(
    "audience",
    key=("network", "profile_id", "post_id", "observed_at", "scope", "dimension", "key"),
    required=("network", "profile_id", "observed_at", "dimension", "key", "value"),
    fields=(
        *_text("network", "profile_id", "post_id"),
        *_OBSERVED,
        *_text("scope"),
        Field("dimension", Kind.TEXT, one_of=DIMENSIONS),
        *_text("key"),
        *_decimals("value"),
        Field("unit", Kind.TEXT, one_of=UNITS),
        *_EXTRA,
    ),
)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (PROFILES, PROFILE_METRICS, POSTS, POST_METRICS, PROFILE_AVERAGES, COMMENTS, AUDIENCE)
}
"""In the order in which they must be stored: what others point to comes first."""
