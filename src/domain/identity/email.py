"""E-mail addresses: as people write them, and as two of them are compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from .errors import EmailRefused

LONGEST: Final = 254
"""RFC 5321."""
_ADDRESS: Final = re.compile(
    r"[^\s@\x00-\x1f\x7f\"(),:;<>\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_](?:[\w-]{0,61}[^\W_])?"
)


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address; letters that differ in case alone make no other one."""

    text: str

    @classmethod
    def read(cls, text: str) -> EmailAddress:
        """Take it as somebody typed it, or raise `EmailRefused`."""
        typed = unicodedata.normalize("NFC", text.strip())
        if len(typed) > LONGEST or not _ADDRESS.fullmatch(typed):
            raise EmailRefused(text)
        return cls(typed)

    @property
    def key(self) -> str:
        """What two spellings of one address share."""
        return self.text.casefold()

    def __str__(self) -> str:
        return self.text
