"""Ids as files carry them: text, sometimes ruined by a spreadsheet on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST_ID = 255
"""Characters of an id; no network makes longer ones, and an index has to hold it."""

_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+\d+")
_ERROR = re.compile(r"#(?:N/[AD]|[A-ZÀ-Ý][A-ZÀ-Ý0-9/]*[!?]|[A-Z]+/0!)", re.IGNORECASE)
_SAFE_DIGITS = 15
"""Decimal digits that a spreadsheet keeps; what stands behind them it turns into zeros."""
_SUSPICIOUS_SHARE = 0.2
"""Share of long ids with zeros behind digit 15 from which chance is out of the question (2 zeros: 1 in 100)."""


def is_spreadsheet_error(text: str) -> bool:
    """Say whether *text* is what a spreadsheet shows instead of a value: `#NAME?`, `#VALOR!`, `#N/A`."""
    return _ERROR.fullmatch(text.strip()) is not None


def damage(text: str) -> tuple[str, str] | None:
    """Return the code and the reason why *text* cannot be an id, or None."""
    if _EXPONENT.fullmatch(text):
        return "id.damaged", f"{text} is an id that a spreadsheet rounded; take it from the link, or export it as text"
    if is_spreadsheet_error(text):
        return (
            "id.spreadsheet_error",
            f"{text} stands where the id should be; the spreadsheet took the id for a formula",
        )
    if len(text) > LONGEST_ID:
        return "id.too_long", f"an id of {len(text)} characters; {LONGEST_ID} are the most"
    return None


def cut_digits(ids: Sequence[str | None]) -> list[int]:
    """Return where *ids* probably lost digits: long numbers of which suspiciously many end in zeros from digit 16 on.

    One such id alone says nothing when it is short: of 17-digit ids one in a hundred ends so by nature.
    """
    long = [index for index, text in enumerate(ids) if text and len(text) > _SAFE_DIGITS + 1 and text.isdigit()]
    cut = [index for index in long if not (ids[index] or "")[_SAFE_DIGITS:].strip("0")]
    if len(cut) >= _SUSPICIOUS_SHARE * len(long):
        return cut
    return [index for index in cut if len(ids[index] or "") - _SAFE_DIGITS >= 4]
