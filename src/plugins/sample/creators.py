"""Who lives in the sample world: persons and brands, and the profiles each of them has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .draw import Flags, Indices, Values, between, pick
from .habits import COUNTRIES, NETWORKS, NICHE_WEIGHTS, WEEKDAYS

BLOCK: Final = 128
"""Creators drawn together. Part of the world's identity: another number gives another world."""

PROFILES_EACH: Final = (0.72, 0.19, 0.07, 0.02)
"""How often a creator is on one, two, three or four networks."""

ACCOUNTS_OF_PERSONS: Final = ("creator", "personal", "business")
ACCOUNTS_OF_BRANDS: Final = ("business", "media", "government")


@dataclass(frozen=True, slots=True)
class Creators:
    """`BLOCK` creators, the first of them numbered *first*. Every array has one entry per creator."""

    first: int
    brand: Flags
    niche: Indices
    """Position in `NICHES`."""
    country: Indices
    """Position in `COUNTRIES`."""
    log_size: Values
    """log10 of the followers on the creator's main network."""
    rank: Indices
    """Creator by network: 0 for the main network, 1 for the next."""
    networks: Indices
    """On how many networks the creator is."""
    words: Values
    """Four draws in [0, 1) per creator, by which words are chosen for names."""


def draw_creators(chance: np.random.Generator, first: int) -> Creators:
    brand = chance.random(BLOCK) < 0.18
    niche = pick(chance, NICHE_WEIGHTS, BLOCK)
    country = pick(chance, [country.weight for country in COUNTRIES], BLOCK)
    # Centred on 12,600 with a long tail: about half nano, a third micro, one in a hundred and fifty above a million.
    log_size = np.clip(4.1 + 0.75 * chance.standard_normal(BLOCK) + 0.2 * brand, 3.0, 7.6)
    # The largest of log weight + Gumbel noise is a draw by weight, and the order is a draw without replacement.
    gumbel = -np.log(-np.log(np.clip(chance.random((BLOCK, len(NETWORKS))), 1e-12, 1 - 1e-12)))
    liking = np.log([network.weight for network in NETWORKS]) + gumbel
    return Creators(
        first=first,
        brand=brand,
        niche=niche,
        country=country,
        log_size=log_size,
        rank=np.argsort(np.argsort(-liking, axis=1), axis=1),
        networks=1 + pick(chance, PROFILES_EACH, BLOCK),
        words=chance.random((BLOCK, 4)),
    )


@dataclass(frozen=True, slots=True)
class Profiles:
    """One row per profile: creators in order, and a creator's networks in the order of `NETWORKS`."""

    creator: Indices
    """Position of the creator in the block."""
    number: Indices
    """The creator's number in the world."""
    network: Indices
    """Position in `NETWORKS`."""
    followers: Values
    """Real followers on the last day."""
    quality: Values
    """Standard normal: how much better than others of its size the profile does."""
    posts_per_week: Values
    weekdays: Indices
    """Position in `WEEKDAYS`."""
    hour: Values
    """Local hour around which posts appear."""
    dormant_days: Values
    """For so many days before the last one nothing was posted; 0 for most."""
    minute: Indices
    """Minute of the day at which its readings are taken."""
    daily: Values
    """A draw in [0, 1): read every day when below the world's share of such profiles, else weekly."""
    connected: Flags
    """Its owner shares insights: reach, impressions, audience."""
    hides_likes: Flags
    boosts: Flags
    """Some of its posts have bought likes."""
    verified: Flags
    account: Indices
    """Position in `ACCOUNTS_OF_PERSONS` or `ACCOUNTS_OF_BRANDS`."""
    older_days: Values
    """How long before the world's first day the profile was made."""
    following: Indices
    totals: Values
    """A draw in [0, 1) for how much was liked and watched before the world's first day."""
    polarity: Values
    """Profile by (negative, neutral, positive): how its comments are meant, spam aside."""

    def __len__(self) -> int:
        return len(self.creator)


def draw_profiles(chance: np.random.Generator, creators: Creators) -> Profiles:
    creator, network = np.nonzero(creators.rank < creators.networks[:, None])
    count = len(creator)
    side = np.abs(0.45 + 0.4 * chance.standard_normal(count)) * (creators.rank[creator, network] > 0)
    log_size = np.maximum(creators.log_size[creator] - side, 2.5)
    usual = np.array([habits.posts_per_week for habits in NETWORKS])[network]
    instagram = network == 0
    return Profiles(
        creator=creator,
        number=creators.first + creator,
        network=network,
        followers=np.floor(10**log_size),
        quality=chance.standard_normal(count),
        posts_per_week=np.minimum(usual * np.exp(0.55 * chance.standard_normal(count)), 21.0),
        weekdays=pick(chance, [4, 3, 2, 1], count) % len(WEEKDAYS),
        hour=between(chance, 9.0, 22.0, count),
        dormant_days=np.where(chance.random(count) < 0.05, between(chance, 50.0, 200.0, count), 0.0),
        minute=np.floor(between(chance, 0, 1440, count)).astype(np.int64),
        daily=chance.random(count),
        connected=chance.random(count) < 0.4,
        hides_likes=(chance.random(count) < 0.07) & instagram,
        boosts=chance.random(count) < 0.05,
        verified=chance.random(count) < np.clip((log_size - 4.0) / 3.0, 0.01, 0.95),
        account=pick(chance, [70, 20, 10], count),
        older_days=between(chance, 60.0, 3600.0, count),
        following=np.floor(np.exp(5.8 + 0.9 * chance.standard_normal(count))).astype(np.int64),
        totals=chance.random(count),
        polarity=_polarity(chance, count),
    )


def _polarity(chance: np.random.Generator, count: int) -> Values:
    """Most are liked; one in twelve is in the middle of a storm."""
    positive = between(chance, 0.35, 0.75, count)
    negative = between(chance, 0.03, 0.20, count)
    storm = chance.random(count) < 0.08
    positive = np.where(storm, positive * 0.3, positive)
    negative = np.where(storm, negative + 0.4, negative)
    return np.column_stack([negative, 1.0 - negative - positive, positive])
