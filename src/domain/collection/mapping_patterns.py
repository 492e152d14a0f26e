"""Cutting a key out of a text, by a pattern anyone can write: `/p/{}/` takes what stands between `/p/` and `/`.

`{}` is one or more letters, digits, `_`, `-`, `.` or `%`; `{digits}` digits only; `{date}` a date like 2026-01-31
or a month like 2026-01. All else stands for itself. Patterns take time proportional to the text, whatever they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

LONGEST_TEXT = 2_048
"""Characters of a text that are looked through."""

_PLACES = {
    "{}": r"([A-Za-z0-9_.%-]{1,255})",
    "{digits}": r"(\d{1,255})",
    "{date}": r"(\d{4}-\d{2}(?:-\d{2})?)",
}
_PLACE = re.compile(r"\{\w*\}")


@lru_cache(maxsize=256)
def pattern_of(text: str) -> re.Pattern[str]:
    """Compile a pattern, or raise ValueError: it must hold exactly one place to cut out."""
    places = _PLACE.findall(text)
    if len(places) != 1 or places[0] not in _PLACES:
        raise ValueError(f"the pattern {text!r} must hold exactly one of {{}}, {{digits}} and {{date}}")
    before, after = text.split(places[0])
    return re.compile(re.escape(before) + _PLACES[places[0]] + re.escape(after), re.ASCII)


def cut(text: str, patterns: Sequence[str]) -> str:
    """Return what the first fitting pattern cuts out of *text*, or "" where none fits."""
    for pattern in patterns:
        found = pattern_of(pattern).search(text[:LONGEST_TEXT])
        if found:
            return found[1]
    return ""
