"""Header cells: how two spellings of one header are seen to be the same, and how equal headers are told apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST_HEADER = 200
"""Characters of a header that count; nobody tells columns apart by what stands behind them."""

_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BLANKS = re.compile(r"\s+")


def normalise(header: str) -> str:
    """Fold *header* for comparison: NFKC, nothing invisible, single blanks, case folded."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", header))
    return _BLANKS.sub(" ", visible).strip().casefold()


def name_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Return one name per column: the cell on one line, ` [2]` behind a repeat, `[column 3]` for an empty one."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for place, cell in enumerate(header, start=1):
        text = _BLANKS.sub(" ", _INVISIBLE.sub("", cell[:LONGEST_HEADER])).strip() or f"[column {place}]"
        key = normalise(text)
        seen[key] = seen.get(key, 0) + 1
        names.append(text if seen[key] == 1 else f"{text} [{seen[key]}]")
    return tuple(names)
