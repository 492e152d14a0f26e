"""Cells of a `creator-archive` read by its cell rules, a whole column at a time.

A column is checked at once where it can be (is the joined text all digits?), and cell by cell only when that fails:
this is what makes a million rows a matter of seconds. A cell that breaks a rule becomes a problem of its row, never
an exception.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from ..shared.social import network_name
from .ids import LONGEST_ID, damage
from .records import Field, Kind

IDS = frozenset({"profile_id", "post_id", "comment_id", "parent_comment_id"})
_SHORT = frozenset({"scope", "source", "dimension", "key", "handle", "network", "author_ref", "country"})
"""Text that stands in keys or indexes, and is therefore trimmed and bounded."""

BIGGEST = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1970, 2199

_FAST_DIGITS = 18
_INTEGER = re.compile(r"-?\d{1,19}", re.ASCII)
_PLAIN_DECIMALS = re.compile(r"[0-9.]*", re.ASCII)
_ORDINARY_IDS = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class Problem(NamedTuple):
    """Why a cell cannot be read: a stable code, and a sentence for people."""

    code: str
    message: str


@dataclass(slots=True)
class Parsed:
    """A column read: one value or None per cell, the problems by row, and what was taken for "not known"."""

    values: Sequence[object]
    problems: dict[int, Problem] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    """Words and spreadsheet errors in a number column, with how often they stand there."""
    known: bool = True
    """False where every cell is empty, so that the column need not be handed on."""


def read_cells(target: Field, cells: Sequence[str]) -> Parsed:
    """Read *cells* as values of *target*; an empty cell is None."""
    if not any(cells):
        nothing: list[object] = [None] * len(cells)
        return Parsed(nothing, known=False)
    if target.name == "network":
        return each_distinct(cells, _network)
    if target.one_of is not None:
        return each_distinct(cells, lambda cell: _choice(target, cell))
    if target.kind is Kind.TEXT:
        return _read_texts(target, cells)
    return _READERS[target.kind](target, cells)


def each_distinct(cells: Sequence[str], read: Callable[[str], object]) -> Parsed:
    """Apply *read* once per distinct non-empty cell; a `Problem` it returns becomes one of every such row."""
    if cells and cells.count(cells[0]) == len(cells):
        value = read(cells[0]) if cells[0] else None
        everywhere: dict[int, Problem] = dict.fromkeys(range(len(cells)), value) if isinstance(value, Problem) else {}
        return Parsed([None if everywhere else value] * len(cells), everywhere)
    known: dict[str, object] = {cell: read(cell) for cell in set(cells) if cell}
    known[""] = None
    values = [known[cell] for cell in cells]
    if not any(isinstance(value, Problem) for value in known.values()):
        return Parsed(values)
    problems = {row: value for row, value in enumerate(values) if isinstance(value, Problem)}
    return Parsed([None if isinstance(value, Problem) else value for value in values], problems)


def instant(text: str) -> datetime | Problem:
    """Read an ISO 8601 time with zone as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Problem("time.unreadable", f"{text!r} is not a time; write it as 2026-01-31T12:00:00Z")
    if moment.tzinfo is None:
        return Problem("time.no_zone", f"{text!r} has no zone; write it as 2026-01-31T12:00:00Z")
    return in_range(moment)


def in_range(moment: datetime) -> datetime | Problem:
    """Return the aware *moment* in UTC, or a problem where no observation can lie."""
    try:
        in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError:  # the first or last hours of the calendar
        in_utc = moment
    if not FIRST_YEAR < in_utc.year <= LAST_YEAR:
        return Problem("time.out_of_range", f"the year {in_utc.year} is outside {FIRST_YEAR + 1} to {LAST_YEAR}")
    return in_utc


def words(text: str) -> tuple[str, ...]:
    """Split a list cell: a JSON array, or words between blanks; leading # are dropped, empty words left out."""
    parts: Sequence[object] = text.split()
    if text.startswith("["):
        try:
            loaded = json.loads(text)
        except (ValueError, RecursionError):
            loaded = None
        if isinstance(loaded, list):
            parts = loaded
    return tuple(word for part in parts if isinstance(part, str) and (word := part.strip().lstrip("#")))


def clean(text: str) -> Problem | None:
    """Return what makes *text* unstorable: a NUL or half of a surrogate pair."""
    if "\0" in text:
        return Problem("text.nul", "a NUL character stands in the text; the file was damaged on the way")
    try:
        text.encode()
    except UnicodeEncodeError:
        return Problem("text.surrogate", "half of a character (a lone surrogate) stands in the text")
    return None


def clean_object(value: object) -> Problem | None:
    """Return what makes a JSON value unstorable: a NUL or half of a surrogate pair in any of its texts or names."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return clean(text.replace("\\u0000", "\0"))


def _read_integers(target: Field, cells: Sequence[str]) -> Parsed:
    joined = "".join(cells)
    if joined.isascii() and joined.isdigit() and max(map(len, cells)) <= _FAST_DIGITS:
        try:
            return Parsed(list(map(int, cells)))
        except ValueError:  # an empty cell among them
            return Parsed([int(cell) if cell else None for cell in cells])
    return each_distinct(cells, lambda cell: _integer(target, cell))


def _integer(target: Field, cell: str) -> int | Problem:
    text = cell.strip()
    if not _INTEGER.fullmatch(text):
        return Problem("number.unreadable", f"{target.name} {cell!r} is not a whole number without separators")
    number = int(text)
    if number < 0 and not target.signed:
        return Problem("number.negative", f"{target.name} cannot be {number}")
    if abs(number) > BIGGEST:
        return Problem("number.too_big", f"{target.name} {cell!r} is beyond 64 bits")
    return number


def _read_decimals(target: Field, cells: Sequence[str]) -> Parsed:
    joined = "".join(cells)
    if _PLAIN_DECIMALS.fullmatch(joined) and max(map(len, cells)) <= _FAST_DIGITS:
        try:
            return Parsed([float(cell) if cell else None for cell in cells])
        except ValueError:
            pass
    return each_distinct(cells, lambda cell: _decimal(target, cell))


def _decimal(target: Field, cell: str) -> float | Problem:
    text = cell.strip()
    if not _DECIMAL.fullmatch(text) or not math.isfinite(number := float(text)):
        return Problem("number.unreadable", f"{target.name} {cell!r} is not a number with a decimal point")
    if number < 0 and not target.signed:
        return Problem("number.negative", f"{target.name} cannot be {cell}")
    return number


def _read_instants(target: Field, cells: Sequence[str]) -> Parsed:
    del target
    if "" in cells or len(set(cells)) < len(cells) // 2:
        return each_distinct(cells, instant)
    try:
        moments = list(map(datetime.fromisoformat, cells))
    except ValueError:
        return each_distinct(cells, instant)
    if any(moment.tzinfo is not UTC for moment in moments):
        return each_distinct(cells, instant)
    if not FIRST_YEAR < min(moments).year <= max(moments).year <= LAST_YEAR:
        return each_distinct(cells, instant)
    return Parsed(moments)


def _read_booleans(target: Field, cells: Sequence[str]) -> Parsed:
    def read(cell: str) -> bool | Problem:
        known = _BOOLEANS.get(cell.strip().lower())
        return Problem("boolean.unreadable", f"{target.name} {cell!r} is not true or false") if known is None else known

    return each_distinct(cells, read)


def _read_words(target: Field, cells: Sequence[str]) -> Parsed:
    del target
    return _screened(cells, lambda cell: words(cell) or None)


def _read_objects(target: Field, cells: Sequence[str]) -> Parsed:
    def read(cell: str) -> object:
        try:
            value = json.loads(cell, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            return Problem("object.unreadable", f"{target.name} is not readable JSON")
        if not isinstance(value, dict):
            return Problem("object.unreadable", f"{target.name} is JSON, but no object")
        return clean_object(value) or value

    return each_distinct(cells, read)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _read_texts(target: Field, cells: Sequence[str]) -> Parsed:
    if target.name in IDS:
        if _ORDINARY_IDS.fullmatch("".join(cells)) and max(map(len, cells)) <= LONGEST_ID:
            return Parsed(_or_none(cells))
        return _screened(cells, _id)
    if target.name in _SHORT:
        return _screened(cells, lambda cell: _short(target, cell))
    joined = "".join(cells)
    if clean(joined) is None:
        return Parsed(_or_none(cells))
    return each_distinct(cells, lambda cell: clean(cell) or cell)


def _or_none(cells: Sequence[str]) -> Sequence[str | None]:
    return [cell or None for cell in cells] if "" in cells else cells


def _screened(cells: Sequence[str], read: Callable[[str], object]) -> Parsed:
    return each_distinct(cells, lambda cell: clean(cell) or read(cell))


def _id(cell: str) -> str | Problem | None:
    text = cell.strip()
    found = damage(text)
    return Problem(*found) if found else text or None


def _short(target: Field, cell: str) -> str | Problem | None:
    text = cell.strip()
    if len(text) > LONGEST_ID:
        return Problem("text.too_long", f"{target.name} has {len(text)} characters; {LONGEST_ID} are the most")
    return text or None


def _network(cell: str) -> str | Problem:
    try:
        return network_name(cell)
    except ValueError as error:
        return Problem("network.unreadable", str(error))


def _choice(target: Field, cell: str) -> str | Problem:
    text = cell.strip().lower()
    if target.one_of is not None and text in target.one_of:
        return text
    return Problem("choice.unknown", f"{target.name} {cell!r} is none of {', '.join(sorted(target.one_of or ()))}")


_READERS: dict[Kind, Callable[[Field, Sequence[str]], Parsed]] = {
    Kind.INTEGER: _read_integers,
    Kind.DECIMAL: _read_decimals,
    Kind.INSTANT: _read_instants,
    Kind.BOOLEAN: _read_booleans,
    Kind.WORDS: _read_words,
    Kind.OBJECT: _read_objects,
}
