"""Which passwords are taken: long enough, and not among those that everybody tries first (NIST SP 800-63B, 3.1.1.2)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from .errors import PasswordRefused

SHORTEST: Final = 8
LONGEST: Final = 128
"""Characters. Nothing is asked of which they are, and no password grows old."""
_PRODUCT: Final = "analisa"
_FEWEST_LEFT: Final = 4
"""A password that holds a known word must have so many other characters."""


def normalised(password: str) -> str:
    """Return *password* as it is hashed: two ways to type a letter are one."""
    return unicodedata.normalize("NFC", password)


def checked(password: str, *, about: Sequence[str], common: Callable[[str], bool]) -> str:
    """Return *password* normalised, or raise `PasswordRefused`.

    *about* is what others know of its owner, as the name and the address; *common* says whether a folded password is
    among those that are known to be tried.
    """
    text = normalised(password)
    if len(text) < SHORTEST:
        raise PasswordRefused(f"a password has at least {SHORTEST} characters; a sentence of 15 and more is better")
    if len(text) > LONGEST:
        raise PasswordRefused(f"a password has at most {LONGEST} characters")
    folded = text.casefold()
    if common(folded) or len(set(folded)) == 1:
        raise PasswordRefused("this password is among the first that are tried; take another one")
    for word in (_PRODUCT, *_words(about)):
        if word in folded and len(folded.replace(word, "")) < _FEWEST_LEFT:
            raise PasswordRefused(f"this password is hardly more than {word!r}, which others know; take another one")
    return text


def _words(about: Sequence[str]) -> list[str]:
    parts = (part for text in about for part in text.casefold().replace("@", " ").replace(".", " ").split())
    return [part for part in parts if len(part) >= _FEWEST_LEFT]
