"""Who the followers are: shares by country and by gender and age, of profiles whose owners share insights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .creators import Creators, Profiles
from .draw import Indices, Values, between
from .habits import COUNTRIES

AGES: Final = ("13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+")
COUNTRY_KEYS: Final = tuple(country.code for country in COUNTRIES)
GENDER_AGE_KEYS: Final = tuple(f"{gender}:{age}" for gender in ("F", "M") for age in AGES)
_AGE_WEIGHTS: Final = np.array([7.0, 27.0, 33.0, 18.0, 9.0, 4.0, 2.0])
UNIT: Final = 10_000
"""Shares are whole parts of this, so that they sum to 1 whatever the machine's arithmetic."""


@dataclass(frozen=True, slots=True)
class Audience:
    """One row per profile that has an audience, one column per key; whole parts of `UNIT`."""

    profile: Indices
    country: Indices
    gender_age: Indices


def draw_audience(chance: np.random.Generator, creators: Creators, profiles: Profiles) -> Audience:
    return Audience(
        profile=np.nonzero(profiles.connected)[0],
        country=_parts(_countries(chance, creators, profiles))[profiles.connected],
        gender_age=_parts(_genders_and_ages(chance, profiles))[profiles.connected],
    )


def _countries(chance: np.random.Generator, creators: Creators, profiles: Profiles) -> Values:
    count = len(profiles)
    weights = np.array([country.weight for country in COUNTRIES]) * np.exp(
        0.6 * chance.standard_normal((count, len(COUNTRIES)))
    )
    home = creators.country[profiles.creator]
    weights[np.arange(count), home] = 0.0
    at_home = between(chance, 0.5, 0.92, count)
    weights *= ((1.0 - at_home) / weights.sum(axis=1))[:, None]
    weights[np.arange(count), home] = at_home
    return weights


def _genders_and_ages(chance: np.random.Generator, profiles: Profiles) -> Values:
    count = len(profiles)
    women = between(chance, 0.2, 0.85, count)
    ages = _AGE_WEIGHTS * np.exp(0.35 * chance.standard_normal((count, 2, len(AGES))))
    ages /= ages.sum(axis=2, keepdims=True)
    ages *= np.stack([women, 1.0 - women], axis=1)[:, :, None]
    return ages.reshape(count, -1)


def _parts(shares: Values) -> Indices:
    """Round each row to whole parts that sum to `UNIT`, giving what is left to the largest remainders."""
    exact = shares / shares.sum(axis=1, keepdims=True) * UNIT
    whole = np.floor(exact).astype(np.int64)
    left = UNIT - whole.sum(axis=1)
    order = np.argsort(np.argsort(whole - exact, axis=1, kind="stable"), axis=1, kind="stable")
    rounded: Indices = whole + (order < left[:, None])
    return rounded
