"""Criteria held against the fields there are: what cannot be asked is refused, and what can is put in one form."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final
from uuid import UUID

from ....domain.influencers.criteria import (
    All,
    Amount,
    AnyOf,
    Condition,
    Criteria,
    Has,
    Matches,
    Not,
    OneOf,
    Range,
    Subject,
    conditions,
)
from ....domain.influencers.folding import words_of
from ....domain.shared.errors import RuleViolated
from ...shared.actor import Actor
from .fields import BY_NAME, UNANSWERABLE, Field, Kind, Unknown

YES: Final = "yes"
NO: Final = "no"
MAX_WORDS: Final = 12
"""Words of one text to look for."""
_FLAGS: Final = {"yes": YES, "true": YES, "no": NO, "false": NO}
_GENDERS: Final = {"FEMALE": "F", "MALE": "M", "UNKNOWN": "U"}
_RANGED: Final = frozenset({Kind.NUMBER, Kind.PERCENT, Kind.SHARE})


class ConditionRefused(RuleViolated):
    """A condition asks a field for something that it does not have."""

    code = "search.condition_refused"
    part = "filter"

    def __init__(self, subject: Subject, reason: str) -> None:
        super().__init__(f"{subject}: {reason}")
        self.subject = subject


class TooManyWords(RuleViolated):
    """More words are sought than a search goes after."""

    code = "search.too_many_words"
    part = "q"

    def __init__(self, words: int) -> None:
        super().__init__(f"there are {words} words to look for; at most {MAX_WORDS} are looked for")


class FieldUnknown(ConditionRefused):
    """There is no such field."""

    code = "search.field_unknown"

    def __init__(self, subject: Subject) -> None:
        close = get_close_matches(subject.field, BY_NAME, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(BY_NAME)}"
        super().__init__(subject, f"there is no such field; {hint}")


class FieldUnanswerable(ConditionRefused):
    """Other products have such a field; here nothing could answer it."""

    code = "search.field_unanswerable"

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject, f"this cannot be answered: {UNANSWERABLE[subject.field]}")


def checked(criteria: Criteria) -> Criteria:
    """Return *criteria* as adapters take them, or raise `ConditionRefused`.

    Words are folded as their field has them, flags are `yes` or `no`, and a set of a field with shares asks for its
    usual share.
    """
    match criteria:
        case Not(part):
            return Not(checked(part))
        case All(parts):
            return All(tuple(map(checked, parts)))
        case AnyOf(parts):
            return AnyOf(tuple(map(checked, parts)))
        case _:
            return _condition(criteria)


def require_for(actor: Actor, criteria: Criteria) -> None:
    """Raise `NotPermitted` where a condition asks for what the actor may not see."""
    for condition in conditions(criteria):
        needed = field_of(condition.subject).needs
        if needed:
            actor.require(needed)


def field_of(subject: Subject) -> Field:
    """Return the field, or raise `FieldUnanswerable` or `FieldUnknown`."""
    if subject.field in UNANSWERABLE:
        raise FieldUnanswerable(subject)
    if subject.field not in BY_NAME:
        raise FieldUnknown(subject)
    return BY_NAME[subject.field]


def _condition(condition: Condition) -> Criteria:
    field = field_of(condition.subject)
    if condition.subject.key is not None and field.kind is not Kind.SHARE:
        raise ConditionRefused(condition.subject, f"{field.name} has no parts; leave out [{condition.subject.key}]")
    match condition:
        case Range():
            return _range(field, condition)
        case OneOf():
            return _one_of(field, condition)
        case Matches():
            return _matches(field, condition)
        case Has(subject):
            return Has(_keyed(field, subject)) if subject.key is not None else condition


def _range(field: Field, condition: Range) -> Criteria:
    subject, ends = condition.subject, [end for end in (condition.low, condition.high) if end is not None]
    if field.kind is Kind.DAY:
        if any(isinstance(end, Amount) for end in ends):
            raise ConditionRefused(subject, "it is a day: write 2026-01-31, or 30d for 30 days ago")
        return condition
    if field.kind not in _RANGED:
        raise ConditionRefused(subject, f"it is no number; {_usage(field)}")
    amounts = [end for end in ends if isinstance(end, Amount)]
    if len(amounts) < len(ends):
        raise ConditionRefused(subject, "it is a number, not a day")
    if field.kind is Kind.NUMBER and any(amount.percent for amount in amounts):
        raise ConditionRefused(subject, "it is a plain number; leave out the %")
    if len(amounts) == 2 and amounts[0].value > amounts[1].value:
        raise ConditionRefused(subject, "the range ends before it begins; swap its ends")
    if field.kind is not Kind.SHARE:
        return condition
    if subject.key is None:
        raise ConditionRefused(subject, f"name the part that is meant; {_usage(field)}")
    if any(not 0 <= amount.value <= 100 for amount in amounts):
        raise ConditionRefused(subject, "a share lies between 0% and 100%")
    return Range(
        subject=_keyed(field, subject),
        low=condition.low,
        high=condition.high,
        low_included=condition.low_included,
        high_included=condition.high_included,
    )


def _one_of(field: Field, condition: OneOf) -> Criteria:
    subject, values = condition.subject, condition.values
    if field.kind is Kind.SHARE:
        if subject.key is not None:
            raise ConditionRefused(subject, f"compare it with a share; {_usage(field)}")
        usual = Amount(field.usual_share or 0, percent=True)
        parts = [Range(subject=_keyed(field, Subject(field.name, value)), low=usual) for value in values]
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))
    if field.kind is Kind.FLAG:
        told = [_FLAGS.get(value.lower()) for value in values]
        if len(told) != 1 or told[0] is None:
            raise ConditionRefused(subject, "it is yes or no")
        return OneOf(subject, (told[0],))
    if field.kind not in {Kind.WORD, Kind.WORDS}:
        raise ConditionRefused(subject, f"it is no set of words; {_usage(field)}")
    words = tuple(dict.fromkeys(_folded(field, value).lstrip("@#") for value in values))
    if field.ids and (strange_id := next((word for word in words if not _is_id(word)), None)):
        raise ConditionRefused(subject, f"{strange_id!r} is no id; a list is named by the id that GET /lists has")
    strange = [word for word in words if field.values and word not in field.values]
    if strange:
        raise ConditionRefused(subject, f"{strange[0]} is none of its values: {', '.join(field.values)}")
    return OneOf(subject, words)


def _matches(field: Field, condition: Matches) -> Criteria:
    if field.kind is not Kind.TEXT:
        raise ConditionRefused(condition.subject, f"it is no text; {_usage(field)}")
    words = words_of(condition.text)
    if not words:
        raise ConditionRefused(condition.subject, "there is no word in it; letters or digits are needed")
    if len(words) > MAX_WORDS:
        raise ConditionRefused(
            condition.subject, f"there are {len(words)} words in it; at most {MAX_WORDS} are looked for"
        )
    return Matches(condition.subject, " ".join(words))


def words_sought(text: str) -> tuple[str, ...]:
    """Return the folded words of a search box, or raise `TooManyWords`."""
    words = words_of(text)
    if len(words) > MAX_WORDS:
        raise TooManyWords(len(words))
    return words


def _keyed(field: Field, subject: Subject) -> Subject:
    key = _folded(field, subject.key or "")
    return Subject(field.name, _GENDERS.get(key, key) if field.name == "audience.gender" else key)


def _folded(field: Field, value: str) -> str:
    plain = value.strip()
    return {"upper": plain.upper(), "lower": plain.lower()}.get(field.folds, plain)


def _usage(field: Field) -> str:
    examples = {
        Kind.NUMBER: f"{field.name} >= 10k",
        Kind.PERCENT: f"{field.name} >= 2.5%",
        Kind.DAY: f"{field.name} >= 30d",
        Kind.WORD: f'{field.name} = "…"',
        Kind.WORDS: f"{field.name} in (…, …)",
        Kind.FLAG: f"{field.name} = yes",
        Kind.SHARE: f"{field.name}[…] >= 20%",
        Kind.TEXT: f'{field.name} ~ "…"',
    }
    return f"write: {examples[field.kind]}"


def counts_as_no(field: Field) -> bool:
    """Whether a value that is not known counts as not there."""
    return field.unknown is Unknown.IS_NO


def _is_id(word: str) -> bool:
    try:
        return str(UUID(word)) == word
    except ValueError:
        return False
