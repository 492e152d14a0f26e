"""Following: readings of the profile itself, first against last."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..columns import DAY, Instants, Values
from ..grouped import count, first_where, last_where, pick, pick_instants
from ..segments import segment_of
from .evidence import Evidence
from .formula import Basis, Figures, Formula, Unit

TIERS: Final = ((1e3, "nano"), (1e4, "micro"), (5e4, "mid"), (5e5, "macro"), (1e6, "mega"))
"""From how many followers on a profile belongs to a tier; below the first it belongs to none."""


def _ends(evidence: Evidence, values: Values) -> tuple[Values, Values, Values]:
    """First and last known of *values*, and the days between the two, missing where they are one reading."""
    offsets, instants = evidence.readings.offsets, evidence.readings.observed_at
    first, last = (find(~np.isnan(values), offsets) for find in (first_where, last_where))
    days = (pick_instants(instants, last) - pick_instants(instants, first)) / DAY
    return pick(values, first), pick(values, last), np.where(days > 0, days, np.nan)


def _latest(evidence: Evidence) -> Figures:
    followers = _ends(evidence, evidence.readings.followers)[1]
    return {"followers": np.where(evidence.post_count > 0, followers, np.nan)}


def _snapshots(evidence: Evidence) -> Figures:
    first, last = _first_and_last_reading(evidence)
    return {"snap_first": first, "snap_last": last}


def _first_and_last_reading(evidence: Evidence) -> tuple[Instants, Instants]:
    readings = evidence.readings
    every = np.ones(len(readings.observed_at), dtype=np.bool_)
    first, last = (find(every, readings.offsets) for find in (first_where, last_where))
    return pick_instants(readings.observed_at, first), pick_instants(readings.observed_at, last)


def _days(evidence: Evidence) -> Figures:
    readings = evidence.readings
    day, profile = readings.observed_at // DAY, segment_of(readings.offsets)
    new = np.ones(len(day), dtype=np.bool_)
    new[1:] = (day[1:] != day[:-1]) | (profile[1:] != profile[:-1])
    days = count(new, readings.offsets)
    return {"snap_days": np.where(days > 0, days, np.nan)}


def _followers_ends(evidence: Evidence) -> Figures:
    first, last, _ = _ends(evidence, evidence.readings.followers)
    return {"followers_first": first, "followers_last": last}


def follower_growth_pct(evidence: Evidence) -> Values:
    first, last, days = _ends(evidence, evidence.readings.followers)
    return _growth_pct(first, last, days)


def _growth_pct(first: Values, last: Values, days: Values) -> Values:
    grown: Values = (last / np.where(first > 0, first, np.nan) - 1) * 100
    return np.where(np.isnan(days), np.nan, grown)


def _follower_growth(evidence: Evidence) -> Figures:
    first, last, days = _ends(evidence, evidence.readings.followers)
    return {"follower_growth": np.where(np.isnan(days), np.nan, last - first)}


def _follower_growth_pct(evidence: Evidence) -> Figures:
    return {"follower_growth_pct": follower_growth_pct(evidence)}


def _follower_growth_per_day(evidence: Evidence) -> Figures:
    first, last, days = _ends(evidence, evidence.readings.followers)
    return {"follower_growth_per_day": (last - first) / days}


def _channel_views_pct(evidence: Evidence) -> Figures:
    return {"channel_views_growth_pct": _growth_pct(*_ends(evidence, evidence.readings.total_views))}


def _channel_views_per_day(evidence: Evidence) -> Figures:
    first, last, days = _ends(evidence, evidence.readings.total_views)
    return {"channel_views_per_day": (last - first) / days}


def _tier(evidence: Evidence) -> Figures:
    followers = _ends(evidence, evidence.readings.followers)[1]
    names = np.asarray(("", *(name for _, name in TIERS)), dtype=np.object_)
    place = np.searchsorted([least for least, _ in TIERS], np.nan_to_num(followers), side="right")
    return {"tier": names[place]}


_TWO = " Missing unless the two readings differ in time. Failed readings (0 next to more than 1,000) are left out."

FORMULAS: Final = (
    Formula(
        name="followers",
        title="Followers",
        unit=Unit.COUNT,
        text="Latest known followers, to read the figures of posts by: missing for a profile without posts, whose "
        "readings are in followers_last. A failed reading (0 next to more than 1,000) is not one.",
        source="the network, or the archive, as it says; YouTube rounds to three digits",
        columns=("followers",),
        compute=_latest,
    ),
    Formula(
        name="readings.span",
        title="First and last reading",
        unit=Unit.INSTANT,
        text="Instants of the first and the last good reading of the profile.",
        source="arithmetic",
        columns=("snap_first", "snap_last"),
        compute=_snapshots,
    ),
    Formula(
        name="readings.days",
        title="Days with a reading",
        unit=Unit.DAYS,
        text="Distinct UTC days on which the profile has a good reading.",
        source="arithmetic",
        columns=("snap_days",),
        compute=_days,
    ),
    Formula(
        name="followers.ends",
        title="Followers at first and last",
        unit=Unit.COUNT,
        text="Followers at the first and at the last reading that has them.",
        source="arithmetic",
        columns=("followers_first", "followers_last"),
        compute=_followers_ends,
    ),
    Formula(
        name="growth.followers",
        title="Follower growth",
        unit=Unit.COUNT,
        text="followers_last - followers_first." + _TWO,
        source="arithmetic",
        columns=("follower_growth",),
        compute=_follower_growth,
    ),
    Formula(
        name="growth.followers_pct",
        title="Follower growth in percent",
        unit=Unit.PERCENT,
        basis=Basis.FOLLOWERS,
        text="(followers_last / followers_first - 1) * 100." + _TWO,
        source="arithmetic",
        columns=("follower_growth_pct",),
        compute=_follower_growth_pct,
    ),
    Formula(
        name="growth.followers_per_day",
        title="Follower growth per day",
        unit=Unit.PER_DAY,
        text="(followers_last - followers_first) / days between the two readings, in fractions of a day as exact as "
        "the readings: readings dated by day are whole days apart." + _TWO,
        source="arithmetic",
        columns=("follower_growth_per_day",),
        compute=_follower_growth_per_day,
    ),
    Formula(
        name="growth.channel_views_pct",
        title="Growth of the channel's views",
        unit=Unit.PERCENT,
        basis=Basis.VIEWS,
        text="(total views at the last reading / at the first - 1) * 100. Missing unless they differ in time.",
        source="arithmetic",
        columns=("channel_views_growth_pct",),
        compute=_channel_views_pct,
    ),
    Formula(
        name="growth.channel_views_per_day",
        title="Views of the channel per day",
        unit=Unit.PER_DAY,
        text="(total views at the last reading - at the first) / days between. Missing unless they differ in time.",
        source="arithmetic",
        columns=("channel_views_per_day",),
        compute=_channel_views_per_day,
    ),
)

ALTERNATIVES: Final = (
    Formula(
        name="tier",
        title="Tier",
        unit=Unit.TEXT,
        basis=Basis.FOLLOWERS,
        text="By latest known followers: "
        + ", ".join(f"{name} from {least:,.0f}" for least, name in TIERS)
        + "; below, none. Shown to people; the score interpolates between tiers of its own.",
        source="Statista and Untapper: 1-10K, 10-50K, 50-500K, 500K-1M, 1M+",
        columns=("tier",),
        compute=_tier,
    ),
)
