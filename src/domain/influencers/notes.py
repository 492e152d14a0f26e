"""What an organisation writes down of influencers: tags, notes, and what they ask for their work."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from ..shared.errors import RuleViolated
from ..shared.ids import InfluencerId
from ..shared.money import Money
from ..shared.social import NetworkName

MAX_TAG: Final = 40
MOST_TAGS: Final = 50
"""Tags of one influencer."""
MAX_TEXT: Final = 10_000
MAX_REMARK: Final = 500
_TEXT_CONTROLS: Final = frozenset("\n\r\t")


class NoteInvalid(RuleViolated):
    """What is to be written down is not as it may be; *part* names it."""

    code = "influencers.note_invalid"

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, slots=True)
class Tag:
    """A word or two; those that differ in letter case alone are one."""

    text: str

    @classmethod
    def read(cls, text: str) -> Tag:
        """Take it as somebody typed it, or raise `NoteInvalid`."""
        typed = " ".join(unicodedata.normalize("NFC", text).split())
        if not typed or len(typed) > MAX_TAG or not typed.isprintable() or "," in typed:
            raise NoteInvalid("tags", f"a tag has 1 to {MAX_TAG} characters, and no comma: {text[:60]!r} is none")
        return cls(typed)

    @property
    def key(self) -> str:
        """What two spellings of one tag share; searches go by it."""
        return self.text.lower()


@dataclass(slots=True, kw_only=True)
class Note:
    """Something that somebody wrote about an influencer, for their colleagues."""

    id: UUID
    influencer_id: InfluencerId
    text: str
    written_by: str
    """Who, as `Actor.caller` tells people apart."""
    author: str
    """What they were called then."""
    written_at: datetime
    edited_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        self.text = _written(self.text)

    def edit(self, text: str, at: datetime) -> bool:
        """Say something else, and whether it is something else; raises `NoteInvalid`."""
        wanted = _written(text)
        if wanted == self.text:
            return False
        self.text, self.edited_at = wanted, at
        self.version += 1
        return True


class WorkFormat(StrEnum):
    """What somebody is paid for."""

    POST = "post"
    STORY = "story"
    REEL = "reel"
    VIDEO = "video"
    SHORT = "short"
    LIVE = "live"
    BUNDLE = "bundle"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What an influencer asked for a piece of work from a day on. It is never changed: what they ask later is another one."""

    id: UUID
    influencer_id: InfluencerId
    network: NetworkName | None
    """None where it is for all."""
    format: WorkFormat
    money: Money
    since: date
    remark: str
    noted_by: str
    """What whoever wrote it down was called."""
    noted_at: datetime

    def __post_init__(self) -> None:
        if len(self.remark) > MAX_REMARK or _has_controls(self.remark):
            raise NoteInvalid("remark", f"a remark has at most {MAX_REMARK} characters, and no control characters")


def _written(text: str) -> str:
    wanted = text.strip()
    if not wanted or len(wanted) > MAX_TEXT or _has_controls(wanted):
        raise NoteInvalid("text", f"a note has 1 to {MAX_TEXT} characters, and no control characters but line ends")
    return wanted


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in _TEXT_CONTROLS for letter in text)
