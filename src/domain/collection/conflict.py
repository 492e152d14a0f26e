"""What to do when a file says something else than what is stored under the same key."""

from __future__ import annotations

from enum import StrEnum


class OnConflict(StrEnum):
    """The choice is the importing person's; whatever it is, every conflict is reported."""

    KEEP = "keep"
    """The stored row stays as it is."""
    REPLACE = "replace"
    """What the file says replaces what is stored; what the file leaves open stays."""
    STOP = "stop"
    """The whole file is refused and nothing of it is written."""
