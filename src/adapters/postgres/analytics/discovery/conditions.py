"""Criteria as conditions of SQL: values travel as parameters, unknown is NULL and goes its way through AND, OR and NOT.

Names of columns come from the fields of the application, never from what somebody wrote.
"""

# ruff: noqa: S608  statements are put together from constants of this package, values travel beside them
from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from .....application.analytics.discovery.checking import YES, counts_as_no, field_of
from .....application.analytics.discovery.fields import Field, Kind
from .....domain.analytics.tiers import tiers
from .....domain.influencers.criteria import (
    Ago,
    All,
    Amount,
    AnyOf,
    Bound,
    Condition,
    Criteria,
    Has,
    Matches,
    Not,
    OneOf,
    Range,
)
from .....domain.influencers.niche import taxonomy

_ARRAYS: Final = {"hashtag": "hashtags", "mention": "mentions"}
"""Fields with several words that stand beside the texts."""
_WEIGHTS: Final = {"text": "ABC", "name": "A", "bio": "B", "caption": "C"}
"""Which words of the texts a field means."""
_KEPT: Final = {
    "tag": ("tags m", "m.key", "text[]"),
    "list": ("list_items m join lists l on l.id = m.list_id", "l.id", "uuid[]"),
}
"""Fields that are the organisation's own word: where it stands, in which column, and of which type."""
_DAY: Final = timedelta(days=1)


class Statement:
    """The parameters of a statement as it grows, `$1` being the first."""

    def __init__(self, *values: Any) -> None:
        self.values = list(values)

    def put(self, value: Any, kind: str) -> str:
        """Take in *value*, and return its place, cast to *kind*."""
        self.values.append(value)
        return f"${len(self.values)}::{kind}"


class Conditions:
    """Writes criteria as conditions on rows of `discovery`; spans look back from *now*, and *caller* sees their own lists."""

    def __init__(self, statement: Statement, now: datetime, caller: str) -> None:
        self._statement = statement
        self._now = now
        self._caller = caller

    def of(self, criteria: Criteria, alias: str, *, negated: bool = False) -> str:
        """Return SQL that is true, false or null of the row *alias*.

        Only in negated places null and false differ, so elsewhere the cheaper of two conditions may be written.
        """
        match criteria:
            case Not(part):
                return f"not {self.of(part, alias, negated=True)}"
            case All(parts) | AnyOf(parts):
                word = " and " if isinstance(criteria, All) else " or "
                written = word.join(self.of(part, alias, negated=negated) for part in parts)
                return f"({written})" if parts else "true" if isinstance(criteria, All) else "false"
            case _:
                field = field_of(criteria.subject)
                sql = self._condition(criteria, field, alias, negated=negated)
                return f"coalesce({sql}, false)" if counts_as_no(field) else sql

    def _condition(self, condition: Condition, field: Field, alias: str, *, negated: bool) -> str:
        match condition:
            case Has():
                return self._has(condition, field, alias)
            case Matches(_, text):
                query = words_query(self._statement, text.split(" "), _WEIGHTS[field.name])
                return f"{alias}.id in (select x.discovery_id from discovery_texts x where x.words @@ {query})"
            case OneOf(_, values):
                return self._one_of(field, values, alias)
            case Range():
                if field.kind is Kind.SHARE:
                    return self._share(condition, alias, negated=negated)
                if field.kind is Kind.DAY:
                    return self._days(condition, f"{alias}.{field.name}")
                return self._between(condition, f"{alias}.{field.name}")

    def _has(self, condition: Has, field: Field, alias: str) -> str:
        if field.kind is Kind.SHARE:
            return f"{alias}.id in ({self._told(condition.subject.field, condition.subject.key)})"
        if field.name in _ARRAYS:
            return f"{alias}.id in (select x.discovery_id from discovery_texts x where cardinality(x.{_ARRAYS[field.name]}) > 0)"
        if field.kind is Kind.TEXT:
            weights = ",".join(_WEIGHTS[field.name].lower())
            return (
                f"{alias}.id in (select x.discovery_id from discovery_texts x "
                f"where length(ts_filter(x.words, '{{{weights}}}')) > 0)"
            )
        if field.name == "niche":
            return f"{alias}.niches <> 0"
        if field.name in _KEPT:
            return self._kept(field.name, "true", alias)
        if field.kind is Kind.WORDS:
            return f"cardinality({alias}.{field.name}) > 0"
        if field.name == "tier":
            return f"({self._has_tier(alias)})"
        return f"{alias}.{field.name} is not null"

    def _one_of(self, field: Field, values: tuple[str, ...], alias: str) -> str:
        if field.kind is Kind.FLAG:
            flag = f"coalesce({alias}.{field.name}, false)" if counts_as_no(field) else f"{alias}.{field.name}"
            return flag if values == (YES,) else f"not {flag}"
        if field.name == "tier":
            reached = " or ".join(self._tier(value, alias) for value in values)
            return f"case when {self._has_tier(alias)} then {reached} end"
        if field.name == "niche":
            return f"{alias}.niches & {self._statement.put(taxonomy().bits(values), 'bigint')} <> 0"
        if field.name in _KEPT:
            column, kind = _KEPT[field.name][1:]
            return self._kept(field.name, f"{column} = any({self._statement.put(list(values), kind)})", alias)
        words = self._statement.put(list(values), "text[]")
        if field.name in _ARRAYS:
            return (
                f"{alias}.id in (select x.discovery_id from discovery_texts x where x.{_ARRAYS[field.name]} && {words})"
            )
        if field.kind is Kind.WORDS:
            return f"{alias}.{field.name} && {words}"
        return f"{alias}.{field.name} = any({words})"

    def _kept(self, field: str, condition: str, alias: str) -> str:
        """What the organisation keeps of somebody, or of whom they were made one with."""
        theirs = ""
        if field == "list":
            theirs = f" and (not l.private or l.made_by = {self._statement.put(self._caller, 'text')})"
        return (
            f"{alias}.influencer_id in (select coalesce(k.merged_into, k.id) from {_KEPT[field][0]} "
            f"join influencers k on k.id = m.influencer_id where {condition}{theirs})"
        )

    @staticmethod
    def _has_tier(alias: str) -> str:
        return f"{alias}.network is not null and {alias}.followers is not null"

    def _tier(self, tier: str, alias: str) -> str:
        """Networks that have bounds of their own, each by them, and all others by the default."""
        there = tiers()
        others = self._statement.put(list(there.networks), "text[]")
        parts = [f"{alias}.network <> all({others}) and {self._reach(there.span('', tier), alias)}"]
        for network in there.networks:
            name = self._statement.put(network, "text")
            parts.append(f"{alias}.network = {name} and {self._reach(there.span(network, tier), alias)}")
        return " or ".join(f"({part})" for part in parts)

    def _reach(self, span: tuple[float | None, float | None], alias: str) -> str:
        low, high = (None if end is None else self._statement.put(end, "double precision") for end in span)
        upper = "" if high is None else f" and {alias}.followers < {high}"
        return f"{alias}.followers >= {low}{upper}"

    def _between(self, condition: Range, value: str) -> str:
        ends = list[str]()
        for end, sign in ((condition.low, ">"), (condition.high, "<")):
            if isinstance(end, Amount):
                included = condition.low_included if sign == ">" else condition.high_included
                place = self._statement.put(end.value, "double precision")
                ends.append(f"{value} {sign}{'=' if included else ''} {place}")
        return f"({' and '.join(ends)})"

    def _days(self, condition: Range, value: str) -> str:
        """A day is all its instants: `<= 2026-01-31` goes to its end, and `>` begins behind it."""
        ends = list[str]()
        if condition.low is not None:
            begin = self._instant(condition.low, behind=not condition.low_included)
            sign = ">" if isinstance(condition.low, Ago) and not condition.low_included else ">="
            ends.append(f"{value} {sign} {begin}")
        if condition.high is not None:
            end = self._instant(condition.high, behind=condition.high_included)
            sign = "<=" if isinstance(condition.high, Ago) and condition.high_included else "<"
            ends.append(f"{value} {sign} {end}")
        return f"({' and '.join(ends)})"

    def _instant(self, bound: Bound, *, behind: bool) -> str:
        if isinstance(bound, Ago):
            instant = self._now - timedelta(days=bound.days)
        else:
            assert isinstance(bound, date)
            instant = datetime.combine(bound, time(), UTC) + (_DAY if behind else timedelta())
        return self._statement.put(instant, "timestamptz")

    def _share(self, condition: Range, alias: str, *, negated: bool) -> str:
        """A part that is not listed, of an audience that is known, is 0."""
        subject = condition.subject
        of_key = (
            f"select a.discovery_id from discovery_audiences a where a.dimension = {self._dimension(subject.field)} "
            f"and a.key = {self._statement.put(subject.key, 'text')}"
        )
        inside = self._between(condition, "a.share")
        zero_too = self._holds_zero(condition)
        listed = f"{alias}.id in ({of_key} and {'not ' if zero_too else ''}{inside})"
        if not zero_too and not negated:
            return listed
        told = f"{alias}.id in ({self._told(subject.field, None)})"
        return f"case when {listed} then {'false' if zero_too else 'true'} when {told} then {zero_too} end"

    @staticmethod
    def _holds_zero(condition: Range) -> bool:
        low, high = condition.low, condition.high
        above = not isinstance(low, Amount) or (low.value < 0 or (low.value == 0 and condition.low_included))
        below = not isinstance(high, Amount) or (high.value > 0 or (high.value == 0 and condition.high_included))
        return above and below

    def _told(self, field: str, key: str | None) -> str:
        told = f"select a.discovery_id from discovery_audiences a where a.dimension = {self._dimension(field)}"
        return told if key is None else f"{told} and a.key = {self._statement.put(key, 'text')}"

    def _dimension(self, field: str) -> str:
        return self._statement.put(field.partition(".")[2], "text")


def words_query(statement: Statement, words: list[str], weights: str) -> str:
    """Return a tsquery: every one of *words* begins a word of the texts with *weights*, or is an inflection of one."""
    return "(" + " && ".join(word_query(statement, word, weights) for word in words) + ")"


def word_query(statement: Statement, word: str, weights: str) -> str:
    """Return a tsquery for one folded *word*; it holds nothing but letters and digits, so there is nothing to quote."""
    begins = statement.put(f"{word}:*{weights}", "text")
    parts = [f"to_tsquery('simple', {begins})"]
    stems = weights.replace("A", "")
    if stems:
        place = statement.put(f"{word}:{stems}", "text")
        parts += [f"to_tsquery('{language}', {place})" for language in ("portuguese", "english")]
    return f"({' || '.join(parts)})"
