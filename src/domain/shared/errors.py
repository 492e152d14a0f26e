"""What can go wrong, in four families; everything people are told about is one of them.

AnalisaError
├── NotFound       it is not there, or not for you to see
├── RuleViolated   it was understood, and is not allowed as it stands
├── Conflict       it is allowed, but something else got there first
│   └── Outdated   somebody else changed it since it was read
└── Unavailable    it is allowed, but something we depend on is not there now
"""

from __future__ import annotations

from typing import ClassVar


class AnalisaError(Exception):
    """Something a person must know about: a stable *code*, and a sentence that names the place and the cure."""

    code: ClassVar[str] = "analisa.error"
    part: str = ""
    """Which part of what was sent it is about: a parameter, or a field of the body; empty where it is about the whole."""
    retry_after_s: int | None = None
    """After so many seconds asking again helps."""


class NotFound(AnalisaError):
    code = "analisa.not_found"


class RuleViolated(AnalisaError):
    code = "analisa.rule_violated"


class Conflict(AnalisaError):
    code = "analisa.conflict"


class Outdated(Conflict):
    """Somebody else changed the thing since it was read; *version* is what it is at by now."""

    code = "analisa.outdated"

    def __init__(self, thing: str, *, version: int) -> None:
        super().__init__(f"{thing} is at version {version} by now; read it again, and make the change on what it says")
        self.version = version


class Unavailable(AnalisaError):
    code = "analisa.unavailable"
