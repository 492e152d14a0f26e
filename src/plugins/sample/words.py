"""What the people of the sample world are called and what they say, from the word lists beside this file."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

import msgspec

EMOJI: Final = (
    ("😒", "😡", "👎", "🙄", "💔", "😤"),
    ("👀", "🤔", "📌", "🙏"),
    ("😍", "🔥", "👏", "❤️", "😂", "🙌", "💛", "✨"),
)
"""By polarity: negative, neutral, positive."""

SPAM: Final = 3
"""The kind of a comment that is neither negative (0), neutral (1) nor positive (2)."""


class NicheWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    topics: tuple[str, ...]
    tags: tuple[str, ...]


class CommentWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    positive: tuple[str, ...]
    neutral: tuple[str, ...]
    negative: tuple[str, ...]
    spam: tuple[str, ...]
    slang_positive: tuple[str, ...]
    slang_neutral: tuple[str, ...]
    slang_negative: tuple[str, ...]

    def phrases(self, kind: int) -> tuple[str, ...]:
        return (self.negative, self.neutral, self.positive, self.spam)[kind]

    def slang(self, kind: int) -> tuple[str, ...]:
        return (self.slang_negative, self.slang_neutral, self.slang_positive)[kind]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is said in one language."""

    first_names: tuple[str, ...]
    surnames: tuple[str, ...]
    brand_openers: tuple[str, ...]
    brand_names: tuple[str, ...]
    person_bios: tuple[str, ...]
    brand_bios: tuple[str, ...]
    captions: tuple[str, ...]
    paid_captions: tuple[str, ...]
    paid_tags: tuple[str, ...]
    common_tags: tuple[str, ...]
    comments: CommentWords
    niches: dict[str, NicheWords]

    def name(self, draws: Sequence[float], *, brand: bool) -> str:
        if brand:
            return f"{choose(self.brand_openers, draws[0])} {choose(self.brand_names, draws[1])}"
        return f"{choose(self.first_names, draws[0])} {choose(self.surnames, draws[1])}"

    def bio(self, niche: str, draws: Sequence[float], *, brand: bool) -> str:
        said = self.niches[niche]
        template = choose(self.brand_bios if brand else self.person_bios, draws[2])
        topic, topic2 = two(said.topics, draws[3])
        return capitalised(template.format(niche=said.name, topic=topic, topic2=topic2))

    def caption(self, niche: str, draws: Sequence[float], *, paid: bool) -> str:
        """Compose what a post says, without its hashtags, from three draws."""
        topic, topic2 = two(self.niches[niche].topics, draws[1])
        if paid:
            template = choose(self.paid_captions, draws[0])
            return capitalised(template.format(topic=topic, brand=choose(self.brand_names, draws[2])))
        return capitalised(choose(self.captions, draws[0]).format(topic=topic, topic2=topic2))

    def hashtags(self, niche: str, draws: Sequence[float], *, disclosed: bool) -> tuple[str, ...]:
        """Two tags of the niche and a common one; in front, where it belongs, the one that says it is paid."""
        tags = (*two(self.niches[niche].tags, draws[1]), choose(self.common_tags, draws[2]))
        return (choose(self.paid_tags, draws[0]), *tags) if disclosed else tags

    def comment(self, kind: int, draws: Sequence[float]) -> str:
        """Compose a comment of *kind* from four draws: a phrase, often slang before it and emoji after it."""
        phrase = choose(self.comments.phrases(kind), draws[0])
        if kind == SPAM:
            return phrase
        emoji = choose(EMOJI[kind], draws[2]) * (1 + int(draws[0] * 3))
        if draws[3] < 0.07 and kind != 1:
            return emoji
        if draws[1] < 0.4:
            phrase = f"{choose(self.comments.slang(kind), draws[1] / 0.4)} {phrase}"
        return f"{phrase} {emoji}" if draws[3] < 0.55 else phrase


@cache
def words_of(language: str) -> Words:
    """Read the word list of *language* once."""
    text = resources.files(__package__).joinpath(f"words_{language}.toml").read_bytes()
    return msgspec.toml.decode(text, type=Words)


def handle(name: str, number: int, *, separator: str = ".") -> str:
    """Fold a name into a user name that says whose sample it is, as in `ana.valdoreira.s17`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return separator.join([*plain.lower().split(), f"s{number}"])


def choose(among: Sequence[str], draw: float) -> str:
    return among[int(draw * len(among))]


def two(among: Sequence[str], draw: float) -> tuple[str, str]:
    """Choose two different neighbours by one draw."""
    first = int(draw * len(among))
    return among[first], among[first - 1]


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
