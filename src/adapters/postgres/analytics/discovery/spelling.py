"""What a misspelt word meant: words of the stored texts within one slip of the fingers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .....domain.influencers.folding import LONG_ENOUGH, one_slip_apart, slips_of
from ...database import Driver

MOST: Final = 40
"""So many meanings of one word are gone after."""

_STEMS: Final = """
    select word, word as form from unnest($1::text[]) word
    union select word, stem from unnest($1::text[]) word, unnest(ts_lexize('portuguese_stem', word)) stem
    union select word, stem from unnest($1::text[]) word, unnest(ts_lexize('english_stem', word)) stem
"""
"""Bios and captions are kept as stems, so the stems of a word may be near to one where the word itself is not."""
_NEAR: Final = "select distinct word from discovery_words where slips && $1::text[]"


async def meanings(connection: Driver, words: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return for each of *words*, folded, the other words that it may have been meant to be, as texts have them."""
    found: dict[str, set[str]] = {word: set() for word in words}
    if not any(len(word) >= LONG_ENOUGH for word in words):
        return dict.fromkeys(words, ())
    forms = [(row["word"], row["form"]) for row in await connection.fetch(_STEMS, list(words))]
    forms = [(word, form) for word, form in forms if len(form) >= LONG_ENOUGH]
    slips = sorted({slip for _, form in forms for slip in slips_of(form)})
    near = [row["word"] for row in await connection.fetch(_NEAR, slips)]
    for word, form in forms:
        found[word].update(other for other in near if one_slip_apart(form, other))
    return {word: tuple(sorted(others)[:MOST]) for word, others in found.items()}
