"""When the creators of the sample world post, and what kind of post it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .creators import Creators, Profiles
from .draw import Flags, Indices, Values, offsets, pick_by_row
from .growth import NEVER, Growth
from .habits import COUNTRIES, FILMS, NETWORKS, TYPES, WEEKDAYS

DAY: Final = 86_400
HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a world covers: *days* whole UTC days, ending before *until* (seconds since 1970)."""

    until: int
    days: int

    @property
    def start(self) -> int:
        return self.until - self.days * DAY

    def day(self, seconds: Indices) -> Indices:
        return np.clip((seconds - self.start) // DAY, 0, self.days - 1)


@dataclass(frozen=True, slots=True)
class Posts:
    """One row per post, grouped by profile, oldest first."""

    profile: Indices
    """Position in `Profiles`."""
    ordinal: Indices
    """0 for the profile's first post."""
    published: Indices
    """Seconds since 1970."""
    type: Indices
    """Position in `TYPES`."""
    duration: Values
    """Seconds; NaN for what does not play."""
    paid: Flags
    viral: Flags
    boosted: Flags
    """Its likes were bought."""

    def __len__(self) -> int:
        return len(self.profile)


def draw_posts(
    chance: np.random.Generator, creators: Creators, profiles: Profiles, growth: Growth, span: Span
) -> Posts:
    profile, published = _schedule(chance, creators, profiles, span)
    count = len(profile)
    network = profiles.network[profile]
    kind = pick_by_row(chance, _TYPE_WEIGHTS[network])
    length = _FILM_SECONDS[network] * np.exp(0.6 * chance.standard_normal(count))
    length = np.where(kind == TYPES.index("short"), np.minimum(length / 10.0, 60.0), length)
    return Posts(
        profile=profile,
        ordinal=np.arange(count) - offsets(profile, len(profiles))[profile],
        published=published,
        type=kind,
        duration=np.where(_IS_FILM[kind], np.round(np.maximum(length, 3.0), 1), np.nan),
        paid=chance.random(count) < np.where(creators.brand[profiles.creator[profile]], 0.01, 0.08),
        viral=(chance.random(count) < 0.012) | _set_off_a_jump(profile, published, growth, span),
        boosted=profiles.boosts[profile] & (chance.random(count) < 0.15),
    )


_TYPE_WEIGHTS: Final = np.array([[habits.types.get(kind, 0.0) for kind in TYPES] for habits in NETWORKS])
_FILM_SECONDS: Final = np.array([habits.film_seconds for habits in NETWORKS])
_IS_FILM: Final = np.array([kind in FILMS for kind in TYPES])
_HOURS_AHEAD: Final = np.array([country.hours for country in COUNTRIES])


def _schedule(
    chance: np.random.Generator, creators: Creators, profiles: Profiles, span: Span
) -> tuple[Indices, Indices]:
    """Say which profile posts when (seconds since 1970), sorted by both."""
    profile = np.repeat(np.arange(len(profiles)), chance.poisson(profiles.posts_per_week * span.days / 7.0))
    day = _days(chance, profiles.weekdays[profile], span)
    local = (profiles.hour[profile] + 2.2 * chance.standard_normal(len(profile))) % 24.0
    ahead = _HOURS_AHEAD[creators.country[profiles.creator[profile]]]
    published = span.start + day * DAY + np.floor((local - ahead) * HOUR).astype(np.int64)
    # A late evening west of Greenwich is the next day in UTC: fold what leaves the span back into it.
    published = span.start + (published - span.start) % (span.days * DAY)
    awake = published < span.until - profiles.dormant_days[profile] * DAY
    profile, published = profile[awake], published[awake]
    order = np.lexsort((published, profile))
    return profile[order], published[order]


def _days(chance: np.random.Generator, weekdays: Indices, span: Span) -> Indices:
    """Draw a day of the span for every post by its profile's week."""
    # 1970-01-01 was a Thursday, which is 3 when Monday is 0.
    weekday = (span.start // DAY + 3 + np.arange(span.days)) % 7
    drawn = chance.random(len(weekdays))
    day = np.zeros(len(weekdays), dtype=np.int64)
    for position, week in enumerate(WEEKDAYS):
        edges = np.cumsum(np.array(week)[weekday])
        chosen = np.minimum(np.searchsorted(edges, drawn * edges[-1], side="right"), span.days - 1)
        day = np.where(weekdays == position, chosen, day)
    return day


def _set_off_a_jump(profile: Indices, published: Indices, growth: Growth, span: Span) -> Flags:
    """Mark the last post before each viral jump: growth of that kind has a cause that can be seen."""
    flags = np.zeros(len(profile), dtype=np.bool_)
    jumping = np.nonzero(growth.jump != NEVER)[0]
    # One rising key for both columns: no time in the span comes near 2**40.
    keys = profile * 2**40 + published
    ends = span.start + (growth.jump[jumping] + 1) * DAY
    last = np.searchsorted(keys, jumping * 2**40 + ends, side="left") - 1
    # A profile without a post before its jump finds another profile's post there, or none.
    found = last[last >= 0]
    flags[found[profile[found] == jumping[last >= 0]]] = True
    return flags
