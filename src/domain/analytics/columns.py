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
    """Followers of the profile at the snapshot: the latest good reading on the UTC day of the snapshot or before,
    else the earliest there is."""
    first_observed_at: Instants
    """When the post's first lifetime snapshot was taken; equals `observed_at` for a post seen once."""
    first_views: Values
    """Views of that first snapshot."""


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
class ProfileColumns:
    """P profiles and what is known of each. `posts.offsets` and `readings.offsets` have P + 1 entries."""

    profile_id: NDArray[np.int64]
    network: tuple[str, ...]
    posts: PostColumns
    readings: ReadingColumns

    def __len__(self) -> int:
        return len(self.profile_id)
