"""A foreign column read by its rule: prepared as text first, then read as what the field holds.

In number columns and choices, what cannot be read is "not known" and counted; a date or an id that cannot be read is
a problem of its row.
"""

from __future__ import annotations

import ast
import hashlib
import hmac
import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .cells import Parsed, Problem, clean, read_cells
from .cells_numbers import NumberRule, NumberStyle, read_durations, read_numbers
from .dates import DateRule, Order, read_dates
from .headers import normalise
from .mapping import ColumnRule
from .mapping_patterns import cut
from .records import Field, Kind

_PSEUDONYM = re.compile(r"a_[0-9a-f]{32}")
_YES = frozenset({"true", "yes", "y", "1", "sim", "sí", "si", "oui", "ja", "verified", "x"})
_NO = frozenset({"false", "no", "n", "0", "não", "nao", "non", "nein"})
_LONGEST_LIST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a rule may need to know beside the cells."""

    link: Callable[[str, str], str] = lambda _field, _url: ""
    """Field and link to the id or handle that the link shows, "" where none."""
    order: Order | None = None
    """Of numeric dates, as the whole column showed."""
    zone: str | None = None
    """Of times that carry none, where the rule names no zone."""
    style: NumberStyle | None = None
    """Of numbers, where the rule names none."""
    referees: Sequence[datetime | None] | None = None
    salt: bytes = b""
    network: str = ""
    otherwise: Sequence[str] | None = None
    """Cells of the column that stands in where this one yields nothing."""


@dataclass(slots=True)
class Column:
    """A column read: its values, and what is known of how they were written."""

    parsed: Parsed
    compact: Sequence[bool] | None = None
    """By row: the number was written with a suffix."""
    precisions: Sequence[str | None] | None = None
    """By row: how finely a time was given."""
    naive: bool = field(default=False)
    """Some times carried no zone."""


def read_column(target: Field, rule: ColumnRule, cells: Sequence[str], around: Circumstances) -> Column:
    """Read *cells* as values of *target* by *rule*."""
    texts = prepare(target, rule, cells, around)
    if target.name == "author_ref":
        return Column(Parsed([pseudonym(text, around) for text in texts]))
    if target.name == "duration_s":
        return Column(read_durations(texts))
    if target.kind in {Kind.INTEGER, Kind.DECIMAL}:
        return _numbers(rule, texts, around, integral=target.kind is Kind.INTEGER, signed=target.signed)
    if target.kind is Kind.INSTANT:
        return _dates(rule, texts, around)
    if target.one_of is not None:
        return Column(_choices(target, texts))
    if target.kind is Kind.BOOLEAN:
        return Column(_booleans(texts))
    if target.kind is Kind.WORDS:
        return Column(_lists(rule, texts))
    return Column(read_cells(target, texts))


def read_extra(rule: ColumnRule, cells: Sequence[str], around: Circumstances) -> Column:
    """Read *cells* for a field of `extra`, which is text unless the rule says otherwise."""
    texts = prepare(Field("extra", Kind.TEXT), rule, cells, around)
    if rule.kind == "number":
        return _numbers(rule, texts, around, integral=False, signed=True)
    if rule.kind == "duration":
        return Column(read_durations(texts))
    return Column(read_cells(Field("extra", Kind.TEXT), texts))


def prepare(target: Field, rule: ColumnRule, cells: Sequence[str], around: Circumstances) -> Sequence[str]:
    """Apply what a rule says about the text: repair, words for "not known", pattern, link, values, fold."""
    plain = not (rule.repair or rule.missing or rule.patterns or rule.link or rule.values or rule.fold)
    known = {} if plain else {cell: _prepared(target, rule, cell, around) for cell in set(cells)}
    texts = cells if plain else [known[cell] for cell in cells]
    if around.otherwise is None:
        return texts
    return [text or other for text, other in zip(texts, around.otherwise, strict=True)]


def pseudonym(author: str, around: Circumstances) -> str | None:
    """Return a name for *author* that is always the same here and tells nobody who it is; a pseudonym stays."""
    name = author.strip()
    if not name or not around.salt:
        return None
    if _PSEUDONYM.fullmatch(name):
        return name
    digest = hmac.new(around.salt, f"{around.network}\n{name}".encode("utf-8", "replace"), hashlib.sha256)
    return f"a_{digest.hexdigest()[:32]}"


def _prepared(target: Field, rule: ColumnRule, cell: str, around: Circumstances) -> str:
    text = _repaired(cell) if rule.repair else cell
    if rule.missing and normalise(text) in rule.missing:
        return ""
    if rule.patterns:
        text = cut(text, rule.patterns)
    if rule.link:
        text = around.link(target.name, text)
    text = rule.values.get(normalise(text), text)
    if rule.fold == "lower":
        return text.strip().lower()
    return text.strip().lstrip("@").lower() if rule.fold == "handle" else text


def _repaired(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def number_rule(rule: ColumnRule, *, integral: bool, signed: bool, style: NumberStyle | None = None) -> NumberRule:
    """Return how *rule* reads numbers: in its own style, in *style* where it names none, or plainly."""
    known = rule.number or style or NumberStyle()
    return NumberRule(style=known, integral=integral, signed=signed, unit=rule.unit, percent=rule.percent)


def _numbers(rule: ColumnRule, texts: Sequence[str], around: Circumstances, *, integral: bool, signed: bool) -> Column:
    how = number_rule(rule, integral=integral, signed=signed, style=around.style)
    read = read_numbers(texts, how)
    compact = [text in read.compact for text in texts] if how.style.compact else None
    return Column(read.parsed, compact=compact)


def _dates(rule: ColumnRule, texts: Sequence[str], around: Circumstances) -> Column:
    order = rule.dates if isinstance(rule.dates, Order) else around.order
    formats = rule.dates if isinstance(rule.dates, tuple) else ()
    read = read_dates(texts, DateRule(order=order, formats=formats, zone=rule.zone or around.zone), around.referees)
    if rule.ends_day:
        ends = [value + timedelta(days=1) if isinstance(value, datetime) else value for value in read.parsed.values]
        read.parsed.values = ends
    return Column(read.parsed, precisions=read.precisions, naive=read.naive)


def _choices(target: Field, texts: Sequence[str]) -> Parsed:
    known = {text: text.strip().lower() for text in set(texts)}
    allowed = target.one_of or frozenset()
    values = [known[text] if known[text] in allowed else None for text in texts]
    return Parsed(values, labels=Counter(text for text in texts if text and known[text] not in allowed))


def _booleans(texts: Sequence[str]) -> Parsed:
    known = {text: normalise(text) for text in set(texts)}
    values = [True if known[text] in _YES else False if known[text] in _NO else None for text in texts]
    return Parsed(values, labels=Counter(text for text in texts if text and known[text] not in _YES | _NO))


def _lists(rule: ColumnRule, texts: Sequence[str]) -> Parsed:
    problems: dict[int, Problem] = {}
    known = {text: _split(text, rule.separator or "blank") for text in set(texts)}
    for row, text in enumerate(texts):
        wrong = clean(text)
        if wrong:
            problems[row] = wrong
    return Parsed([None if row in problems else known[text] for row, text in enumerate(texts)], problems)


def _split(text: str, separator: str) -> tuple[str, ...] | None:
    if separator == "literal":
        parts = _literal(text)
    else:
        parts = text.split() if separator == "blank" else text.split(separator)
    words = tuple(word for part in parts if (word := part.strip().lstrip("#").strip()))
    return words or None


def _python_literal(text: str) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a backslash in somebody's caption is no concern of ours
        return ast.literal_eval(text)


def _literal(text: str) -> list[str]:
    """Read a list as JSON or Python writes it; a text that is neither is a list of itself."""
    if len(text) > _LONGEST_LIST:
        return []
    for read in (json.loads, _python_literal):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        if isinstance(value, (list, tuple, set)):
            return [str(part) for part in value if isinstance(part, (str, int, float))]
    return [text]
