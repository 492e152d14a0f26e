"""Observations of many profiles side by side: struct-of-arrays, grouped by profile, so a formula is written once.

Rows of profile *p* are `offsets[p]:offsets[p + 1]` of every array. Counts are float64 with NaN for "not known";
instants are int64 microseconds since 1970-01-01T00:00Z with `NO_TIME` for "not known".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Instants = NDArray[np.int64]
Offsets = NDArray[np.int64]

NO_TIME: Final = int(np.iinfo(np.int64).min)
SECOND: Final = 1_000_000
HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR

POST_TYPES: Final = ("image", "carousel", "video", "reel", "short", "story", "text", "link", "live")
"""What `PostColumns.type` counts through; -1 there is a post of unknown type."""


@dataclass(frozen=True, slots=True)
class PrivateColumns:
    """What only the owner of a profile is shown, row for row beside `PostColumns`; NaN where not known."""

    clicks: Values
    follows: Values
    """Followers that the post brought."""
    watch_time_s: Values
    subscribers_gained: Values
    subscribers_lost: Values
    revenue_usd: Values
    """Estimated revenue, where its currency is the US dollar."""
    ctr_pct: Values
    """Click-through rate of the impressions, 0-100."""


@dataclass(frozen=True, slots=True)
class PostColumns:
    """One row per post: its **latest lifetime snapshot as it stands**; no value is filled from an older snapshot.

    Within a profile rows stand in no promised order; a post stands once.
    """

    offsets: Offsets
    published_at: Instants
    observed_at: Instants
    """When the snapshot was taken."""
    views: Values
    impressions: Values
    reach: Values
    likes: Values
    dislikes: Values
    comments: Values
    shares: Values
    saves: Values
    followers: Values
    """Followers of the profile at the snapshot, as `readings.followers_at` finds them: the reading of that very
    instant (missing where it failed), else the latest good one on its UTC day or before, else the earliest."""
    first_observed_at: Instants
    """When the post's first lifetime snapshot was taken; equals `observed_at` for a post seen once."""
    first_views: Values
    """Views of that first snapshot."""
    type: NDArray[np.int8] | None = None
    """Index in `POST_TYPES`, -1 where not known; None when nobody asked for it."""
    private: PrivateColumns | None = None
    """None when nobody asked for it, or no profile here has any."""
    post_id: NDArray[np.int64] | None = None
    """Our own number of each post; None when nobody asked for it."""


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """Dated readings of the profiles themselves, oldest first within a profile, one per instant; failed readings out."""

    offsets: Offsets
    observed_at: Instants
    followers: Values
    following: Values
    posts: Values
    total_likes: Values
    total_views: Values
    step: Values
    """Size of the rounding step of *followers* at that reading: 0 for exact, 100 for `12.3K`, and so on."""


@dataclass(frozen=True, slots=True)
class NameColumns:
    """The display names under which a profile was seen; a name stands once within a profile."""

    offsets: Offsets
    name: tuple[str, ...]
    last_seen: Instants


@dataclass(frozen=True, slots=True)
class ProfileColumns:
    """P profiles and what is known of each. `posts.offsets` and `readings.offsets` have P + 1 entries."""

    profile_id: NDArray[np.int64]
    network: tuple[str, ...]
    posts: PostColumns
    readings: ReadingColumns
    key: tuple[str, ...] = ()
    """The network's own id of each profile (its handle where the network has none): it settles equal ranks. Empty
    when nobody asked for it; then `profile_id` does."""
    names: NameColumns | None = None

    def __len__(self) -> int:
        return len(self.profile_id)


@dataclass(frozen=True, slots=True)
class ReportedColumns:
    """A third party's averages, one row per profile, source and date, beside the followers of the same date.

    They are figures on their own; they never reach the score.
    """

    profile_id: NDArray[np.int64]
    network: tuple[str, ...]
    key: tuple[str, ...]
    """The network's own id of the profile, or its handle."""
    source: tuple[str, ...]
    """Who reported it: a name that stays the same from one list to the next."""
    observed_at: Instants
    """Of an undated list: the instant that its import gave it. Lists follow each other by it."""
    followers: Values
    """The profile's reading at *observed_at*."""
    avg_views: Values
    avg_likes: Values
    avg_comments: Values
    avg_shares: Values
    avg_interactions: Values
    """Given where the source names one figure instead of its parts."""

    def __len__(self) -> int:
        return len(self.profile_id)
