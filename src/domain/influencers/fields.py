"""Fields that an organisation adds to influencers, each with a type that its values keep to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import isfinite
from typing import Final, TypeAlias

from ..shared.errors import RuleViolated

MOST: Final = 100
"""Fields of one organisation."""
MOST_OPTIONS: Final = 100
MAX_LABEL: Final = 80
MAX_TEXT: Final = 1_000
_KEY: Final = re.compile("[a-z][a-z0-9_]{0,39}")
_LINK: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f\"<>\\]{1,900}")

Value: TypeAlias = str | float | bool | tuple[str, ...]


class FieldInvalid(RuleViolated):
    """A fact of a field is not as it may be; *part* names it."""

    code = "influencers.field_invalid"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class ValueRefused(RuleViolated):
    """The value is not of the field's type."""

    code = "influencers.value_refused"
    part = "value"

    def __init__(self, key: str, wanted: str) -> None:
        super().__init__(f"{key} takes {wanted}")


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    key: str
    """Its name for programs; it stays."""
    label: str
    kind: FieldKind
    options: tuple[str, ...] = ()
    """What can be chosen, in the order that people see."""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise FieldInvalid("key", "a field is called by small letters, digits and _, and begins with a letter")
        if not self.label.strip() or len(self.label) > MAX_LABEL or not self.label.isprintable():
            raise FieldInvalid("label", f"a field has a label of 1 to {MAX_LABEL} characters")
        chosen = self.kind in {FieldKind.CHOICE, FieldKind.CHOICES}
        if chosen != bool(self.options):
            raise FieldInvalid("options", "a choice has options, and nothing else has")
        if len(set(self.options)) < len(self.options) or len(self.options) > MOST_OPTIONS:
            raise FieldInvalid("options", f"there are at most {MOST_OPTIONS} options, each once")
        if any(not option.strip() or len(option) > MAX_LABEL or not option.isprintable() for option in self.options):
            raise FieldInvalid("options", f"an option has 1 to {MAX_LABEL} characters")

    def taken(self, value: object) -> Value:
        """Return *value*, as JSON has it, in the one form in which it is kept; raises `ValueRefused`."""
        match self.kind, value:
            case FieldKind.TEXT, str() if value.strip() and len(value) <= MAX_TEXT and value.isprintable():
                return value.strip()
            case FieldKind.NUMBER, int() | float() if not isinstance(value, bool) and isfinite(value):
                return value
            case FieldKind.DAY, str() if _is_day(value):
                return value
            case FieldKind.FLAG, bool():
                return value
            case FieldKind.CHOICE, str() if value in self.options:
                return value
            case FieldKind.CHOICES, list() | tuple() if value and all(each in self.options for each in value):
                return tuple(option for option in self.options if option in value)
            case FieldKind.LINK, str() if _LINK.fullmatch(value):
                return value
        raise ValueRefused(self.key, self._wanted())

    def _wanted(self) -> str:
        options = ", ".join(map(repr, self.options))
        return {
            FieldKind.TEXT: f"a text of 1 to {MAX_TEXT} characters in one line",
            FieldKind.NUMBER: "a number",
            FieldKind.DAY: "a day as 2026-01-31",
            FieldKind.FLAG: "true or false",
            FieldKind.CHOICE: f"one of {options}",
            FieldKind.CHOICES: f"a list of some of {options}",
            FieldKind.LINK: "an address that begins with https:// or http://",
        }[self.kind]


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False
