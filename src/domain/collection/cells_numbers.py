"""Numbers as people and spreadsheets write them, read exactly: `1.4M`, `1.234,5`, `12 345`, `3:25`.

What is no number in a number column (a label, a spreadsheet error) is "not known", and counted; it is never 0.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .cells import BIGGEST, Parsed

_SUFFIXES: dict[str, int] = {
    "": 0, "k": 3, "m": 6, "b": 9, "t": 12,
    "mil": 3, "mi": 6, "mln": 6, "bi": 9, "mrd": 9, "bn": 9, "tsd": 3, "mio": 6, "md": 9,
}  # fmt: skip
"""Powers of ten behind compact numbers, in the languages of the networks' pages (pt `mil`, `mi`; de `Tsd`, `Mio`)."""

_STYLE = re.compile(r"1(?P<group>[.,' ]?)234(?P<point>[.,])5(?P<compact>K?)")
_FAST_DIGITS = 18
_LONGEST = 40
_GROUP_ALIASES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"})


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How a column writes its numbers: what groups the thousands, what divides the fraction, suffixes or none."""

    group: str = ""
    point: str = "."
    compact: bool = False

    @classmethod
    def parse(cls, text: str) -> NumberStyle:
        """Read a style from its example: `plain`, `compact`, `1,234.5`, `1.234,5`, `1 234,5`, `1.234,5K`."""
        example = {"plain": "1234.5", "compact": "1234.5K"}.get(text, text)
        found = _STYLE.fullmatch(example)
        if found is None or found["group"] == found["point"]:
            raise ValueError(
                f"{text!r} is no way to write numbers: plain, compact, '1,234.5', '1.234,5', '1 234,5', \"1'234.5\" "
                "are, each with a K behind it where 1.4M may stand"
            )
        return cls(found["group"], found["point"], bool(found["compact"]))

    @property
    def pattern(self) -> re.Pattern[str]:
        whole = rf"[1-9]\d{{0,2}}(?:{re.escape(self.group)}\d{{3}})+|\d+" if self.group else r"\d+"
        suffix = r"\s?(?P<suffix>[A-Za-z]{1,3})?\.?" if self.compact else ""
        return re.compile(
            rf"(?P<sign>[-+]?)(?P<whole>{whole})(?:{re.escape(self.point)}(?P<part>\d+))?{suffix}", re.ASCII
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRule:
    """How to read one number column."""

    style: NumberStyle = NumberStyle()
    integral: bool = False
    signed: bool = False
    unit: Decimal = Decimal(1)
    """What a 1 in the column stands for: 3600 for hours that become seconds."""
    percent: bool = False
    """The column holds percents (with or without the sign), the field holds a share."""


@dataclass(slots=True)
class Numbers:
    """A number column read."""

    parsed: Parsed
    compact: frozenset[str]
    """Distinct cells that were written with a suffix, and so are known to a few digits only."""


def read_numbers(cells: Sequence[str], rule: NumberRule) -> Numbers:
    """Read *cells*; what is no number is None and counted among the labels."""
    joined = "".join(cells)
    scaled = rule.unit != 1 or rule.percent
    if rule.integral and not scaled and joined.isascii() and joined.isdigit() and max(map(len, cells)) <= _FAST_DIGITS:
        return Numbers(Parsed([int(cell) if cell else None for cell in cells]), frozenset())
    pattern = rule.style.pattern
    known: dict[str, float | int | None] = {}
    compact: set[str] = set()
    for cell in set(cells):
        value, power = _read(cell, rule, pattern)
        known[cell] = _fit(value, rule)
        if power:
            compact.add(cell)
    labels = Counter(cell for cell in cells if cell and known[cell] is None)
    return Numbers(Parsed([known[cell] for cell in cells], labels=labels), frozenset(compact))


def _read(cell: str, rule: NumberRule, pattern: re.Pattern[str]) -> tuple[Decimal | None, int]:
    """Return the exact value of *cell* or None, and the power of ten of its suffix."""
    text = cell.strip().translate(_GROUP_ALIASES)
    if rule.percent:
        text = text.removesuffix("%").rstrip()
    found = pattern.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None, 0
    suffix = ((found["suffix"] or "") if rule.style.compact else "").lower()
    if suffix not in _SUFFIXES or (found["sign"] == "-" and not rule.signed):
        return None, 0
    whole = found["whole"].replace(rule.style.group, "") if rule.style.group else found["whole"]
    value = Decimal(f"{found['sign']}{whole}.{found['part'] or 0}")
    power = _SUFFIXES[suffix]
    return value * Decimal(10) ** power * rule.unit / (100 if rule.percent else 1), power


def _fit(value: Decimal | None, rule: NumberRule) -> float | int | None:
    if value is None or abs(value) > BIGGEST:
        return None
    if not rule.integral:
        return float(value)
    return int(value) if value == value.to_integral_value() else None


_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2})(?:\.(\d+))?", re.ASCII)
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII | re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,9}(?:\.\d+)?", re.ASCII)


def read_durations(cells: Sequence[str]) -> Parsed:
    """Read lengths of time as seconds: `125`, `2:05`, `0:02:05`, `PT2M5S`; anything else is counted as a label."""
    known: dict[str, float | None] = {cell: _duration(cell.strip()) for cell in set(cells)}
    return Parsed(
        [known[cell] for cell in cells], labels=Counter(cell for cell in cells if cell and known[cell] is None)
    )


def _duration(text: str) -> float | None:
    if len(text) > _LONGEST:
        return None
    if _SECONDS.fullmatch(text):
        return float(text)
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds, part = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(f"{seconds}.{part or 0}")
    iso = _ISO.fullmatch(text)
    if iso and len(text) > 1 and not text.upper().endswith("T"):
        units = (604_800, 86_400, 3_600, 60, 1)
        return sum(float(amount or 0) * unit for amount, unit in zip(iso.groups(), units, strict=True))
    return None
