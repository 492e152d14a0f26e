"""What a misspelt word meant: words of the stored texts within one slip of the fingers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .....domain.influencers.folding import one_slip_apart
from ...database import Driver

MOST: Final = 40
"""So many meanings of one word are gone after."""

_NEAR: Final = """
    select f.word, f.form, k.word as near
    from (
        select word, word as form from unnest($1::text[]) word
        union select word, stem from unnest($1::text[]) word, unnest(ts_lexize('portuguese_stem', word)) stem
        union select word, stem from unnest($1::text[]) word, unnest(ts_lexize('english_stem', word)) stem
    ) f
    join discovery_words k on k.slips && slips(f.form)
    where length(f.form) >= 4 and k.word <> f.form
"""
"""Bios and captions are kept as stems, so the stems of a word may be near to one where the word itself is not."""


async def meanings(connection: Driver, words: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return for each of *words*, folded, the other words that it may have been meant to be, as texts have them."""
    found: dict[str, set[str]] = {word: set() for word in words}
    if any(len(word) >= 4 for word in words):
        for row in await connection.fetch(_NEAR, list(words)):
            if one_slip_apart(row["form"], row["near"]):
                found[row["word"]].add(row["near"])
    return {word: tuple(sorted(near)[:MOST]) for word, near in found.items()}
