"""The score of a person or brand: the scores of their accounts, each counted by its followers and by what is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .columns import Values
from .errors import InvalidEvidence
from .score import NEUTRAL, published
from .segments import Index, sums


@dataclass(frozen=True, slots=True)
class PersonScores:
    """Scores of people, and the share that each account has in its person's score."""

    score: Values
    confidence: Values
    half_width: Values
    share: Values
    """One for each account, in the order given; the shares of a person add up to 1, or to 0 where nothing is known."""


def person_scores(
    score: Values, confidence: Values, half_width: Values, followers: Values, offsets: Index
) -> PersonScores:
    """Combine accounts; those of person *p* are rows `offsets[p]:offsets[p + 1]`, in any order.

    An account counts in proportion to its confidence times the square root of its followers, so one without followers
    counts nothing. Where no account of a person has known followers, confidence alone decides; where nothing is known
    of any, the score is 50 and the confidence 0. The half-width takes the errors of accounts as independent.
    """
    if np.any(followers < 0) or len({len(score), len(confidence), len(half_width), len(followers)}) > 1:
        raise InvalidEvidence("an account has a score, a confidence, a half-width, and followers of 0 or more")
    sizes = np.diff(offsets)
    rows = _canonical(offsets, followers, score, confidence, half_width)
    weight = (confidence * np.sqrt(np.nan_to_num(followers)))[rows]
    weight = np.where(np.repeat(sums(weight, offsets) > 0, sizes), weight, _unsized(confidence, followers)[rows])
    total = np.repeat(sums(weight, offsets), sizes)
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    known = sums(share, offsets) > 0
    given = np.empty_like(share)
    given[rows] = share
    return PersonScores(
        score=published(np.where(known, sums(share * score[rows], offsets), NEUTRAL)),
        confidence=published(sums(share * confidence[rows], offsets)),
        half_width=published(np.where(known, np.sqrt(sums((share * half_width[rows]) ** 2, offsets)), np.nan)),
        share=given,
    )


def _unsized(confidence: Values, followers: Values) -> Values:
    """The weight of an account whose followers nobody knows; 0 where they are known to be none."""
    return np.where(np.isnan(followers), confidence, 0.0)


def _canonical(offsets: Index, *columns: Values) -> Index:
    """Rows of each person ordered by their numbers, so that sums have the same bits in whatever order they came."""
    person = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return np.lexsort((*columns, person)).astype(np.int64)
