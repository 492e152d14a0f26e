"""Words as a search compares them: without accents and letter case, and with room for one slip of the fingers."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONG_ENOUGH: Final = 4
"""Letters that a word needs before a slip in it is forgiven: shorter ones are too near to each other."""
TOO_LONG: Final = 24
_MARKS: Final = re.compile("[\u0300-\u036f]+")
_WORDS: Final = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Take off accents and letter case, and write compatible forms as one: `João` and `joao` are equal."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    # Letter by letter, as databases do it: a whole word would have its last sigma written in another way.
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in bare)


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of *text*, each once, in their order."""
    return tuple(dict.fromkeys(_WORDS.findall(folded(text))))


def slips_of(word: str) -> tuple[str, ...]:
    """Return *word* and what is left of it without one of its letters.

    Two words share one of these when a letter was added, left out, changed, or two neighbours were swapped: so an index of
    them finds every word within one slip of the fingers, and looks at few others (the symmetric deletes of SymSpell).
    """
    if not LONG_ENOUGH <= len(word) <= TOO_LONG:
        return (word,)
    return tuple(dict.fromkeys((word, *(word[:at] + word[at + 1 :] for at in range(len(word))))))


def one_slip_apart(word: str, other: str) -> bool:
    """Whether one letter added, left out or changed, or two neighbours swapped, make *word* into *other*."""
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    short, long = sorted((word, other), key=len)
    at = next((place for place, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at + 1 : at + 2] + short[at : at + 1]
    return short[at + 1 :] == long[at + 1 :] or (swapped == long[at : at + 2] and short[at + 2 :] == long[at + 2 :])
