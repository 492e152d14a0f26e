"""Niches: what an influencer is about, as words in profiles and posts tell, and as people say who know better.

A niche speaks through words. What a network files a profile under counts most, then its bio, then in what share of its
posts a word of the niche stands: so someone who posts a lot is not everything at once. Little evidence gives no label.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from .folding import words_of

BY_CATEGORY: Final = 1.5
BY_BIO: Final = 0.7
"""For each of up to two words."""
BY_POSTS: Final = 2.5
"""Times the share of posts that have a word of the niche."""
ENOUGH: Final = 0.6
"""Less than this is no label."""
FEWEST_POSTS: Final = 3
"""A share of fewer posts says nothing."""
MOST_LABELS: Final = 5
MOST_WORDS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a profile says of itself, and its newest posts with their hashtags."""

    category: str = ""
    bio: str = ""
    posts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NicheLabel:
    """That a profile is about *niche*, how sure that is (0 to 1), and the words that spoke for it."""

    niche: str
    confidence: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The niches there are, in an order that is only ever added to."""

    version: str
    niches: tuple[str, ...]
    whole: Mapping[str, tuple[str, ...]]
    """Niches by a word that speaks for them."""
    beginnings: Mapping[str, tuple[str, ...]]
    """... and by how such a word begins."""

    def place(self, niche: str) -> int:
        """Where *niche* stands; raises KeyError for what is none."""
        if niche not in self.niches:
            raise KeyError(niche)
        return self.niches.index(niche)

    def bits(self, niches: Iterable[str]) -> int:
        """Niches as a number with one bit each."""
        return sum(1 << self.place(niche) for niche in set(niches))

    def spoken_by(self, word: str) -> tuple[str, ...]:
        """The niches that *word*, folded, speaks for."""
        found = dict.fromkeys(self.whole.get(word, ()))
        for end in range(2, len(word) + 1):
            found |= dict.fromkeys(self.beginnings.get(word[:end], ()))
        return tuple(found)


@cache
def taxonomy() -> Taxonomy:
    """Return the niches in use."""
    read = tomllib.loads(files(__package__).joinpath("niches.toml").read_text("utf-8"))
    whole: dict[str, tuple[str, ...]] = {}
    beginnings: dict[str, tuple[str, ...]] = {}
    for niche, words in read["niche"].items():
        for word in (niche, *words.split()):
            among = beginnings if word.endswith("*") else whole
            among[word.rstrip("*")] = (*among.get(word.rstrip("*"), ()), niche)
    return Taxonomy(read["version"], tuple(read["niche"]), whole, beginnings)


def niches_of(spoken: Spoken) -> tuple[NicheLabel, ...]:
    """Label what *spoken* is about, the surest first; nothing where it says too little."""
    there = taxonomy()
    weight: dict[str, float] = {}
    words: dict[str, dict[str, int]] = {}

    def speak(word: str, niche: str) -> None:
        said = words.setdefault(niche, {})
        said[word] = said.get(word, 0) + 1

    for word in words_of(spoken.category):
        for niche in there.spoken_by(word):
            weight[niche] = BY_CATEGORY
            speak(word, niche)
    bio: dict[str, int] = {}
    for word in words_of(spoken.bio):
        for niche in there.spoken_by(word):
            bio[niche] = bio.get(niche, 0) + 1
            speak(word, niche)
    for niche, number in bio.items():
        weight[niche] = weight.get(niche, 0.0) + BY_BIO * min(number, 2)
    for niche, share in _shares(spoken.posts, there, speak).items():
        weight[niche] = weight.get(niche, 0.0) + BY_POSTS * share
    labels = [
        NicheLabel(niche, round(total / (total + 1), 4), _loudest(words[niche]))
        for niche, total in weight.items()
        if total >= ENOUGH
    ]
    return tuple(sorted(labels, key=lambda label: (-label.confidence, label.niche))[:MOST_LABELS])


def _shares(posts: tuple[str, ...], there: Taxonomy, speak: Callable[[str, str], None]) -> dict[str, float]:
    if len(posts) < FEWEST_POSTS:
        return {}
    told: dict[str, int] = {}
    for post in posts:
        spoken = set[str]()
        for word in words_of(post):
            for niche in there.spoken_by(word):
                spoken.add(niche)
                speak(word, niche)
        for niche in spoken:
            told[niche] = told.get(niche, 0) + 1
    return {niche: number / len(posts) for niche, number in told.items()}


def _loudest(words: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (-words[word], word))[:MOST_WORDS])
