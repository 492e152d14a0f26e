r"""Criteria as text: the one notation of URLs, saved searches and the command line.

    followers >= 10k and network in (instagram, tiktok) and not country = US
    er in 2%..5% and last_post >= 30d and (niche = food or text ~ "receita rápida")
    audience.country[BR] >= 40% and has email

`not` binds more tightly than `and`, `and` more tightly than `or`. Numbers may end in k, m, b or %; a date is
2026-01-31, and 30d is the instant 30 days before the question is asked. Words with other letters than a-z, digits and
`_ . + -` stand in double quotes, where a backslash goes before `"` and `\`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from ..shared.errors import RuleViolated
from .criteria import (
    EVERYBODY,
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_VALUES,
    Ago,
    All,
    Amount,
    AnyOf,
    Bound,
    Criteria,
    Has,
    Matches,
    Not,
    OneOf,
    Range,
    Subject,
)

MAX_LENGTH: Final = 4_000
"""Characters of a filter."""


class FilterRefused(RuleViolated):
    """A filter cannot be obeyed; *at* is the place of the trouble, counted in characters from 0."""

    code = "search.filter_refused"
    part = "filter"

    def __init__(self, at: int, message: str) -> None:
        super().__init__(f"filter, character {at + 1}: {message}")
        self.at = at
        self.told = message


def read(text: str) -> Criteria:
    """Read a filter, or raise `FilterRefused`; a blank one finds everybody."""
    if len(text) > MAX_LENGTH:
        raise FilterRefused(MAX_LENGTH, f"a filter has at most {MAX_LENGTH} characters")
    return _Reader(text).whole()


def write(criteria: Criteria) -> str:
    """Write *criteria* so that `read` gives them back, with no more parentheses than are needed."""
    return _written(criteria, within=None)


# ---- reading ---------------------------------------------------------------------------------------------------------

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<id>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w+-]|\.(?!\.)))
    | (?P<date>\d{4}-\d{2}-\d{2}(?![\w+-]|\.(?!\.)))
    | (?P<number>-?\d+(?:\.\d+)?(?P<unit>[kmbd%](?![A-Za-z0-9_])|(?![A-Za-z0-9_])))
    | (?P<word>[^\W_][\w+-]*(?:\.(?!\.)[\w+-]+)*)
    | "(?P<quoted>(?:[^"\\]|\\["\\])*)"
    | (?P<sign>\.\.|>=|<=|!=|[=<>~(),\[\]])
    )""",
    re.VERBOSE,
)
_SCALE: Final = {"k": 1e3, "m": 1e6, "b": 1e9}
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "has"})
_COMPARISONS: Final = frozenset({">=", "<=", ">", "<"})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """`date`, `number`, `word`, `quoted`, `sign`, or `end`."""
    text: str
    at: int

    def is_(self, *texts: str) -> bool:
        said = self.text.lower() if self.kind == "word" else self.text
        return self.kind in {"word", "sign"} and said in texts

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else f"`{self.text}`"


def _tokens(text: str) -> list[_Token]:
    found, at = list[_Token](), 0
    while at < len(text) and text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            place = at + len(text[at:]) - len(text[at:].lstrip())
            trouble = "this quotation does not end" if text[place] == '"' else f"`{text[place]}` has no meaning here"
            raise FilterRefused(place, f"{trouble}; put words with other letters in double quotes")
        group = match.lastgroup if match.lastgroup != "unit" else "number"
        assert group is not None
        kind = "word" if group == "id" else group  # one of digits alone would be a number and what follows it
        found.append(_Token(kind, match[group], match.start(group)))
        at = match.end()
    return [*found, _Token("end", "", len(text))]


class _Reader:
    """Recursive descent: one method for each rule of the notation."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0
        self._conditions = 0

    def whole(self) -> Criteria:
        if self._seen.kind == "end":
            return EVERYBODY
        criteria = self._any(0)
        if self._seen.kind != "end":
            raise self._refused("`and`, `or` or the end was expected")
        return criteria

    @property
    def _seen(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._seen
        self._next += token.kind != "end"
        return token

    def _took(self, *texts: str) -> bool:
        if self._seen.is_(*texts):
            self._next += 1
            return True
        return False

    def _refused(self, expected: str) -> FilterRefused:
        return FilterRefused(self._seen.at, f"{expected}, and {self._seen} stands there")

    def _any(self, depth: int) -> Criteria:
        parts = [self._all(depth)]
        while self._took("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self, depth: int) -> Criteria:
        parts = [self._not(depth)]
        while self._took("and"):
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _not(self, depth: int) -> Criteria:
        if depth > MAX_DEPTH:
            raise FilterRefused(self._seen.at, f"this is nested more than {MAX_DEPTH} deep")
        if self._took("not"):
            return Not(self._not(depth + 1))
        if self._took("("):
            inner = self._any(depth + 1)
            if not self._took(")"):
                raise self._refused("a closing `)` was expected")
            return inner
        return self._condition()

    def _condition(self) -> Criteria:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise FilterRefused(self._seen.at, f"a filter has at most {MAX_CONDITIONS} conditions")
        if self._took("has"):
            return Has(self._subject())
        subject = self._subject()
        if self._took("in"):
            return self._within(subject)
        if self._took("~"):
            return Matches(subject, self._word("the words to look for were expected"))
        if self._took("="):
            return self._equal(subject)
        if self._took("!="):
            return Not(self._equal(subject))
        if self._seen.kind == "sign" and self._seen.text in _COMPARISONS:
            return self._compared(subject)
        raise self._refused(f"one of = != >= <= > < ~ in was expected behind {subject}")

    def _subject(self) -> Subject:
        token = self._seen
        if token.kind != "word" or token.text.lower() in _KEYWORDS:
            raise self._refused("the name of a field was expected")
        self._take()
        if not self._took("["):
            return Subject(token.text.lower())
        key = self._key()
        if not self._took("]"):
            raise self._refused("a closing `]` was expected")
        return Subject(token.text.lower(), key)

    def _key(self) -> str:
        """A word, or what looks like a number or a span of them, as the age 18-24."""
        start = self._take()
        if start.kind == "quoted":
            return _plain(start.text)
        if start.kind not in {"word", "number"}:
            raise FilterRefused(start.at, f"a key was expected, and {start} stands there")
        text, end = start.text, start.at + len(start.text)
        while self._seen.kind in {"word", "number"} and self._seen.at == end:
            text, end = text + self._seen.text, end + len(self._seen.text)
            self._take()
        return text

    def _within(self, subject: Subject) -> Criteria:
        if self._took("("):
            values = [self._value()]
            while self._took(","):
                values.append(self._value())
                if len(values) > MAX_VALUES:
                    raise FilterRefused(self._seen.at, f"a set has at most {MAX_VALUES} values")
            if not self._took(")"):
                raise self._refused("`,` or a closing `)` was expected")
            return OneOf(subject, tuple(values))
        low = None if self._seen.is_("..") else self._bound()
        if not self._took(".."):
            raise self._refused("`..` between the ends of a range was expected, or `(` before a set")
        high = self._bound() if self._seen.kind in {"number", "date"} else None
        if low is None and high is None:
            raise self._refused("at least one end of the range was expected")
        return Range(subject=subject, low=low, high=high)

    def _equal(self, subject: Subject) -> Criteria:
        if self._seen.kind in {"number", "date"}:
            bound = self._bound()
            return Range(subject=subject, low=bound, high=bound)
        return OneOf(subject, (self._value(),))

    def _compared(self, subject: Subject) -> Criteria:
        sign = self._take().text
        bound, included = self._bound(), sign.endswith("=")
        if sign.startswith(">"):
            return Range(subject=subject, low=bound, low_included=included)
        return Range(subject=subject, high=bound, high_included=included)

    def _bound(self) -> Bound:
        token = self._take()
        if token.kind == "date":
            try:
                return date.fromisoformat(token.text)
            except ValueError:
                raise FilterRefused(token.at, f"there is no day {token.text}") from None
        if token.kind != "number":
            raise FilterRefused(
                token.at, f"a number, a date or a span such as 30d was expected, and {token} stands there"
            )
        unit = token.text[-1] if token.text[-1] in "kmbd%" else ""
        digits = token.text.removesuffix(unit)
        if unit == "d":
            if not digits.isdigit() or int(digits) > 36_500:
                raise FilterRefused(token.at, "a span has a whole number of days, at most 36500")
            return Ago(int(digits))
        value = float(digits) * _SCALE.get(unit, 1.0)
        if abs(value) > 2**53:
            raise FilterRefused(token.at, "the number is too large to be counted exactly")
        return Amount(value, percent=unit == "%")

    def _value(self) -> str:
        token = self._seen
        if token.kind == "number" and token.text.isdigit():
            return self._take().text
        return self._word("a value was expected")

    def _word(self, expected: str) -> str:
        token = self._seen
        if token.kind not in {"word", "quoted"}:
            raise self._refused(expected)
        self._take()
        text = _plain(token.text) if token.kind == "quoted" else token.text
        if not text.strip():
            raise FilterRefused(token.at, f"{expected}, and nothing stands between the quotes")
        return text


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


# ---- writing ---------------------------------------------------------------------------------------------------------

_BARE: Final = re.compile(r"[^\W_][\w+-]*(?:\.(?!\.)[\w+-]+)*")


def _written(criteria: Criteria, within: type[Criteria] | None) -> str:
    match criteria:
        case All(parts) | AnyOf(parts):
            if not parts:
                return ""
            joined = (" and " if isinstance(criteria, All) else " or ").join(
                _written(each, type(criteria)) for each in parts
            )
            return joined if within is None else f"({joined})"
        case Not(part):
            return f"not {_written(part, Not)}"
        case Has(subject):
            return f"has {_subject_text(subject)}"
        case OneOf(subject, (single,)):
            return f"{_subject_text(subject)} = {_set_value(single, alone=True)}"
        case OneOf(subject, values):
            return f"{_subject_text(subject)} in ({', '.join(_set_value(each) for each in values)})"
        case Matches(subject, text):
            return f"{_subject_text(subject)} ~ {_quoted(text)}"
        case Range():
            return _range_text(criteria)


def _range_text(criteria: Range) -> str:
    name, low, high = _subject_text(criteria.subject), criteria.low, criteria.high
    if high is None:
        assert low is not None
        return f"{name} {'>=' if criteria.low_included else '>'} {_bound_text(low)}"
    if low is None:
        return f"{name} {'<=' if criteria.high_included else '<'} {_bound_text(high)}"
    return f"{name} = {_bound_text(low)}" if low == high else f"{name} in {_bound_text(low)}..{_bound_text(high)}"


def _subject_text(subject: Subject) -> str:
    if subject.key is None:
        return subject.field
    bare = re.fullmatch(r"[A-Za-z0-9][\w+-]*", subject.key) is not None
    return f"{subject.field}[{subject.key if bare else _quoted(subject.key)}]"


def _bound_text(bound: Bound) -> str:
    if isinstance(bound, Ago):
        return f"{bound.days}d"
    if isinstance(bound, date):
        return bound.isoformat()
    # Never in the notation with an exponent, which the reader does not know.
    digits = f"{bound.value:.0f}" if bound.value == int(bound.value) else format(Decimal(repr(bound.value)), "f")
    return f"{digits}%" if bound.percent else digits


def _set_value(text: str, *, alone: bool = False) -> str:
    """A word as it is, where it reads as one; behind `=` a number would be read as an amount, so it is quoted."""
    if text.isascii() and text.isdigit() and not alone:
        return text
    plain = _BARE.fullmatch(text) and text.lower() not in _KEYWORDS and not text[0].isdigit()
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
